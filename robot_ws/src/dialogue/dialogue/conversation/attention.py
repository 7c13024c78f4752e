"""Notice who comes to stand before the robot, and when the visitor has gone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from guide_common.geometry import Pose2D
from guide_common.standing import GONE, NEAR, SIDE, SLOW, stands_before


@dataclass(frozen=True, slots=True)
class AttentionParams:
    """Set how near (m), how slow (m/s), how far to the side (rad) and how long (s) someone must stand."""

    near: float = NEAR
    gone: float = GONE
    slow: float = SLOW
    side: float = SIDE
    stand_time: float = 1.0
    gone_time: float = 5.0
    rest: float = 8.0


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """Hold a tracked person: position (m, map) and speed (m/s)."""

    id: int
    x: float
    y: float
    speed: float = 0.0


class Attention:
    """Say `near` once someone stands before the robot, `left` once nobody has been near for a while.

    Whoever was there when the last conversation ended is not greeted again until gone.
    """

    def __init__(self, params: AttentionParams | None = None) -> None:
        self.params = params or AttentionParams()
        self._standing: dict[int, float] = {}
        self._served: set[int] = set()
        self._last_near = self._rest_until = float("-inf")
        self.someone_near = False

    def see(self, people: Iterable[SeenPerson], robot: Pose2D, now: float) -> str:
        """Take the people of `now` (s); return "near", "left" or nothing."""
        p = self.params
        people = list(people)
        within = {each.id for each in people if math.hypot(each.x - robot.x, each.y - robot.y) <= p.gone}
        self._served &= within
        if within:
            self._last_near = now
        candidates = {each.id for each in people if self._stands(each, robot)}
        self._standing = {i: self._standing.get(i, now) for i in candidates}
        self.someone_near = bool(candidates)
        if now < self._rest_until:
            return ""
        if any(now - since >= p.stand_time for i, since in self._standing.items() if i not in self._served):
            return "near"
        return "left" if now - self._last_near > p.gone_time else ""

    def conversation_ended(self, now: float) -> None:
        """Remember who is here now as served."""
        self._served = set(self._standing)
        self._rest_until = now + self.params.rest
        self._standing = {}

    def _stands(self, person: SeenPerson, robot: Pose2D) -> bool:
        p = self.params
        return stands_before(robot, person.x, person.y, person.speed, p.near, p.slow, p.side)
