"""A site as values: floors, places, zones, procedures, opening hours. Metres, radians, map frame of each floor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D

if TYPE_CHECKING:
    from counter_map.floor_map import FloorMap

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

FACILITY_KINDS = (
    "wc", "atm", "photocopy", "lift", "stairs", "exit", "seat", "water", "ticket", "reception",
)  # fmt: skip
"""Places a visitor may ask for by what they are."""

PLACE_KINDS = (*FACILITY_KINDS, "counter", "post", "dock")
"""All kinds of places: facilities, counters, and where a robot waits or charges."""

ZONE_KINDS = ("zone", "keepout", "speed_limit", "one_way", "preferred", "queue", "furniture")
"""All kinds of polygons. A robot never enters a keepout, keeps to `max_speed` in a speed_limit, goes through a one_way
never against its `direction`, and takes a preferred lane where the way is not much longer."""

STATUSES = ("active", "suspended", "elsewhere")
"""Of a procedure: taken here; taken here but not now; no longer, or not here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Hold a named place and the pose at which the robot stops for it."""

    id: str
    kind: str
    floor: str
    zone: str
    stand: Pose2D
    names: dict[str, str]
    number: str = ""
    department: str = ""
    open: bool = True
    redirect_to: str = ""
    priority: bool = False
    staff: dict[str, str] = dataclasses.field(default_factory=dict)

    def name(self, language: str) -> str:
        """Return the name in a language, or in the site's first."""
        return _in_language(self.names, language) or self.id


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """Hold a polygon of a floor (N×2, m): a lettered zone, a rule for the robot, a queue or a piece of furniture."""

    id: str
    kind: str
    floor: str
    polygon: NDArray[np.float64]
    names: dict[str, str] = dataclasses.field(default_factory=dict)
    max_speed: float | None = None
    """m/s, of a speed_limit."""
    height: float | None = None
    """m, of furniture."""
    direction: float | None = None
    """rad, counter-clockwise from +x, of a one_way."""

    def name(self, language: str) -> str:
        """Return the name in a language, or in the site's first."""
        return _in_language(self.names, language) or self.id


@dataclass(frozen=True, slots=True)
class Procedure:
    """Hold one procedure as the visitor meets it: its names, where it is taken, what to bring, what it costs.

    `code` is the key: the catalogue's code, or the site's own id where the catalogue gives none
    (then `catalogued` is False).
    """

    code: str
    names: dict[str, str]
    department: str
    field: str
    phrases: dict[str, tuple[str, ...]]
    counters: tuple[str, ...]
    papers: dict[str, tuple[str, ...]]
    fee: dict[str, str]
    ticket_first: bool = True
    status: str = "active"
    notice: dict[str, str] = dataclasses.field(default_factory=dict)
    source: str = ""
    catalogued: bool = True

    def name(self, language: str) -> str:
        """Return the official name in a language, or in the site's first."""
        return _in_language(self.names, language) or self.code


@dataclass(frozen=True, slots=True)
class Floor:
    """Hold one floor: its names and its map."""

    id: str
    names: dict[str, str]
    map_file: Path
    map: FloorMap


@dataclass(frozen=True, slots=True)
class RobotSpots:
    """Hold where the robot of a floor waits for visitors and where it charges (place ids)."""

    post: str
    dock: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what is true of the whole site: languages, hours, ticket machines, robots, how it is spoken of."""

    names: dict[str, str]
    timezone: str
    languages: tuple[str, ...]
    hours: dict[int, tuple[tuple[time, time], ...]]
    """Per weekday (Monday 0): opening and closing times."""
    tickets: bool
    robots: dict[str, RobotSpots]
    phrases: dict[str, dict[str, str]]
    pace: float
    """m/s at which a visitor is led."""
    clearance: float
    """m of free floor around a robot's middle that every stand pose and the way to it must have."""
    notes: dict[str, str]

    def is_open(self, at: datetime) -> bool:
        """Tell whether the site is open; `at` is aware of its zone, or is taken as the site's local time."""
        local = self.local(at)
        return any(start <= local.time() < end for start, end in self.hours.get(local.weekday(), ()))

    def lunch_ends(self, at: datetime) -> datetime | None:
        """Return when the site opens again today after a break that `at` is in; None outside of a break."""
        local = self.local(at)
        spans = self.hours.get(local.weekday(), ())
        opens = min((start for start, _ in spans if start > local.time()), default=None)
        if opens is None or self.is_open(local) or not any(end <= local.time() for _, end in spans):
            return None
        return local.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)

    def next_opening(self, at: datetime) -> datetime | None:
        """Return when the site next opens after `at`, in local time; None when it never does within a week."""
        local = self.local(at)
        for days in range(8):
            day = datetime.fromordinal(local.toordinal() + days).replace(tzinfo=local.tzinfo)
            for start, _ in self.hours.get(day.weekday(), ()):
                opening = day.replace(hour=start.hour, minute=start.minute)
                if opening > local:
                    return opening
        return None

    def local(self, at: datetime) -> datetime:
        """Return a moment in the site's time zone."""
        zone = ZoneInfo(self.timezone)
        return at.astimezone(zone) if at.tzinfo is not None else at.replace(tzinfo=zone)

    def phrase(self, key: str, language: str) -> str:
        """Return how the site words something, or an empty string."""
        return _in_language(self.phrases.get(key, {}), language)


@dataclass(frozen=True, slots=True)
class Site:
    """Hold a whole site; `name` is its short id, `folder` where it was read from."""

    name: str
    folder: Path
    settings: Settings
    floors: dict[str, Floor]
    places: dict[str, Place]
    zones: list[Zone]
    procedures: dict[str, Procedure]

    def places_of(self, kind: str = "", floor: str = "") -> Iterator[Place]:
        """Give the places of a kind and a floor; an empty string selects all."""
        return (p for p in self.places.values() if kind in ("", p.kind) and floor in ("", p.floor))

    def zones_of(self, kind: str = "", floor: str = "") -> Iterator[Zone]:
        """Give the polygons of a kind and a floor; an empty string selects all."""
        return (z for z in self.zones if kind in ("", z.kind) and floor in ("", z.floor))

    def post(self, floor: str) -> Place:
        """Return where the robot of a floor waits for visitors; raise KeyError for a floor without robot."""
        return self.places[self.settings.robots[floor].post]


def _in_language(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
