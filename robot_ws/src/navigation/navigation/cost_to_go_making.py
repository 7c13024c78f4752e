"""Make one cost-to-go field at a time, from nothing or from what it was before a change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from navigation import cost_to_go_kernels as kernels
from navigation.cost_to_go_states import Point, State

DISC = 10
"""Half cells about the goal that are set to the straight line's cost."""
UPDATES = 8
"""After so many partial updates, each a little inexact, a field is computed anew."""
QUANTA, ROUGH = 3.0, 0.2
"""A value counts as changed when it is wrong by so many quanta (two are what rounding makes), and so many half cells:
two centimetres on free floor. What is felt less is not worth the floor behind it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Hold which cells (numbers, int32) cost more, and which less, than they did in the state before."""

    before: State
    dearer: NDArray[np.int32]
    cheaper: NDArray[np.int32]


def change_of(before: State | None, state: State) -> Change | None:
    """Return what changed, None where that is everything, or one-way floor."""
    if before is None or before.weights.shape != state.weights.shape or before is state:
        return None
    if not np.array_equal(before.sides, state.sides):
        return None
    cells = np.empty(state.weights.size, np.int32)
    dearer = cells[: kernels.rising(before.weights, state.weights, cells)].copy()
    return Change(before, dearer, cells[: kernels.rising(state.weights, before.weights, cells)].copy())


class FieldMaker:
    """Keep the arrays that the making of a field needs."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        cells = shape[0] * shape[1]
        self.field = np.full(shape, kernels.FAR, np.float32)
        self._heads = np.full(kernels.BUCKETS, kernels.NONE, np.int32)
        self._after, self._before, self._seeds = (np.empty(cells, np.int32) for _ in range(3))
        self._where = np.full(cells, kernels.NONE, np.int32)
        self._marks = np.zeros(shape, np.uint8)
        self._line = np.empty(shape[1], np.uint16)

    def make(self, state: State, change: Change | None, goal: Point, slot: int, quantum: float) -> None:
        """Write the field of a goal (x, y in cells of the map) into its slot; `slot` and `quantum` are claimed."""
        updates = self._update(state, change, goal) if change is not None else None
        if updates is None:
            self._compute(state, goal)
        quantum = kernels.store(self.field, quantum, self._line, state.steps[slot])
        state.finish(goal, slot, quantum, updates or 0)
        if change is not None:
            change.before.let_go()

    def _compute(self, state: State, goal: Point) -> None:
        weights = state.weights
        self.field[:] = kernels.FAR
        x, y = goal[0] / 2.0, goal[1] / 2.0
        if 0.0 <= x < weights.shape[1] and 0.0 <= y < weights.shape[0]:
            radius = DISC if state.sides.size == 0 else 1  # a straight line might go against one-way floor
            self._march(state, kernels.seed_goal(weights, self.field, x, y, radius, self._seeds), 1e-4)

    def _update(self, state: State, change: Change, goal: Point) -> int | None:
        """Fill `field` from what it was before the change; return the updates since it was whole, None if it cannot."""
        known = change.before.find(goal)
        if known is None:
            return None
        slot, quantum = known
        updates = int(change.before.index["updates"][slot]) + 1
        if updates > UPDATES or self._about_goal(state, change, goal):
            return None
        kernels.restore(change.before.steps[slot], quantum, self.field)
        inexact = max(QUANTA * quantum, ROUGH)
        raised = kernels.raise_dearer(
            *(state.weights, state.sides, self.field, change.dearer, inexact),
            *(self._marks, self._after, self._before),
        )
        border = kernels.seed_border(self.field, self._before, raised, change.cheaper, self._marks, self._seeds)
        self._march(state, border, quantum)
        return updates

    def _about_goal(self, state: State, change: Change, goal: Point) -> bool:
        """Tell whether what changed reaches into the disc about the goal, whose straight lines know no detour."""
        for cells in (change.dearer, change.cheaper):
            rows, columns = np.divmod(cells, state.weights.shape[1])
            near = np.maximum(np.abs(rows + 0.5 - goal[1] / 2.0), np.abs(columns + 0.5 - goal[0] / 2.0)) < DISC + 2
            if near.any():
                return True
        return False

    def _march(self, state: State, count: int, least_gain: float) -> None:
        kernels.march(
            state.weights, state.sides, self.field, self._seeds, count, least_gain,
            self._heads, self._after, self._before, self._where,
        )  # fmt: skip
