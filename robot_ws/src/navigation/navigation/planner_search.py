"""The planner's graph search: A* over 16 neighbours with a bucket queue, and the way out of a blocked cell.

A step's cost is the exact integral of the cells' weights along it (a weight is constant in its cell), so the sum over a
path is the planner's objective. Steps never touch a blocked cell, not even at a corner.
Cells are numbered row * columns + column.
"""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from navigation.one_way import forbidden_steps

BUCKETS = 1 << 15
PER_CELL = 32.0
"""Buckets of one unit (a cell of open floor): with fewer, cells are opened again and again; the result is the same."""
FOUND, NO_PATH, QUEUE_FULL = 0, 1, 2
FAR = np.float32(3e38)
POCKET = 48
"""Free cells (0.35 m square at 5 cm) that lead nowhere when they touch no others."""

ROOT2, ROOT5 = float(np.sqrt(2.0)), float(np.sqrt(5.0))
STEP_ROWS = np.array([0, 0, 1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 2, 2, -2, -2], np.int64)
STEP_COLUMNS = np.array([1, -1, 0, 0, 1, -1, 1, -1, 2, -2, 2, -2, 1, -1, 1, -1], np.int64)
# The two cells that a diagonal touches at its corner, or that a knight's step goes through.
VIA_1_ROWS = np.array([0, 0, 0, 0, 1, 1, -1, -1, 0, 0, 0, 0, 1, 1, -1, -1], np.int64)
VIA_1_COLUMNS = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 1, -1, 0, 0, 0, 0], np.int64)
VIA_2_ROWS = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, -1, -1, 1, 1, -1, -1], np.int64)
VIA_2_COLUMNS = np.array([0, 0, 0, 0, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1], np.int64)


