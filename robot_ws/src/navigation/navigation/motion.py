"""Change speeds as the robot may: within its speeds, accelerations and jerks.

Every task of the navigator asks for speeds and gets the next command from here. What must stop at once (an emergency
stop, a pose or a scan that is too old, something in front of the guard) does not ask.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from guide_common.robot import Drive


@dataclass(frozen=True, slots=True)
class Motion:
    """Hold how the robot moves: m/s, rad/s, and by how much both changed in the last cycle, m/s^2 and rad/s^2."""

    v: float
    w: float
    a: float = 0.0
    alpha: float = 0.0


def towards(now: Motion, v: float, w: float, drive: Drive, dt: float) -> Motion:
    """Return the motion after `dt` s on the way to the wanted v (m/s) and w (rad/s).

    It stays within the drive's limits; a speed is reached without passing it, and reverse only by standing.
    What is not a number counts as a stop. Where `now` itself breaks a limit, speed goes before acceleration
    and acceleration before jerk.
    """
    v, w = (v, w) if math.isfinite(v) and math.isfinite(w) else (0.0, 0.0)
    next_v = _next_speed(now.v, now.a, v, drive, dt)
    w = min(max(w, -drive.max_yaw_rate), drive.max_yaw_rate)
    turn = _change(now.w, now.alpha, w, drive.max_yaw_acceleration, drive.max_yaw_acceleration, drive.max_yaw_jerk, dt)
    next_w = min(max(now.w + turn * dt, -drive.max_yaw_rate), drive.max_yaw_rate)
    return Motion(next_v, next_w, (next_v - now.v) / dt, (next_w - now.w) / dt)


def stop(now: Motion, drive: Drive, dt: float) -> Motion:
    """Return the motion after `dt` s on the way to a stand."""
    return towards(now, 0.0, 0.0, drive, dt)


def _next_speed(v: float, a: float, wanted: float, drive: Drive, dt: float) -> float:
    sign = -1.0 if v < 0.0 or (v == 0.0 and wanted < 0.0) else 1.0
    most = drive.max_speed if sign > 0.0 else drive.max_reverse_speed
    v, a, wanted = sign * v, sign * a, min(max(sign * wanted, 0.0), most)
    a = _change(v, a, wanted, drive.max_deceleration, drive.max_acceleration, drive.max_jerk, dt)
    return sign * min(max(v + a * dt, 0.0), most)


def _change(value: float, change: float, wanted: float, down: float, up: float, jerk: float, dt: float) -> float:
    """Return the acceleration of the next `dt` s, which can still be taken back before the wanted speed is passed."""
    change = min(max(change, -down), up)
    gap = wanted - value
    most = min(_landing(abs(gap), jerk, dt), up if gap > 0.0 else down)
    return min(max(math.copysign(most, gap), change - jerk * dt), change + jerk * dt)


def _landing(gap: float, jerk: float, dt: float) -> float:
    """Return the acceleration a that, less jerk * dt every cycle until it is zero, adds up to a gap of speed.

    With a = (n + f) jerk dt, 0 <= f < 1, the cycles bring jerk dt^2 (n (n + 1) / 2 + (n + 1) f).
    """
    cycles = gap / (jerk * dt * dt)
    whole = math.floor(0.5 * (math.sqrt(1.0 + 8.0 * cycles) - 1.0))
    return (whole + (cycles - 0.5 * whole * (whole + 1)) / (whole + 1)) * jerk * dt
