"""A path from a cost-to-go field in one compiled call: down the field, then rounded on the costs as they are now.

Positions are in cells of the costs, x before y; the field has half their resolution.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from navigation.cost_to_go_descent import descend
from navigation.planner_smooth import elastic_band

STRIDE = 2.0
"""Half cells between the points of a way down: as far as memory is fast."""
MOVES, MOST_ROUNDS = 500, 20
"""Moves of points by the elastic band, shared among rounds: long ways are near enough to the best after one."""


@njit(cache=True, nogil=True)
def way_down(  # type: ignore[no-untyped-def]
    steps, costs, weights, soft, sectors, begin_x, begin_y, end_x, end_y, band, frame, buffer
):
    """Return the path's points (N x 2, in metres of the frame), its objective and its length, both in cells.

    N is 0 when the field does not lead there.

    Args:
        steps: the field, H/2 x W/2 uint16.
        costs: H x W uint8.
        weights, soft: 256, those of `planner.objective`.
        sectors: one-way floor (`navigation.one_way`).
        begin_x, begin_y, end_x, end_y: the path's ends.
        band: stiffness, slack and sharpest bend (rad a cell) of the elastic band.
        frame: metres a cell; cosine, sine, x and y (m) of the grid's origin.
        buffer: M x 2 float64; a way of more points is none.
    """
    count = descend(steps, begin_x / 2.0, begin_y / 2.0, end_x / 2.0, end_y / 2.0, STRIDE, buffer)
    if count <= 0:
        return np.empty((0, 2)), 0.0, 0.0
    for i in range(1, count - 1):
        buffer[i, 0], buffer[i, 1] = 2.0 * buffer[i, 0], 2.0 * buffer[i, 1]
    buffer[0, 0], buffer[0, 1] = begin_x, begin_y
    buffer[count - 1, 0], buffer[count - 1, 1] = end_x, end_y
    rounds = min(max(MOVES // count, 1), MOST_ROUNDS)
    cost, length = elastic_band(costs, weights, sectors, soft, buffer, count, rounds, band[0], band[1], band[2])
    resolution, cosine, sine, x, y = frame
    points = np.empty((count, 2))
    for i in range(count):
        across, up = resolution * buffer[i, 0], resolution * buffer[i, 1]
        points[i, 0] = x + cosine * across - sine * up
        points[i, 1] = y + sine * across + cosine * up
    return points, cost, length
