"""Small motions on their own: turn, drive straight, stand; stepped like the navigator, refusing to move blindly."""

from __future__ import annotations

import math
from dataclasses import dataclass

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive
from navigation.controller import free_behind
from navigation.controller_final import APPROACH_DECELERATION, turn
from navigation.motion import stop, towards
from navigation.task_step import Ending, Situation, Step

SPIN_TIMEOUT, SPIN_TF_ERROR = 701, 702
STALE = 0.4
"""s; an older pose or scan is not moved on."""
CLEAR_AHEAD = 0.3
"""m of free floor wanted beyond where the robot could stop."""


@dataclass(frozen=True, slots=True)
class StraightCodes:
    """Hold Nav2's error codes of one of the two straight behaviours."""

    timeout: int
    tf_error: int
    collision_ahead: int
    invalid_input: int


BACK_UP = StraightCodes(711, 712, 714, 713)
DRIVE_ON_HEADING = StraightCodes(721, 722, 723, 724)


class Stop:
    """Come to a stand within the robot's limits."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        after = stop(s.motion, self._drive, s.dt)
        still = after.v == 0.0 and after.w == 0.0
        return Step(after.v, after.w, "stopping", ending=Ending() if still else None)


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
        if s.pose_age > STALE or s.scan_age > STALE:
            return Step(0.0, 0.0, ending=Ending(SPIN_TF_ERROR, "position or scan is too old to turn on"))
        if 0.0 < self._allowance < s.now - self._begun:
            return Step(0.0, 0.0, ending=Ending(SPIN_TIMEOUT, f"did not turn within {self._allowance:.0f} s"))
        if self._last is not None:
            self.turned += wrap_angle(s.pose.yaw - self._last)
        self._last = s.pose.yaw
        error = self._angle - self.turned
        if abs(error) < 0.05 and abs(s.w) < 0.2:
            return Step(0.0, 0.0, ending=Ending())
        after = turn(error, s.motion, self._drive, s.dt)
        return Step(after.v, after.w)


class Straight:
    """Drive straight by a distance (m, below 0 backwards) while the floor there is free; `travelled` tells how far.

    Args:
        distance: m; its sign is the direction.
        speed: m/s, its sign is no matter; 0 is the robot's own.
        allowance: s that it may take, 0 without end.
        drive: the robot's limits.
        codes: what failures are called.
    """

    def __init__(self, distance: float, speed: float, allowance: float, drive: Drive, codes: StraightCodes) -> None:
        self.travelled = 0.0
        self._way = math.copysign(1.0, distance)
        self._distance, self._allowance, self._drive, self._codes = abs(distance), allowance, drive, codes
        top = drive.max_speed if distance > 0.0 else drive.max_reverse_speed
        self._speed = min(abs(speed) or drive.max_reverse_speed, top)
        self._start: Pose2D | None = None
        self._begun: float | None = None

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        self._begun = s.now if self._begun is None else self._begun
        self._start = s.pose if self._start is None else self._start
        self.travelled = s.pose.distance(self._start)
        left = self._distance - self.travelled
        ending = self._ending(s, left)
        if ending is not None:
            after = stop(s.motion, self._drive, s.dt)
            return Step(after.v, after.w, ending=ending)
        speed = min(self._speed, s.top_speed, math.sqrt(2.0 * APPROACH_DECELERATION * left))
        after = towards(s.motion, self._way * speed, 0.0, self._drive, s.dt)
        return Step(after.v, after.w)

    def _ending(self, s: Situation, left: float) -> Ending | None:
        codes, allowance = self._codes, self._allowance
        if s.pose_age > STALE or s.scan_age > STALE:
            return Ending(codes.tf_error, "position or scan is too old to drive on")
        if self._begun is not None and 0.0 < allowance < s.now - self._begun:
            return Ending(codes.timeout, f"did not get there within {allowance:.0f} s, {left:.2f} m were left")
        if left <= 0.01:
            return Ending()
        braking = s.v * s.v / (2.0 * self._drive.max_deceleration)
        if not free_behind(s.pose, s.around, -self._way * min(left, CLEAR_AHEAD + braking)):
            where = "before" if self._way > 0.0 else "behind"
            return Ending(codes.collision_ahead, f"something stands {where} the robot")
        return None


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
        after = stop(s.motion, self._drive, s.dt)
        return Step(after.v, after.w, "waiting", ending=Ending() if self.left == 0.0 else None)
