"""What a path leads past: corners from behind which somebody may step out unseen, places where nobody can pass."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.costmap_inflation import INSCRIBED, LETHAL
from navigation.grid import in_grid

Stretches = tuple[tuple[float, float], ...]
"""From and to, m along a path."""

SPACING = 0.2
SIGHT = 1.2
"""m before a place on the path at which the robot should see who will step onto it."""
BESIDE = 0.4, 1.2
"""m beside the path: who stands nearer is seen or felt anyway, who comes from farther is seen in time."""
SPOTS = 5
ASIDE = 0.3
"""m to either side of the path that the robot cannot go in a door: two of them, and it, need 1.1 m."""


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
    at, places = _spaced(origin, points)
    blind = _blind(costs, 1.0 / resolution, places, round(SIGHT / SPACING)) if len(at) > 1 else np.zeros(1, bool)
    return _stretches(at, blind)


def narrow_stretches(
    costs: NDArray[np.uint8], resolution: float, origin: Pose2D, points: NDArray[np.float64]
) -> Stretches:
    """Return the stretches of a path on which nobody can pass the robot, such as doors; see `blind_stretches`."""
    at, places = _spaced(origin, points)
    if len(at) < 2:
        return ()
    along = np.gradient(places, axis=0)
    across = along[:, ::-1] * (-ASIDE, ASIDE) / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    return _stretches(at, _closed(costs, resolution, places + across) & _closed(costs, resolution, places - across))


def _closed(costs: NDArray[np.uint8], resolution: float, places: NDArray[np.float64]) -> NDArray[np.bool_]:
    columns, rows = np.floor(places / resolution).astype(int).T
    inside = (rows >= 0) & (rows < costs.shape[0]) & (columns >= 0) & (columns < costs.shape[1])
    closed = np.ones(len(places), bool)
    closed[inside] = costs[rows[inside], columns[inside]] >= INSCRIBED
    return closed


def _spaced(origin: Pose2D, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ways (m) to points of a path `SPACING` apart, and these in the frame of the grid."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0.0, max(along[-1], 0.0) + 0.5 * SPACING, SPACING)
    places = np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])])
    return at, in_grid(places, 1.0, origin)


def _stretches(at: NDArray[np.float64], flagged: NDArray[np.bool_]) -> Stretches:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flagged, [False]]))).reshape(-1, 2)
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
