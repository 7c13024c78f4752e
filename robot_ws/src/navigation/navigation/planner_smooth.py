"""Straighten and round a searched path under the same objective; positions are in cells, x before y."""

from __future__ import annotations

import numpy as np
from numba import njit

from navigation.one_way import against
from navigation.planner_search import FAR

BLOCKED_LINE = 1e300
UNTOLD = -1.0
BEND_ROUNDS = 60
CORNER = 1e-6
"""Cells; a line this near a cell's corner touches all four cells there, so rounding never puts a path into a wall."""


@njit(cache=True, nogil=True)
def line_cost(costs, weights, sectors, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """Return the integral of the weights along a line, in cells.

    BLOCKED_LINE when it touches a blocked cell or goes against a one-way one (`sectors`, see `navigation.one_way`).
    """
    rows, columns = costs.shape
    column, row = int(np.floor(x0)), int(np.floor(y0))
    last_column, last_row = int(np.floor(x1)), int(np.floor(y1))
    if row < 0 or row >= rows or column < 0 or column >= columns:
        return BLOCKED_LINE
    dx, dy = x1 - x0, y1 - y0
    length = np.sqrt(dx * dx + dy * dy)
    directed = sectors.size > 0
    weight = weights[costs[row, column]]
    if weight == FAR or (directed and against(sectors[row, column], dx, dy, length)):
        return BLOCKED_LINE
    if length < 1e-12:
        return 0.0
    step_column, step_row = 1 if dx > 0.0 else -1, 1 if dy > 0.0 else -1
    per_column = 1.0 / abs(dx) if dx != 0.0 else np.inf
    per_row = 1.0 / abs(dy) if dy != 0.0 else np.inf
    next_column = ((column + 1 - x0) if dx > 0.0 else (x0 - column)) * per_column if dx != 0.0 else np.inf
    next_row = ((row + 1 - y0) if dy > 0.0 else (y0 - row)) * per_row if dy != 0.0 else np.inf
    total, done = 0.0, 0.0
    steps = abs(last_column - column) + abs(last_row - row)
    while steps > 0:
        gap = next_column - next_row
        if abs(gap) * min(abs(dx), abs(dy)) < CORNER and steps > 1 and abs(gap) < 1e17:
            beside = weights[costs[row, column + step_column]] if 0 <= column + step_column < columns else FAR
            above = weights[costs[row + step_row, column]] if 0 <= row + step_row < rows else FAR
            if beside == FAR or above == FAR:
                return BLOCKED_LINE
        if gap < 0.0:
            at, next_column = next_column, next_column + per_column
            column += step_column
        else:
            at, next_row = next_row, next_row + per_row
            row += step_row
        if row < 0 or row >= rows or column < 0 or column >= columns:
            return BLOCKED_LINE
        at = min(max(at, done), 1.0)
        total += weight * (at - done)
        done = at
        weight = weights[costs[row, column]]
        if weight == FAR or (directed and against(sectors[row, column], dx, dy, length)):
            return BLOCKED_LINE
        steps -= 1
    return (total + weight * (1.0 - done)) * length


@njit(cache=True, nogil=True)
def straighten(costs, weights, sectors, points, count, window, out):  # type: ignore[no-untyped-def]
    """Choose the cheapest sequence of straight lines between some of the points; write it to `out`, return how many.

    Each point may be joined with the `window` next ones; joining neighbours is always allowed.
    """
    price = np.empty(count)
    after = np.empty(count, np.int64)
    price[count - 1] = 0.0
    for i in range(count - 2, -1, -1):
        price[i], after[i] = BLOCKED_LINE, i + 1
        misses = 0
        for j in range(i + 1, min(count, i + 1 + window)):
            total = line_cost(costs, weights, sectors, points[i, 0], points[i, 1], points[j, 0], points[j, 1])
            if total >= BLOCKED_LINE:
                misses += 1
                if misses > 12:
                    break
                continue
            if total + price[j] < price[i]:
                price[i], after[i] = total + price[j], j
    chosen, i = 0, 0
    while True:
        out[chosen, 0], out[chosen, 1] = points[i, 0], points[i, 1]
        chosen += 1
        if i == count - 1:
            return chosen
        i = after[i]


@njit(cache=True, nogil=True)
def resample(points, count, spacing, out):  # type: ignore[no-untyped-def]
    """Put points at most `spacing` apart along a polyline, corners kept; return how many, -1 if `out` is too short."""
    total = 0
    for i in range(count - 1):
        dx, dy = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1]
        pieces = max(1, int(np.ceil(np.sqrt(dx * dx + dy * dy) / spacing)))
        if total + pieces + 1 > out.shape[0]:
            return -1
        for piece in range(pieces):
            share = piece / pieces
            out[total, 0], out[total, 1] = points[i, 0] + share * dx, points[i, 1] + share * dy
            total += 1
    out[total, 0], out[total, 1] = points[count - 1, 0], points[count - 1, 1]
    return total + 1


