"""What the way is like, in words: the next turn ahead, and on which side of the visitor the place is in the end."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from guide_common.geometry import Pose2D, wrap_angle

BASE = 0.8
"""m of the way over which its heading is taken; shorter wiggles are no turns."""
TURN = math.radians(55.0)
"""Change of heading from which a bend is called a turn."""
BEGINS = math.radians(25.0)
"""Change of heading at which a turn has begun."""
SIDE = math.radians(50.0)
BEHIND = math.radians(140.0)
"""Bearings from which a place is at the side, and behind."""
REMEMBERED = 1.5
"""m of the track by which the visitor's own heading is told: they follow."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Turn:
    """Hold a turn: `left` or `right`, and how far ahead it begins (m)."""

    side: str
    ahead: float


def next_turn(plan: Points, robot: Pose2D, within: float) -> Turn | None:
    """Return the first turn of a plan (m, map frame) that begins within some metres ahead of the robot, if any."""
    start = min(range(len(plan)), key=lambda i: math.hypot(plan[i][0] - robot.x, plan[i][1] - robot.y), default=0)
    ahead = _evenly(plan[start:], within + 3.0 * BASE)
    legs = [math.atan2(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(ahead)]
    begun: int | None = None
    for i, heading in enumerate(legs):
        bend = wrap_angle(heading - legs[0])
        if begun is None and abs(bend) >= BEGINS:
            begun = i
        if abs(bend) < BEGINS:
            begun = None
        if abs(bend) >= TURN and begun is not None:
            distance = begun * BASE
            return Turn("left" if bend > 0.0 else "right", distance) if distance <= within else None
    return None


def _evenly(plan: Points, length: float) -> list[tuple[float, float]]:
    """Return points of a plan BASE apart, over a length."""
    if not plan:
        return []
    points, last, travelled = [plan[0]], plan[0], 0.0
    for point in plan[1:]:
        step = math.hypot(point[0] - last[0], point[1] - last[1])
        travelled += step
        last = point
        if travelled >= BASE * len(points):
            points.append(point)
        if travelled > length:
            break
    return points


class Trail:
    """Remember the last stretch that the robot has led over."""

    def __init__(self) -> None:
        self._poses: deque[Pose2D] = deque(maxlen=64)

    def clear(self) -> None:
        """Forget it: another way begins."""
        self._poses.clear()

    def add(self, pose: Pose2D) -> None:
        """Take where the robot is."""
        if not self._poses or pose.distance(self._poses[-1]) >= 0.1:
            self._poses.append(pose)

    def side_of(self, stand: Pose2D) -> str:
        """Return on which side a place is for who came this way: front, left, right; empty when behind or unknown.

        `stand` is where the robot stands at the place, and faces it; the robot itself may have turned on the spot.
        """
        if not self._poses:
            return ""
        end = self._poses[-1]
        before = next((p for p in reversed(self._poses) if p.distance(end) >= REMEMBERED), None)
        if before is None:
            return ""
        bearing = wrap_angle(stand.yaw - math.atan2(end.y - before.y, end.x - before.x))
        if abs(bearing) > BEHIND:
            return ""
        return "front" if abs(bearing) < SIDE else "left" if bearing > 0.0 else "right"
