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
DISK_STREAM = 21
"""Number of the random stream of what is garbled on a disk."""
SILENT_FOR = 60.0
"""s of wall time without ground truth after which the rig is called broken."""


class DemoError(GuideError):
    """Be the base of what can go wrong with a run as such, whatever the robot did."""


class GraphEnded(DemoError):
    """Tell that the graph under test did not come up or fell silent."""


@dataclass
class Session:
    """Hold the launch, the observer on it, the executor that spins the observer, and who carries out the faults.

    `epoch` is the time of the robot's clock at which the run began, in s.
    """

    launch: Launch
    observer: Any
    executor: Any
    harness: Any = None
    epoch: float = 0.0

    def spin_until(self, done: Callable[[], bool], timeout: float, each: Callable[[], None] | None = None) -> bool:
        """Follow the graph until `done()`; return False after `timeout` s of wall time; raise GraphEnded when it ends.

        `each` is called about 20 times a second.
        """
        begun = time.monotonic()
        last_now, last_news = self.observer.live.now, begun
        while not done():
            self.executor.spin_once(timeout_sec=0.05)
            self._carry_out_faults()
            if each is not None:
                each()
            wall, live = time.monotonic(), self.observer.live
            if live.now != last_now:
                last_now, last_news = live.now, wall
            self._check(live, wall - last_news)
            if wall - begun > timeout:
                return False
        return True

    def _carry_out_faults(self) -> None:
        live, harness = self.observer.live, self.harness
        if harness is None or live.start is None:
            return
        time, told = live.now - self.epoch, len(harness.events)
        harness.faults.notice(live.state, time)
        harness.carry_out(time)
        for event in harness.events[told:]:
            self.observer.log.add_happening(self.epoch + event.time, "fault", event.text)

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
def open_session(
    file: Path, arguments: Mapping[str, str], log_dir: Path, scenario: Any | None = None
) -> Iterator[Session]:
    """Start a launch file in a domain of its own and watch it; end all of it on leaving.

    With a scenario, its faults of nodes and of the disk are carried out; raise UserError when that cannot be.
    """
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    from guidance.demo.observer import Observer
    from guide_common.executor import PatientExecutor
    from hall_sim.runs.log import RunLog

    folder = log_dir.parent
    with (
        own_domain(),
        _disk(scenario, folder) as disk,
        Launch(file, {**arguments, **_on_disk(disk)}, log_dir=log_dir) as launch,
    ):
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        observer, executor = Observer(RunLog()), PatientExecutor()
        executor.add_node(observer)
        session = Session(launch, observer, executor)
        try:
            _prepare_faults(session, scenario, disk)
            yield session
        finally:
            if session.harness is not None:
                session.harness.close()
            executor.remove_node(observer)
            observer.destroy_node()
            executor.shutdown()
            rclpy.try_shutdown()


@contextmanager
def _disk(scenario: Any | None, folder: Path) -> Iterator[Any]:
    """Mount a small disk for a run whose faults touch it; None for any other run."""
    import numpy as np

    from hall_sim.faults.disk import StateDisk

    if scenario is None or not any(fault.target == "disk" for fault in scenario.faults):
        yield None
        return
    with StateDisk(folder / "disk", np.random.default_rng([scenario.seed, DISK_STREAM])) as disk:
        yield disk


def _on_disk(disk: Any) -> dict[str, str]:
    """Return the arguments that put what survives a restart on a disk of the run's own."""
    if disk is None:
        return {}
    return {"state_dir": str(disk.folder / "state"), "store": f"sqlite:///{disk.folder / 'store' / 'store.db'}"}


def _prepare_faults(session: Session, scenario: Any | None, disk: Any) -> None:
    import numpy as np

    from hall_sim.faults.core import RANDOM_STREAM, Faults
    from hall_sim.faults.harness import FaultHarness

    if scenario is None or not scenario.faults:
        return
    faults = Faults(scenario.faults, np.random.default_rng([scenario.seed, RANDOM_STREAM]))
    session.harness = FaultHarness(faults, session.launch.pids, disk)
    session.harness.check(session.launch.starts())
    session.epoch = scenario.start.timestamp()
