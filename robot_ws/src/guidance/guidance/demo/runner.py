"""Run one scenario: bring the graph up, follow it to its end, judge it, leave the evidence."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from guidance.demo.session import open_session
from guidance.demo.view import View

RECORDING, FILM = "run.mcap", "run.mp4"
FILMED = 20.0
"""s before the end of a run that fell short, in its film."""
LONGEST = 3600.0
"""s of wall time after which a run is given up, however slow the machine."""


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
    from hall_sim.scenarios.expectation import check_expected
    from hall_sim.scenarios.scenario import load_scenario

    scenario = load_scenario(options.scenario, **_overrides(options))
    check_expected(scenario, _site(scenario.site, options.root))
    folder = (options.folder or _run_folder(options, scenario.name, scenario.seed)).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    file = options.root / "launch" / "sim.launch.yaml"
    with open_session(file, launch_arguments(options, scenario, folder), folder / "log", scenario) as session:
        observer = session.observer

        def over() -> bool:
            return bool(observer.log.ended) or observer.live.elapsed > scenario.time_limit

        session.spin_until(over, LONGEST, each=lambda: view.show(observer.live) if view else None)
    return _leave_evidence(RunResult(_report(observer, scenario, options), folder), observer, scenario, options)


def _report(observer: Any, scenario: Any, options: RunOptions) -> dict[str, Any]:
    from hall_sim.runs.report import report

    site = _site_of(observer, scenario, options.root)
    if options.say or options.accept:
        scenario = scenario.model_copy(update={"expect": _other_end(observer, site, scenario)})
    told = {"scenario": scenario.name, "seed": scenario.seed, "mode": "graph", "sound": scenario.sound.report()}
    told |= report(observer.log, site, scenario)
    told["performance"] = {"real_time_factor": round(observer.live.factor, 2), "wall_s": round(observer.live.wall, 1)}
    return told


def _other_end(observer: Any, site: Any, scenario: Any) -> Any:
    from hall_sim.runs.ending import arrival_pose
    from hall_sim.scenarios.expectation import expect

    stood = arrival_pose(observer.log)
    return expect(site, scenario.floor, scenario.start, scenario.visitor.say, scenario.visitor.accept, stood)


def _overrides(options: RunOptions) -> dict[str, Any]:
    wanted = {"seed": options.seed, "say": options.say, "accept": options.accept, "touch": options.touch or None}
    return {key: value for key, value in wanted.items() if value is not None}


def _run_folder(options: RunOptions, name: str, seed: int) -> Path:
    home = Path(os.environ.get("GUIDE_HOME", options.root / ".guide"))
    return home / "runs" / f"{datetime.now():%Y%m%d-%H%M%S}-{name}-{seed}-{os.getpid()}"


def launch_arguments(options: RunOptions, scenario: Any, folder: Path) -> dict[str, str]:
    """Return the arguments of launch/sim.launch.yaml for a run that keeps all it writes in `folder`."""
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
        "site": str((options.site or scenario.site).resolve()),
    }
    return arguments


def _site_of(observer: Any, scenario: Any, root: Path) -> Any:
    """Return the site that the robot had in the end; as it was before where a faulty disk took it away."""
    lost = any(fault.target == "disk" for fault in scenario.faults)
    return _site(scenario.site if lost else observer.site_folder or scenario.site, root)


def _site(folder: str | Path, root: Path) -> Any:
    from counter_map.site import load_site

    path = Path(folder)
    return load_site(path if path.is_absolute() else root / path)


def _leave_evidence(result: RunResult, observer: Any, scenario: Any, options: RunOptions) -> RunResult:
    from guidance.demo.picture import draw_run
    from hall_sim.pictures.shots import film_recording

    site = _site_of(observer, scenario, options.root)
    result.files["picture"] = result.folder / "hall.png"
    draw_run(site, scenario.floor, observer.plans, observer.log, result.files["picture"])
    result.files["report"] = result.folder / "report.json"
    result.files["report"].write_text(json.dumps(result.report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if options.record:
        result.files["recording"] = result.folder / RECORDING
    if options.record and not result.success:
        result.files["film"] = result.folder / FILM
        film_recording(result.files["recording"], options.root, result.files["film"], FILMED, 1.0, floor=scenario.floor)
    return result
