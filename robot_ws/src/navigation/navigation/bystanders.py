"""People who stand about a goal: the lidar sees their legs, but a body needs more room than that."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.costmap_inflation import INSCRIBED
from navigation.grid import in_grid

ROOM = 0.5
"""m between the middles of the robot and of somebody who stands: the two radii, and 8 cm to spare."""
ABOUT = 1.5
"""m from a goal within which it matters who stands there."""
STANDING = 0.25
"""m/s below which somebody stands."""

Places = NDArray[np.float64]


def standing_about(people: Places, goal: Pose2D) -> Places:
    """Return where (K x 2, m) those of the people (N x 4: x, y in m, vx, vy in m/s) stand who stand about a goal."""
    near = np.hypot(people[:, 0] - goal.x, people[:, 1] - goal.y) < ABOUT
    still = np.hypot(people[:, 2], people[:, 3]) < STANDING
    return people[near & still, :2]


def in_the_way(people: NDArray[np.floating], start: Pose2D, end: Pose2D, room: float) -> bool:
    """Tell whether the straight way between two poses comes within `room` m of somebody and nearer than it begins.

    `people` are N x 4 (x, y in m, vx, vy in m/s), in the poses' frame.
    """
    dx, dy = end.x - start.x, end.y - start.y
    square = max(dx * dx + dy * dy, 1e-9)
    for x, y in people[:, :2]:
        share = min(max(((x - start.x) * dx + (y - start.y) * dy) / square, 0.0), 1.0)
        nearest = math.hypot(start.x + share * dx - x, start.y + share * dy - y)
        if nearest < room and nearest < math.hypot(start.x - x, start.y - y) - 0.01:
            return True
    return False


def keep_off(
    costs: NDArray[np.uint8], lasting: NDArray[np.uint8], places: Places, resolution: float, origin: Pose2D
) -> None:
    """Close the floor (cost 253) within `ROOM` of each place (K x 2, m, the frame of `origin`), walls excepted.

    What the lidar marked there are their legs: they are part of what is closed, not walls. `costs` (H x W) are changed
    in place; `lasting` are those without what the lidar marked.
    """
    rows, columns = costs.shape
    reach = ROOM / resolution
    for column, row in in_grid(places, resolution, origin):
        top, bottom = max(int(row - reach), 0), min(int(row + reach) + 2, rows)
        left, right = max(int(column - reach), 0), min(int(column + reach) + 2, columns)
        if top >= bottom or left >= right:
            continue
        down, across = np.ogrid[top:bottom, left:right]
        inside = (down + 0.5 - row) ** 2 + (across + 0.5 - column) ** 2 < reach * reach
        window = costs[top:bottom, left:right]
        window[inside & (lasting[top:bottom, left:right] < INSCRIBED)] = INSCRIBED
