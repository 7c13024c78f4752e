"""One-way floor: for each cell the direction in which it is driven, as one of 16 sectors of a turn, or -1.

A step goes against a sector when it points more than a right angle away from its middle; crossing is allowed. Sectors
are told in the grid's frame: sector k is the direction k * 22.5 degrees, counter-clockwise from the grid's x axis.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from guide_common.geometry import wrap_angle

SECTORS = 16
ANY_WAY = -1
ALONG_COLUMNS = np.cos(np.arange(SECTORS) * math.tau / SECTORS)
ALONG_ROWS = np.sin(np.arange(SECTORS) * math.tau / SECTORS)
CROSSING = -1e-6
"""Cosine down to which a step crosses."""

Sectors = NDArray[np.int8]
NO_SECTORS: Sectors = np.empty((0, 0), np.int8)
"""What stands for a floor where any way may be driven."""


def sector_of(direction: float) -> int:
    """Return the sector of a direction (rad, grid frame)."""
    return round(wrap_angle(direction) % math.tau * SECTORS / math.tau) % SECTORS


def sectors_of_mask(mask: NDArray[np.uint8]) -> Sectors | None:
    """Return the sectors (H x W) of a mask as it is published (0 any way, 1 + sector); None where all may be driven."""
    inside = (mask >= 1) & (mask <= SECTORS)
    if not inside.any():
        return None
    return np.where(inside, mask.astype(np.int16) - 1, ANY_WAY).astype(np.int8)


def forbidden_steps(rows: ArrayLike, columns: ArrayLike) -> NDArray[np.bool_]:
    """Tell which of N steps go against each sector.

    Args:
        rows, columns: N steps, in cells.

    Returns:
        (SECTORS + 1) x N; the last row, which the index -1 finds, forbids nothing.
    """
    up, across = np.asarray(rows, np.float64), np.asarray(columns, np.float64)
    along = np.outer(ALONG_ROWS, up) + np.outer(ALONG_COLUMNS, across)
    against = along < CROSSING * np.hypot(up, across)
    return np.vstack([against, np.zeros((1, len(up)), bool)])


@njit(cache=True, nogil=True, inline="always")
def against(sector, across, up, length):  # type: ignore[no-untyped-def]
    """Tell whether a move (columns, rows; its length) goes against a cell's sector."""
    return sector >= 0 and ALONG_ROWS[sector] * up + ALONG_COLUMNS[sector] * across < CROSSING * length


@njit(cache=True, nogil=True)
def goes_against(sectors, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
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
