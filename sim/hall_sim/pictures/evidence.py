"""What a run that fell short leaves behind: a recording, a picture, a short film, the report, how to see it again.

The run is made once more; the same scenario and seed give the same run.
"""

from __future__ import annotations

import json
import shlex
import traceback
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from guide_common.errors import UserError
from guide_common.robot import load_robot
from hall_sim.hall import VISITOR, Tick
from hall_sim.pictures.film import LastMoments, write_film
from hall_sim.pictures.hall_view import HallView, Mark
from hall_sim.pictures.moment import Moment, Witness, watch_all
from hall_sim.pictures.recorder import RunRecorder
from hall_sim.runs.inprocess import ROBOT_DIR, InProcessRun
from hall_sim.runs.trip import make_run
from hall_sim.runs.verdict import Verdict
from hall_sim.scenarios.scenario import load_scenario

SHOWN = 20.0
"""s of the run in the film."""
AFTER = 2.0
"""s of it that lie behind the moment that decided."""
RIM = 0.1
"""m from a piece of furniture's outline that a contact with it may be."""
AT_PLACE = ("arrived", "handover")
"""Outcomes after which what fell short is seen at the arrival."""
FILES = {
    "recording": "run.mcap",
    "picture": "hall.png",
    "film": "run.mp4",
    "report": "report.json",
    "replay": "replay.txt",
}
REPLAYS = Path(".guide/replay")


class Scenes:
    """Keep the last seconds before each moment that may turn out to have decided a run, as its `watch`.

    Attributes:
        kept: film and whole picture by `contact`, `arrival` and `end`.
    """

    def __init__(self, witness: Witness, reach: tuple[float, float]) -> None:
        self.kept: dict[str, tuple[list[Moment], Moment]] = {}
        self._witness, self._last = witness, LastMoments(witness, SHOWN, reach)
        self._due: dict[str, float] = {}
        self._state = ""

    def __call__(self, run: InProcessRun, tick: Tick) -> None:
        """Take in a tick."""
        self._last(run, tick)
        if tick.contacts and "contact" not in self.kept:
            self._due.setdefault("contact", tick.time + AFTER)
        state = run.stack.reception.conversation.state
        if self._state == "arrived" and state != "arrived":
            self._due["arrival"] = tick.time + AFTER
        self._state = state
        for name in [name for name, due in self._due.items() if tick.time >= due]:
            self.keep(name)

    def keep(self, name: str) -> None:
        """Keep what is to be seen now under a name."""
        self._due.pop(name, None)
        self.kept[name] = self._last.moments, self._witness.moment()

    def decided(self, report: dict[str, Any]) -> tuple[list[Moment], Moment]:
        """Return the film and the picture of the moment that decided a run, as its report has it."""
        for name in [*self._due, "end"]:
            self.keep(name)  # what was not over when the run was
        at_place = report["verdict"] == Verdict.ROBOT_FAILED.value and report["outcome"] in AT_PLACE
        name = "contact" if "contact" in self.kept else "arrival" if at_place and "arrival" in self.kept else "end"
        return self.kept[name]


def leave_evidence(scenario_file: Path, seed: int, folder: Path, root: Path) -> dict[str, Path]:
    """Run a scenario again and leave run.mcap, hall.png, run.mp4, report.json and replay.txt; return the files.

    The picture shows the moment of the first contact, else the arrival when what fell short is seen there, else
    the end; the film the last 20 s until shortly after it. What breaks the run ends it, and is in the report.

    Args:
        scenario_file: the scenario.
        seed: of the run.
        folder: where the files go; it is made.
        root: the project's folder.
    """
    run = make_run(load_scenario(scenario_file, seed=seed), root)
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / file for name, file in FILES.items()}
    robot, floor, witness = load_robot(root / ROBOT_DIR), run.scenario.floor, Witness(run)
    near = HallView(run.site, floor, robot.body.radius)
    scenes = Scenes(witness, near.reach)
    with RunRecorder(run, files["recording"], urdf_of(root)) as recorder:
        run.watch = watch_all(recorder, witness, scenes)
        report = _report(run)
    film, picture = scenes.decided(report)
    write_film(files["film"], near, film, speed=1.0)
    whole = HallView(run.site, floor, robot.body.radius, whole=True)
    frame = whole.draw(picture, title_of(report), report["missed"], marks_of(run, picture))
    Image.fromarray(frame).save(files["picture"])
    files["report"].write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    files["replay"].write_text(replay_command(scenario_file, seed, root) + "\n", encoding="utf-8")
    return files


def urdf_of(root: Path) -> Path:
    """Return the URDF of the robot of runs in one process."""
    return root / ROBOT_DIR / f"{ROBOT_DIR.name}.urdf"


def title_of(report: dict[str, Any]) -> str:
    """Return in a few words which run it was and what came of it."""
    words = (report["scenario"], f"seed {report['seed']}", report["verdict"].replace("_", " "), report["outcome"])
    return " · ".join(words)


def marks_of(run: InProcessRun, moment: Moment) -> list[Mark]:
    """Return where the run should have ended, and each contact with what was touched."""
    marks: list[Mark] = [(x, y, name_of(run, thing, x, y)) for x, y, thing in moment.contacts]
    place = run.site.places.get(run.scenario.expect.place)
    if place is not None and place.floor == run.scenario.floor:
        marks.append((place.stand.x, place.stand.y, f"expected: {place.id}"))
    return marks


def name_of(run: InProcessRun, thing: str, x: float, y: float) -> str:
    """Return what a thing of the physics, touched at a point (m), is called in the hall."""
    if thing.startswith("person_"):
        number = int(thing.split("_")[1])
        return "visitor" if number == VISITOR else f"person {number}"
    for zone in run.site.zones_of("furniture", run.scenario.floor):
        if cv2.pointPolygonTest(zone.polygon.astype(np.float32), (x, y), True) > -RIM:
            return zone.id
    return "wall"


def replay_command(scenario_file: Path, seed: int, root: Path) -> str:
    """Return the command that makes the run again, to be given in the project's folder."""
    file, base = scenario_file.resolve(), root.resolve()
    told = file.relative_to(base) if file.is_relative_to(base) else file
    return shlex.join(["./guide", "sim", str(told), "--seed", str(seed), "--out", str(REPLAYS / f"{file.stem}-{seed}")])


def _report(run: InProcessRun) -> dict[str, Any]:
    try:
        return run.run()
    except UserError:
        raise
    except Exception as error:  # whatever broke: what was seen until then is the evidence
        told = {"scenario": run.scenario.name, "seed": run.scenario.seed, "mode": "in_process", "success": False}
        told |= {"verdict": Verdict.RIG_BROKE.value, "outcome": "none", "missed": [repr(error)]}
        lines = traceback.format_exc().splitlines()
        return told | {"trace": lines, "events": run.log.events(), "metrics": {}, "performance": run.performance()}
