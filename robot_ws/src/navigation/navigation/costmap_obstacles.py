"""The obstacle layer's hot loops: hits that mark, and marks that are taken back when seen free or out of date.

Only marked cells are looked at, so the work grows with what stands in the hall and not with the floor. `active`
(cap x 2: column, row) lists the first `count[0]` of them and `times` (cap x 2, s) the first and the last hit of each;
`slots` (H x W uint16) is a cell's place in the list plus one, 0 where nothing is marked. `box` (row low, row high,
column low, column high) grows around what changed. Positions `x`, `y` are in cells, from the grid's lower left corner.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST_MARKS = (1 << 16) - 1
"""Cells that can be marked at once: with 5 cm cells more than all surfaces that a lidar can have in reach."""
WIDEST_GAP = 0.02
"""rad between two beams that both see beyond a cell between them; through a wider gap a leg 6 m away could hide."""
CELL_REACH = 0.75
"""cells behind a cell's centre that a beam must see to have passed all of it."""


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
def mark_hits(  # type: ignore[no-untyped-def]
    lethal, slots, walls, active, times, count, box, ranges, angles, x, y, yaw, per_metre, marking_range, now
):
    """Mark the cell of each hit in range, unless it is at a wall; cells beyond the list's room are dropped."""
    rows, columns = slots.shape
    for beam in range(ranges.size):
        distance = ranges[beam]
        if not 0.0 < distance <= marking_range:
            continue
        heading = yaw + angles[beam]
        column = int(np.floor(x + distance * per_metre * np.cos(heading)))
        row = int(np.floor(y + distance * per_metre * np.sin(heading)))
        if row < 0 or row >= rows or column < 0 or column >= columns or walls[row, column]:
            continue
        slot = slots[row, column]
        if slot == 0:
            if count[0] == active.shape[0]:
                continue
            active[count[0], 0], active[count[0], 1] = column, row
            times[count[0], 0] = times[count[0], 1] = now
            count[0] += 1
            slots[row, column] = count[0]
            lethal[row, column] = True
            _grow(box, row, column)
        else:
            times[slot - 1, 1] = now


@njit(cache=True, nogil=True)
def _sees(distance, behind):  # type: ignore[no-untyped-def]
    return distance > 0.0 and distance > behind  # false for nan: such a beam says nothing


@njit(cache=True, nogil=True)
def seen_free(ranges, angles, bearing, away, size):  # type: ignore[no-untyped-def]
    """Tell whether a scan sees through a cell: a beam passes it, or it lies in the gap between two that see beyond.

    Args:
        ranges, angles: N distances (m) and ascending directions (rad).
        bearing: direction to the cell's centre in the sensor's frame, rad.
        away: distance to it, m.
        size: of a cell, m.
    """
    beams = angles.size
    if beams == 0:
        return False
    first = angles[0]
    bearing = first + (bearing - first) % math.tau
    right = np.searchsorted(angles, bearing)
    behind, half = away + CELL_REACH * size, 0.5 * size / max(away, size)
    left_off = right_off = math.tau
    for step in range(1, beams + 1):  # the beams to one side, nearest first ...
        beam = right - step
        off = bearing - angles[beam] if beam >= 0 else bearing - angles[beam + beams] + math.tau
        if step == 1:
            left_off = off
        if off > half:
            break
        if _sees(ranges[beam], behind):
            return True
    for step in range(beams):  # ... and to the other
        beam = right + step
        off = angles[beam] - bearing if beam < beams else angles[beam - beams] + math.tau - bearing
        if step == 0:
            right_off = off
        if off > half:
            break
        if _sees(ranges[beam % beams], behind):
            return True
    if left_off + right_off > WIDEST_GAP:
        return False
    return _sees(ranges[right - 1], behind) and _sees(ranges[right % beams], behind)


@njit(cache=True, nogil=True)
def take_back(  # type: ignore[no-untyped-def]
    lethal, slots, active, times, count, box, ranges, angles, x, y, yaw, per_metre, clearing_range, now,
    brief, decay, lasting, memory,
):  # fmt: skip
    """Unmark the cells that this scan sees through, and those unseen for as long as they had been hit.

    That long is at least `brief` and at most `decay` (s): what somebody walking touched for a moment goes soon after
    they hide it, what stood there stays until it is looked at again or `decay` has passed. What has been hit over
    `lasting` (s) stays for `memory` (s).
    """
    kept = 0
    for i in range(count[0]):
        column, row = active[i, 0], active[i, 1]
        begun, last = times[i, 0], times[i, 1]
        stays = last == now
        kept_for = memory if last - begun >= lasting else min(max(last - begun, brief), decay)
        if not stays and now - last <= kept_for:
            across, up = column + 0.5 - x, row + 0.5 - y
            away = math.hypot(across, up) / per_metre
            stays = away > clearing_range or not seen_free(
                ranges, angles, math.atan2(up, across) - yaw, away, 1.0 / per_metre
            )
        if stays:
            active[kept, 0], active[kept, 1] = column, row
            times[kept, 0], times[kept, 1] = begun, last
            kept += 1
            slots[row, column] = kept
        else:
            slots[row, column] = 0
            lethal[row, column] = False
            _grow(box, row, column)
    count[0] = kept


@njit(cache=True, nogil=True)
def keep_young(active, times, count, people, reach, latest):  # type: ignore[no-untyped-def]
    """Let the marks within `reach` cells of people (K x 2: x, y in cells) have begun at `latest` (s) or later."""
    for i in range(count[0]):
        if times[i, 0] >= latest:
            continue
        for k in range(people.shape[0]):
            across, up = active[i, 0] + 0.5 - people[k, 0], active[i, 1] + 0.5 - people[k, 1]
            if across * across + up * up <= reach * reach:
                times[i, 0] = latest
                break


@njit(cache=True, nogil=True)
def forget_marks(lethal, slots, active, times, count, box, window, inside):  # type: ignore[no-untyped-def]
    """Unmark the cells inside a window (row low, row high, column low, column high; ends excluded), or those outside.

    inside: whether those inside are forgotten.
    """
    kept = 0
    for i in range(count[0]):
        column, row = active[i, 0], active[i, 1]
        within = window[0] <= row < window[1] and window[2] <= column < window[3]
        if within == inside:
            slots[row, column] = 0
            lethal[row, column] = False
            _grow(box, row, column)
            continue
        active[kept, 0], active[kept, 1] = column, row
        times[kept, 0], times[kept, 1] = times[i, 0], times[i, 1]
        kept += 1
        slots[row, column] = kept
    count[0] = kept
