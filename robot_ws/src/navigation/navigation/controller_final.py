"""Motions that are aimed, not sampled: stop, turn on the spot, come to a pose exactly."""

from __future__ import annotations

import math

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive

TURN_GAIN = 2.5
"""rad/s of turn for a rad of error, where no limit bites."""

APPROACH_DECELERATION = 0.35
"""m/s^2 of the speed curve towards a goal: a stop that looks calm."""


def ramp(value: float, wanted: float, down: float, up: float) -> float:
    """Move a speed towards the wanted one by at most `down` where it slows and `up` where it gains."""
    if abs(wanted) < abs(value) or wanted * value < 0.0:
        target = wanted if wanted * value >= 0.0 else 0.0
        return max(target, value - down) if value > 0.0 else min(target, value + down)
    return min(wanted, value + up) if wanted > value else max(wanted, value - up)


def stop(v: float, w: float, drive: Drive, dt: float) -> tuple[float, float]:
    """Return the next command (m/s, rad/s) of a stop within the robot's limits."""
    turn = drive.max_yaw_acceleration * dt
    return ramp(v, 0.0, drive.max_deceleration * dt, 0.0), ramp(w, 0.0, turn, turn)


def turn(error: float, v: float, w: float, drive: Drive, dt: float) -> tuple[float, float]:
    """Return the next command of a turn on the spot that takes away a heading error (rad)."""
    top = min(drive.max_yaw_rate, math.sqrt(2.0 * 0.7 * drive.max_yaw_acceleration * abs(error)))
    wanted = math.copysign(min(top, TURN_GAIN * abs(error)), error)
    step = drive.max_yaw_acceleration * dt
    return ramp(v, 0.0, drive.max_deceleration * dt, 0.0), min(max(wanted, w - step), w + step)


def drive_to(
    pose: Pose2D, goal: Pose2D, v: float, w: float, top: float, drive: Drive, dt: float
) -> tuple[float, float]:
    """Return the next command of the straight way to a near goal, forward unless it lies just behind."""
    distance = pose.distance(goal)
    bearing = wrap_angle(math.atan2(goal.y - pose.y, goal.x - pose.x) - pose.yaw)
    behind = abs(bearing) > math.pi / 2.0 and distance < 0.25
    error = wrap_angle(bearing + math.pi) if behind else bearing
    if abs(error) > 0.5:
        return turn(error, v, w, drive, dt)
    speed = min(top, math.sqrt(2.0 * APPROACH_DECELERATION * distance)) * math.cos(error) ** 2
    if behind:
        speed = -min(speed, drive.max_reverse_speed)
    step = drive.max_yaw_acceleration * dt
    rate = min(max(2.0 * error, -drive.max_yaw_rate), drive.max_yaw_rate)
    return (
        ramp(v, speed, drive.max_deceleration * dt, drive.max_acceleration * dt),
        min(max(rate, w - step), w + step),
    )
