"""What the navigator hears: map, keepout, scans, tf, people, speed limit; and what it makes of it each cycle."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from guide_interfaces.msg import People
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import OccupancyGrid
from rclpy.node import Node
from sensor_msgs.msg import LaserScan

from guide_common.conversions import seconds
from guide_common.geometry import Pose2D, wrap_angle
from guide_common.qos import LATCHED, SENSOR, STREAM
from guide_common.robot import Robot
from guide_common.transforms import TransformBuffer
from navigation.controller import Surroundings
from navigation.conversions import grid_from_message, people_array
from navigation.navigator import Situation
from navigation.navigator_floor import Floor

IDLE_SCANS = 5
"""Of so many scans one is put into the costmap while the robot does not drive."""

PEOPLE_FORGOTTEN = 1.0
"""s after which the last word about people counts no more."""

NOBODY = np.zeros((0, 4))


class Senses:
    """Keep the newest of every input; the costmap is fed in the worker thread that also controls."""

    def __init__(self, node: Node, robot: Robot, floor: Floor, worker: ThreadPoolExecutor, map_frame: str) -> None:
        self._node, self._robot, self._floor, self._worker, self._map = node, robot, floor, worker, map_frame
        self._laser = Pose2D(robot.lidar.x, robot.lidar.y, robot.lidar.yaw)
        self.driving = False
        self._tf = TransformBuffer(node)
        self._scan_stamp, self._scans = -math.inf, 0
        self._angles = np.zeros(0)
        self._people, self._people_stamp = NOBODY, -math.inf
        self._limit = 0.0
        node.create_subscription(OccupancyGrid, "map", self._on_map, LATCHED)
        node.create_subscription(OccupancyGrid, "keepout_filter_mask", self._on_keepout, LATCHED)
        node.create_subscription(LaserScan, "scan", self._on_scan, SENSOR)
        node.create_subscription(People, "people", self._on_people, STREAM)
        node.create_subscription(SpeedLimit, "speed_limit", self._on_speed_limit, STREAM)

    def pose(self) -> tuple[Pose2D, float] | None:
        """Return the robot's pose in the map and its stamp (s), None while it is not known."""
        return self._tf.pose(self._map, "base_link")

    def pose_in_map(self, pose: Pose2D, frame: str) -> Pose2D | None:
        """Bring a pose of another frame into the map; None when the frames are not connected."""
        if frame in ("", self._map):
            return pose
        base = self._tf.pose(self._map, frame)
        return None if base is None else base[0] @ pose

    def situation(self, now: float, dt: float, v: float, w: float) -> Situation | None:
        """Return what is known at `now` (s) for a robot told to drive (v, w); None before map and pose are known."""
        costmap, pose = self._floor.costmap, self.pose()
        if costmap is None or pose is None:
            return None
        grid = costmap.grid
        people = self._people_at(now)
        return Situation(
            *(now, dt, pose[0], now - pose[1], now - self._scan_stamp, *self._speeds(v, w)),
            Surroundings(costmap.costs, grid.resolution, grid.origin, people),
            self._top_speed(),
        )

    def _speeds(self, v: float, w: float) -> tuple[float, float]:
        """Return the commanded speeds, drawn to the measured ones where the base clearly does otherwise."""
        new = self._tf.pose("odom", "base_link")
        old = self._tf.pose("odom", "base_link", new[1] - 0.15) if new is not None else None
        if new is None or old is None or new[1] - old[1] < 0.05:
            return v, w
        dt = new[1] - old[1]
        moved = old[0].inverse() @ new[0]
        measured_v, measured_w = math.copysign(math.hypot(moved.x, moved.y), moved.x) / dt, wrap_angle(moved.yaw) / dt
        return _near(v, measured_v, 0.2), _near(w, measured_w, 0.6)

    def _people_at(self, now: float) -> np.ndarray:
        age = now - self._people_stamp
        if not 0.0 <= age < PEOPLE_FORGOTTEN:
            return NOBODY
        people = self._people.copy()
        people[:, :2] += people[:, 2:] * age
        return people

    def _top_speed(self) -> float:
        top = self._robot.drive.max_speed
        return min(self._limit, top) if self._limit > 0.0 else top

    def _on_map(self, msg: OccupancyGrid) -> None:
        self._floor.take_map(grid_from_message(msg))
        self._node.get_logger().info(f"new map: {msg.info.width} x {msg.info.height} cells")

    def _on_keepout(self, msg: OccupancyGrid) -> None:
        self._floor.take_keepout(grid_from_message(msg).lethal)

    def _on_scan(self, msg: LaserScan) -> None:
        self._scan_stamp = seconds(msg.header.stamp)
        self._scans += 1
        if not self.driving and self._scans % IDLE_SCANS:
            return
        base = self._tf.pose(self._map, "base_link", self._scan_stamp)
        if base is None:
            return
        ranges = np.array(msg.ranges, np.float32)
        if len(ranges) != len(self._angles):
            self._angles = msg.angle_min + msg.angle_increment * np.arange(len(ranges))
        job = self._worker.submit(self._floor.take_scan, ranges, self._angles, base[0] @ self._laser, self._scan_stamp)
        job.add_done_callback(self._report)

    def _report(self, job: object) -> None:
        error = job.exception()  # type: ignore[attr-defined]
        if error is not None:
            self._node.get_logger().error(f"a scan could not be put into the costmap: {error!r}")

    def _on_people(self, msg: People) -> None:
        self._people, self._people_stamp = people_array(msg), seconds(msg.header.stamp)

    def _on_speed_limit(self, msg: SpeedLimit) -> None:
        share = self._robot.drive.max_speed / 100.0 if msg.percentage else 1.0
        self._limit = msg.speed_limit * share


def _near(value: float, measured: float, band: float) -> float:
    return min(max(value, measured - band), measured + band)
