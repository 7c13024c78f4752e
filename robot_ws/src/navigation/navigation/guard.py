"""The velocity guard's core: let a command through only as far as the lidar says the way is free.

The robot is a disc. For the arc that a command would drive, each lidar point gives the distance
that is free before the disc touches it; from the smallest follows the fastest speed that can still
stop in front of it. A wall beside the path is never touched by the sweep, so it never brakes the
robot; turning on the spot sweeps nothing; driving away from something close is always free.
The guard only ever lowers a command. In front of an obstacle it stops as smoothly as the room allows; what appears
too near for that, an emergency stop and an input that has gone stale are an immediate zero. A person may lift the
obstacle check for some seconds, to drive a wedged robot out: then it crawls, and nothing else changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numba import njit

from guide_common.geometry import Pose2D
from guide_common.robot import Drive

MAX_BEAMS = 4096
TRAIL = 64
"""Cycles of own motion kept, to bring an older scan into the present frame of the robot."""

CRAWL = 0.02
"""m/s below which a limited command becomes a stop, so that a stop is reached and not only approached."""


class Action(IntEnum):
    """Name what the guard does; the numbers are nav2_msgs/CollisionMonitorState's."""

    DO_NOTHING = 0
    STOP = 1
    SLOWDOWN = 2
    APPROACH = 3
    LIMIT = 4


@dataclass(frozen=True, slots=True)
class GuardParams:
    """Hold the guard's knobs.

    Attributes:
        stale_limit: s after which an input is too old to drive on.
        stop_clearance: m kept in front of the body; at it the command is zero.
        reaction: s that pass before a lower command slows the base.
        comfortable_deceleration: m/s^2 of the speed curve in front of an obstacle.
        look_ahead: m of the commanded arc that are checked.
        lift_time: s after which the obstacle check comes back by itself when it was lifted.
        lift_speed: m/s at most meanwhile.
        lift_turn: rad/s at most meanwhile.
    """

    stale_limit: float = 0.3
    stop_clearance: float = 0.06
    reaction: float = 0.15
    comfortable_deceleration: float = 0.5
    look_ahead: float = 2.0
    lift_time: float = 10.0
    lift_speed: float = 0.1
    lift_turn: float = 0.4


@njit(cache=True, nogil=True)
def free_distance(
    points: np.ndarray, count: int, shift: np.ndarray, v: float, w: float, radius: float, reach: float
) -> float:
    """Return how far (m) a disc can drive the arc of (v, w) before it touches a point; `reach` when it touches none.

    Args:
        points: Nx2 float32, m, in the frame of the robot when the scan was taken; the first `count` are valid.
        count: number of valid points.
        shift: the robot's pose now in that frame: x, y, cos yaw, sin yaw.
        v: m/s, forward; for v = 0 nothing is swept.
        w: rad/s.
        radius: of the disc, m.
        reach: m, how far to look.

    The second-nearest point decides, so that one spurious beam does not stop the robot.
    """
    if abs(v) < 1e-3:
        return reach
    first, second = reach, reach
    sign = 1.0 if v > 0.0 else -1.0
    straight = abs(w) * 50.0 < abs(v)
    turn = 0.0 if straight else abs(v / w)
    left = 1.0 if v * w * sign > 0.0 else -1.0
    far = (reach + radius) ** 2
    for i in range(count):
        dx, dy = points[i, 0] - shift[0], points[i, 1] - shift[1]
        square = dx * dx + dy * dy
        if square > far:
            continue
        x = sign * (shift[2] * dx + shift[3] * dy)
        y = sign * (shift[2] * dy - shift[3] * dx)
        if square <= radius * radius:
            distance = 0.0 if x > 0.0 else reach  # touching: only away from it
        elif straight:
            if x <= 0.0 or abs(y) >= radius:
                continue
            distance = x - math.sqrt(radius * radius - y * y)
        else:
            y = y * left
            centre = math.sqrt(x * x + (y - turn) ** 2)
            if abs(centre - turn) >= radius or centre < 1e-6:
                continue
            cosine = (centre * centre + turn * turn - radius * radius) / (2.0 * centre * turn)
            angle = math.atan2(x, turn - y) - math.acos(min(1.0, max(-1.0, cosine)))
            if angle < 0.0:
                continue  # behind the robot: it leaves this point
            distance = angle * turn
        if distance < first:
            first, second = distance, first
        elif distance < second:
            second = distance
    return second


def allowed_speed(distance: float, params: GuardParams) -> float:
    """Return the speed (m/s) from which the robot can stop within `distance` (m) less the clearance.

    Solves v * reaction + v^2 / (2 a) = distance - clearance for v.
    """
    room = distance - params.stop_clearance
    if room <= 0.0:
        return 0.0
    a, t = params.comfortable_deceleration, params.reaction
    return a * (math.sqrt(t * t + 2.0 * room / a) - t)


