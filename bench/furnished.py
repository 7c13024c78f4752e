"""Square rooms with furniture and people, the same for every simulator that is compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D

Floats = npt.NDArray[np.float64]

CELL = 0.05
BOXES, POSES = 30, 10
RADIUS = 0.2
"""m: of a person."""
FROM_WALLS, FROM_BOXES, APART = 0.6, 0.45, 0.8
"""m from a person's middle to walls, to furniture and to the next person, at least."""


@dataclass(frozen=True)
class Scene:
    """Hold a room: its side (m), boxes as rows of x1, y1, x2, y2 on whole cells, people as x, y, and where to look."""

    side: float
    boxes: Floats
    people: Floats
    poses: list[Pose2D]

    @property
    def origin(self) -> Pose2D:
        """Return where the grid begins: a cell of wall outside the room."""
        return Pose2D(-CELL, -CELL)

    def solid(self) -> npt.NDArray[np.bool_]:
        """Return the grid, True where a wall or furniture stands."""
        cells = np.ones((round(self.side / CELL) + 2,) * 2, dtype=bool)
        cells[1:-1, 1:-1] = False
        for x1, y1, x2, y2 in np.rint(self.boxes / CELL).astype(int) + 1:
            cells[y1:y2, x1:x2] = True
        return cells

    def discs(self) -> Floats:
        """Return the people as rows of x, y, radius."""
        return np.column_stack([self.people, np.full(len(self.people), RADIUS)])


def furnish(side: float, people: int, seed: int) -> Scene:
    """Return a room (m a side) in which nothing stands in anything else."""
    rng = np.random.default_rng([seed, people])
    boxes: list[Floats] = []
    while len(boxes) < BOXES:
        size = rng.uniform(0.6, 1.8, 2)
        corner = rng.uniform(1.0, side - 1.0 - size)
        box = np.rint(np.concatenate([corner, corner + size]) / CELL) * CELL
        if all((box[:2] > other[2:] + 0.5).any() or (box[2:] < other[:2] - 0.5).any() for other in boxes):
            boxes.append(box)
    taken: list[Floats] = []
    while len(taken) < people + POSES:
        point = rng.uniform(FROM_WALLS, side - FROM_WALLS, 2)
        gaps = [np.hypot(*np.maximum(np.maximum(box[:2] - point, point - box[2:]), 0.0)) for box in boxes]
        if min(gaps) > FROM_BOXES and all(math.dist(point, other) > APART for other in taken):
            taken.append(point)
    poses = [Pose2D(float(x), float(y), float(rng.uniform(-3.0, 3.0))) for x, y in taken[people:]]
    return Scene(side, np.array(boxes), np.array(taken[:people]), poses)
