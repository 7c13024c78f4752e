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
