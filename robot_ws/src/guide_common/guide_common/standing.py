"""Tell who stands before the robot, the same for who is greeted and for who is led."""

from __future__ import annotations

import math

from guide_common.geometry import Pose2D, wrap_angle

NEAR = 1.8
"""Who stands before the robot is no further away than this, m …"""
SLOW = 0.45
"""… walks no faster than this, m/s …"""
SIDE = 2.4
"""… and is no further than this off straight ahead, rad."""
GONE = 2.6
"""Who is further away than this, m, has gone."""


def stands_before(
    robot: Pose2D, x: float, y: float, speed: float, near: float = NEAR, slow: float = SLOW, side: float = SIDE
) -> bool:
    """Say whether a person at x, y (m, in the frame of `robot`) with `speed` (m/s) stands before the robot."""
    if math.hypot(x - robot.x, y - robot.y) > near or speed > slow:
        return False
    bearing = wrap_angle(math.atan2(y - robot.y, x - robot.x) - robot.yaw)
    return abs(bearing) <= side
