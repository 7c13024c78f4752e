"""A trip that the robot makes alone: through a hall drawn in the file, among people and boxes that keep to a script.

hall:
  size: [12, 6]
  post: [1.5, 3, 0]
  walls: [[[6, 0], [6, 2.5]], [[6, 3.5], [6, 6]]]
  furniture: [{id: shelf, low: [3, 0.2], high: [4, 0.8], only: map}]
trip: {to: [10.5, 3, 0]}
walkers: [{kind: child, way: [[8, 5], [8, 1]], pace: 1.6, heeds: false, begins: {robot_within_m: 2.5}}]
boxes: [{id: pallet, at: [9, 3, 0], size: [1.2, 0.8, 1.0], begins: {after_s: 4}}]
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hall_sim.people.kinds import KindName
from hall_sim.scenarios.settings import Strict
from hall_sim.scenarios.settings_body import Point
from hall_sim.scenarios.settings_people import Span

Pose = tuple[float, float, float]
"""x, y in m and yaw in rad, map frame."""
Id = Annotated[str, Field(pattern="^[a-z0-9_]+$")]
Metres = Annotated[float, Field(gt=0.0, le=100.0)]
SpotKind = Literal["seat", "counter", "ticket", "wc", "water", "atm", "photocopy", "reception", "exit"]


class Piece(Strict):
    """Hold a piece of furniture between two corners (m): `only` in the map, or only in the hall, else in both."""

    id: Id
    low: Point
    high: Point
    height: Metres = 1.1
    only: Literal["map", "hall", ""] = ""

    @model_validator(mode="after")
    def _has_room(self) -> Piece:
        if not (self.low[0] < self.high[0] and self.low[1] < self.high[1]):
            raise ValueError("low must be the lower left corner and high the upper right one")
        return self


class SpotSettings(Strict):
    """Hold a place that the people of a crowd walk to, and where one stands at it."""

    kind: SpotKind = "water"
    at: Pose


class DrawnHall(Strict):
    """Hold a hall of one floor with walls around it: its size in m, where the robot starts, and what stands in it.

    `walls` are lines of two points or more, as thick as `thickness` m.
    """

    size: tuple[Metres, Metres]
    post: Pose
    walls: tuple[Annotated[tuple[Point, ...], Field(min_length=2)], ...] = ()
    thickness: Annotated[float, Field(ge=0.1, le=1.0)] = 0.15
    furniture: tuple[Piece, ...] = ()
    spots: dict[Id, SpotSettings] = Field(default_factory=dict)


class TripSettings(Strict):
    """Hold where the robot is told to drive, as a goal of `navigate_to_pose`."""

    to: Pose


class Cue(Strict):
    """Hold when something of the script begins: so many s after the start, or with the robot so near (m)."""

    after_s: Span | None = None
    robot_within_m: Span | None = None

    @model_validator(mode="after")
    def _once(self) -> Cue:
        if (self.after_s is None) == (self.robot_within_m is None):
            raise ValueError("give one of after_s and robot_within_m")
        return self


AT_ONCE = Cue(after_s=0.0)


class WalkerSettings(Strict):
    """Hold somebody with a script: they stand at the first point of `way` until their cue, then walk it.

    Who `heeds` the robot stops before it, and walks round it when it stays; who does not walks on as if it were not
    there, as children who look elsewhere do. At the end they stand, go out, or turn round and walk back.
    """

    kind: KindName = "adult"
    way: Annotated[tuple[Point, ...], Field(min_length=1)]
    pace: Span | None = None
    heeds: bool = True
    begins: Cue = AT_ONCE
    then: Literal["stand", "leave", "back"] = "stand"


class BoxSettings(Strict):
    """Hold a box that is set down in the hall, and that the map does not know: its middle, and its size in m."""

    id: Id
    at: Pose
    size: tuple[Metres, Metres, Metres]
    begins: Cue = AT_ONCE
