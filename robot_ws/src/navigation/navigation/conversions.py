"""Turn ROS messages into the core types of navigation, and back."""

from __future__ import annotations

from array import array

import numpy as np
from geometry_msgs.msg import PoseStamped
from guide_interfaces.msg import People
from nav_msgs.msg import OccupancyGrid
from nav_msgs.msg import Path as PathMsg
from numpy.typing import NDArray
from rclpy.time import Time

from guide_common.conversions import pose_from_2d
from guide_common.geometry import Pose2D

_COST_VALUES = np.array([0, *(1 + (c - 1) * 97 // 251 for c in range(1, 253)), 99, 100, -1], np.int8)
"""nav_msgs/OccupancyGrid values of Nav2's costs: 253 → 99, 254 → 100, 255 → -1."""


def costs_message(
    costs: NDArray[np.uint8], resolution: float, origin: Pose2D, frame_id: str, stamp: Time
) -> OccupancyGrid:
    """Build an occupancy grid from costs (HxW) whose lower left corner is at `origin`, as Nav2 shows a costmap."""
    msg = OccupancyGrid()
    msg.header.frame_id, msg.header.stamp = frame_id, stamp.to_msg()
    msg.info.resolution, msg.info.map_load_time = float(resolution), stamp.to_msg()
    msg.info.height, msg.info.width = costs.shape
    msg.info.origin = pose_from_2d(origin)
    msg.data = array("b", _COST_VALUES[costs].tobytes())
    return msg


def path_message(points: NDArray[np.float64], headings: NDArray[np.float64], frame_id: str, stamp: Time) -> PathMsg:
    """Build a path message from points (Nx2, m) and headings (N, rad)."""
    msg = PathMsg()
    msg.header.frame_id, msg.header.stamp = frame_id, stamp.to_msg()
    for (x, y), yaw in zip(points.tolist(), headings.tolist(), strict=True):
        pose = PoseStamped(header=msg.header)
        pose.pose = pose_from_2d(Pose2D(x, y, yaw))
        msg.poses.append(pose)
    return msg


def people_array(msg: People) -> NDArray[np.float64]:
    """Return people as Kx4: x, y (m), vx, vy (m/s) in the frame of the message."""
    rows = [(p.position.x, p.position.y, p.velocity.x, p.velocity.y) for p in msg.people]
    return np.array(rows, np.float64).reshape(-1, 4)
