"""The hot loops of cost-to-go fields: the eikonal equation on a grid.

A field T (H x W float32) is the least integral of the weights, in cells, from each cell's centre to the goal: the
viscosity solution of |grad T| = weight, by Godunov's upwind scheme (Sethian, "Level Set Methods and Fast Marching
Methods", 1999). Cells are taken from buckets of about equal T and taken again whenever they get cheaper, so the result
does not depend on their order. Rows run up, columns right; FAR is blocked or not reached.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from navigation.one_way import against

FAR = np.float32(3e38)
BUCKETS = 1024
PER_CELL = 2.0
"""Buckets of one unit of T; weights may be up to BUCKETS / PER_CELL - 2."""
NONE = -1
QUEUED, RAISED = 1, 2
UNREACHED = 65535
RIGHT, LEFT, UP, DOWN = 1, 2, 4, 8
ALL_SIDES = RIGHT | LEFT | UP | DOWN


@njit(cache=True, nogil=True, inline="always")
def _upwind(field, row, column, weight, sides):  # type: ignore[no-untyped-def]
    """Return the cell's T from those neighbours that it may be left to (`sides`: RIGHT | LEFT | UP | DOWN)."""
    rows, columns = field.shape
    across = FAR
    if column > 0 and sides & LEFT:
        across = field[row, column - 1]
    if column + 1 < columns and sides & RIGHT and field[row, column + 1] < across:
        across = field[row, column + 1]
    along = FAR
    if row > 0 and sides & DOWN:
        along = field[row - 1, column]
    if row + 1 < rows and sides & UP and field[row + 1, column] < along:
        along = field[row + 1, column]
    low, high = min(across, along), max(across, along)
    gap = high - low
    if gap >= weight:
        return low + weight
    return np.float32(0.5) * (low + high + np.sqrt(np.float32(2.0) * weight * weight - gap * gap))


@njit(cache=True, nogil=True, inline="always")
def _put(cell, bucket, heads, after, before, where):  # type: ignore[no-untyped-def]
    slot = bucket % BUCKETS
    first = heads[slot]
    after[cell], before[cell], where[cell] = first, NONE, slot
    if first != NONE:
        before[first] = cell
    heads[slot] = cell


@njit(cache=True, nogil=True, inline="always")
def _take(cell, heads, after, before, where):  # type: ignore[no-untyped-def]
    following, last = after[cell], before[cell]
    if last != NONE:
        after[last] = following
    else:
        heads[where[cell]] = following
    if following != NONE:
        before[following] = last
    where[cell] = NONE


