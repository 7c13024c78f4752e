"""People as simple dolls in a 3-D scene: shapes with places and colours, free of OpenGL."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from hall_sim.people.kinds import ADULT, CHAIR_AHEAD, KINDS, WHEEL_TRACK
from hall_sim.pictures.moment import Person
from hall_sim.world.bodies import KNEELING, SITTING

Point3 = tuple[float, float, float]
Rgba = tuple[float, float, float, float]

CLOTHES: tuple[Rgba, ...] = (
    (0.28, 0.40, 0.62, 1), (0.56, 0.60, 0.66, 1), (0.36, 0.52, 0.42, 1), (0.64, 0.54, 0.40, 1),
    (0.44, 0.36, 0.56, 1), (0.72, 0.72, 0.68, 1), (0.30, 0.48, 0.56, 1),
)  # fmt: skip
VISITOR: Rgba = (0.86, 0.20, 0.44, 1)
TROUSERS: Rgba = (0.20, 0.22, 0.28, 1)
SKIN: Rgba = (0.87, 0.70, 0.57, 1)
HAIR: Rgba = (0.13, 0.11, 0.10, 1)
STEEL: Rgba = (0.25, 0.27, 0.30, 1)


class Rod(NamedTuple):
    """Hold a rod with round ends between two points; a wheel when it is flat."""

    begin: Point3
    end: Point3
    radius: float
    rgba: Rgba
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold where somebody stands and faces."""

    x: float
    y: float
    heading: float
    size: float

    def at(self, ahead: float, left: float, up: float) -> Point3:
        """Return the point of the map that is so far ahead, to the left and up, in m of an adult."""
        c, s, k = math.cos(self.heading), math.sin(self.heading), self.size
        return self.x + k * (ahead * c - left * s), self.y + k * (ahead * s + left * c), k * up


def doll(who: Person) -> list[Rod]:
    """Return somebody's rods: legs, trunk, arms, head, and the chair of who sits in one."""
    kind = KINDS.get(who.kind, ADULT)
    frame = Frame(who.x, who.y, who.heading, 1.0 if kind.name == "wheelchair" else kind.height / ADULT.height)
    shirt = VISITOR if who.visitor else CLOTHES[who.id % len(CLOTHES)]
    if kind.name == "wheelchair":
        return [*_seated(frame, shirt), *_chair(frame)]
    if who.posture == SITTING:
        return _seated(frame, shirt)
    hip, foot = (0.42, 0.1) if who.posture == KNEELING else (0.82, 0.0)
    legs = [Rod(frame.at(foot, y, 0.07), frame.at(0.0, y, hip - 0.02), 0.075, TROUSERS) for y in (-0.1, 0.1)]
    return _trunk(frame, shirt, hip) + legs


def head_height(who: Person) -> float:
    """Return m from the floor to the top of somebody's head."""
    tall = KINDS.get(who.kind, ADULT).height
    return 0.8 * tall if who.posture != 0 else tall


def _trunk(frame: Frame, shirt: Rgba, hip: float) -> list[Rod]:
    neck = hip + 0.48
    rods = [Rod(frame.at(0, 0, hip + 0.05), frame.at(0, 0, neck - 0.1), 0.15, shirt)]
    rods += [
        Rod(frame.at(0.02, y, neck - 0.06), frame.at(0.08, 1.15 * y, hip + 0.02), 0.05, shirt) for y in (-0.2, 0.2)
    ]
    rods.append(Rod(frame.at(0.02, 0, neck + 0.12), frame.at(0.02, 0, neck + 0.16), 0.105, SKIN))
    return [*rods, Rod(frame.at(-0.02, 0, neck + 0.16), frame.at(-0.03, 0, neck + 0.19), 0.105, HAIR)]


def _seated(frame: Frame, shirt: Rgba) -> list[Rod]:
    rods = _trunk(frame, shirt, 0.5)
    for y in (-0.1, 0.1):
        rods.append(Rod(frame.at(0.0, y, 0.52), frame.at(0.4, y, 0.5), 0.08, TROUSERS))
        rods.append(Rod(frame.at(0.4, y, 0.48), frame.at(0.42, y, 0.1), 0.065, TROUSERS))
    return rods


def _chair(frame: Frame) -> list[Rod]:
    rods = []
    for y in (-WHEEL_TRACK, WHEEL_TRACK):
        rods.append(Rod(frame.at(0, y - 0.02, 0.3), frame.at(0, y + 0.02, 0.3), 0.3, STEEL, flat=True))
        rods.append(Rod(frame.at(-0.2, y, 0.5), frame.at(-0.24, y, 0.95), 0.025, STEEL))
        rods.append(Rod(frame.at(CHAIR_AHEAD + 0.3, 0.7 * y, 0.1), frame.at(0.1, 0.7 * y, 0.4), 0.02, STEEL))
    return [*rods, Rod(frame.at(-0.05, -0.2, 0.42), frame.at(-0.05, 0.2, 0.42), 0.06, STEEL)]
