"""Speed limits of the floor: how fast the robot may drive here, and on its path so that it is slow before it is in."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from navigation.grid import GridMap

EASE = 0.35
"""m/s^2 of slowing down towards a zone: people who walk behind the robot are not startled."""
MARGIN = 0.15
"""m before the zone's edge at which its limit is reached."""


class SpeedZones:
    """Hold the limits of a floor's cells.

    Args:
        mask: a speed mask; 0 is no limit and 255 not known, everything else is base + value * multiplier.
        multiplier, base: in m/s.
    """

    def __init__(self, mask: GridMap, multiplier: float, base: float = 0.0) -> None:
        values = np.arange(256)
        self._limits = np.where((values > 0) & (values <= 100), base + values * multiplier, math.inf)
        self._cells = mask.data
        self._any = bool(((mask.data > 0) & (mask.data <= 100)).any())
        origin = mask.origin
        self._frame = np.array([origin.x, origin.y, math.cos(origin.yaw), math.sin(origin.yaw), 1.0 / mask.resolution])

    def limit_at(self, x: float, y: float) -> float:
        """Return the limit (m/s) at a point of the map (m); inf where there is none."""
        return float(_limit(self._cells, self._limits, self._frame, x, y)) if self._any else math.inf

    def limit_ahead(self, path: NDArray[np.float64], top: float) -> float:
        """Return how fast (m/s) the robot may drive at the begin of a path so that it keeps every limit on it.

        From sqrt(limit^2 + 2 EASE distance) over the path's points.

        Args:
            path: P x 3: x, y in the map and the way along, m.
            top: m/s; what does not lower it is not looked at.
        """
        return float(_ahead(self._cells, self._limits, self._frame, path, top)) if self._any else top


@njit(cache=True, nogil=True)
def _limit(cells, limits, frame, x, y):  # type: ignore[no-untyped-def]
    dx, dy = x - frame[0], y - frame[1]
    column = math.floor((frame[2] * dx + frame[3] * dy) * frame[4])
    row = math.floor((frame[2] * dy - frame[3] * dx) * frame[4])
    if row < 0 or row >= cells.shape[0] or column < 0 or column >= cells.shape[1]:
        return math.inf
    return limits[cells[int(row), int(column)]]


@njit(cache=True, nogil=True)
def _ahead(cells, limits, frame, path, top):  # type: ignore[no-untyped-def]
    for i in range(path.shape[0]):
        gain = 2.0 * EASE * max(path[i, 2] - path[0, 2] - MARGIN, 0.0)
        if gain >= top * top:
            break
        limit = _limit(cells, limits, frame, path[i, 0], path[i, 1])
        if limit < top:
            top = min(top, math.sqrt(limit * limit + gain))
    return top
