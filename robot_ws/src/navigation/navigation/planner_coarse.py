"""The planner's coarse look: blocks of cells, searched first, so that the exact search stays in a corridor.

A block's level (0..252, like a cost) stands for the weight of crossing it: the mean weight of its free cells, and more
the fuller it is. A block with no free cell is 254.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from navigation.planner_search import FAR, STEP_COLUMNS, STEP_ROWS

SHIFT = 2
SIDE = 1 << SHIFT
"""Cells along a block: 0.2 m on the usual map, narrower than any door."""
MARGINS = (1, 5)
"""Blocks to either side of the coarse path that the exact search may use: first few, then more, then the whole map."""
CROWDING = 1.0
"""How many times a block counts beyond its cells' weight when it is all but full."""


def level_weights(steepest: float) -> NDArray[np.float32]:
    """Return the weight of each level (256 float32), for cells whose weights are 1 .. `steepest`."""
    levels = 1.0 + (steepest * (1.0 + CROWDING) - 1.0) * np.arange(256) / 252.0
    return np.where(np.arange(256) <= 252, levels, FAR).astype(np.float32)


@njit(cache=True, nogil=True)
def pool(costs, weights, highest, levels):  # type: ignore[no-untyped-def]
    """Fill `levels` (uint8, one a block) from costs; `highest` is the weight of level 252."""
    rows, columns = costs.shape
    for block_row in range(levels.shape[0]):
        row1 = min((block_row + 1) * SIDE, rows)
        for block_column in range(levels.shape[1]):
            column1 = min((block_column + 1) * SIDE, columns)
            total, free, cells = 0.0, 0, 0
            for row in range(block_row * SIDE, row1):
                for column in range(block_column * SIDE, column1):
                    weight = weights[costs[row, column]]
                    cells += 1
                    if weight < FAR:
                        total += weight
                        free += 1
            if free == 0:
                levels[block_row, block_column] = 254
                continue
            weight = total / free * (1.0 + CROWDING * (cells - free) / cells)
            levels[block_row, block_column] = min(252, int((weight - 1.0) / (highest - 1.0) * 252.0 + 0.5))


@njit(cache=True, nogil=True)
def open_corridor(came, start, goal, margin, corridor, value):  # type: ignore[no-untyped-def]
    """Set the blocks around a coarse path (found by `search`, in `came`) to a value."""
    rows, columns = corridor.shape
    block = goal
    while True:
        row, column = block // columns, block % columns
        for r in range(max(0, row - margin), min(rows, row + margin + 1)):
            for c in range(max(0, column - margin), min(columns, column + margin + 1)):
                corridor[r, c] = value
        if block == start:
            break
        step = came[block]
        block -= STEP_ROWS[step] * columns + STEP_COLUMNS[step]
