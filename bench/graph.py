"""The whole graph on this machine: how soon each node beats, what memory each process takes, how fast time can run.

Then what each process costs while the robot leads the visitor, in seconds of a core for each second that is simulated:
the graph runs faster than real time here, on a robot it runs at real time's pace.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.table import print_table

RUN_FOR = 60.0
"""s of simulated time measured after everything is up."""
DRIVES, LONGEST = 0.1, 400.0
"""m/s from which on the robot drives; s of simulated time in which it is waited for."""


class Load:
    """Add up what the processes take while the robot drives."""

    def __init__(self, processes: dict[str, psutil.Process]) -> None:
        self._processes = processes
        self._before: tuple[float, dict[str, float]] | None = None
        self.driven = 0.0
        self.taken = dict.fromkeys(processes, 0.0)

    def look(self, now: float, speed: float) -> None:
        """Take the simulated time (s) and the robot's speed (m/s); call it a few times a second."""
        if speed < DRIVES:
            self._before = None
            return
        if self._before is not None and now - self._before[0] < 0.5:
            return
        taken = {name: sum(process.cpu_times()[:2]) for name, process in self._processes.items()}
        if self._before is not None:
            self.driven += now - self._before[0]
            for name, before in self._before[1].items():
                self.taken[name] += taken[name] - before
        self._before = now, taken

    def rows(self) -> list[tuple[str, str]]:
        """Return each process and its share of a core, at real time's pace."""
        return [(name, f"{taken / self.driven:.1%}") for name, taken in self.taken.items()]


def main() -> int:
    """Start the demo's graph, wait for every node, let it run, print the table."""
    from guide_interfaces.msg import Heartbeat

    from guidance.cli.common import repository_root
    from guidance.demo.runner import RunOptions, launch_arguments
    from guidance.demo.session import open_session
    from guide_common.qos import STREAM
    from hall_sim.scenarios.scenario import load_scenario

    root = repository_root()
    options = RunOptions(scenario=root / "sim" / "scenarios" / "demo.yaml", root=root, record=False)
    scenario = load_scenario(options.scenario)
    first: dict[str, float] = {}
    active: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        arguments = launch_arguments(options, scenario, Path(folder))
        begun = time.monotonic()
        with open_session(root / "launch" / "sim.launch.yaml", arguments, Path(folder) / "log") as session:

            def on_beat(beat: Heartbeat) -> None:
                first.setdefault(beat.node, time.monotonic() - begun)
                if beat.state == 3:
                    active.setdefault(beat.node, time.monotonic() - begun)

            session.observer.create_subscription(Heartbeat, "heartbeats", on_beat, STREAM)
            live = session.observer.live
            session.spin_until(lambda: {"guide", "dialogue"} <= active.keys() and live.start is not None, 120.0)
            from_sim, from_wall = live.now, time.monotonic()
            for process in _processes(session.launch.pids()).values():
                process.cpu_percent()
            session.spin_until(lambda: live.now - from_sim > RUN_FOR, 300.0)
            load = Load(_processes(session.launch.pids()))
            factor = (live.now - from_sim) / (time.monotonic() - from_wall)
            rows = [
                (
                    name,
                    _s(first.get(name)),
                    _s(active.get(name)),
                    f"{_pss(process):.0f}",
                    f"{process.cpu_percent():.0f}",
                )
                for name, process in sorted(_processes(session.launch.pids()).items())
            ]
            session.spin_until(
                lambda: bool(session.observer.log.ended) or live.elapsed > LONGEST,
                600.0,
                each=lambda: load.look(live.now, live.speed),
            )
    print_table(("process", "first beat s", "active s", "memory MB (PSS)", "CPU % of a core"), rows)
    print(f"\nall active after {max(active.values()):.1f} s; then simulated at {factor:.2f} × real time")
    print(f"\nWhile the robot drives ({load.driven:.0f} s simulated), at real time's pace:\n")
    print_table(("process", "of a core"), load.rows())
    return 0


def _processes(pids: dict[str, int]) -> dict[str, psutil.Process]:
    return {name: _KNOWN.setdefault(pid, psutil.Process(pid)) for name, pid in pids.items()}


_KNOWN: dict[int, psutil.Process] = {}


def _pss(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 2**20


def _s(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
