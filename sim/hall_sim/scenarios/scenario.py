"""Scenarios: which hall, who is in it, who comes, what goes wrong, and how it should end.

name: demo
site: ../../maps/hcmc_center      # beside this file
revision: 410c6b26718d0b76        # of the site's store; the folder itself when left out
floor: "1"
start: 2026-03-02T09:00:00+07:00  # the robot's clock shows it
seed: 1
mode: in_process                  # or graph: every node in a process of its own
crowd: {people: 18}
visitor: {say: Tôi muốn …, accept: có ạ}
expect: {outcome: arrived, place: Q12}
hold: [contacts == 0, visitor_in_range > 0.8]
time_limit: 300

Instead of `site`, `visitor` and `expect` a file can have a `hall` drawn in it and a `trip` that the robot makes alone,
see `settings_trip`. Includes, parameters and distributions: `scenario_file`; what `hold` can say: `requirements`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, field_validator, model_validator

from guide_common.errors import UserErrors
from hall_sim.scenarios.drawn_hall import drawn_site
from hall_sim.scenarios.file import read_values
from hall_sim.scenarios.requirements import check_expression
from hall_sim.scenarios.settings import Strict
from hall_sim.scenarios.settings_body import BodySettings
from hall_sim.scenarios.settings_faults import FaultSettings
from hall_sim.scenarios.settings_people import CrowdSettings, VisitorSettings
from hall_sim.scenarios.settings_sound import SoundSettings
from hall_sim.scenarios.settings_trip import BoxSettings, DrawnHall, TripSettings, WalkerSettings

Model = TypeVar("Model", bound=BaseModel)
Outcome = Literal["arrived", "handover", "refused", "told_closed", "not_understood", "reached", "gave_up"]
OF_TRIPS = ("reached", "gave_up")
"""Outcomes of a trip; the others are of a visitor."""
OF_VISITOR = ("say", "accept", "touch")
"""Keys that may be overridden without naming the part."""


class Expectation(Strict):
    """Hold how the run should end, and at which place of the floor the robot should stand then."""

    outcome: Outcome = "arrived"
    place: str = ""

    @model_validator(mode="after")
    def _somewhere(self) -> Expectation:
        if self.outcome in ("arrived", "handover") and not self.place:
            raise ValueError(f"outcome {self.outcome} needs the place where the robot should end")
        return self


class Scenario(Strict):
    """Hold one scenario; `site` is an absolute path once it is loaded."""

    name: str
    site: Path
    revision: str = Field(
        "", pattern="^[0-9a-f]*$", description="of the site, in its store (guide map publish); empty for the folder"
    )
    floor: str = "1"
    start: AwareDatetime = Field(default_factory=lambda: datetime.fromisoformat("2026-03-02T09:00:00+07:00"))
    seed: int = Field(0, ge=0)
    mode: Literal["in_process", "graph"] = "in_process"
    crowd: CrowdSettings = Field(default_factory=lambda: CrowdSettings(people=18))
    visitor: VisitorSettings
    hall: DrawnHall | None = None
    trip: TripSettings | None = None
    walkers: tuple[WalkerSettings, ...] = ()
    boxes: tuple[BoxSettings, ...] = ()
    body: BodySettings = BodySettings()
    sound: SoundSettings = SoundSettings()
    faults: tuple[FaultSettings, ...] = ()
    expect: Expectation
    hold: list[str] = Field(default_factory=list)
    time_limit: float = Field(420.0, gt=0.0, le=86400.0)

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, data: Any) -> Any:
        """Fill in what a trip needs not say: nobody is led, and the robot should reach its goal."""
        if not isinstance(data, dict) or data.get("trip") is None:
            return data
        nobody = {"visitor": {"say": "-"}, "expect": {"outcome": "reached"}, "sound": {"mode": "text"}}
        return nobody | {"crowd": {"people": 0}} | data

    @model_validator(mode="after")
    def _of_one_kind(self) -> Scenario:
        if (self.trip is not None) != (self.expect.outcome in OF_TRIPS):
            kinds = ", ".join(OF_TRIPS)
            raise ValueError(f"expect.outcome {self.expect.outcome}: a trip ends as {kinds}, and nothing else does")
        if self.trip is not None and self.mode == "graph":
            raise ValueError("a trip runs in one process; leave mode out")
        return self

    @field_validator("hold")
    @classmethod
    def _readable(cls, expressions: list[str]) -> list[str]:
        for expression in expressions:
            check_expression(expression)
        return expressions


def load_scenario(path: Path | str, parameters: Mapping[str, Any] | None = None, **overrides: Any) -> Scenario:
    """Read a scenario; raise UserErrors that lists every mistake with file, key and mend.

    Args:
        path: the YAML file.
        parameters: values of parameters in place of what the file gives or draws.
        overrides: values put over the file's: `seed=3`; `say`, `accept` and `touch` are the visitor's; with two
            underscores into any part: `crowd__people=30`. None leaves the file's value.
    """
    path = Path(path)
    data = read_values(path, overrides.get("seed"), parameters)
    for key, value in overrides.items():
        if value is not None:
            _put(data, ["visitor", key] if key in OF_VISITOR else key.split("__"), value)
    if "hall" in data:
        data["site"] = "."
    scenario: Scenario = validated(path, Scenario, data)
    if scenario.hall is not None:
        return scenario.model_copy(update={"site": drawn_site(scenario.hall)})
    if not scenario.revision:
        return scenario
    return scenario.model_copy(update={"site": _snapshot(path, scenario)})


def _snapshot(path: Path, scenario: Scenario) -> Path:
    """Return the folder of the revision that a scenario asks for."""
    from counter_map.site_store import open_store

    with closing(open_store(str(scenario.site))[0]) as store:
        folder = store.snapshot(scenario.revision)
        if folder.is_dir():
            return folder
        known = ", ".join(sorted(each.name for each in store.snapshots.glob("*"))) or "none"
        what = f"revision: the store of {store.site} has no {scenario.revision} (it has: {known})"
        raise UserErrors([f"{path}: {what}; change it, or publish the site: guide map publish {scenario.site}"])


def validated(path: Path, kind: type[Model], data: dict[str, Any]) -> Model:
    """Return the values of a file as a model; raise UserErrors that lists every mistake with file, key and mend."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise UserErrors([_sentence(path, kind, mistake) for mistake in error.errors()]) from None


def _put(data: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        inner = data.get(key)
        data[key] = dict(inner) if isinstance(inner, dict) else {}
        data = data[key]
    data[keys[-1]] = value


def _sentence(path: Path, kind: type[BaseModel], mistake: Any) -> str:
    keys = [str(key) for key in mistake["loc"]]
    where = ".".join(keys) or "the file"
    if mistake["type"] == "missing":
        return f"{path}: {where} is missing; add it"
    if mistake["type"] == "extra_forbidden":
        part = _part(kind, keys[:-1])
        return f"{path}: {where} is not known; the keys here are {', '.join(part.model_fields)}"
    what = mistake["msg"].removeprefix("Value error, ")
    given = "" if isinstance(mistake["input"], dict) else f" (it is {mistake['input']!r})"
    return f"{path}: {where}: {what[:1].lower()}{what[1:]}{given}; change it"


def _part(kind: type[BaseModel], keys: list[str]) -> type[BaseModel]:
    part = kind
    for key in keys:
        if key in part.model_fields:  # the numbers of a list's items name no part
            part = next(_models(part.model_fields[key].annotation), part)
    return part


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Give the models in an annotation such as `tuple[Glass, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
