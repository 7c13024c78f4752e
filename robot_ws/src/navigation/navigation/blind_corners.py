"""Where a path passes a corner from behind which somebody may step out whom the robot cannot see in time."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guide_common.geometry import Pose2D

Stretches = tuple[tuple[float, float], ...]
"""From and to, m along a path."""

SPACING = 0.2
SIGHT = 1.2
"""m before a place on the path at which the robot should see who will step onto it."""
BESIDE = 0.4, 1.2
"""m beside the path: who stands nearer is seen or felt anyway, who comes from farther is seen in time."""
SPOTS = 5
LETHAL = 254


def blind_stretches(
    costs: NDArray[np.uint8], resolution: float, origin: Pose2D, points: NDArray[np.float64]
) -> Stretches:
    """Return the stretches of a path on which the robot must reckon with somebody stepping out.

    A place on the path is blind when somebody could stand beside it, with nothing between the two, whom the robot does
    not see `SIGHT` m before; the stretch is from there to the place.

    Args:
        costs: H x W, what lasts: behind people and what they carry nobody hides for long.
        resolution: m a cell.
        origin: of the grid.
        points: N x 2, m, in the frame of `origin`.
    """
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if along[-1] < SPACING:
        return ()
    at = np.arange(0.0, along[-1] + 0.5 * SPACING, SPACING)
    to_grid = origin.inverse()
    c, s = math.cos(to_grid.yaw), math.sin(to_grid.yaw)
    turn = np.array([[c, s], [-s, c]])
    places = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    blind = _blind(costs, 1.0 / resolution, places @ turn + (to_grid.x, to_grid.y), round(SIGHT / SPACING))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], blind, [False]]))).reshape(-1, 2)
    return tuple((float(at[first]), float(at[last - 1])) for first, last in edges)


def speed_before(stretches: Stretches, way: float, limit: float, ease: float, top: float) -> float:
    """Return how fast (m/s, at most `top`) a robot that has come `way` m along its path may drive.

    It has `limit` m/s on a stretch and brakes before one at `ease` m/s^2.
    """
    for begin, end in stretches:
        if way <= end:
            top = min(top, math.sqrt(limit * limit + 2.0 * ease * max(begin - way, 0.0)))
    return top


@njit(cache=True, nogil=True)
def _blind(costs, per_metre, places, sight):  # type: ignore[no-untyped-def]
    count = len(places)
    blind = np.zeros(count, np.bool_)
    for seen_from in range(count - 2):
        place = min(seen_from + sight, count - 1)
        dx, dy = places[place, 0] - places[place - 1, 0], places[place, 1] - places[place - 1, 1]
        length = max(math.hypot(dx, dy), 1e-9)
        for side in (-1.0, 1.0):
            for k in range(SPOTS):
                off = side * (BESIDE[0] + (BESIDE[1] - BESIDE[0]) * k / (SPOTS - 1)) / length
                x, y = places[place, 0] - off * dy, places[place, 1] + off * dx
                if _wall_between(costs, per_metre, places[place, 0], places[place, 1], x, y):
                    break
                row, column = int(y * per_metre), int(x * per_metre)
                if costs[row, column] < LETHAL and _wall_between(
                    costs, per_metre, places[seen_from, 0], places[seen_from, 1], x, y
                ):
                    blind[seen_from : place + 1] = True
                    break
    return blind


@njit(cache=True, nogil=True)
def _wall_between(costs, per_metre, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """Tell whether the line between two points (m) meets a wall or leaves the map."""
    steps = int(2.0 * per_metre * math.hypot(x1 - x0, y1 - y0)) + 1
    for i in range(steps + 1):
        row = math.floor((y0 + (y1 - y0) * i / steps) * per_metre)
        column = math.floor((x0 + (x1 - x0) * i / steps) * per_metre)
        if row < 0 or column < 0 or row >= costs.shape[0] or column >= costs.shape[1]:
            return True
        if costs[row, column] == LETHAL:
            return True
    return False
