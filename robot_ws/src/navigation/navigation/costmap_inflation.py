"""Inflate obstacles with Nav2's cost formula, to the byte.

    cost = 254                                        on a lethal cell
           253                                        where d <= robot_radius
           int(252 exp(-cost_scaling (d - robot_radius)))  up to ceil(inflation_radius / resolution) cells

d is the exact Euclidean distance between cell centres (Nav2's brush fire is a cell off now and then).
Source: nav2_costmap_2d/plugins/inflation_layer.cpp and inflation_layer.hpp (Jazzy).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

FREE_COST, INSCRIBED, LETHAL, NO_INFORMATION = 0, 253, 254, 255

TILE = 256
"""Cells on a side that are inflated at once: the scratch stays in the processor's cache, however large the map is."""

Costs = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class InflationParams:
    """Hold the robot's radius and how far (m) and how steeply (1/m) costs fall off around obstacles."""

    robot_radius: float = 0.25
    inflation_radius: float = 0.55
    cost_scaling: float = 3.0

    def cells(self, resolution: float) -> int:
        """Return how many cells the inflation reaches, as Nav2's `cellDistance`."""
        return max(0, math.ceil(self.inflation_radius / resolution))

    def table(self, resolution: float) -> Costs:
        """Return the cost for each squared distance in cells, 0 .. reach^2."""
        table = np.zeros(self.cells(resolution) ** 2 + 1, np.uint8)
        for squared in range(len(table)):
            distance = math.sqrt(squared) * resolution
            if squared == 0:
                table[squared] = LETHAL
            elif distance <= self.robot_radius:
                table[squared] = INSCRIBED
            else:
                table[squared] = int((INSCRIBED - 1) * math.exp(-self.cost_scaling * (distance - self.robot_radius)))
        return table


def inflate(
    lethal: NDArray[np.bool_], resolution: float, params: InflationParams, unknown: NDArray[np.bool_] | None = None
) -> Costs:
    """Return the costs (H x W uint8) around lethal cells (H x W).

    Unknown cells (H x W) are 255 unless an obstacle makes them inscribed or lethal (Nav2's `inflate_unknown: false`).
    """
    costs = np.empty(lethal.shape, np.uint8)
    below = np.zeros(lethal.shape, np.uint8)
    if unknown is not None:
        below[unknown] = NO_INFORMATION
    rows, columns = lethal.shape
    table, reach = params.table(resolution), params.cells(resolution)
    inflate_window(lethal, below, table, reach, scratch(reach), costs, 0, rows, 0, columns)
    return costs


def scratch(reach: int) -> NDArray[np.int16]:
    """Return the array that `inflate_window` needs for a tile and what reaches into it."""
    side = TILE + 2 * reach
    return np.empty((side, side), np.int16)


@njit(cache=True, nogil=True)
def inflate_window(lethal, below, table, reach, steps, costs, row0, row1, col0, col1):  # type: ignore[no-untyped-def]
    """Recompute `costs` in rows row0..row1 and columns col0..col1, from all lethal cells in reach of them.

    `below` is what lies under the inflation (255 unknown, 253 keepout, else 0); `steps` comes from `scratch`.
    """
    for row in range(row0, row1, TILE):
        for column in range(col0, col1, TILE):
            last_row, last_column = min(row + TILE, row1), min(column + TILE, col1)
            _inflate_tile(lethal, below, table, reach, steps, costs, row, last_row, column, last_column)


@njit(cache=True, nogil=True)
def _inflate_tile(lethal, below, table, reach, steps, costs, row0, row1, col0, col1):  # type: ignore[no-untyped-def]
    rows, columns = lethal.shape
    left, right = max(0, col0 - reach), min(columns, col1 + reach)
    top, bottom = max(0, row0 - reach), min(rows, row1 + reach)
    wide, far = right - left, reach + 1
    for column in range(wide):  # steps to the nearest lethal cell of the row above ...
        steps[0, column] = 0 if lethal[top, left + column] else far
    for row in range(1, bottom - top):
        for column in range(wide):
            steps[row, column] = 0 if lethal[top + row, left + column] else min(far, steps[row - 1, column] + 1)
    for row in range(bottom - top - 2, -1, -1):  # ... or below, in the same column
        for column in range(wide):
            steps[row, column] = min(steps[row, column], steps[row + 1, column] + 1)
    for row in range(row0, row1):
        line = steps[row - top]
        gap = far  # columns since the last one with anything in reach: a cheap way past the open floor
        for column in range(min(wide, col0 - left + reach)):
            gap = 0 if line[column] < far else gap + 1
        for column in range(col0 - left, col1 - left):
            ahead = column + reach
            if ahead < wide:
                gap = 0 if line[ahead] < far else gap + 1
            else:
                gap += 1
            cost = 0
            if gap <= 2 * reach:
                best = line[column] * line[column]
                for offset in range(1, reach + 1):
                    if offset * offset >= best:
                        break
                    if column - offset >= 0:
                        best = min(best, line[column - offset] * line[column - offset] + offset * offset)
                    if column + offset < wide:
                        best = min(best, line[column + offset] * line[column + offset] + offset * offset)
                if best <= reach * reach:
                    cost = table[best]
            under = below[row, left + column]
            costs[row, left + column] = cost if under == 255 and cost >= 253 else max(under, cost)
