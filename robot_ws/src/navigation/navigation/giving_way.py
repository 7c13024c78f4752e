"""Make room for who waits for the robot as it waits for them: back off, wait, and go on when they have passed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.navigator_params import NavigatorParams
from navigation.task_step import Situation

BACK_OFF_SPEED, YIELD_SPEED = 0.12, 0.2
"""m/s: to get free of something, and to let somebody pass."""

FREEING = 2.0
"""s of backing off to get free of something."""

NEAR_PERSON = 0.9
"""m from a person within which the path is blocked by them, and within which the robot does not back into them."""

FACED = 1.6
"""m from the robot within which somebody who is ahead may be waiting for it, as it waits for them."""

SOME_WAY = 8
"""Points of the path ahead, 0.1 m apart, after which it tells where it leads."""

Ahead = NDArray[np.float64]


class GivingWay:
    """Decide in which cycles the robot backs off, and how fast: to let somebody pass, or to get free of something."""

    def __init__(self, params: NavigatorParams) -> None:
        self._params = params
        self._until = -math.inf
        self._stood_at: Pose2D | None = None
        self._yields_from: Pose2D | None = None
        self._stood_since = -math.inf

    def backs_off(self, s: Situation, ahead: Ahead, narrow: bool) -> bool:
        """Tell whether to back off in this cycle.

        Args:
            s: what is known now.
            ahead: the path from the robot on (P x 3: x, y in the map and the way along, m).
            narrow: whether two cannot pass each other here, so that it is decided sooner.
        """
        if (s.now < self._until and not self._is_let_go(s, ahead)) or self._must_yield(s, ahead, narrow):
            return True
        self._yields_from = None
        return False

    def free_itself(self, now: float) -> None:
        """Back off from `now` (s) on for a while, whoever is there or not."""
        self._until = now + FREEING

    def speed(self, s: Situation) -> float:
        """Return the speed (m/s) of backing off: none when it has come far enough or somebody is close behind."""
        if self._yields_from is None:
            return -BACK_OFF_SPEED
        away = s.around.people[:, :2] - (s.pose.x, s.pose.y)
        behind = away @ (math.cos(s.pose.yaw), math.sin(s.pose.yaw)) < 0.0
        close = bool((behind & (np.hypot(away[:, 0], away[:, 1]) < NEAR_PERSON)).any())
        far_enough = s.pose.distance(self._yields_from) > self._params.yield_distance
        return 0.0 if close or far_enough else -YIELD_SPEED

    def _must_yield(self, s: Situation, ahead: Ahead, narrow: bool) -> bool:
        """Begin to back off when the robot and somebody right ahead have waited for each other for long."""
        params = self._params
        moved = self._stood_at is None or s.pose.distance(self._stood_at) > params.progress_distance
        if moved or s.top_speed < 0.05 or not _faces_somebody(s, ahead, FACED):
            self._stood_at, self._stood_since = s.pose, s.now
        if s.now - self._stood_since <= (params.yield_in_doors if narrow else params.yield_after):
            return False
        self._stood_at, self._yields_from, self._until = None, s.pose, s.now + params.yield_time
        return True

    def _is_let_go(self, s: Situation, ahead: Ahead) -> bool:
        """Tell whether those for whom the robot backed off have passed; end the waiting for them then."""
        if self._yields_from is None or _faces_somebody(s, ahead, FACED + self._params.yield_distance):
            return False
        self._until = s.now
        return True


def _faces_somebody(s: Situation, ahead: Ahead, near: float) -> bool:
    """Tell whether somebody is within `near` m on the side to which the path leads."""
    way = ahead[min(SOME_WAY, len(ahead) - 1), :2] - (s.pose.x, s.pose.y)
    away = s.around.people[:, :2] - (s.pose.x, s.pose.y)
    return bool(((away @ way > 0.0) & (np.hypot(away[:, 0], away[:, 1]) < near)).any())
