"""One leading of one visitor to one place: the escort's decisions carried out on whatever drives. Free of ROS."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from guidance.escort import Decision, Escort, EscortParams, Observation, Outcome
from guidance.escort_visitor import Person, Visitor
from guide_common.geometry import Pose2D

LIMIT_STEPS = 5
"""Of so many steps one tells the speed limit while driving."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Hold what an escort needs to know of a place."""

    id: str
    floor: str
    open: bool
    stand: Pose2D


class Wheels(Protocol):
    """Be what drives the robot for an escort; m and rad in the map frame."""

    distance_remaining: float

    @property
    def driving(self) -> bool:
        """Tell whether a drive was asked for and has not ended."""

    def drive(self, target: Pose2D) -> None:
        """Have the robot drive there; called again and again."""

    def halt(self) -> None:
        """Take the drive back."""

    def spin(self, angle: float) -> None:
        """Turn on the spot."""

    def stop(self) -> None:
        """Take back whatever moves."""


Ended = tuple[Outcome, str]
LimitSpeed = Callable[[float], None]
UNKNOWN: Ended = (Outcome.UNKNOWN_PLACE, "unknown_place")
CLOSED: Ended = (Outcome.PLACE_CLOSED, "closed")
OTHER_FLOOR: Ended = (Outcome.OTHER_FLOOR, "other_floor")


def refusal(places: Mapping[str, Destination], place_id: str, floor: str) -> Ended | None:
    """Return why nobody can be led to a place from a floor, or None."""
    place = places.get(place_id)
    if place is None:
        return UNKNOWN
    if place.floor != floor:
        return OTHER_FLOOR
    return None if place.open else CLOSED


class Leading:
    """Lead one visitor.

    Args:
        place: where to.
        pace: m/s to begin with; 0 for the usual one.
        params: of the escort.
        wheels: what drives.
        limit_speed: takes m/s that must not be exceeded; 0 lifts the limit.
        visitor: the track of who is led; None for whoever is nearest.
    """

    def __init__(
        self,
        place: Destination,
        pace: float,
        params: EscortParams,
        wheels: Wheels,
        limit_speed: Callable[[float], None],
        visitor: int | None = None,
    ) -> None:
        self.place = place
        pace = max(pace if pace > 0.0 else params.pace, params.slowest)
        self.escort = Escort(replace(params, pace=pace), Visitor(first=visitor))
        self.decision: Decision | None = None
        self.visitor_distance = math.nan
        self._wheels, self._limit_speed = wheels, limit_speed
        self._steps = 0

    def step(
        self, now: float, robot: Pose2D | None, people: Sequence[Person] | None, broken: str = "", e_stop: bool = False
    ) -> Decision:
        """Decide and carry out: about ten times a second; `people` is None when nothing new came."""
        seen = Observation(now, robot, people, broken, e_stop, self._wheels.distance_remaining)
        decision = self.decision = self.escort.step(seen)
        self.visitor_distance = self.escort.visitor_distance(seen)
        if decision.drive:
            self._wheels.drive(self.place.stand)
        elif self._wheels.driving:
            self._wheels.halt()
        if decision.look is not None:
            self._wheels.spin(decision.look)
        if decision.drive and self._steps % LIMIT_STEPS == 0:
            self._limit_speed(decision.speed)
        self._steps += 1
        return decision

    @property
    def seconds_remaining(self) -> float:
        """Return s to go at the speed of now; NaN when standing or unknown."""
        if self.decision is None or not self.decision.drive:
            return math.nan
        return self._wheels.distance_remaining / max(self.decision.speed, 0.1)

    def place_changed(self, place: Destination | None) -> Ended | None:
        """Take what the place has become; return how the leading ends for it, None when it goes on."""
        if place is None:
            return UNKNOWN
        if not place.open:
            return CLOSED
        if place.stand != self.place.stand:
            self.place = place
            self.escort.retarget()
        return None

    def end(self) -> None:
        """Let the robot stand and lift the limit."""
        self._wheels.stop()
        self._limit_speed(0.0)