class Guard:
    """Turn the navigator's command into one that is safe now; `step` once a cycle, then read `v`, `w`, `action`.

    Times are seconds of one clock of the caller's choice. Nothing is allocated in `step`.
    """

    def __init__(self, drive: Drive, radius: float, params: GuardParams, laser: Pose2D) -> None:
        self.params, self._drive, self._radius, self._laser = params, drive, radius, laser
        self.v = self.w = 0.0
        self.action, self.reason = Action.DO_NOTHING, ""
        self.e_stopped = self._pressed = self.lifted = False
        self._lifted_at = -math.inf
        self._want_v = self._want_w = 0.0
        self._command_at = self._scan_at = self._localised_at = -math.inf
        self._limit = math.inf
        self._last_step = -math.inf
        self._points = np.zeros((MAX_BEAMS, 2), np.float32)
        self._count = 0
        self._unit = np.zeros((0, 2), np.float32)
        self._geometry = (0.0, 0.0)
        self._trail = np.zeros((TRAIL, 4))  # time, x, y, yaw by own commands
        self._trail[:, 0] = -math.inf
        self._here = 0
        self._at_scan = np.zeros(3)
        self._shift = np.array([0.0, 0.0, 1.0, 0.0])
        self._warm_up()

    def _warm_up(self) -> None:
        """Compile, or load from the cache, before the first cycle."""
        self.take_scan(np.ones(4, np.float32), 0.0, 0.1, 5.0, 0.0)
        _relative(self._at_scan, self._trail[0], self._shift)
        free_distance(self._points, self._count, self._shift, 1.0, 0.0, self._radius, 1.0)
        self._count, self._scan_at = 0, -math.inf

    def take_command(self, v: float, w: float, at: float) -> None:
        """Take the navigator's command, m/s and rad/s; anything that is not a number is a stop."""
        ok = math.isfinite(v) and math.isfinite(w)
        self._want_v, self._want_w, self._command_at = (v, w, at) if ok else (0.0, 0.0, at)

    def take_localised(self, at: float) -> None:
        """Note the time for which the robot knew last where it is."""
        self._localised_at = at

    def take_scan(self, ranges: np.ndarray, angle_min: float, angle_increment: float, far: float, at: float) -> None:
        """Take a scan: N ranges (m) of beams from `angle_min` on (rad); beyond `far` or not finite is no hit."""
        n = min(len(ranges), MAX_BEAMS)
        if len(self._unit) != n or self._geometry != (angle_min, angle_increment):
            angles = angle_min + angle_increment * np.arange(n) + self._laser.yaw
            self._unit = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
            self._geometry = (angle_min, angle_increment)
        self._count = _hits(ranges, self._unit, n, self._laser.x, self._laser.y, far, self._points)
        self._scan_at = at
        _pose_at(self._trail, at, self.v, self.w, self._at_scan)

    def take_e_stop(self, pressed: bool) -> None:
        """Latch the emergency stop when pressed; releasing it alone does not free the robot."""
        self._pressed = pressed
        if pressed:
            self.e_stopped, self.lifted = True, False
            self._halt(Action.STOP, "e-stop")

    def rearm(self) -> bool:
        """Free the robot after an emergency stop; return False while the button is still pressed."""
        if self._pressed:
            return False
        self.e_stopped = False
        return True

    def lift(self, now: float) -> str:
        """Lift the obstacle check for `lift_time`, or return why not; stale inputs and e-stop stop as ever."""
        if self.e_stopped:
            return "the emergency stop holds the robot; release and re-arm it first"
        if self.v != 0.0 or self.w != 0.0:
            return "the robot moves; bring it to a stand first"
        self.lifted, self._lifted_at = True, now
        return ""

    def restore(self) -> None:
        """Check for obstacles again."""
        self.lifted = False

    def step(self, now: float) -> None:
        """Compute the output for `now`."""
        if self.lifted and not 0.0 <= now - self._lifted_at < self.params.lift_time:
            self.lifted = False
        dt = min(max(now - self._last_step, 0.0), 0.2)
        self._integrate(now, dt)
        self._last_step = now
        stale = self._stale(now)
        if self.e_stopped:
            self._halt(Action.STOP, "e-stop")
        elif self._want_v == 0.0 and self._want_w == 0.0:
            self._halt(*((Action.LIMIT, "lifted") if self.lifted else (Action.DO_NOTHING, "")))
        elif stale:
            self._halt(Action.STOP, stale)
        elif self.lifted:
            self._crawl()
        else:
            self._drive_on(dt)

    def _stale(self, now: float) -> str:
        # exact multiples of the cycle must count, so a hair is taken off the limit
        limit = self.params.stale_limit - 1e-6
        if not -1.0 < now - self._command_at < limit:
            return "stale cmd_vel_nav"
        if not -1.0 < now - self._scan_at < limit:
            return "stale scan"
        if not -1.0 < now - self._localised_at < limit:
            return "stale map to odom"
        return ""

    def _halt(self, action: Action, reason: str) -> None:
        self.v = self.w = 0.0
        self._limit = 0.0 if action == Action.STOP else math.inf
        self.action, self.reason = action, reason

    def _crawl(self) -> None:
        params = self.params
        fastest = max(abs(self._want_v) / params.lift_speed, abs(self._want_w) / params.lift_turn, 1.0)
        self.v, self.w = self._want_v / fastest, self._want_w / fastest
        self._limit = params.lift_speed
        self.action, self.reason = Action.LIMIT, "lifted"

    def _drive_on(self, dt: float) -> None:
        drive, params = self._drive, self.params
        want_v = min(max(self._want_v, -drive.max_reverse_speed), drive.max_speed)
        want_w = min(max(self._want_w, -drive.max_yaw_rate), drive.max_yaw_rate)
        here, speed = self._trail[self._here], abs(want_v)
        _relative(self._at_scan, here, self._shift)
        distance = free_distance(
            self._points, self._count, self._shift, want_v, want_w, self._radius, params.look_ahead
        )
        allowed = math.inf if distance >= params.look_ahead else allowed_speed(distance, params)
        before = self._limit
        self._limit = min(allowed, before + drive.max_acceleration * dt) if allowed > before else allowed
        moving = abs(self.v)
        if distance > moving * params.reaction + moving * moving / (2.0 * drive.max_deceleration):
            # room enough: fall no faster than the base can follow without a jerk
            self._limit = max(self._limit, min(before, moving) - drive.max_deceleration * dt)
        share = 1.0 if speed <= self._limit else max(self._limit, 0.0) / speed
        if share < 1.0 and speed * share < CRAWL:
            share = 0.0
        self.v = want_v * share
        # a stopped disc may still turn; a slowed one keeps to the arc that was checked
        self.w = want_w if share == 0.0 and abs(self.v) < CRAWL else want_w * share
        if share >= 1.0:
            self.action, self.reason = Action.DO_NOTHING, ""
        elif self.v == 0.0:
            self.action, self.reason = Action.STOP, "stop"
        else:
            self.action, self.reason = (Action.SLOWDOWN, "slow") if share > 0.5 else (Action.APPROACH, "approach")

    def _integrate(self, now: float, dt: float) -> None:
        last = self._trail[self._here]
        self._here = (self._here + 1) % TRAIL
        here = self._trail[self._here]
        yaw = last[3] + self.w * dt
        middle = 0.5 * (last[3] + yaw)
        here[0] = now
        here[1] = last[1] + self.v * dt * math.cos(middle)
        here[2] = last[2] + self.v * dt * math.sin(middle)
        here[3] = yaw


