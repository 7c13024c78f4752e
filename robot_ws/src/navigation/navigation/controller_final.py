"""Motions that are aimed, not sampled: turn on the spot, come to a pose exactly."""

from __future__ import annotations

import math

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive
from navigation.motion import Motion, towards

TURN_GAIN = 2.5
"""rad/s of turn for a rad of error, where no limit bites."""

APPROACH_DECELERATION = 0.35
"""m/s^2 of the speed curve towards a goal: a stop that looks calm."""


def turn(error: float, now: Motion, drive: Drive, dt: float) -> Motion:
    """Return the next motion of a turn on the spot that takes away a heading error (rad)."""
    top = min(drive.max_yaw_rate, math.sqrt(2.0 * 0.7 * drive.max_yaw_acceleration * abs(error)))
    return towards(now, 0.0, math.copysign(min(top, TURN_GAIN * abs(error)), error), drive, dt)


def drive_to(pose: Pose2D, goal: Pose2D, now: Motion, top: float, drive: Drive, dt: float) -> Motion:
    """Return the next motion of the straight way to a near goal, forward unless it lies just behind."""
    distance = pose.distance(goal)
    bearing = wrap_angle(math.atan2(goal.y - pose.y, goal.x - pose.x) - pose.yaw)
    behind = abs(bearing) > math.pi / 2.0 and distance < 0.25
    error = wrap_angle(bearing + math.pi) if behind else bearing
    if abs(error) > 0.5:
        return turn(error, now, drive, dt)
    speed = min(top, math.sqrt(2.0 * APPROACH_DECELERATION * distance)) * math.cos(error) ** 2
    if behind:
        speed = -min(speed, drive.max_reverse_speed)
    return towards(now, speed, min(max(2.0 * error, -drive.max_yaw_rate), drive.max_yaw_rate), drive, dt)