@njit(cache=True, nogil=True)
def _slope(costs, soft, x, y):  # type: ignore[no-untyped-def]
    """Return the weight and its gradient at a point, bilinear between cell centres."""
    rows, columns = costs.shape
    u, v = x - 0.5, y - 0.5
    column = min(max(int(np.floor(u)), 0), columns - 2)
    row = min(max(int(np.floor(v)), 0), rows - 2)
    u, v = u - column, v - row
    a, b = soft[costs[row, column]], soft[costs[row, column + 1]]
    c, d = soft[costs[row + 1, column]], soft[costs[row + 1, column + 1]]
    low, high = a + u * (b - a), c + u * (d - c)
    return low + v * (high - low), (1.0 - v) * (b - a) + v * (d - c), high - low


@njit(cache=True, nogil=True)
def elastic_band(costs, weights, sectors, soft, points, count, rounds, stiffness, slack, sharpest):  # type: ignore[no-untyped-def]
    """Bring the first `count` points to the best way nearby and round it, in place: `relax` twice, and `round_bends`.

    Returns the objective and the length, in cells.

    costs: H x W uint8; weights, soft: 256 (`planner.objective`); sharpest: rad a cell.
    """
    lines = np.full(count, UNTOLD)
    relax(costs, weights, sectors, soft, points, lines, count, rounds // 2, 0.0, 0.0)
    relax(costs, weights, sectors, soft, points, lines, count, rounds - rounds // 2, stiffness, slack)
    round_bends(costs, weights, sectors, points, lines, count, sharpest, BEND_ROUNDS)
    total, length = 0.0, 0.0
    for i in range(1, count):
        x, y = points[i - 1, 0], points[i - 1, 1]
        if lines[i] == UNTOLD:
            lines[i] = line_cost(costs, weights, sectors, x, y, points[i, 0], points[i, 1])
        total += lines[i]
        dx, dy = points[i, 0] - x, points[i, 1] - y
        length += np.sqrt(dx * dx + dy * dy)
    return total, length


@njit(cache=True, nogil=True)
def relax(costs, weights, sectors, soft, points, lines, count, rounds, stiffness, slack):  # type: ignore[no-untyped-def]
    """Move the points, in place, to where the objective is least; ends stay.

    A point is drawn to the minimum of w(|p - before| + |p - after|), w linearised, mixed with the cubic through its
    four neighbours by `stiffness`, which spreads bends. Costs jump at the edge of the inflation, where the linear w is
    wrong, so a move is made only when the two lines cost at most 1 + `slack` times what they did. `lines` (N) holds
    what the line to each point costs, UNTOLD until it is asked for.
    """
    for turn in range(rounds):
        moved = 0.0
        for k in range(1, count - 1):
            i = k if turn % 2 == 0 else count - 1 - k
            x, y = points[i, 0], points[i, 1]
            ax, ay, bx, by = points[i - 1, 0], points[i - 1, 1], points[i + 1, 0], points[i + 1, 1]
            weight, gx, gy = _slope(costs, soft, x, y)
            tx, ty = bx - ax, by - ay
            span2 = tx * tx + ty * ty
            if span2 < 1e-12:
                continue
            along = (gx * tx + gy * ty) / span2
            pull = 0.125 * span2 / weight
            nx, ny = 0.5 * (ax + bx) - pull * (gx - along * tx), 0.5 * (ay + by) - pull * (gy - along * ty)
            if stiffness > 0.0 and 1 < i < count - 2:
                cx, cy = _cubic(points, i)
                nx, ny = nx + stiffness * (cx - nx), ny + stiffness * (cy - ny)
            if abs(nx - x) + abs(ny - y) < 1e-4:
                continue
            if lines[i] == UNTOLD:
                lines[i] = line_cost(costs, weights, sectors, ax, ay, x, y)
            if lines[i + 1] == UNTOLD:
                lines[i + 1] = line_cost(costs, weights, sectors, x, y, bx, by)
            limit = (lines[i] + lines[i + 1]) * (1.0 + slack)
            shift = _move(costs, weights, sectors, points, lines, i, nx, ny, limit)
            if shift == 0.0:
                shift = _move(costs, weights, sectors, points, lines, i, x + 0.4 * (nx - x), y + 0.4 * (ny - y), limit)
            moved = max(moved, shift)
        if moved < 0.01:
            break


@njit(cache=True, nogil=True)
def round_bends(costs, weights, sectors, points, lines, count, sharpest, rounds):  # type: ignore[no-untyped-def]
    """Spread, in place, what bends by more than `sharpest` (rad a cell) over its neighbours, where there is room."""
    near, watched = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    for turn in range(rounds):
        near[:] = False
        sharp = False
        for i in range(1, count - 1):
            if watched[i] and _bend(points, i) > sharpest:
                sharp = True
                near[max(1, i - 2) : min(count - 1, i + 3)] = True
        if not sharp:
            return
        for i in range(1, count - 1):  # what moves bends itself and its neighbours
            watched[i] = near[i - 1] or near[i] or near[i + 1]
        for k in range(1, count - 1):
            i = k if turn % 2 == 0 else count - 1 - k
            if not near[i]:
                continue
            x, y = points[i, 0], points[i, 1]
            nx, ny = 0.5 * (points[i - 1, 0] + points[i + 1, 0]), 0.5 * (points[i - 1, 1] + points[i + 1, 1])
            if 1 < i < count - 2:
                nx, ny = _cubic(points, i)
            for share in (1.0, 0.5, 0.25):
                to_x, to_y = x + share * (nx - x), y + share * (ny - y)
                if _move(costs, weights, sectors, points, lines, i, to_x, to_y, 1e299) > 0.0:
                    break


@njit(cache=True, nogil=True, inline="always")
def _cubic(points, i):  # type: ignore[no-untyped-def]
    """Return where a point lies on the cubic through its four neighbours."""
    x = (4.0 * (points[i - 1, 0] + points[i + 1, 0]) - points[i - 2, 0] - points[i + 2, 0]) / 6.0
    y = (4.0 * (points[i - 1, 1] + points[i + 1, 1]) - points[i - 2, 1] - points[i + 2, 1]) / 6.0
    return x, y


@njit(cache=True, nogil=True, inline="always")
def _move(costs, weights, sectors, points, lines, i, x, y, limit):  # type: ignore[no-untyped-def]
    """Move a point if its two `lines` then cost no more than `limit` and touch nothing; return how far it went."""
    first = line_cost(costs, weights, sectors, points[i - 1, 0], points[i - 1, 1], x, y)
    if first > limit:
        return 0.0
    second = line_cost(costs, weights, sectors, x, y, points[i + 1, 0], points[i + 1, 1])
    if first + second > limit:
        return 0.0
    shift = abs(x - points[i, 0]) + abs(y - points[i, 1])
    points[i, 0], points[i, 1] = x, y
    lines[i], lines[i + 1] = first, second
    return shift


@njit(cache=True, nogil=True, inline="always")
def _bend(points, i):  # type: ignore[no-untyped-def]
    """Return the curvature at a point, rad a cell: the turn over the mean length of the lines that meet there."""
    ax, ay = points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1]
    bx, by = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1]
    length = 0.5 * (np.sqrt(ax * ax + ay * ay) + np.sqrt(bx * bx + by * by))
    return abs(np.arctan2(ax * by - ay * bx, ax * bx + ay * by)) / max(length, 1e-9)


@njit(cache=True, nogil=True)
def path_cost(costs, weights, sectors, points, count):  # type: ignore[no-untyped-def]
    """Return the objective and the length of a polyline, in cells."""
    total, length = 0.0, 0.0
    for i in range(count - 1):
        total += line_cost(costs, weights, sectors, points[i, 0], points[i, 1], points[i + 1, 0], points[i + 1, 1])
        dx, dy = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1]
        length += np.sqrt(dx * dx + dy * dy)
    return total, length