@njit(cache=True, nogil=True)
def _hits(ranges: np.ndarray, unit: np.ndarray, n: int, x: float, y: float, far: float, out: np.ndarray) -> int:
    count = 0
    for i in range(n):
        r = ranges[i]
        if 0.0 < r < far:  # false for NaN too
            out[count, 0] = x + r * unit[i, 0]
            out[count, 1] = y + r * unit[i, 1]
            count += 1
    return count


@njit(cache=True, nogil=True)
def _pose_at(trail: np.ndarray, at: float, v: float, w: float, out: np.ndarray) -> None:
    """Write where the robot was at a time: between two cycles, or on from the newest one with the present command."""
    before, after = -1, -1
    for i in range(trail.shape[0]):
        if trail[i, 0] <= at:
            if before < 0 or trail[i, 0] > trail[before, 0]:
                before = i
        elif after < 0 or trail[i, 0] < trail[after, 0]:
            after = i
    if before < 0 or not math.isfinite(trail[before, 0]):
        out[:] = trail[max(after, 0), 1:]  # older than what is kept: the robot had not moved, or barely
        return
    out[:] = trail[before, 1:]
    past = at - trail[before, 0]
    if after >= 0:
        out += (trail[after, 1:] - trail[before, 1:]) * (past / (trail[after, 0] - trail[before, 0]))
    elif past < 0.2:
        out[0] += v * past * math.cos(out[2])
        out[1] += v * past * math.sin(out[2])
        out[2] += w * past


@njit(cache=True, nogil=True)
def _relative(base: np.ndarray, here: np.ndarray, out: np.ndarray) -> None:
    c, s = math.cos(base[2]), math.sin(base[2])
    dx, dy = here[1] - base[0], here[2] - base[1]
    out[0], out[1] = c * dx + s * dy, c * dy - s * dx
    yaw = here[3] - base[2]
    out[2], out[3] = math.cos(yaw), math.sin(yaw)
