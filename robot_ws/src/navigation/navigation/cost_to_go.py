"""Cost-to-go fields: the way to each known place from anywhere, looked up instead of searched.

A field holds, at half the map's resolution, the planner's objective from each cell to one place. It is kept as 16 bit
multiples of its own quantum in a file that is mapped into memory, one file for each state of the costs: a robot that
starts again, or zones that are set back, find it ready. When costs change, only the shadow that the change throws is
computed anew. A path is the way down the field, rounded on the full costs; where those block it, or make it dearer than
the field knows, there is none, and the search (`planner`) has to find it.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation import cost_to_go_kernels as kernels
from navigation.cost_to_go_descent import descend
from navigation.costmap_inflation import INSCRIBED, Costs
from navigation.one_way import NO_SECTORS, Sectors
from navigation.planner import Path, PlannerParams, objective, smooth, to_metres
from navigation.planner_smooth import BLOCKED_LINE, path_cost

SAME_PLACE = 0.01
"""m; a goal this near a place is that place."""
DISC = 10
"""Half cells about the goal that are set to the straight line's cost."""
DEARER = 1.03
"""A path that costs so many times what the field says is not taken: something new is in the way."""
STRIDE = 2.0
"""Half cells between the points of a way down: as far as memory is fast."""
MOVES, MOST_ROUNDS = 500, 20
"""Moves of points by the elastic band, shared among rounds: long ways are near enough to the best after one."""
UPDATES = 20
"""After so many partial updates, each a quantum inexact, a field is computed anew."""
KEPT = 3
"""States of the costs whose files are kept."""
SLOTS = 32
"""Places that a file grows by."""

EMPTY, MAKING, READY = 0, 1, 2
"""What a slot holds; one that was being made when the process ended is made again."""

Point = tuple[float, float]
INDEX = np.dtype([("x", "f8"), ("y", "f8"), ("quantum", "f8"), ("updates", "i4"), ("ready", "i4")])


@dataclass(slots=True)
class _State:
    """Hold the fields for one state of the costs; `index` tells what each slot of `steps` is for."""

    key: str
    weights: NDArray[np.float32]
    sectors: Sectors
    sides: NDArray[np.uint8]
    steps: NDArray[np.uint16]
    index: NDArray[np.void]


@dataclass(frozen=True, slots=True)
class _Change:
    """Hold which cells (numbers, int32) are not as they were in the state before."""

    before: _State
    cells: NDArray[np.int32]