@njit(cache=True, nogil=True)
def march(weights, sides, field, seeds, count, least_gain, heads, after, before, where):  # type: ignore[no-untyped-def]
    """Lower the field, in place, from the first `count` cells in `seeds` on (int32: row * columns + column).

    Args:
        weights: H x W float32, FAR where blocked.
        sides: H x W uint8, to which sides each cell may be left; or empty: to all.
        field: values that are right or too high; the seeds' own are right.
        least_gain: by less than this (cells) nothing is lowered.
        heads: BUCKETS int32, NONE; after, before, where: H*W int32, `where` NONE; all so again on return.
    """
    rows, columns = weights.shape
    flat = field.ravel()
    directed = sides.size > 0
    if count == 0:
        return
    lowest = FAR
    for i in range(count):
        lowest = min(lowest, flat[seeds[i]])
    bucket = int(lowest * PER_CELL)
    far_ahead = bucket + BUCKETS - 1
    waiting, late = 0, 0
    for i in range(count):
        wanted = int(flat[seeds[i]] * PER_CELL)
        if wanted > far_ahead:
            late += 1
        elif where[seeds[i]] == NONE:
            _put(seeds[i], wanted, heads, after, before, where)
            waiting += 1
    while waiting > 0 or late > 0:
        if late > 0 and (waiting == 0 or bucket > far_ahead - BUCKETS // 2):
            if waiting == 0:  # nothing nearer is left: go on where the next seeds are
                lowest = FAR
                for i in range(count):
                    if int(flat[seeds[i]] * PER_CELL) > far_ahead:
                        lowest = min(lowest, flat[seeds[i]])
                bucket = int(lowest * PER_CELL)
            before_now, far_ahead, late = far_ahead, bucket + BUCKETS - 1, 0
            for i in range(count):
                wanted = int(flat[seeds[i]] * PER_CELL)
                if wanted > far_ahead:
                    late += 1
                elif wanted > before_now and where[seeds[i]] == NONE:
                    _put(seeds[i], wanted, heads, after, before, where)
                    waiting += 1
            continue
        cell = heads[bucket % BUCKETS]
        if cell == NONE:
            bucket += 1
            continue
        _take(cell, heads, after, before, where)
        waiting -= 1
        row, column = cell // columns, cell % columns
        for side in range(4):
            to_row = row + (1 if side == 0 else (-1 if side == 1 else 0))
            to_column = column + (1 if side == 2 else (-1 if side == 3 else 0))
            if to_row < 0 or to_row >= rows or to_column < 0 or to_column >= columns:
                continue
            weight = weights[to_row, to_column]
            if weight == FAR:
                continue
            ways = sides[to_row, to_column] if directed else ALL_SIDES
            value = _upwind(field, to_row, to_column, weight, ways)
            if value >= FAR:
                continue
            if value >= field[to_row, to_column] - least_gain:
                continue
            field[to_row, to_column] = value
            to = to_row * columns + to_column
            if where[to] != NONE:
                _take(to, heads, after, before, where)
                waiting -= 1
            _put(to, max(int(value * PER_CELL), bucket), heads, after, before, where)
            waiting += 1


@njit(cache=True, nogil=True)
def seed_goal(weights, field, goal_x, goal_y, radius, seeds):  # type: ignore[no-untyped-def]
    """Set T around the goal (x, y in cells) to what the straight line costs; return how many cells are in `seeds`.

    The scheme is least exact where the front is most bent, so the disc of `radius` cells is given to it ready.
    """
    rows, columns = weights.shape
    goal_row, goal_column = int(goal_y), int(goal_x)
    here = weights[goal_row, goal_column]
    count = 0
    for row in range(max(0, goal_row - radius), min(rows, goal_row + radius + 1)):
        for column in range(max(0, goal_column - radius), min(columns, goal_column + radius + 1)):
            dx, dy = column + 0.5 - goal_x, row + 0.5 - goal_y
            distance = np.sqrt(dx * dx + dy * dy)
            if distance > radius and (row != goal_row or column != goal_column):
                continue
            total, free = 0.0, True
            samples = 2 * int(distance) + 1
            for i in range(samples):
                share = (i + 0.5) / samples
                weight = weights[int(goal_y + share * dy), int(goal_x + share * dx)]
                if weight == FAR:
                    free = False
                    break
                total += weight
            if free and weights[row, column] < FAR and here < FAR:
                field[row, column] = distance * total / samples
                seeds[count] = row * columns + column
                count += 1
    return count


@njit(cache=True, nogil=True)
def raise_dearer(weights, sides, field, dearer, tolerance, marks, queue, raised):  # type: ignore[no-untyped-def]
    """Take back (FAR) every T that the weights no longer bear out; write those cells to `raised`, return how many.

    A cell is looked at when its weight rose, or when a cell that it may rest on was taken back, and stays when its
    other neighbours give it a T at most `tolerance` higher. So what is taken back is where the detour is felt, which
    narrows behind a small thing, and not all of the floor behind it. The order does not matter.

    Args:
        weights, sides, field: as in `march`.
        dearer: cells (int32) whose weight is higher than when the field was made.
        tolerance: cells.
        marks: H x W uint8, 0; RAISED in the raised cells on return.
        queue, raised: H*W int32.
    """
    rows, columns = weights.shape
    flat, mark = field.ravel(), marks.ravel()
    directed = sides.size > 0
    first, waiting, count = 0, dearer.size, 0
    for i in range(dearer.size):
        queue[i] = dearer[i]
        mark[dearer[i]] = QUEUED
    while waiting > 0:
        cell = queue[first]
        first = first + 1 if first + 1 < queue.size else 0
        waiting -= 1
        mark[cell] = 0
        row, column = cell // columns, cell % columns
        old, weight = flat[cell], weights[row, column]
        if old >= FAR:
            continue
        if weight < FAR:
            ways = sides[row, column] if directed else ALL_SIDES
            if _upwind(field, row, column, weight, ways) <= old + tolerance:
                continue
        flat[cell], mark[cell] = FAR, RAISED
        raised[count] = cell
        count += 1
        for side in range(4):
            to_row = row + (1 if side == 0 else (-1 if side == 1 else 0))
            to_column = column + (1 if side == 2 else (-1 if side == 3 else 0))
            if to_row < 0 or to_row >= rows or to_column < 0 or to_column >= columns:
                continue
            to = to_row * columns + to_column
            if mark[to] == 0 and old - tolerance <= flat[to] < FAR:
                last = first + waiting
                queue[last if last < queue.size else last - queue.size] = to
                mark[to] = QUEUED
                waiting += 1
    return count


@njit(cache=True, nogil=True)
def seed_border(field, raised, count, cheaper, marks, seeds):  # type: ignore[no-untyped-def]
    """Write to `seeds` the cells about the first `count` in `raised`, and about those in `cheaper`; return how many.

    From them `march` fills and lowers the field. `marks` (H x W uint8) is that of `raise_dearer`, and 0 on return.
    """
    rows, columns = field.shape
    border = 0
    for i in range(count + cheaper.size):
        cell = raised[i] if i < count else cheaper[i - count]
        row, column = cell // columns, cell % columns
        for side in range(4):
            to_row = row + (1 if side == 0 else (-1 if side == 1 else 0))
            to_column = column + (1 if side == 2 else (-1 if side == 3 else 0))
            if to_row < 0 or to_row >= rows or to_column < 0 or to_column >= columns:
                continue
            if field[to_row, to_column] < FAR and marks[to_row, to_column] == 0:
                marks[to_row, to_column] = QUEUED
                seeds[border] = to_row * columns + to_column
                border += 1
    for i in range(count):
        marks[raised[i] // columns, raised[i] % columns] = 0
    for i in range(border):
        marks[seeds[i] // columns, seeds[i] % columns] = 0
    return border


@njit(cache=True, nogil=True)
def halve(costs, table, halved):  # type: ignore[no-untyped-def]
    """Write the weights at half resolution: the mean of four cells, FAR where one of them is blocked.

    costs: H x W uint8; table: 256 float32, the weight of each cost; halved: ceil(H/2) x ceil(W/2) float32.
    """
    rows, columns = costs.shape
    for row in range(halved.shape[0]):
        for column in range(halved.shape[1]):
            total, cells, free = np.float32(0.0), 0, True
            for r in range(2 * row, min(2 * row + 2, rows)):
                for c in range(2 * column, min(2 * column + 2, columns)):
                    weight = table[costs[r, c]]
                    free = free and weight < FAR
                    total += weight
                    cells += 1
            halved[row, column] = total / cells if free else FAR


@njit(cache=True, nogil=True)
def halve_sectors(sectors, sides):  # type: ignore[no-untyped-def]
    """Write to which sides each cell of half the resolution may be left, from one-way sectors (H x W int8).

    sides: ceil(H/2) x ceil(W/2) uint8. A move must go against none of the cells that it leaves or enters.
    """
    rows, columns = sectors.shape
    allowed = np.full(sides.shape, ALL_SIDES, np.uint8)
    for row in range(rows):
        for column in range(columns):
            sector = sectors[row, column]
            if sector < 0:
                continue
            ways = np.uint8(0)
            if not against(sector, 1.0, 0.0, 1.0):
                ways |= RIGHT
            if not against(sector, -1.0, 0.0, 1.0):
                ways |= LEFT
            if not against(sector, 0.0, 1.0, 1.0):
                ways |= UP
            if not against(sector, 0.0, -1.0, 1.0):
                ways |= DOWN
            allowed[row // 2, column // 2] &= ways
    last_row, last_column = sides.shape[0] - 1, sides.shape[1] - 1
    for row in range(last_row + 1):
        for column in range(last_column + 1):
            ways = allowed[row, column]
            if column < last_column:
                ways &= allowed[row, column + 1] | (ALL_SIDES - RIGHT)
            if column > 0:
                ways &= allowed[row, column - 1] | (ALL_SIDES - LEFT)
            if row < last_row:
                ways &= allowed[row + 1, column] | (ALL_SIDES - UP)
            if row > 0:
                ways &= allowed[row - 1, column] | (ALL_SIDES - DOWN)
            sides[row, column] = ways


@njit(cache=True, nogil=True)
def store(field, quantum, line, steps):  # type: ignore[no-untyped-def]
    """Write a field as whole multiples of a quantum (H x W uint16, UNREACHED where it is FAR); return the quantum.

    The wanted quantum is taken where it reaches, 0 takes the finest. Only rows that differ are written: a page of a
    private mapping that is not written to takes no memory. `line` is scratch, W uint16.
    """
    quantum = max(np.float32(quantum), _highest(field) / np.float32(UNREACHED - 1))
    per_quantum, half, most = np.float32(1.0) / quantum, np.float32(0.5), np.float32(UNREACHED)
    for row in range(field.shape[0]):
        differing = 0
        for column in range(line.size):
            step = np.int32(min(field[row, column] * per_quantum + half, most))
            line[column] = step
            differing |= step ^ steps[row, column]
        if differing != 0:
            steps[row] = line
    return quantum


@njit(cache=True, nogil=True)
def _highest(field):  # type: ignore[no-untyped-def]
    """Return the highest value below FAR; their bits are in the same order, and whole numbers are compared faster."""
    bits, far = field.view(np.int32), np.array([FAR]).view(np.int32)[0]
    highest = np.array([1.0], np.float32).view(np.int32)
    for row in range(field.shape[0]):
        most = np.int32(0)
        for column in range(field.shape[1]):
            value = bits[row, column]
            most = max(most, value if value < far else np.int32(0))
        highest[0] = max(highest[0], most)
    return highest.view(np.float32)[0]


@njit(cache=True, nogil=True)
def restore(steps, quantum, field):  # type: ignore[no-untyped-def]
    """Read a field back."""
    for row in range(field.shape[0]):
        for column in range(field.shape[1]):
            value = steps[row, column]
            field[row, column] = value * np.float32(quantum) if value < UNREACHED else FAR


@njit(cache=True, nogil=True)
def rising(old, new, cells):  # type: ignore[no-untyped-def]
    """Write the numbers of the cells where the new grid is higher to `cells`; return how many."""
    count = 0
    a, b = old.ravel(), new.ravel()
    for cell in range(a.size):
        if b[cell] > a[cell]:
            cells[count] = cell
            count += 1
    return count
