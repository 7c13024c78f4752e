"""The obstacle layer's hot loops: rays that clear, hits that mark, obstacles that are forgotten.

A cell's `seen` is the time (s) of its last hit, or NEVER. `active` (cap x 2: column, row) lists the first `count[0]`
cells that are marked; `box` (row low, row high, column low, column high) grows around what changed.
Positions `x`, `y` are in cells, from the grid's lower left corner.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

NEVER = -1e18


def near_walls(static: NDArray[np.bool_], cells: int) -> NDArray[np.bool_]:
    """Return the cells at most so many cells (Chebyshev) from a wall."""
    near = static.copy()
    for _ in range(cells):
        wide = near.copy()
        wide[1:] |= near[:-1]
        wide[:-1] |= near[1:]
        near = wide.copy()
        near[:, 1:] |= wide[:, :-1]
        near[:, :-1] |= wide[:, 1:]
    return near


@njit(cache=True, nogil=True)
def _grow(box, row, column):  # type: ignore[no-untyped-def]
    box[0], box[1] = min(box[0], row), max(box[1], row)
    box[2], box[3] = min(box[2], column), max(box[3], column)


@njit(cache=True, nogil=True)
def clear_rays(seen, ranges, angles, x, y, yaw, per_metre, clearing_range):  # type: ignore[no-untyped-def]
    """Walk each ray (Bresenham) up to the cell before its hit and take the marks off the cells on the way."""
    rows, columns = seen.shape
    column0, row0 = int(np.floor(x)), int(np.floor(y))
    for beam in range(ranges.size):
        distance = ranges[beam]
        if not distance > 0.0:
            continue
        hit = distance <= clearing_range
        distance = min(distance, clearing_range) * per_metre
        heading = yaw + angles[beam]
        column1 = int(np.floor(x + distance * np.cos(heading)))
        row1 = int(np.floor(y + distance * np.sin(heading)))
        across, up = abs(column1 - column0), abs(row1 - row0)
        step_c, step_r = 1 if column1 > column0 else -1, 1 if row1 > row0 else -1
        error, column, row = across - up, column0, row0
        for _ in range(max(across, up) + (0 if hit else 1)):
            if row < 0 or row >= rows or column < 0 or column >= columns:
                break
            seen[row, column] = NEVER
            twice = 2 * error
            if twice > -up:
                error -= up
                column += step_c
            if twice < across:
                error += across
                row += step_r


@njit(cache=True, nogil=True)
def mark_hits(  # type: ignore[no-untyped-def]
    lethal, seen, walls, active, count, box, ranges, angles, x, y, yaw, per_metre, marking_range, now
):
    """Mark the cell of each hit in range, unless it is at a wall; cells beyond the list's room are dropped."""
    rows, columns = seen.shape
    for beam in range(ranges.size):
        distance = ranges[beam]
        if not 0.0 < distance <= marking_range:
            continue
        heading = yaw + angles[beam]
        column = int(np.floor(x + distance * per_metre * np.cos(heading)))
        row = int(np.floor(y + distance * per_metre * np.sin(heading)))
        if row < 0 or row >= rows or column < 0 or column >= columns or walls[row, column]:
            continue
        if not lethal[row, column]:
            if count[0] == active.shape[0]:
                continue
            active[count[0], 0], active[count[0], 1] = column, row
            count[0] += 1
            lethal[row, column] = True
            _grow(box, row, column)
        seen[row, column] = now


@njit(cache=True, nogil=True)
def forget_old(lethal, seen, active, count, box, oldest):  # type: ignore[no-untyped-def]
    """Unmark the listed cells whose last hit is older than `oldest` or was cleared; keep the rest in place."""
    kept = 0
    for i in range(count[0]):
        column, row = active[i, 0], active[i, 1]
        if seen[row, column] < oldest:
            lethal[row, column] = False
            seen[row, column] = NEVER
            _grow(box, row, column)
        else:
            active[kept, 0], active[kept, 1] = column, row
            kept += 1
    count[0] = kept
