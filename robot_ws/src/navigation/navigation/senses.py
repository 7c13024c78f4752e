"""What the navigator knows of its surroundings, put together for one control cycle. Free of ROS."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from guide_common.frames import FrameTree
from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Robot
from navigation.controller import Surroundings
from navigation.floor_zones import SPEED_STEP
from navigation.grid import GridMap
from navigation.navigator_floor import Floor
from navigation.speed_zones import SpeedZones
from navigation.task_step import Situation

IDLE_SCANS = 2
"""Of so many scans one is put into the costmap while the robot does not drive."""
PEOPLE_FORGOTTEN = 1.0
"""s after which the last word about people counts no more."""
NOBODY = np.zeros((0, 4))


class Senses:
    """Keep the newest of every input.

    Args:
        robot: its figures.
        floor: costmap and planner.
        frames: where the robot is.
        map_frame: name of the map's frame.
    """

    def __init__(self, robot: Robot, floor: Floor, frames: FrameTree, map_frame: str = "map") -> None:
        self._robot, self._floor, self._frames, self._map = robot, floor, frames, map_frame
        self._laser = Pose2D(robot.lidar.x, robot.lidar.y, robot.lidar.yaw)
        self.driving = False
        self._scan_stamp, self._scans = -math.inf, 0
        self._angles: NDArray[np.float64] = np.zeros(0)
        self._people, self._people_stamp = NOBODY, -math.inf
        self._limit = 0.0
        self._speed_mask: GridMap | None = None
        self._speed_scale = SPEED_STEP, 0.0
        self._zones: SpeedZones | None = None
        self._told = 0.0, 0.0

    def pose(self) -> tuple[Pose2D, float] | None:
        """Return the robot's pose in the map and its stamp (s), None while it is not known."""
        return self._frames.pose(self._map, "base_link")

    def pose_in_map(self, pose: Pose2D, frame: str) -> Pose2D | None:
        """Bring a pose of another frame into the map; None when the frames are not connected."""
        if frame in ("", self._map):
            return pose
        base = self._frames.pose(self._map, frame)
        return None if base is None else base[0] @ pose

    def situation(self, now: float, dt: float, v: float, w: float) -> Situation | None:
        """Return what is known at `now` (s) for a robot told to drive (v, w); None before map and pose are known."""
        costmap, pose = self._floor.costmap, self.pose()
        if costmap is None or pose is None:
            return None
        grid = costmap.grid
        people = self._people_at(now)
        (before_v, before_w), self._told = self._told, (v, w)
        return Situation(
            *(now, dt, pose[0], now - pose[1], now - self._scan_stamp, *self._speeds(v, w)),
            Surroundings(costmap.costs, grid.resolution, grid.origin, people),
            self._top_speed(),
            self._zones,
            (v - before_v) / dt,
            (w - before_w) / dt,
        )

    def take_map(self, grid: GridMap) -> None:
        """Begin anew on a map."""
        self._floor.take_map(grid)

    def take_scan(
        self, stamp: float, ranges: NDArray[np.float32], angle_min: float, angle_increment: float
    ) -> Callable[[], None] | None:
        """Take a scan; return the work of putting it into the costmap, None when there is none to do."""
        self._scan_stamp = stamp
        self._scans += 1
        if not self.driving and self._scans % IDLE_SCANS:
            return None
        base = self._frames.pose(self._map, "base_link", stamp)
        if base is None:
            return None
        if len(ranges) != len(self._angles):
            self._angles = angle_min + angle_increment * np.arange(len(ranges), dtype=np.float64)
        angles, laser, people = self._angles, base[0] @ self._laser, self._people_at(stamp)[:, :2]
        return lambda: self._floor.take_scan(ranges, angles, laser, stamp, people)

    def take_people(self, people: NDArray[np.float64], stamp: float) -> None:
        """Take the people (Kx4: x, y in m, vx, vy in m/s, map frame) of a stamp (s)."""
        self._people, self._people_stamp = people, stamp

    def take_speed_limit(self, limit: float, percentage: bool = False) -> None:
        """Take a limit in m/s, or in per cent of the top speed; 0 lifts it."""
        self._limit = limit * (self._robot.drive.max_speed / 100.0 if percentage else 1.0)

    def take_speed_mask(self, mask: GridMap) -> None:
        """Take the floor's speed limits; they change where the robot is slow from the next cycle on."""
        self._speed_mask = mask
        self._zones = SpeedZones(mask, *self._speed_scale)

    def take_speed_scale(self, multiplier: float, base: float, percentage: bool = False) -> None:
        """Take what the mask's values mean: base + value * multiplier, in m/s or in per cent of the top speed."""
        unit = self._robot.drive.max_speed / 100.0 if percentage else 1.0
        self._speed_scale = multiplier * unit, base * unit
        if self._speed_mask is not None:
            self.take_speed_mask(self._speed_mask)

    def _speeds(self, v: float, w: float) -> tuple[float, float]:
        """Return the commanded speeds, drawn to the measured ones where the base clearly does otherwise."""
        new = self._frames.pose("odom", "base_link")
        old = self._frames.pose("odom", "base_link", new[1] - 0.15) if new is not None else None
        if new is None or old is None or new[1] - old[1] < 0.05:
            return v, w
        dt = new[1] - old[1]
        moved = old[0].inverse() @ new[0]
        measured_v, measured_w = math.copysign(math.hypot(moved.x, moved.y), moved.x) / dt, wrap_angle(moved.yaw) / dt
        return _near(v, measured_v, 0.2), _near(w, measured_w, 0.6)

    def _people_at(self, now: float) -> NDArray[np.float64]:
        age = now - self._people_stamp
        if not 0.0 <= age < PEOPLE_FORGOTTEN:
            return NOBODY
        people = self._people.copy()
        people[:, :2] += people[:, 2:] * age
        return people

    def _top_speed(self) -> float:
        top = self._robot.drive.max_speed
        return min(self._limit, top) if self._limit > 0.0 else top


def _near(value: float, measured: float, band: float) -> float:
    return min(max(value, measured - band), measured + band)
