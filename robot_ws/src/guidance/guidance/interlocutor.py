"""Know who stands before the robot and talks with it, so that they are led and not who happens to pass. Free of ROS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from guidance.escort_visitor import Person, Visitor
from guide_common.geometry import Pose2D
from guide_common.standing import GONE, stands_before


@dataclass(frozen=True, slots=True)
class InterlocutorParams:
    """Hold when someone who stood before the robot is taken to have gone; m, s."""

    gone: float = GONE
    """Who is further away than this has gone …"""
    fresh: float = 0.5
    """… and who was not measured for so long may have."""
    handover: float = 0.7
    """A track this near to where theirs ended is theirs …"""
    forget: float = 2.0
    """… until they have been out of sight for so long."""


class Interlocutor:
    """Follow whoever has stood before the robot the longest, also when the tracker gives them a new number.

    Attributes:
        id: their track; None when nobody stands there.
    """

    def __init__(self, params: InterlocutorParams | None = None) -> None:
        self.params = params or InterlocutorParams()
        self.id: int | None = None
        self._x = self._y = 0.0
        self._seen_at = -math.inf
        self._standing: dict[int, float] = {}

    def update(self, people: Sequence[Person], now: float, robot: Pose2D) -> None:
        """Take one people message (stamp `now` in s)."""
        standing = [p for p in people if self._stands(p, robot)]
        self._standing = {p.id: self._standing.get(p.id, now) for p in standing}
        if self.id is not None:
            same = next((p for p in people if p.id == self.id and p.last_seen <= self.params.fresh), None)
            same = same or self._handed_over(people)
            if same is not None and _distance(same, robot) <= self.params.gone:
                self._take(same, now)
            elif same is not None or now - self._seen_at > self.params.forget:
                self.id = None
        if self.id is None and standing:
            self._take(min(standing, key=lambda p: (self._standing[p.id], _distance(p, robot))), now)

    def go_on_with(self, visitor: Visitor) -> None:
        """Take whoever was led until now as the one who talks with the robot."""
        if visitor.known:
            self.id, self._x, self._y, self._seen_at = visitor.id, visitor.x, visitor.y, visitor.seen_at

    def _take(self, person: Person, now: float) -> None:
        self.id, self._x, self._y, self._seen_at = person.id, person.x, person.y, now

    def _handed_over(self, people: Sequence[Person]) -> Person | None:
        """Return the fresh track nearest to where theirs ended."""
        off = [(math.hypot(p.x - self._x, p.y - self._y), p) for p in people if p.last_seen <= self.params.fresh]
        nearest = min(off, key=lambda each: each[0], default=None)
        return nearest[1] if nearest is not None and nearest[0] <= self.params.handover else None

    def _stands(self, person: Person, robot: Pose2D) -> bool:
        speed = math.hypot(person.vx, person.vy)
        return person.last_seen <= self.params.fresh and stands_before(robot, person.x, person.y, speed)


def _distance(person: Person, robot: Pose2D) -> float:
    return math.hypot(person.x - robot.x, person.y - robot.y)
