"""The way down a stored cost-to-go field; positions are in the field's cells, x before y."""

from __future__ import annotations

import numpy as np
from numba import njit

from navigation.cost_to_go_kernels import UNREACHED

DISAGREEMENT = 0.7
"""Length of the mean of four unit vectors below which they point to two sides."""


@njit(cache=True, nogil=True, inline="always")
def _downhill(steps, row, column):  # type: ignore[no-untyped-def]
    """Return the unit vector (x, y) down the field at a cell, 0 where it is not reached."""
    rows, columns = steps.shape
    here = np.int64(steps[row, column])
    if here >= UNREACHED:
        return 0.0, 0.0
    dx = np.int64(0)
    left = np.int64(steps[row, column - 1]) if column > 0 else UNREACHED
    right = np.int64(steps[row, column + 1]) if column + 1 < columns else UNREACHED
    if left < here and left <= right:
        dx = left - here
    elif right < here:
        dx = here - right
    dy = np.int64(0)
    below = np.int64(steps[row - 1, column]) if row > 0 else UNREACHED
    above = np.int64(steps[row + 1, column]) if row + 1 < rows else UNREACHED
    if below < here and below <= above:
        dy = below - here
    elif above < here:
        dy = here - above
    length = np.sqrt(float(dx * dx + dy * dy))
    if length == 0.0:
        return 0.0, 0.0
    return dx / length, dy / length


@njit(cache=True, nogil=True, inline="always")
def _direction(steps, x, y):  # type: ignore[no-untyped-def]
    """Return the unit vector down the field at a point, between the four cells about it, and how much they agree."""
    rows, columns = steps.shape
    column, row = int(np.floor(x - 0.5)), int(np.floor(y - 0.5))
    u, v = x - 0.5 - column, y - 0.5 - row
    sx, sy = 0.0, 0.0
    for corner in range(4):
        r, c = row + corner // 2, column + corner % 2
        if 0 <= r < rows and 0 <= c < columns:
            share = (u if corner % 2 else 1.0 - u) * (v if corner // 2 else 1.0 - v)
            gx, gy = _downhill(steps, r, c)
            sx, sy = sx + share * gx, sy + share * gy
    length = np.sqrt(sx * sx + sy * sy)
    if length == 0.0:
        return 0.0, 0.0, 0.0
    return sx / length, sy / length, length


@njit(cache=True, nogil=True, inline="always")
def _value(steps, x, y):  # type: ignore[no-untyped-def]
    """Return the field at a point, UNREACHED off the grid."""
    rows, columns = steps.shape
    return np.int64(steps[int(y), int(x)]) if 0.0 <= x < columns and 0.0 <= y < rows else np.int64(UNREACHED)


@njit(cache=True, nogil=True, inline="always")
def _lowest_beside(steps, row, column):  # type: ignore[no-untyped-def]
    """Return the lowest of a cell and its four neighbours."""
    rows, columns = steps.shape
    best_row, best_column, best = row, column, steps[row, column]
    for side in range(4):
        r = row + (1 if side == 0 else (-1 if side == 1 else 0))
        c = column + (1 if side == 2 else (-1 if side == 3 else 0))
        if 0 <= r < rows and 0 <= c < columns and steps[r, c] < best:
            best_row, best_column, best = r, c, steps[r, c]
    return best_row, best_column


@njit(cache=True, nogil=True)
def descend(steps, x, y, goal_x, goal_y, stride, points):  # type: ignore[no-untyped-def]
    """Write the way down the field from x, y to the goal (cells) to `points`, `stride` cells apart; return how many.

    0 when the field does not lead there, -1 when `points` (N x 2) is too short.
    """
    if _value(steps, x, y) >= UNREACHED:
        return 0
    points[0, 0], points[0, 1] = x, y
    count = 1
    while (goal_x - x) * (goal_x - x) + (goal_y - y) * (goal_y - y) > 2.25 * stride * stride:
        if count + 1 >= points.shape[0]:
            return -1
        dx, dy, agreement = _direction(steps, x, y)
        to_x, to_y = x + stride * dx, y + stride * dy
        if agreement < DISAGREEMENT:  # in a valley the way lies between them, on a ridge to one side
            dx, dy = _downhill(steps, int(y), int(x))
            if _value(steps, x + stride * dx, y + stride * dy) < _value(steps, to_x, to_y):
                to_x, to_y = x + stride * dx, y + stride * dy
        if _value(steps, to_x, to_y) >= _value(steps, x, y):
            row, column = _lowest_beside(steps, int(y), int(x))
            if row == int(y) and column == int(x):
                return 0
            to_x, to_y = column + 0.5, row + 0.5
        x, y = to_x, to_y
        points[count, 0], points[count, 1] = x, y
        count += 1
    points[count, 0], points[count, 1] = goal_x, goal_y
    return count + 1
