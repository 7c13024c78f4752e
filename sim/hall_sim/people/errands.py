"""What one person of the crowd is up to, and how people differ."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hall_sim.people.crowd import Walker
from hall_sim.people.kinds import ADULT, CHILD, ELDERLY, WHEELCHAIR, Kind
from hall_sim.scenarios.settings_people import CrowdSettings

if TYPE_CHECKING:
    from hall_sim.people.queues import Line

GROUP_SIZES, GROUP_WEIGHTS = (2, 3, 4), (0.6, 0.25, 0.15)
"""Groups get rarer with their size (Moussaïd et al., 2010)."""
SLOWEST = 0.35
"""m/s."""


@dataclass(slots=True)
class Turn:
    """Hold somebody's time in a line: when they joined, their place, when they may move up, since when they are off."""

    joined: float
    place: int = -1
    moves_at: float = 0.0
    away_since: float = math.inf


@dataclass(slots=True, eq=False)
class Errand:
    """Hold one body of the hall: the walker while they are inside, and what they are about.

    Attributes:
        until: s since the start until when they stay where they are, or out.
        stay: s that they will stay where they are going.
        leaving: whether they are going out.
        detour: whether they are stepping aside, or were held up, and will think of something new.
        bothered: s for which the robot has been in front of them, nose to nose.
        expected: whether they will come in at `until`.
        leader: whom they came with and follow.
        plan: kinds of places still to go to, the next one first.
        line: where they stand in line, or are going to; `turn` is set once they stand there.
        seat: which one they sit on, or are going to.
        waited: s for which they have waited for the last of their company.
        watches_until: s since the start until when they look at the robot.
    """

    kind: Kind = ADULT
    pace: float = 1.1
    walker: Walker | None = None
    until: float = 0.0
    stay: float = 0.0
    leaving: bool = False
    detour: bool = False
    bothered: float = 0.0
    expected: bool = True
    staff: bool = False
    leader: Errand | None = None
    company: list[Errand] = field(default_factory=list)
    place: int = 0
    offset: tuple[float, float] = (0.0, 0.0)
    plan: list[str] = field(default_factory=list)
    line: Line | None = None
    turn: Turn | None = None
    seat: int | None = None
    curious: bool = False
    courteous: bool = False
    waited: float = 0.0
    watches_until: float = -math.inf


def party(settings: CrowdSettings, rng: np.random.Generator) -> list[Kind]:
    """Draw who comes together: one person, a group, an adult with a child.

    The chances are such that the shares of the settings come out over many parties.
    """
    sizes, weights = np.array(GROUP_SIZES), np.array(GROUP_WEIGHTS)
    mean = float(sizes @ weights)
    chance = settings.groups / (mean - settings.groups * (mean - 1.0))
    grown = int(rng.choice(sizes, p=weights)) if rng.random() < chance else 1
    kinds = [_grown_up(settings, rng) for _ in range(grown)]
    per_adult = settings.children / (1.0 - settings.children)
    return kinds + [CHILD for _ in range(grown) if rng.random() < per_adult]


def pace_of(kind: Kind, rng: np.random.Generator) -> float:
    """Draw a pace in m/s: no more than two and a half spreads below the mean, and two above."""
    mean, spread = kind.pace
    return float(np.clip(rng.normal(mean, spread), max(mean - 2.5 * spread, SLOWEST), mean + 2.0 * spread))


def _grown_up(settings: CrowdSettings, rng: np.random.Generator) -> Kind:
    grown = 1.0 - settings.children
    drawn = rng.random() * grown
    if drawn < settings.wheelchairs:
        return WHEELCHAIR
    return ELDERLY if drawn < settings.wheelchairs + settings.elderly else ADULT
