"""A running graph in its own ROS domain, with an observer on it.

DemoError
└── GraphEnded    a node that the run cannot do without ended, or the graph fell silent
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guidance.launching import Launch
from guide_common.errors import GuideError

UP_WITHIN = 90.0
"""s of wall time for the graph to come up on a slow machine."""
SILENT_FOR = 60.0
"""s of wall time without ground truth after which the rig is called broken."""


class DemoError(GuideError):
    """Be the base of what can go wrong with a run as such, whatever the robot did."""


class GraphEnded(DemoError):
    """Tell that the graph under test did not come up or fell silent."""


@dataclass
class Session:
    """Hold the launch, the observer on it and the executor that spins the observer."""

    launch: Launch
    observer: Any
    executor: Any

    def spin_until(self, done: Callable[[], bool], timeout: float, each: Callable[[], None] | None = None) -> bool:
        """Follow the graph until `done()`; return False after `timeout` s of wall time; raise GraphEnded when it ends.

        `each` is called about 20 times a second.
        """
        begun = time.monotonic()
        last_now, last_news = self.observer.live.now, begun
        while not done():
            self.executor.spin_once(timeout_sec=0.05)
            if each is not None:
                each()
            wall, live = time.monotonic(), self.observer.live
            if live.now != last_now:
                last_now, last_news = live.now, wall
            self._check(live, wall - last_news)
            if wall - begun > timeout:
                return False
        return True

    def _check(self, live: Any, silent: float) -> None:
        if not self.launch.running:
            raise GraphEnded("a node that the run cannot do without has ended; see the log folder of the run")
        if live.start is None and silent > UP_WITHIN:
            raise GraphEnded(f"the graph did not come up within {UP_WITHIN:.0f} s; see the log folder of the run")
        if live.start is not None and silent > SILENT_FOR:
            raise GraphEnded(f"the simulator has been silent for {silent:.0f} s; see the log folder of the run")


@contextmanager
def own_domain() -> Iterator[int]:
    """Take a ROS domain that nobody else on this machine uses, for this process and the ones it starts."""
    from domain_coordinator import domain_id

    before = os.environ.get("ROS_DOMAIN_ID")
    with domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        try:
            yield int(domain)
        finally:
            os.environ.pop("ROS_DOMAIN_ID") if before is None else os.environ.update(ROS_DOMAIN_ID=before)


@contextmanager
def open_session(file: Path, arguments: Mapping[str, str], log_dir: Path) -> Iterator[Session]:
    """Start a launch file in a domain of its own and watch it; end all of it on leaving."""
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    from guidance.demo.observer import Observer
    from guide_common.executor import PatientExecutor
    from hall_sim.run_log import RunLog

    with own_domain(), Launch(file, arguments, log_dir=log_dir) as launch:
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        observer, executor = Observer(RunLog()), PatientExecutor()
        executor.add_node(observer)
        try:
            yield Session(launch, observer, executor)
        finally:
            executor.remove_node(observer)
            observer.destroy_node()
            executor.shutdown()
            rclpy.try_shutdown()
