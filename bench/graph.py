"""The whole graph on this machine: how soon each node beats, what memory each process takes, how fast time can run."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.table import print_table

RUN_FOR = 60.0
"""s of simulated time measured after everything is up."""


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
    print_table(("process", "first beat s", "active s", "memory MB (PSS)", "CPU % of a core"), rows)
    print(f"\nall active after {max(active.values()):.1f} s; then simulated at {factor:.2f} × real time")
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
