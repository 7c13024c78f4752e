"""A day in the hall: each hour a run of its own, in which one visitor after another comes to the robot.

Arrivals follow the day's curve; a share of them asks the robot. Who comes while it is busy waits for it, and goes
to the staff when that takes too long. What they ask for is drawn from what the site knows people to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AwareDatetime, Field

from counter_map.model import Site
from counter_map.site import load_site
from guide_common.errors import UserErrors
from hall_sim.hall import Tick
from hall_sim.runs.ending import arrival_pose
from hall_sim.runs.inprocess import InProcessRun
from hall_sim.runs.log import RunLog
from hall_sim.runs.report import report
from hall_sim.scenarios.expectation import expect
from hall_sim.scenarios.file import read_values
from hall_sim.scenarios.scenario import Expectation, Scenario, validated
from hall_sim.scenarios.settings import Strict
from hall_sim.scenarios.settings_people import CharacterSettings, CrowdSettings, VisitorSettings
from hall_sim.scenarios.settings_sound import SoundSettings

HOUR = 3600.0
YES = "có ạ"
VISIT_STREAM, ARRIVAL_STREAM = 201, 202
"""Numbers of the random streams of who comes and when."""
ASKED_STILL = 600.0
"""s after the hour in which those who came in it are still served."""


class AskerSettings(Strict):
    """Hold who comes to the robot: what they are like, and the shares of those who ask for other things.

    `facility` and `number` are shares of 1: they ask for a facility, or for a counter by its number; the others
    for a procedure. `patience_s`: so long somebody waits for a busy robot.
    """

    pace: tuple[float, float] = (0.5, 1.0)
    character: CharacterSettings = CharacterSettings()
    elderly: float = Field(0.25, ge=0.0, le=1.0)
    facility: float = Field(0.2, ge=0.0, le=1.0)
    number: float = Field(0.15, ge=0.0, le=1.0)
    facilities: tuple[str, ...] = ("nhà vệ sinh nam ở đâu", "tôi muốn rút tiền", "photo giấy tờ ở đâu")
    by_number: str = "dẫn tôi tới quầy {number}"
    patience_s: float = Field(300.0, gt=0.0)


class Day(Strict):
    """Hold a day: how many people arrive in each hour, named by when it begins, and the share who ask the robot."""

    name: str
    site: Path
    floor: str = "1"
    date: AwareDatetime
    arrivals: dict[str, Annotated[int, Field(ge=0)]] = Field(min_length=1)
    asks: float = Field(0.15, ge=0.0, le=1.0)
    crowd_per_arrival: float = Field(0.25, ge=0.0, description="people in the hall for each arrival an hour")
    crowd: CrowdSettings = Field(default=CrowdSettings(), description="its people, if given, are there all day")
    askers: AskerSettings = AskerSettings()
    sound: SoundSettings = SoundSettings(mode="text")
    visit_limit: float = Field(420.0, gt=0.0)


@dataclass(frozen=True, slots=True)
class Hour:
    """Name one hour of a day and the seed of its people."""

    day: Path
    begins: str
    seed: int


@dataclass(slots=True)
class Visit:
    """Hold one visit: when the visitor arrived (s since the start of the hour), and how it went."""

    arrived: float
    scenario: Scenario
    log: RunLog = field(default_factory=RunLog)
    begun: float = 0.0
    dismissed: bool = False


def load_day(path: Path) -> Day:
    """Read a day; raise UserErrors."""
    day: Day = validated(path, Day, read_values(path))
    for hour in day.arrivals:
        try:
            time.fromisoformat(hour)
        except ValueError:
            raise UserErrors([f"{path}: arrivals.{hour}: is no time of day; write it as 07:30"]) from None
    return day


def hours_of(path: Path, seed: int = 1) -> list[Hour]:
    """Return the hours of a day as runs of their own; raise UserErrors for a day that cannot be run."""
    day = load_day(path)
    site = load_site(day.site)
    if day.floor not in site.floors:
        raise UserErrors([f"{path}: floor: {day.site} has no floor {day.floor}; change it"])
    if not _procedures(site) or not _numbers(site, day.floor):
        lacking = f"{day.site} lacks procedures with phrases, or counters with numbers on floor {day.floor}"
        raise UserErrors([f"{path}: site: {lacking}; add them"])
    return [Hour(path.resolve(), begins, seed) for begins in day.arrivals]


def _procedures(site: Site) -> list[str]:
    """Return the codes of what people can ask for in their own words."""
    return [code for code, each in site.procedures.items() if each.phrases.get("vi") and each.counters]


def _numbers(site: Site, floor: str) -> list[int]:
    return [place.number for place in site.places_of("counter", floor) if place.number]


def run_hour(hour: Hour, root: Path) -> dict[str, Any]:
    """Run one hour; return `hour`, `visits` (a report each, with `waited_s`), `left`, `km`, `performance`."""
    return HourRun(hour, root).run()


class HourRun:
    """Run one hour, or another time `lasts` (s) from its beginning, visitor after visitor.

    Attributes:
        visits: the report of each visit that is over.
        left: how many went away unserved.
    """

    def __init__(self, hour: Hour, root: Path, lasts: float = HOUR) -> None:
        self._lasts = lasts
        self._day, self._hour = load_day(hour.day), hour
        self._site = load_site(self._day.site)
        begins = time.fromisoformat(hour.begins)
        self._start = self._day.date.replace(hour=begins.hour, minute=begins.minute, second=0, microsecond=0)
        self._key = [hour.seed, begins.hour * 60 + begins.minute]
        self._waiting = list(self._visits())
        nobody = self._scenario(VisitorSettings(say="…"))
        self._run = InProcessRun(nobody, root, self._site)
        self._run.hall.dismiss()
        self._visit: Visit | None = None
        self._number = 0
        self.visits: list[dict[str, Any]] = []
        self.left = 0
        self._km = 0.0

    def run(self) -> dict[str, Any]:
        """Run the hour, and until whoever came in it has been served."""
        hall = self._run.hall
        self._run.begin()
        while hall.time < self._lasts or ((self._visit or self._waiting) and hall.time < self._lasts + ASKED_STILL):
            self._receive()
            self._run.step()
            self._finish()
        return {
            "hour": self._hour.begins,
            "visits": self.visits,
            "left": self.left + len(self._waiting) + (self._visit is not None),
            "km": round(self._km / 1000.0, 4),
            "crowd": self._run.crowd.metrics(hall) | self._run.crowd.by_place(hall),
            "performance": self._run.performance(),
        }

    @property
    def scenario(self) -> Scenario:
        """Return the scenario of the visitor who is there now, or of nobody."""
        return self._run.scenario

    def watch(self, watch: Callable[[InProcessRun, Tick], None]) -> None:
        """Have a function called after each tick with the run in one process and the tick."""
        self._run.watch = watch

    def _receive(self) -> None:
        """Let the next visitor come to the robot when it is free."""
        now = self._run.hall.time
        patient = [v for v in self._waiting if v.arrived > now - self._day.askers.patience_s]
        self.left += len(self._waiting) - len(patient)
        self._waiting = patient
        free = self._visit is None and self._run.free and self._run.hall.visitor_gone
        if not (free and self._waiting and self._waiting[0].arrived <= now):
            return
        self._visit = self._waiting.pop(0)
        self._visit.begun = now
        self._number += 1
        self._run.log, self._run.scenario = self._visit.log, self._visit.scenario
        self._run.hall.receive(self._visit.scenario.visitor, self._number)
        self._run.show_again()

    def _finish(self) -> None:
        visit = self._visit
        if visit is None:
            return
        late = self._run.hall.time - visit.begun > self._day.visit_limit
        if late and not visit.dismissed:
            visit.dismissed = True
            self._run.hall.dismiss()
        if not (visit.log.ended or (late and self._run.free)):
            return
        told = report(visit.log, self._site, self._judged(visit))
        greeted = told["metrics"].get("greeted_after_s")
        told["metrics"]["waited_s"] = round(visit.begun - visit.arrived + (greeted or 0.0), 1)
        told |= {"scenario": self._day.name, "seed": self._hour.seed, "say": visit.scenario.visitor.say}
        self._km += visit.log.path_length()
        self.visits.append(told)
        self._visit = None

    def _judged(self, visit: Visit) -> Scenario:
        """Return the visit's scenario with the right end for where the robot stood: of several toilets any one is."""
        scenario, day = visit.scenario, self._day
        at, visitor = self._start + timedelta(seconds=visit.arrived), scenario.visitor
        goal = expect(self._site, day.floor, at, visitor.say, visitor.accept or YES, arrival_pose(visit.log))
        return scenario.model_copy(update={"expect": goal})

    def _visits(self) -> Iterator[Visit]:
        """Draw who comes when: arrivals at random within the hour, as many as the curve says on average."""
        rng = np.random.default_rng([*self._key, ARRIVAL_STREAM])
        count = int(rng.poisson(self._day.arrivals[self._hour.begins] * self._day.asks * self._lasts / HOUR))
        moments = sorted(rng.uniform(0.0, self._lasts, count).tolist())
        for number, moment in enumerate(moments):
            person = np.random.default_rng([*self._key, VISIT_STREAM, number])
            yield Visit(moment, self._scenario(self._visitor(person)))

    def _scenario(self, visitor: VisitorSettings) -> Scenario:
        """Return the scenario of a visit; its right end is known when the robot has stood somewhere (`_judged`)."""
        crowd = self._day.crowd
        if "people" not in crowd.model_fields_set:
            people = round(self._day.arrivals[self._hour.begins] * self._day.crowd_per_arrival)
            crowd = CrowdSettings.model_validate(crowd.model_dump(exclude_unset=True) | {"people": people})
        return Scenario(
            name=self._day.name,
            site=self._day.site,
            floor=self._day.floor,
            start=self._start,
            seed=self._hour.seed * 10_000 + self._key[1],
            crowd=crowd,
            visitor=visitor,
            expect=Expectation(outcome="refused"),
            sound=self._day.sound,
            time_limit=86_400.0,
        )

    def _visitor(self, rng: np.random.Generator) -> VisitorSettings:
        askers = self._day.askers
        say, procedure = self._request(self._site, rng)
        if rng.random() < askers.elderly:  # at the pace of the elderly
            character = askers.character.model_copy(update={"kind": "elderly"})
            return VisitorSettings(say=say, procedure=procedure, character=character)
        return VisitorSettings(say=say, procedure=procedure, pace=askers.pace, character=askers.character)

    def _request(self, site: Site, rng: np.random.Generator) -> tuple[str, str]:
        """Return what somebody says, and the code of the procedure that they mean, if it is one."""
        askers, kind = self._day.askers, rng.random()
        if kind < askers.facility:
            return str(rng.choice(askers.facilities)), ""
        if kind < askers.facility + askers.number:
            return askers.by_number.format(number=rng.choice(_numbers(site, self._day.floor))), ""
        codes = _procedures(site)
        code = codes[int(rng.integers(len(codes)))]
        return str(rng.choice(site.procedures[code].phrases["vi"])), code
