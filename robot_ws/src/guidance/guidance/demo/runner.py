"""Run one scenario: bring the graph up in its own ROS domain, follow it to its end, judge it, leave the evidence.

DemoError
└── GraphEnded    a node that the run cannot do without ended, or the graph fell silent
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from guidance.demo.view import View
from guidance.launching import Launch
from guide_common.errors import GuideError

RECORDING = "run.mcap"
UP_WITHIN = 90.0
"""s of wall time for the graph to come up on a slow machine."""
SILENT_FOR = 60.0
"""s of wall time without ground truth after which the rig is called broken."""


class DemoError(GuideError):
    """Be the base of what can go wrong with a run as such, whatever the robot did."""


class GraphEnded(DemoError):
    """Tell that the graph under test did not come up or fell silent."""


@dataclass(frozen=True)
class RunOptions:
    """Say what to run: the scenario, the seed, the cap on speed (None for as fast as the graph goes), and overrides."""

    scenario: Path
    root: Path
    seed: int | None = None
    speed: float | None = None
    say: str | None = None
    accept: str | None = None
    touch: bool = False
    screen: bool = False
    record: bool = True
    record_audio: bool = False
    site: Path | None = None
    folder: Path | None = None


@dataclass
class RunResult:
    """Hold what came of a run: the report, and the files it left."""

    report: dict[str, Any]
    folder: Path
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Return whether everything the scenario expects has happened."""
        return bool(self.report["success"])


def run_scenario(options: RunOptions, view: View | None = None) -> RunResult:
    """Run the scenario on the real graph and return its report; raise UserError for a bad scenario."""
    from hall_sim.metrics import RunLog
    from hall_sim.scenario import load_scenario

    scenario = load_scenario(options.scenario, **_overrides(options))
    folder = (options.folder or _run_folder(options, scenario.name, scenario.seed)).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (
        own_domain(),
        Launch(options.root / "launch" / "sim.launch.yaml", _arguments(options, scenario, folder)) as launch,
    ):
        observer = _observe(launch, RunLog(), scenario.time_limit, view)
    report = {"scenario": scenario.name, "seed": scenario.seed} | observer.log.report(
        _site(observer.site_folder or scenario.site, options.root), scenario
    )
    report["performance"] = {"real_time_factor": round(observer.live.factor, 2), "wall_s": round(observer.live.wall, 1)}
    return _leave_evidence(RunResult(report, folder), observer, scenario, options)


def _overrides(options: RunOptions) -> dict[str, Any]:
    wanted = {"seed": options.seed, "say": options.say, "accept": options.accept, "touch": options.touch or None}
    return {key: value for key, value in wanted.items() if value is not None}


def _run_folder(options: RunOptions, name: str, seed: int) -> Path:
    home = Path(os.environ.get("GUIDE_HOME", options.root / ".guide"))
    return home / "runs" / f"{datetime.now():%Y%m%d-%H%M%S}-{name}-{seed}-{os.getpid()}"


def _arguments(options: RunOptions, scenario: Any, folder: Path) -> dict[str, str]:
    arguments = {
        "scenario": str(options.scenario.resolve()),
        "seed": str(scenario.seed),
        "speed": str(options.speed or 0.0),
        "floor": scenario.floor,
        "state_dir": str(folder / "state"),
        "store": f"sqlite:///{folder / 'store' / 'store.db'}",
        "screen": str(options.screen).lower(),
        "record": str(options.record).lower(),
        "record_file": str(folder / RECORDING),
        "record_audio": str(options.record_audio).lower(),
        "say": options.say or "",
        "accept": options.accept or "",
        "touch": str(options.touch).lower(),
    }
    if options.site is not None:
        arguments["site"] = str(options.site.resolve())
    return arguments


@contextmanager
def own_domain() -> Iterator[int]:
    """Take a ROS domain that nobody else on this machine uses, for this process and the ones it starts."""
    from domain_coordinator import domain_id

    with domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        yield int(domain)


def _observe(launch: Launch, log: Any, time_limit: float, view: View | None) -> Any:
    import rclpy
    from rclpy.experimental import EventsExecutor

    from guidance.demo.observer import Observer

    rclpy.init()
    observer = Observer(log)
    executor = EventsExecutor()
    executor.add_node(observer)
    try:
        _follow(executor, observer, launch, time_limit, view)
    finally:
        executor.remove_node(observer)
        observer.destroy_node()
        rclpy.try_shutdown()
    return observer


def _follow(executor: Any, observer: Any, launch: Launch, time_limit: float, view: View | None) -> None:
    begun = last_news = time.monotonic()
    last_now = 0.0
    while not observer.log.ended:
        executor.spin_once(timeout_sec=0.05)
        live, wall = observer.live, time.monotonic()
        if view is not None:
            view.show(live)
        if live.now != last_now:
            last_now, last_news = live.now, wall
        if not launch.running:
            raise GraphEnded("a node that the run cannot do without has ended; see the log folder of the run")
        if live.start is None and wall - begun > UP_WITHIN:
            raise GraphEnded(f"the graph did not come up within {UP_WITHIN:.0f} s; see the log folder of the run")
        if wall - last_news > (SILENT_FOR if live.start else UP_WITHIN):
            raise GraphEnded(f"the simulator has been silent for {wall - last_news:.0f} s; see the log folder of the run")
        if live.elapsed > time_limit:
            return


def _site(folder: str | Path, root: Path) -> Any:
    from counter_map.site import load_site

    path = Path(folder)
    return load_site(path if path.is_absolute() else root / path)


def _leave_evidence(result: RunResult, observer: Any, scenario: Any, options: RunOptions) -> RunResult:
    from guidance.demo.picture import draw_run

    site = _site(observer.site_folder or scenario.site, options.root)
    result.files["picture"] = result.folder / "hall.png"
    draw_run(site, scenario.floor, observer.plans, observer.log, result.files["picture"])
    result.files["report"] = result.folder / "report.json"
    result.files["report"].write_text(json.dumps(result.report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if options.record:
        result.files["recording"] = result.folder / RECORDING
    return result
