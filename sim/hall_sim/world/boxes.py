"""Merge the occupied cells of a grid into few boxes: what the physics collides with."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Box(NamedTuple):
    """Hold an axis-aligned box standing on the floor: edges in cells (upper ones exclusive), height in m."""

    x0: int
    y0: int
    x1: int
    y1: int
    height: float


def merge_cells(heights: npt.NDArray[np.float64]) -> list[Box]:
    """Cover every cell with a height above zero by boxes that do not overlap.

    Runs of equal height along a row are stretched over the rows that hold the same
    run, which covers a floor of axis-aligned walls and desks with few boxes.

    Args:
        heights: HxW metres, 0 for free.
    """
    boxes: list[Box] = []
    open_runs: dict[tuple[int, int, float], int] = {}
    for row in range(heights.shape[0] + 1):
        runs = set(_runs(heights[row])) if row < heights.shape[0] else set()
        for run in [run for run in open_runs if run not in runs]:
            x0, x1, height = run
            boxes.append(Box(x0, open_runs.pop(run), x1, row, height))
        for run in runs:
            open_runs.setdefault(run, row)
    return sorted(boxes)


def _runs(line: npt.NDArray[np.float64]) -> list[tuple[int, int, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0.0], line, [0.0]))))
    return [(int(start), int(stop), float(line[start])) for start, stop in pairwise(edges) if line[start] > 0]
