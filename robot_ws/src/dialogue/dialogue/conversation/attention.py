"""Notice who comes to stand before the robot, and when the visitor has gone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from guide_common.geometry import Pose2D, wrap_angle


@dataclass(frozen=True, slots=True)
class AttentionParams:
    """Set how near (m), how slow (m/s), how far to the side (rad) and how long (s) someone must stand."""

    near: float = 1.8
    gone: float = 2.6
    slow: float = 0.45
    side: float = 2.4
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
        distances = {person.id: (math.hypot(person.x - robot.x, person.y - robot.y), person) for person in people}
        within = {i for i, (distance, _) in distances.items() if distance <= p.gone}
        self._served &= within
        if within:
            self._last_near = now
        candidates = {i for i, (distance, person) in distances.items() if self._stands(distance, person, robot)}
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

    def _stands(self, distance: float, person: SeenPerson, robot: Pose2D) -> bool:
        p = self.params
        if distance > p.near or person.speed > p.slow:
            return False
        bearing = wrap_angle(math.atan2(person.y - robot.y, person.x - robot.x) - robot.yaw)
        return bool(abs(bearing) <= p.side)