def _next_steps() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the steps that may follow each, row 16 at the start: no cheapest path turns by more than a right angle."""
    following, counts = np.zeros((17, 16), np.int64), np.full(17, 16, np.int64)
    following[16] = np.arange(16)
    for step in range(16):
        ahead = np.flatnonzero(STEP_ROWS * STEP_ROWS[step] + STEP_COLUMNS * STEP_COLUMNS[step] >= 0)
        following[step, : len(ahead)], counts[step] = ahead, len(ahead)
    return following, counts


NEXT_STEPS, NEXT_COUNTS = _next_steps()
FORBIDDEN = forbidden_steps(STEP_ROWS, STEP_COLUMNS)


@njit(cache=True, nogil=True)
def grid_distance(rows, columns):  # type: ignore[no-untyped-def]
    """Return the length, in cells, of the shortest way over that many rows and columns by the 16 steps."""
    long, short = max(rows, columns), min(rows, columns)
    if long >= 2 * short:
        return (long - 2 * short) + ROOT5 * short
    return ROOT5 * (long - short) + ROOT2 * (2 * short - long)


@njit(cache=True, nogil=True, inline="always")
def _against(sectors, row, column, to_row, to_column, step):  # type: ignore[no-untyped-def]
    """Tell whether a step goes against a cell that it leaves, passes through or enters."""
    if FORBIDDEN[sectors[row, column], step] or FORBIDDEN[sectors[to_row, to_column], step]:
        return True
    if step < 4:
        return False
    first = sectors[row + VIA_1_ROWS[step], column + VIA_1_COLUMNS[step]]
    second = sectors[row + VIA_2_ROWS[step], column + VIA_2_COLUMNS[step]]
    return FORBIDDEN[first, step] or FORBIDDEN[second, step]


@njit(cache=True, nogil=True)
def search(costs, weights, sectors, corridor, shift, start, goal, best, came, queue, links, at, heads, touched):  # type: ignore[no-untyped-def]
    """Find the cheapest path; return (status, cells touched) and leave it in `came` (the step into each cell).

    Args:
        costs: H x W uint8; `weights` (256 float32) turns a cost into a weight of at least 1, FAR where blocked.
        sectors: H x W int8, which way each cell is driven (`navigation.one_way`), or empty.
        corridor: uint8, one for each 2^shift x 2^shift cells; where 0 the search does not go.
        best, came, touched: H*W float32 (FAR on entry, and on return after `forget`), int8, int32.
        queue, links, at: entries of the queue: cell (int32), next entry (int32), cost when put in (float32).
        heads: BUCKETS int32, -1 on entry.
    """
    rows, columns = costs.shape
    flat = costs.ravel()
    directed = sectors.size > 0
    goal_row, goal_column = goal // columns, goal % columns
    free_entry = -1
    best[start], came[start] = 0.0, 16
    touched[0] = start
    count = 1
    estimate = grid_distance(abs(start // columns - goal_row), abs(start % columns - goal_column))
    bucket = int(estimate * PER_CELL)
    queue[0], links[0], at[0] = start, -1, 0.0
    heads[bucket % BUCKETS] = 0
    used, waiting = 1, 1
    status = NO_PATH
    while waiting > 0:
        slot = bucket % BUCKETS
        entry = heads[slot]
        if entry < 0:
            bucket += 1
            if best[goal] < FAR and bucket > best[goal] * PER_CELL:
                status = FOUND
                break
            continue
        heads[slot] = links[entry]
        waiting -= 1
        cell, so_far = queue[entry], at[entry]
        links[entry] = free_entry
        free_entry = entry
        if so_far > best[cell] or cell == goal:
            continue
        row, column = cell // columns, cell % columns
        here = weights[flat[cell]]
        incoming = came[cell]
        inner = row >= 2 and row < rows - 2 and column >= 2 and column < columns - 2
        for choice in range(NEXT_COUNTS[incoming]):
            step = NEXT_STEPS[incoming, choice]
            to_row, to_column = row + STEP_ROWS[step], column + STEP_COLUMNS[step]
            if not inner and (to_row < 0 or to_row >= rows or to_column < 0 or to_column >= columns):
                continue
            to = to_row * columns + to_column
            there = weights[flat[to]]
            if there == FAR or corridor[to_row >> shift, to_column >> shift] == 0:
                continue
            if directed and _against(sectors, row, column, to_row, to_column, step):
                continue
            if step < 4:
                total = so_far + 0.5 * (here + there)
            else:
                via_1 = weights[flat[(row + VIA_1_ROWS[step]) * columns + column + VIA_1_COLUMNS[step]]]
                via_2 = weights[flat[(row + VIA_2_ROWS[step]) * columns + column + VIA_2_COLUMNS[step]]]
                if via_1 == FAR or via_2 == FAR:
                    continue
                if step < 8:
                    total = so_far + 0.5 * ROOT2 * (here + there)
                else:
                    total = so_far + 0.25 * ROOT5 * (here + via_1 + via_2 + there)
            total = np.float32(total)
            if total >= best[to]:
                continue
            if best[to] == FAR:
                touched[count] = to
                count += 1
            best[to] = total
            came[to] = step
            if free_entry >= 0:
                entry = free_entry
                free_entry = links[entry]
            elif used < queue.size:
                entry = used
                used += 1
            else:
                heads[:] = -1
                return QUEUE_FULL, count
            through = total + grid_distance(abs(to_row - goal_row), abs(to_column - goal_column))
            to_bucket = max(int(through * PER_CELL), bucket)
            queue[entry], at[entry] = to, total
            links[entry] = heads[to_bucket % BUCKETS]
            heads[to_bucket % BUCKETS] = entry
            waiting += 1
    if best[goal] < FAR:
        status = FOUND
    heads[:] = -1
    return status, count


@njit(cache=True, nogil=True)
def trace(came, start, goal, columns, out):  # type: ignore[no-untyped-def]
    """Write the path's cells that matter (ends and turns) into `out` (N x 2: x, y), start first; return how many."""
    count, cell, last = 0, goal, -1
    while cell != start:
        step = came[cell]
        if step != last:
            out[count, 0], out[count, 1] = cell % columns + 0.5, cell // columns + 0.5
            count += 1
        last = step
        cell -= STEP_ROWS[step] * columns + STEP_COLUMNS[step]
    out[count, 0], out[count, 1] = cell % columns + 0.5, cell // columns + 0.5
    count += 1
    for i in range(count // 2):
        for axis in range(2):
            out[i, axis], out[count - 1 - i, axis] = out[count - 1 - i, axis], out[i, axis]
    return count


@njit(cache=True, nogil=True)
def forget(best, touched, count):  # type: ignore[no-untyped-def]
    """Make `best` ready for the next search."""
    for i in range(count):
        best[touched[i]] = FAR


@njit(cache=True, nogil=True)
def _is_pocket(costs, start, goal):  # type: ignore[no-untyped-def]
    """Tell whether fewer than POCKET free cells hang together with a free one, and the goal is not among them."""
    rows, columns = costs.shape
    cells = np.empty(POCKET, np.int64)
    cells[0] = start
    count, looked = 1, 0
    while looked < count:
        cell = cells[looked]
        looked += 1
        if cell == goal:
            return False
        for step in range(4):
            row, column = cell // columns + STEP_ROWS[step], cell % columns + STEP_COLUMNS[step]
            if row < 0 or row >= rows or column < 0 or column >= columns or costs[row, column] >= 253:
                continue
            to = row * columns + column
            known = False
            for i in range(count):
                known |= cells[i] == to
            if not known:
                if count == POCKET:
                    return False
                cells[count] = to
                count += 1
    return True


@njit(cache=True, nogil=True)
def way_out(costs, start, toll, limit, goal):  # type: ignore[no-untyped-def]
    """Return the cells from a blocked cell to a free one (cost < 253), best for going on to `goal`; empty when none is.

    `toll` (256 float64) is the price of a step into a cell, inf where it must not go; `limit` the highest total.
    The best has the least sum of tolls and distance left (cells); with a `goal` below 0 only the tolls count.
    A few free cells with blocked ones all around, as between two people, are no way out.
    """
    rows, columns = costs.shape
    flat = costs.ravel()
    prices = {start: 0.0}
    before = {start: start}
    heap = [(0.0, start)]
    found, best = np.int64(-1), np.inf
    while len(heap) > 0:
        price, cell = heapq.heappop(heap)
        if price >= best:
            break
        if price > prices[cell]:
            continue
        row, column = cell // columns, cell % columns
        if flat[cell] < 253 and not _is_pocket(costs, cell, goal):
            left = np.hypot(row - goal // columns, column - goal % columns) if goal >= 0 else 0.0
            if price + left < best:
                found, best = cell, price + left
            continue
        for step in range(8):
            to_row, to_column = row + STEP_ROWS[step], column + STEP_COLUMNS[step]
            if to_row < 0 or to_row >= rows or to_column < 0 or to_column >= columns:
                continue
            to = to_row * columns + to_column
            total = price + toll[flat[to]] * (1.0 if step < 4 else ROOT2)
            if total <= limit and (to not in prices or total < prices[to]):
                prices[to] = total
                before[to] = cell
                heapq.heappush(heap, (total, to))
    count = 0
    cell = found
    while found >= 0:
        count += 1
        if cell == start:
            break
        cell = before[cell]
    cells = np.empty(count, np.int64)
    cell = found
    for i in range(count - 1, -1, -1):
        cells[i] = cell
        cell = before[cell]
    return cells
