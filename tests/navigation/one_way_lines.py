"""The truth about lines on one-way floor: cell by cell, apart from how the planner judges them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from navigation.one_way import Sectors, against


def goes_against(sectors: Sectors, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Tell whether a straight line (cells, from the grid's corner) goes against a cell that it passes through."""
    rows, columns = sectors.shape
    across, up = x1 - x0, y1 - y0
    length = math.hypot(across, up)
    if length < 1e-9:
        return False
    column, row = math.floor(x0), math.floor(y0)
    last_column, last_row = math.floor(x1), math.floor(y1)
    step_column, step_row = (1 if across > 0.0 else -1), (1 if up > 0.0 else -1)
    # parts of the line to the next cell's edge, along each axis
    next_x = (column + (across > 0.0) - x0) / across if across != 0.0 else math.inf
    next_y = (row + (up > 0.0) - y0) / up if up != 0.0 else math.inf
    while True:
        if 0 <= row < rows and 0 <= column < columns and against(sectors[row, column], across, up, length):
            return True
        if (column == last_column and row == last_row) or min(next_x, next_y) > 1.0:
            return False
        if next_x < next_y:
            next_x += 1.0 / abs(across)
            column += step_column
        else:
            next_y += 1.0 / abs(up)
            row += step_row


def path_against(sectors: Sectors, points: ArrayLike) -> int:
    """Return the first stretch of a path (N x 2: x, y in cells) that goes against the floor; -1 when none does."""
    path = np.asarray(points, np.float64)
    for i in range(len(path) - 1):
        if goes_against(sectors, path[i, 0], path[i, 1], path[i + 1, 0], path[i + 1, 1]):
            return i
    return -1
