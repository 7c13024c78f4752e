"""Tell ways apart: whether a plan goes the way that the robot is on, and whether it goes back to one that it left."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numba import njit
from numpy.typing import NDArray

Points = NDArray[np.float64]

SAME_WAY = 0.5
"""m: a path nowhere farther than this from another one goes the same way; it passes people on the same side."""

REMEMBERED = 12
"""Ways that were left, as many as are remembered."""


class Ways:
    """Hold the way that a task is on, with what the robot has come along to be there, and the ways that it has left."""

    def __init__(self) -> None:
        self._present: Points = np.empty((0, 2))
        self._left: deque[tuple[float, Points]] = deque(maxlen=REMEMBERED)

    def take(self, points: Points, now: float) -> bool:
        """Note a path (N x 2, m) taken at `now` (s); return whether it is another way than the one before."""
        other = bool(len(self._present)) and not self.is_present(points)
        if other:
            self._left.append((now, self._present))
        self._present = np.vstack([self._come_along(points[0]), points])
        return other

    def is_present(self, points: Points) -> bool:
        """Tell whether a path (N x 2, m) goes the way that the robot is on; it may begin where the robot came along."""
        return bool(len(self._present)) and bool(near(points, self._present, SAME_WAY).all())

    def goes_back(self, points: Points) -> bool:
        """Tell whether a path (N x 2, m) goes a way that was left, if need be back along the present one first."""
        if not self._left or self.is_present(points):
            return False
        return any(self._turns_to(points, way) for _, way in self._left)

    def has_strayed(self, x: float, y: float, most: float) -> bool:
        """Tell whether a place is more than `most` (m) from the present way and from what was come along to it."""
        return not near(np.array([[x, y]]), self._present, most)[0]

    def left_since(self, time: float) -> int:
        """Return how many ways were left after a time (s)."""
        return sum(at > time for at, _ in self._left)

    def _come_along(self, start: Points) -> Points:
        """Return what lies behind a path's start on the present way."""
        if not len(self._present):
            return self._present
        return self._present[: np.hypot(*(self._present - start).T).argmin()]

    def _turns_to(self, points: Points, way: Points) -> bool:
        """Tell whether a path keeps to a way from where it leaves the present one for the last time."""
        off = np.flatnonzero(~near(points, way, SAME_WAY))
        return not len(off) or bool(near(points[: off[-1] + 1], self._present, SAME_WAY).all())


@njit(cache=True, nogil=True)
def near(points: np.ndarray, path: np.ndarray, tolerance: float) -> np.ndarray:
    """Return which points (N x 2) are at most `tolerance` from a path (M x 2, M > 0)."""
    found = np.zeros(len(points), np.bool_)
    for i in range(len(points)):
        x, y, least = points[i, 0], points[i, 1], math.inf
        for j in range(len(path)):
            ax, ay = path[max(j - 1, 0), 0], path[max(j - 1, 0), 1]
            dx, dy = path[j, 0] - ax, path[j, 1] - ay
            square = dx * dx + dy * dy
            share = 0.0 if square == 0.0 else min(max(((x - ax) * dx + (y - ay) * dy) / square, 0.0), 1.0)
            least = min(least, (ax + share * dx - x) ** 2 + (ay + share * dy - y) ** 2)
        found[i] = least <= tolerance * tolerance
    return found
