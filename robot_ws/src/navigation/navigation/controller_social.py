"""People as the controller sees them: whose space is where, and how fast the robot may go near them.

The spaces are Hall's (The Hidden Dimension, 1966): intimate to 0.45 m, personal to 1.2 m. They are measured here to
the robot's middle, 0.25 m from its edge. That the space before a walking person is the longer one: Kirby, Social Robot
Navigation (2010).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from guide_common.geometry import Pose2D

INTIMATE, PERSONAL = 0.7, 1.45
"""m."""

WITHIN_INTIMATE, WITHIN_PERSONAL = 0.3, 0.65
"""m/s at the borders of the two."""

WALKING = 0.2
"""m/s below which where somebody goes is not known."""

FORESIGHT, LOOK = 1.0, 0.25
"""s that people are walked ahead, and between two looks at them."""

CALM_DECELERATION = 0.35
"""m/s^2 at which the robot slows towards people; a half more where somebody steps in unforeseen."""


def gather(
    people: np.ndarray, to_grid: Pose2D, here: Pose2D, reach: float, ahead: float, follower: float, out: np.ndarray
) -> int:
    """Write the people nearest to a pose into `out` as `controller_kernel.roll_out` reads them; return how many.

    Args:
        people: Kx4 or wider: x, y in m, vx, vy in m/s; those that are not numbers are left out.
        to_grid: from their frame to that of `here` and `out`.
        here: of the robot.
        reach: m within which people matter.
        ahead: see `controller.MppiParams`, as `follower`.
        follower: see there.
        out: Mx9 float32.
    """
    people = people[np.isfinite(people[:, :4]).all(axis=1), :4] if len(people) else people
    if not len(people):
        return 0
    c, s = math.cos(to_grid.yaw), math.sin(to_grid.yaw)
    turn = np.array([[c, s], [-s, c]])
    places, speeds = people[:, :2] @ turn + (to_grid.x, to_grid.y), people[:, 2:4] @ turn
    apart = places - (here.x, here.y)
    distances = np.hypot(apart[:, 0], apart[:, 1])
    nearest = np.argsort(distances, kind="stable")[: len(out)]
    nearest = nearest[distances[nearest] < reach]
    count = len(nearest)
    speed = np.hypot(speeds[nearest, 0], speeds[nearest, 1])
    out[:count, 0:2], out[:count, 2:4] = places[nearest], speeds[nearest]
    out[:count, 4:6] = speeds[nearest] / np.maximum(speed, 1e-6)[:, None]
    out[:count, 6] = 1.0 / (1.0 + ahead * np.where(speed > WALKING, speed, 0.0))
    behind = apart[nearest] @ (math.cos(here.yaw), math.sin(here.yaw)) < -0.5 * distances[nearest]
    out[:count, 7], out[:count, 8] = np.where(behind, follower, 1.0), speed
    return count


@njit(cache=True, nogil=True)
def nearest_ahead(people: np.ndarray, count: int, x: float, y: float, yaw: float, beside: float) -> float:
    """Return m to where the nearest person ahead of a pose will be within `FORESIGHT`; infinite for nobody.

    Args:
        people: Kx4 or wider: x, y, vx, vy; the first `count` are valid.
        count: of people.
        x: of the pose, m, as y; the same frame.
        y: of the pose.
        yaw: rad.
        beside: m to either side of the way straight ahead within which people count.
    """
    c, s, least = math.cos(yaw), math.sin(yaw), math.inf
    looks = round(FORESIGHT / LOOK) + 1
    for p in range(count):
        for k in range(looks):
            dx = people[p, 0] + people[p, 2] * k * LOOK - x
            dy = people[p, 1] + people[p, 3] * k * LOOK - y
            if c * dx + s * dy > 0.0 and abs(c * dy - s * dx) < beside:
                least = min(least, math.sqrt(dx * dx + dy * dy))
    return least


def calm_speed(distance: float, v: float, dt: float) -> float:
    """Return the speed (m/s) that is fit at `distance` m from a person for a robot that drives at `v` m/s.

    Within `dt` s it falls by no more than a calm brake would bring.
    """
    if distance >= PERSONAL:
        fit = math.sqrt(WITHIN_PERSONAL**2 + 2.0 * CALM_DECELERATION * (distance - PERSONAL))
    else:
        share = min(max((distance - INTIMATE) / (PERSONAL - INTIMATE), 0.0), 1.0)
        fit = WITHIN_INTIMATE + share * (WITHIN_PERSONAL - WITHIN_INTIMATE)
    return max(fit, v - 1.5 * CALM_DECELERATION * dt)
