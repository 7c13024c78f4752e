"""The navigator's inputs: messages become what `navigation.senses` keeps."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from guide_interfaces.msg import People
from nav2_msgs.msg import CostmapFilterInfo, SpeedLimit
from nav_msgs.msg import OccupancyGrid
from rclpy.node import Node
from sensor_msgs.msg import LaserScan

from guide_common.conversions import seconds
from guide_common.qos import LATCHED, SENSOR, STREAM
from guide_common.robot import Robot
from guide_common.transforms import TransformBuffer
from navigation.conversions import people_array
from navigation.conversions_map import SPEED_FILTER_ABSOLUTE, SPEED_FILTER_PERCENT, grid_from_message
from navigation.navigator_floor import Floor
from navigation.senses import Senses


class Inputs:
    """Subscribe; the costmap is fed in the worker thread that also controls."""

    def __init__(self, node: Node, robot: Robot, floor: Floor, worker: ThreadPoolExecutor, map_frame: str) -> None:
        self._node, self._floor, self._worker = node, floor, worker
        self.senses = Senses(robot, floor, TransformBuffer(node), map_frame)
        node.create_subscription(OccupancyGrid, "map", self._on_map, LATCHED)
        node.create_subscription(OccupancyGrid, "keepout_filter_mask", self._on_keepout, LATCHED)
        node.create_subscription(OccupancyGrid, "one_way_filter_mask", self._on_one_way, LATCHED)
        node.create_subscription(OccupancyGrid, "speed_filter_mask", self._on_speed_mask, LATCHED)
        node.create_subscription(CostmapFilterInfo, "speed_filter_info", self._on_speed_info, LATCHED)
        node.create_subscription(LaserScan, "scan", self._on_scan, SENSOR)
        node.create_subscription(People, "people", self._on_people, STREAM)
        node.create_subscription(SpeedLimit, "speed_limit", self._on_speed_limit, STREAM)

    def _on_map(self, msg: OccupancyGrid) -> None:
        self.senses.take_map(grid_from_message(msg))
        self._node.get_logger().info(f"new map: {msg.info.width} x {msg.info.height} cells")

    def _on_keepout(self, msg: OccupancyGrid) -> None:
        self._floor.take_keepout(grid_from_message(msg).data)

    def _on_one_way(self, msg: OccupancyGrid) -> None:
        self._floor.take_one_way(grid_from_message(msg).data)

    def _on_speed_mask(self, msg: OccupancyGrid) -> None:
        self.senses.take_speed_mask(grid_from_message(msg))

    def _on_speed_info(self, msg: CostmapFilterInfo) -> None:
        if msg.type in (SPEED_FILTER_PERCENT, SPEED_FILTER_ABSOLUTE):
            self.senses.take_speed_scale(msg.multiplier, msg.base, percentage=msg.type == SPEED_FILTER_PERCENT)
        else:
            self._node.get_logger().error(f"speed_filter_info says type {msg.type}; it must be 1 (per cent) or 2 (m/s)")

    def _on_scan(self, msg: LaserScan) -> None:
        ranges = np.array(msg.ranges, np.float32)
        work = self.senses.take_scan(seconds(msg.header.stamp), ranges, msg.angle_min, msg.angle_increment)
        if work is not None:
            self._worker.submit(work).add_done_callback(self._report)

    def _report(self, job: Future[None]) -> None:
        error = job.exception()
        if error is not None:
            self._node.get_logger().error(f"a scan could not be put into the costmap: {error!r}")

    def _on_people(self, msg: People) -> None:
        self.senses.take_people(people_array(msg), seconds(msg.header.stamp))

    def _on_speed_limit(self, msg: SpeedLimit) -> None:
        self.senses.take_speed_limit(msg.speed_limit, msg.percentage)