class CostToGo:
    """Plan to known places. `plan` runs in one thread, `refresh` in as many as there are cores to spare."""

    def __init__(
        self, folder: FilePath | None, resolution: float, origin: Pose2D, params: PlannerParams | None = None
    ) -> None:
        """Keep the files in `folder` (made when missing), or in memory when there is none."""
        self.resolution, self.origin = resolution, origin
        self._folder, self._to_grid = folder, origin.inverse()
        self._params = params or PlannerParams()
        self._tables = objective(self._params.clearance)
        self._state: _State | None = None
        self._change: _Change | None = None
        self._busy: set[Point] = set()
        self._spare: list[_Scratch] = []
        self._places: dict[str, Point] = {}
        self._lock = threading.Lock()
        self._points = np.empty((1 << 14, 2))

    def set_places(self, places: dict[str, Point]) -> None:
        """Take the places to know the way to: name to x, y (m, map frame); those named first are ready first."""
        with self._lock:
            self._places = {name: self._cell_point(point) for name, point in places.items()}
            if self._state is not None and len(self._places) > len(self._state.index):
                self._state = self._open(self._state.weights, self._state.sectors, self._state.sides)

    def set_costs(self, costs: Costs, one_way: Sectors | None = None) -> None:
        """Take the lasting costs (H x W uint8: walls, zones) and one-way floor; no other fields are used any more."""
        shape = -(-costs.shape[0] // 2), -(-costs.shape[1] // 2)
        weights = np.empty(shape, np.float32)
        kernels.halve(costs, self._tables[0], weights)
        sides = np.empty((0, 0) if one_way is None else shape, np.uint8)
        if one_way is not None:
            kernels.halve_sectors(one_way, sides)
        with self._lock:
            before, self._state = self._state, self._open(weights, NO_SECTORS if one_way is None else one_way, sides)
            self._change = _change(before, self._state)
            self._spare = [scratch for scratch in self._spare if scratch.field.shape == weights.shape]

    @property
    def ready(self) -> int:
        """Return to how many places the way is known."""
        state, places = self._state, self._places
        return 0 if state is None else sum(_slot(state, goal) is not None for goal in places.values())

    def refresh(self) -> bool:
        """Make one field that is missing; return whether one was."""
        with self._lock:
            state, change = self._state, self._change
            goal = None if state is None else self._next_goal(state)
            if state is None or goal is None:
                return False
            slot = self._claim_slot(state, goal)
            self._busy.add(goal)
            scratch = self._spare.pop() if self._spare else _Scratch(state.weights.shape)
        try:
            updates = scratch.update(state, change, goal) if change is not None else -1
            if updates < 0:
                scratch.compute(state, goal)
            entry = state.index[slot : slot + 1]
            entry["quantum"] = kernels.store(scratch.field, state.steps[slot])
            entry["updates"] = max(updates, 0)
            entry["ready"] = READY  # last: a field that was cut off half way is not found
        finally:
            with self._lock:
                self._busy.discard(goal)
                if self._state is not None and scratch.field.shape == self._state.weights.shape:
                    self._spare.append(scratch)
        return True

    def _next_goal(self, state: _State) -> Point | None:
        missing = (g for g in self._places.values() if g not in self._busy and _slot(state, g) is None)
        return next(missing, None)

    def plan(self, costs: Costs, start: Point, goal: Point) -> Path | None:
        """Return the path on these costs (H x W uint8), None when no field leads there or it is not worth taking."""
        begun = time.perf_counter()
        state = self._state
        begin, end = self._cell_point(start), self._cell_point(goal)
        slot = None if state is None else _slot(state, end, SAME_PLACE / self.resolution)
        if state is None or slot is None or not (_free(costs, begin) and _free(costs, end)):
            return None
        points = self._points
        steps = state.steps[slot]
        count = descend(steps, begin[0] / 2.0, begin[1] / 2.0, end[0] / 2.0, end[1] / 2.0, STRIDE, points)
        if count <= 0:
            return None
        points[:count] *= 2.0
        points[0], points[count - 1] = begin, end
        rounds = min(max(MOVES // count, 1), MOST_ROUNDS)
        smooth(costs, self._tables, state.sectors, points, count, self._params, self.resolution, rounds)
        cost, length = path_cost(costs, self._tables[0], state.sectors, points, count)
        known = 2.0 * float(steps[int(begin[1] / 2.0), int(begin[0] / 2.0)]) * float(state.index["quantum"][slot])
        if cost >= BLOCKED_LINE or cost > DEARER * known + 2.0:
            return None
        scaled = to_metres(points[:count], self.resolution, self.origin)
        return Path(scaled, length * self.resolution, cost * self.resolution, time.perf_counter() - begun)

    def _cell_point(self, point: Point) -> Point:
        local = self._to_grid @ Pose2D(float(point[0]), float(point[1]))
        return local.x / self.resolution, local.y / self.resolution

    def _open(self, weights: NDArray[np.float32], sectors: Sectors, sides: NDArray[np.uint8]) -> _State:
        """Open, or begin, the file of a state of the costs, with room for all places."""
        slots = SLOTS * max(1, math.ceil(len(self._places) / SLOTS))
        digest = hashlib.blake2b(weights.tobytes(), digest_size=12)
        digest.update(sectors.tobytes())
        digest.update(repr((weights.shape, slots, DISC, kernels.UNREACHED)).encode())
        key, shape = digest.hexdigest(), (slots, *weights.shape)
        if self._folder is None:
            return _State(key, weights, sectors, sides, np.zeros(shape, np.uint16), np.zeros(slots, INDEX))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._forget_old(key)
        fields, index = self._folder / f"{key}.fields", self._folder / f"{key}.index"
        if not fields.is_file() or fields.stat().st_size != 2 * math.prod(shape):
            index.unlink(missing_ok=True)  # it would tell of fields that are not there
        steps, entries = _mapped(fields, np.dtype(np.uint16), shape), _mapped(index, INDEX, (slots,))
        state = _State(key, weights, sectors, sides, steps, entries)
        state.index["ready"][state.index["ready"] == MAKING] = EMPTY
        return state

    def _forget_old(self, key: str) -> None:
        assert self._folder is not None
        files = sorted(self._folder.glob("*.fields"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in [file for file in files if file.stem != key][KEPT - 1 :]:
            file.with_suffix(".index").unlink(missing_ok=True)
            file.unlink(missing_ok=True)

    def _claim_slot(self, state: _State, goal: Point) -> int:
        """Write a goal into a slot that holds nothing, or nothing that is a place now."""
        wanted = {*self._places.values()}
        for slot in range(len(state.index)):
            entry = state.index[slot : slot + 1]
            if entry["ready"][0] == EMPTY or (float(entry["x"][0]), float(entry["y"][0])) not in wanted:
                entry["ready"], entry["x"], entry["y"] = MAKING, *goal
                return slot
        raise AssertionError("a state has a slot for each place")


class _Scratch:
    """Compute one field at a time."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        cells = shape[0] * shape[1]
        self.field = np.full(shape, kernels.FAR, np.float32)
        self._heads = np.full(kernels.BUCKETS, kernels.NONE, np.int32)
        self._after, self._before, self._seeds = (np.empty(cells, np.int32) for _ in range(3))
        self._where = np.full(cells, kernels.NONE, np.int32)
        self._shadow = np.zeros(shape, np.uint8)

    def compute(self, state: _State, goal: Point) -> None:
        """Fill `field` with the cost to a goal (x, y in cells of the map)."""
        weights = state.weights
        self.field[:] = kernels.FAR
        x, y = goal[0] / 2.0, goal[1] / 2.0
        if 0.0 <= x < weights.shape[1] and 0.0 <= y < weights.shape[0]:
            radius = DISC if state.sides.size == 0 else 1  # a straight line might go against one-way floor
            self._march(state, kernels.seed_goal(weights, self.field, x, y, radius, self._seeds), 1e-4)

    def update(self, state: _State, change: _Change, goal: Point) -> int:
        """Fill `field` from what it was before the change; return the updates since it was whole, -1 if it cannot."""
        before, cells = change.before, change.cells
        slot = _slot(before, goal)
        if slot is None or before.index["updates"][slot] >= UPDATES:
            return -1
        rows, columns = np.divmod(cells, state.weights.shape[1])
        near = np.maximum(np.abs(rows + 0.5 - goal[1] / 2.0), np.abs(columns + 0.5 - goal[0] / 2.0)) < DISC + 2
        if near.any():
            return -1
        quantum = float(before.index["quantum"][slot])
        kernels.restore(before.steps[slot], quantum, self.field)
        border = kernels.raise_behind(self.field, cells, len(cells), self._shadow, self._after, self._seeds)
        self._march(state, border, quantum)
        return int(before.index["updates"][slot]) + 1

    def _march(self, state: _State, count: int, least_gain: float) -> None:
        kernels.march(
            state.weights, state.sides, self.field, self._seeds, count, least_gain,
            self._heads, self._after, self._before, self._where,
        )  # fmt: skip


def _change(before: _State | None, state: _State) -> _Change | None:
    """Return what changed, None where that is everything, or the shadow of a change cannot be told (one-way floor)."""
    if before is None or before.weights.shape != state.weights.shape or before.key == state.key:
        return None
    if before.sides.size or state.sides.size:
        return None
    cells = np.empty(state.weights.size, np.int32)
    return _Change(before, cells[: kernels.differing(before.weights, state.weights, cells)].copy())


def _slot(state: _State, goal: Point, tolerance: float = 1e-6) -> int | None:
    """Return where the field of a goal (cells) is, None when it is not ready."""
    index = state.index
    near = (np.abs(index["x"] - goal[0]) <= tolerance) & (np.abs(index["y"] - goal[1]) <= tolerance)
    found = np.flatnonzero(near & (index["ready"] == READY))
    return int(found[0]) if len(found) else None


def _free(costs: Costs, cell: Point) -> bool:
    rows, columns = costs.shape
    return 0.0 <= cell[0] < columns and 0.0 <= cell[1] < rows and costs[int(cell[1]), int(cell[0])] < INSCRIBED


def _mapped(path: FilePath, dtype: np.dtype[Any], shape: Iterable[int]) -> NDArray[Any]:
    """Map a file of just this size into memory, made of zeros when there is none or one of another size."""
    size = dtype.itemsize * math.prod(shape := tuple(shape))
    if not path.is_file() or path.stat().st_size != size:
        with path.open("wb") as file:
            file.truncate(size)
    else:
        os.utime(path)
    return np.memmap(path, dtype, "r+", shape=shape)
