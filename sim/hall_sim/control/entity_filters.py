"""Choose entities by name, category, tags and place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from shapely.geometry import MultiPoint, Point, box

from hall_sim.control.entities import Entity
from hall_sim.control.refusals import OPERATION_FAILED, Refused

Point3 = tuple[float, float, float]
POSIX_CLASSES = {
    "[:alnum:]": "A-Za-z0-9",
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:punct:]": "!-/:-@\\[-`{-~",
    "[:space:]": "\\s",
}
"""What Python's expressions have for the classes of POSIX; else the extended ones mean the same in both."""

Test = Callable[[Entity], bool]


@dataclass(frozen=True, slots=True)
class TagFilter:
    """Choose by tags: one that has any of them, or all."""

    tags: tuple[str, ...]
    every: bool = False

    def __call__(self, entity: Entity) -> bool:
        """Tell whether an entity is chosen."""
        has = [tag in entity.info.tags for tag in self.tags]
        return all(has) if self.every else any(has)


def by_name(expression: str) -> Test:
    """Choose those in whose name a POSIX extended regular expression is found; raise Refused if it is none."""
    translated = reduce(lambda text, pair: text.replace(*pair), POSIX_CLASSES.items(), expression)
    try:
        pattern = re.compile(translated)
    except re.error as error:
        raise Refused(OPERATION_FAILED, f"'{expression}' is no regular expression: {error}") from None
    return lambda entity: pattern.search(entity.name) is not None


def by_category(categories: Iterable[int]) -> Test:
    """Choose those of some categories, by number."""
    wanted = frozenset(categories)
    return lambda entity: int(entity.info.category) in wanted


def in_sphere(centre: Point3, radius: float) -> Test:
    """Choose those that a sphere touches; m, map frame."""
    x, y, z = centre

    def touches(entity: Entity) -> bool:
        above = max(z - entity.height, 0.0, -z)
        return above <= radius and entity.outline.distance(Point(x, y)) <= (radius**2 - above**2) ** 0.5

    return touches


def in_box(one: Point3, other: Point3) -> Test:
    """Choose those that a box along the axes touches, given by two opposite corners; m, map frame."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    floor = box(low[0], low[1], high[0], high[1])
    return lambda entity: low[2] <= entity.height and high[2] >= 0.0 and entity.outline.intersects(floor)


def in_hull(points: list[Point3]) -> Test:
    """Choose those that the upright prism over a hull of points touches; m, map frame."""
    floor = MultiPoint([point[:2] for point in points]).convex_hull
    low, high = min(point[2] for point in points), max(point[2] for point in points)
    flat = low == high
    return lambda entity: (flat or (low <= entity.height and high >= 0.0)) and entity.outline.intersects(floor)


def chosen(entities: Iterable[Entity], tests: list[Test]) -> list[Entity]:
    """Return the entities that pass every test."""
    return [entity for entity in entities if all(test(entity) for test in tests)]
