"""Kinds of people: what their bodies are like for the crowd, for the physics and for a lidar near the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

KindName = Literal["adult", "elderly", "child", "wheelchair"]


@dataclass(frozen=True, slots=True)
class Kind:
    """Hold a kind of person; lengths in m, paces in m/s.

    Attributes:
        radius: of the circle that others walk around.
        reach: m by which feet or footrests stick out ahead of that of a standing person.
        leg_radius: of a leg at the height of a lidar.
        hip: from the middle of the body to the middle of a leg.
        feet: how far the legs are ahead of the middle of the body.
        step: from one foot to the other at an ordinary walk; 0 where the legs do not walk.
        height: of the top of the head.
        pace: mean and spread of the pace in a hall.
        led: least and most of the pace when following somebody.
    """

    name: KindName
    radius: float
    reach: float
    leg_radius: float
    hip: float
    feet: float
    step: float
    height: float
    pace: tuple[float, float]
    led: tuple[float, float]


# Steps: Murray et al. (1964), 0.7-0.8 m for men on the street, less in halls; shorter in age (Judge et al., 1996) and
# in children of 4-8 (Sutherland, 1997). Paces: Weidmann (1993) has 1.34 m/s on streets, people in halls are slower.
ADULT = Kind("adult", 0.2, 0.0, 0.07, 0.1, 0.0, 0.65, 1.6, (1.1, 0.2), (0.5, 1.0))
ELDERLY = Kind("elderly", 0.2, 0.0, 0.065, 0.1, 0.0, 0.4, 1.55, (0.7, 0.12), (0.35, 0.6))
CHILD = Kind("child", 0.15, 0.0, 0.045, 0.065, 0.0, 0.4, 1.15, (1.2, 0.4), (0.5, 1.2))
# ISO 7193 allows 1.2 x 0.7 m; hospital chairs are about 1.05 x 0.64 m. The legs rest ahead of the body.
WHEELCHAIR = Kind("wheelchair", 0.38, 0.25, 0.06, 0.1, 0.4, 0.0, 1.3, (0.8, 0.15), (0.4, 0.9))
KINDS: dict[str, Kind] = {kind.name: kind for kind in (ADULT, ELDERLY, CHILD, WHEELCHAIR)}

WHEEL_TRACK = 0.29
"""m from the middle of a wheelchair to each of its large wheels."""
WHEEL_CHORD = 0.29
"""m: half of what a lidar 0.25 m above the floor sees of a wheel 0.6 m across."""
CHAIR_HALF = (0.42, 0.32, 0.45)
"""m: half the size of a wheelchair's box in the physics; its middle lies CHAIR_AHEAD of the body's."""
CHAIR_AHEAD = 0.1
