"""The plan a site is drawn from: walls, rooms, furniture, rows of counters, places and zones of each floor."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from counter_map.errors import SiteErrors
from counter_map.mistakes import Mistakes
from counter_map.yaml_lines import read_yaml

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]
"""x0, y0, x1, y1 in m."""
Facing = Literal["north", "south", "east", "west"]
Texts = dict[str, str]


class Part(BaseModel):
    """Refuse keys that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Wall(Part):
    """Draw a wall along points, m."""

    along: list[Point] = Field(min_length=2)
    thickness: float = Field(0.2, gt=0.0)


class Piece(Part):
    """Put a piece of furniture or a pillar on the floor: a rectangle, `height` m high."""

    id: str
    rect: Rectangle
    height: float = Field(gt=0.0)


class Benches(Part):
    """Put rows of benches into a block that the robot keeps out of."""

    id: str
    x: list[tuple[float, float]]
    """Left and right end of each bench of a row, m."""
    y: list[float]
    """Middle of each row, m."""
    depth: float = 0.6
    height: float = 0.8


class CounterRow(Part):
    """Put counters side by side, numbered upwards from the first."""

    zone: str
    first: int
    count: int
    start: Point
    """Middle of the first desk, m."""
    step: Point
    """From desk to desk, m."""
    facing: Facing
    """Where visitors stand."""


class Spot(Part):
    """Put a place on the floor: where the robot stands for it, and its heading in degrees."""

    id: str
    kind: str
    at: Point
    heading: float
    zone: str = "lobby"
    name: Texts


class Area(Part):
    """Draw a polygon (or a rectangle) that means something."""

    id: str
    kind: str
    rect: Rectangle | None = None
    polygon: list[Point] | None = None
    name: Texts = {}
    max_speed: float | None = None
    direction: float | None = None
    """Degrees, of a one_way."""


class FloorPlan(Part):
    """Plan one floor, `size` m wide and high, `inside` the rectangle that is indoors."""

    size: Point
    inside: Rectangle
    walls: list[Wall]
    closed_rooms: list[Rectangle] = []
    furniture: list[Piece] = []
    benches: list[Benches] = []
    counters: list[CounterRow] = []
    places: list[Spot] = []
    areas: list[Area] = []


class Department(Part):
    """Say which counters an agency has, and who sits there."""

    name: str
    counters: list[int]
    staff: Texts


class Plan(Part):
    """Plan a whole site."""

    resolution: float = Field(0.05, gt=0.0)
    counter: Texts
    """How a counter is called; {number} stands for its number."""
    desk: Point
    """Width and depth of a counter's desk, m."""
    stand_off: float
    """m from the desk's edge to the middle of the robot."""
    departments: list[Department]
    closed: dict[int, int | None]
    """Counters that are closed, and the one that takes their visitors."""
    priority: list[int]
    floors: dict[str, FloorPlan]


def read_plan(path: Path) -> Plan:
    """Read a plan; raise SiteErrors with file, line and what is wrong."""
    mistakes = Mistakes()
    document = read_yaml(path, mistakes)
    mistakes.raise_if_any()
    assert document is not None
    try:
        return Plan.model_validate(document.data)
    except ValidationError as error:
        for each in error.errors():
            where = ".".join(str(key) for key in each["loc"])
            mistakes.add(path, document.line(*each["loc"]), f"{where}: {each['msg']}", "mend this part of the plan")
        raise SiteErrors(mistakes.found) from None
