"""Turn maps into ROS messages, and back."""

from __future__ import annotations

from array import array

import numpy as np
from nav2_msgs.msg import CostmapFilterInfo
from nav_msgs.msg import OccupancyGrid
from rclpy.time import Time

from guide_common.conversions import pose_from_2d, pose_to_2d
from navigation.grid import GridMap

KEEPOUT_FILTER, SPEED_FILTER_PERCENT, SPEED_FILTER_ABSOLUTE = 0, 1, 2
"""Values of nav2_msgs/msg/CostmapFilterInfo.type, from nav2_costmap_2d's filter_values.hpp."""


def grid_message(grid: GridMap, frame_id: str, stamp: Time) -> OccupancyGrid:
    """Write a grid; filled from an array, since lists take twenty times as long."""
    msg = OccupancyGrid()
    msg.header.frame_id, msg.header.stamp = frame_id, stamp.to_msg()
    msg.info.map_load_time = msg.header.stamp
    msg.info.resolution = grid.resolution
    msg.info.height, msg.info.width = grid.shape
    msg.info.origin = pose_from_2d(grid.origin)
    msg.data = array("b")
    msg.data.frombytes(np.ascontiguousarray(grid.data))  # 255 becomes -1, the message's unknown
    return msg


def grid_from_message(msg: OccupancyGrid) -> GridMap:
    """Read a grid; every value that is not 0..100 is unknown."""
    data = np.frombuffer(msg.data, dtype=np.uint8).reshape(msg.info.height, msg.info.width).copy()
    data[data > 100] = 255
    resolution = float(f"{msg.info.resolution:.7g}")  # a float32 on the wire
    return GridMap(data, resolution, pose_to_2d(msg.info.origin))


def filter_info_message(kind: int, mask_topic: str, multiplier: float, frame_id: str, stamp: Time) -> CostmapFilterInfo:
    """Say how a mask is to be read: value * multiplier, in the filter's unit."""
    msg = CostmapFilterInfo(type=kind, filter_mask_topic=mask_topic, base=0.0, multiplier=multiplier)
    msg.header.frame_id, msg.header.stamp = frame_id, stamp.to_msg()
    return msg
