"""Boxes that are put into the hall while it runs: what the physics collides with, and what the lidar sees of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon

from guide_common.geometry import Pose2D
from hall_sim.world.bodies import Floats

Size = tuple[float, float, float]
"""m: along the box, across it, and its height."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Hold a box that stands on the floor: its name, where its middle is (map frame) and how large it is in m."""

    name: str
    pose: Pose2D
    size: Size

    @property
    def corners(self) -> Floats:
        """Return 4x2 corners in m, counter-clockwise."""
        along, across = self.size[0] / 2.0, self.size[1] / 2.0
        c, s = math.cos(self.pose.yaw), math.sin(self.pose.yaw)
        local = np.array([[along, across], [-along, across], [-along, -across], [along, -across]])
        return local @ np.array([[c, s], [-s, c]]) + np.array([self.pose.x, self.pose.y])

    @property
    def outline(self) -> Polygon:
        """Return the floor that it covers."""
        return shapely.polygons(self.corners)


class Obstacles:
    """Keep the boxes of a hall.

    Args:
        count: how many there can be.
    """

    def __init__(self, count: int) -> None:
        self.slots: list[Obstacle | None] = [None] * count
        self._lines: dict[float, Floats] = {}

    def __bool__(self) -> bool:
        return any(slot is not None for slot in self.slots)

    def put(self, slot: int, obstacle: Obstacle | None) -> None:
        """Put a box into a slot; None takes away what is there."""
        self.slots[slot] = obstacle
        self._lines.clear()

    def lines(self, height: float) -> Floats:
        """Return Nx4 of x1, y1, x2, y2 (m) of the sides of the boxes that reach above a height in m."""
        if height not in self._lines:
            standing = [box.corners for box in self.slots if box is not None and box.size[2] > height]
            sides = [np.concatenate([corners, np.roll(corners, -1, axis=0)], axis=1) for corners in standing]
            self._lines[height] = np.concatenate([np.empty((0, 4)), *sides])
        return self._lines[height]
