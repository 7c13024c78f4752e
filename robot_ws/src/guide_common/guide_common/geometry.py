"""Planar geometry on plain numbers: metres, radians, right-handed, yaw counter-clockwise from +x (REP-103)."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pose2D:
    """Hold a pose in the plane: x and y in metres, yaw in radians."""

    x: float
    y: float
    yaw: float = 0.0

    def __matmul__(self, other: Pose2D) -> Pose2D:
        """Compose: read `other`, given in this pose's frame, in the frame this pose is given in."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return Pose2D(
            self.x + c * other.x - s * other.y,
            self.y + s * other.x + c * other.y,
            wrap_angle(self.yaw + other.yaw),
        )

    def inverse(self) -> Pose2D:
        """Return the pose that composed with this one gives the identity."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return Pose2D(-c * self.x - s * self.y, s * self.x - c * self.y, -self.yaw)

    def distance(self, other: Pose2D) -> float:
        """Return the distance between the two positions, in metres."""
        return math.hypot(other.x - self.x, other.y - self.y)


def wrap_angle(angle: float) -> float:
    """Wrap an angle in radians to (-pi, pi]."""
    wrapped = math.remainder(angle, math.tau)
    return math.pi if wrapped == -math.pi else wrapped


def yaw_to_quaternion(yaw: float) -> tuple[float, float, float, float]:
    """Return the quaternion (x, y, z, w) of a rotation by yaw radians about +z."""
    return 0.0, 0.0, math.sin(yaw / 2.0), math.cos(yaw / 2.0)


def quaternion_to_yaw(x: float, y: float, z: float, w: float) -> float:
    """Return the yaw, in radians, of a quaternion."""
    return math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
