"""Small motions on their own: turn, back up, stand; stepped like the navigator, refusing to move blindly."""

from __future__ import annotations

import math

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive
from navigation.controller import free_behind
from navigation.controller_final import APPROACH_DECELERATION, ramp, stop, turn
from navigation.navigator import Ending, Situation, Step

SPIN_TIMEOUT, BACKUP_TIMEOUT = 701, 711
SPIN_TF_ERROR, BACKUP_TF_ERROR = 702, 712
BACKUP_BLOCKED = 714
STALE = 0.4
"""s; an older pose or scan is not moved on."""


class Stop:
    """Come to a stand within the robot's limits."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        v, w = stop(s.v, s.w, self._drive, s.dt)
        return Step(v, w, "stopping", ending=Ending() if v == 0.0 and w == 0.0 else None)


class Spin:
    """Turn on the spot by an angle (rad, left positive); `turned` tells how far it has come."""

    def __init__(self, angle: float, allowance: float, drive: Drive) -> None:
        self.turned = 0.0
        self._angle, self._allowance, self._drive = angle, allowance, drive
        self._last: float | None = None
        self._begun: float | None = None

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        self._begun = s.now if self._begun is None else self._begun
        if s.pose_age > STALE:
            return Step(0.0, 0.0, ending=Ending(SPIN_TF_ERROR, f"the position is {s.pose_age:.1f} s old"))
        if 0.0 < self._allowance < s.now - self._begun:
            return Step(0.0, 0.0, ending=Ending(SPIN_TIMEOUT, f"did not turn within {self._allowance:.0f} s"))
        if self._last is not None:
            self.turned += wrap_angle(s.pose.yaw - self._last)
        self._last = s.pose.yaw
        error = self._angle - self.turned
        if abs(error) < 0.05 and abs(s.w) < 0.2:
            return Step(0.0, 0.0, ending=Ending())
        return Step(*turn(error, s.v, s.w, self._drive, s.dt))


class BackUp:
    """Drive straight back by a distance (m) while the floor behind is free; `travelled` tells how far it has come."""

    def __init__(self, distance: float, speed: float, allowance: float, drive: Drive) -> None:
        self.travelled = 0.0
        self._distance, self._allowance, self._drive = distance, allowance, drive
        self._speed = min(abs(speed) or drive.max_reverse_speed, drive.max_reverse_speed)
        self._start: Pose2D | None = None
        self._begun: float | None = None

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        self._begun = s.now if self._begun is None else self._begun
        self._start = s.pose if self._start is None else self._start
        if s.pose_age > STALE or s.scan_age > STALE:
            return Step(0.0, 0.0, ending=Ending(BACKUP_TF_ERROR, "position or scan is too old to back up on"))
        if 0.0 < self._allowance < s.now - self._begun:
            return Step(0.0, 0.0, ending=Ending(BACKUP_TIMEOUT, f"did not get back within {self._allowance:.0f} s"))
        self.travelled = s.pose.distance(self._start)
        left = self._distance - self.travelled
        if left <= 0.01:
            return Step(0.0, 0.0, ending=Ending())
        if not free_behind(s.pose, s.around, min(left, 0.3)):
            return Step(0.0, 0.0, ending=Ending(BACKUP_BLOCKED, "something stands behind the robot"))
        speed = min(self._speed, math.sqrt(2.0 * APPROACH_DECELERATION * left))
        v = ramp(s.v, -speed, self._drive.max_deceleration * s.dt, self._drive.max_acceleration * s.dt)
        return Step(v, stop(0.0, s.w, self._drive, s.dt)[1])


class Wait:
    """Stand for some seconds; `left` tells how many remain."""

    def __init__(self, duration: float, drive: Drive) -> None:
        self.left = duration
        self._duration, self._drive = duration, drive
        self._begun: float | None = None

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        self._begun = s.now if self._begun is None else self._begun
        self.left = max(self._duration - (s.now - self._begun), 0.0)
        v, w = stop(s.v, s.w, self._drive, s.dt)
        return Step(v, w, "waiting", ending=Ending() if self.left == 0.0 else None)
