"""Obstacles that last: marked for so long, and no people, that ways known ahead should lead round them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from navigation.costmap_inflation import Costs, InflationParams, inflate

NOTHING = np.empty((0, 2), np.int32)


class LastingObstacles:
    """Decide which marked cells last; a thing's cells come together, though each was first hit at its own time."""

    def __init__(self) -> None:
        self.cells: NDArray[np.int32] = NOTHING

    def look(self, cells: NDArray[np.int32], spans: NDArray[np.float64], lasting: float) -> bool:
        """Return whether other `cells` last than before.

        A cell that lasts brings in all that are half as old, so that no cell of the same thing changes the set by
        itself soon after.

        Args:
            cells: N x 2 (column, row) that are marked now.
            spans: for how long each has been hit, N, s.
            lasting: s from which on a cell lasts.
        """
        known = _numbers(self.cells)
        older, old = _numbers(cells[spans >= lasting]), cells[spans >= 0.5 * lasting]
        if np.isin(older, known).all() and np.isin(known, _numbers(old)).all():
            return False
        self.cells = old.copy()
        return True

    def costs_over(self, costs: Costs, resolution: float, inflation: InflationParams) -> Costs | None:
        """Return a copy of costs (H x W) with what lasts, inflated; None when nothing does."""
        if not len(self.cells):
            return None
        reach = inflation.cells(resolution)
        rows, columns = costs.shape
        left, low = np.maximum(self.cells.min(axis=0) - reach, 0)
        right, high = np.minimum(self.cells.max(axis=0) + reach + 1, (columns, rows))
        lethal = np.zeros((high - low, right - left), bool)
        lethal[self.cells[:, 1] - low, self.cells[:, 0] - left] = True
        raised = costs.copy()
        window = raised[low:high, left:right]
        np.maximum(window, inflate(lethal, resolution, inflation), out=window)
        return raised


def _numbers(cells: NDArray[np.int32]) -> NDArray[np.int64]:
    return cells[:, 1].astype(np.int64) << 32 | cells[:, 0]
