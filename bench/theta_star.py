"""Theta* (Nash et al., AAAI 2007) as textbooks have it: the yardstick for lengths. Shortest ways, blind to costs."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

from navigation.one_way import NO_SECTORS
from navigation.planner_smooth import BLOCKED_LINE, line_cost

STEPS = np.array([(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)], np.int64)


@njit(cache=True)
def theta_star(costs, weights, start, goal):  # type: ignore[no-untyped-def]
    """Return the cells of the turning points (N x 2: row, column), empty when there is no way.

    `weights` (256 float32) tells which costs are blocked; start and goal are (row, column).
    """
    rows, columns = costs.shape
    best = np.full(rows * columns, np.inf)
    parent = np.full(rows * columns, -1, np.int64)
    done = np.zeros(rows * columns, np.bool_)
    first, last = start[0] * columns + start[1], goal[0] * columns + goal[1]
    best[first], parent[first] = 0.0, first
    heap = [(0.0, first)]
    while len(heap) > 0:
        _, cell = heapq.heappop(heap)
        if done[cell]:
            continue
        done[cell] = True
        if cell == last:
            break
        row, column = cell // columns, cell % columns
        above = parent[cell]
        above_row, above_column = above // columns, above % columns
        for step in range(8):
            to_row, to_column = row + STEPS[step, 0], column + STEPS[step, 1]
            if to_row < 0 or to_row >= rows or to_column < 0 or to_column >= columns:
                continue
            to = to_row * columns + to_column
            if done[to] or weights[costs[to_row, to_column]] > 1e30:
                continue
            x, y = to_column + 0.5, to_row + 0.5
            come_from = above
            seen = line_cost(costs, weights, NO_SECTORS, above_column + 0.5, above_row + 0.5, x, y) < BLOCKED_LINE
            if not seen:
                come_from = cell
                if line_cost(costs, weights, NO_SECTORS, column + 0.5, row + 0.5, x, y) >= BLOCKED_LINE:
                    continue
            length = best[come_from] + np.hypot(to_row - come_from // columns, to_column - come_from % columns)
            if length < best[to]:
                best[to], parent[to] = length, come_from
                heapq.heappush(heap, (length + np.hypot(to_row - goal[0], to_column - goal[1]), to))
    count = 0
    cell = last
    while parent[last] >= 0:
        count += 1
        if cell == first:
            break
        cell = parent[cell]
    cells = np.empty((count, 2), np.int64)
    cell = last
    for i in range(count - 1, -1, -1):
        cells[i, 0], cells[i, 1] = cell // columns, cell % columns
        cell = parent[cell]
    return cells
