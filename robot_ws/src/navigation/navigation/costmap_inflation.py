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
    steps = np.empty(lethal.shape, np.int16)
    rows, columns = lethal.shape
    inflate_window(lethal, below, params.table(resolution), params.cells(resolution), steps, costs, 0, rows, 0, columns)
    return costs


@njit(cache=True, nogil=True)
def inflate_window(lethal, below, table, reach, steps, costs, row0, row1, col0, col1):  # type: ignore[no-untyped-def]
    """Recompute `costs` in rows row0..row1 and columns col0..col1, from all lethal cells in reach of them.

    `below` is what lies under the inflation (255 unknown, 253 keepout, else 0); `steps` is scratch, H x W int16.
    """
    rows, columns = lethal.shape
    left, right = max(0, col0 - reach), min(columns, col1 + reach)
    top, bottom = max(0, row0 - reach), min(rows, row1 + reach)
    far = reach + 1
    for column in range(left, right):  # steps to the nearest lethal cell of the row above ...
        steps[top, column] = 0 if lethal[top, column] else far
    for row in range(top + 1, bottom):
        for column in range(left, right):
            steps[row, column] = 0 if lethal[row, column] else min(far, steps[row - 1, column] + 1)
    for row in range(bottom - 2, top - 1, -1):  # ... or below, in the same column
        for column in range(left, right):
            steps[row, column] = min(steps[row, column], steps[row + 1, column] + 1)
    for row in range(row0, row1):
        line = steps[row]
        gap = far  # columns since the last one with anything in reach: a cheap way past the open floor
        for column in range(left, min(columns, col0 + reach)):
            gap = 0 if line[column] < far else gap + 1
        for column in range(col0, col1):
            ahead = column + reach
            if ahead < columns:
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
                    if column + offset < columns:
                        best = min(best, line[column + offset] * line[column + offset] + offset * offset)
                if best <= reach * reach:
                    cost = table[best]
            under = below[row, column]
            costs[row, column] = cost if under == 255 and cost >= 253 else max(under, cost)
