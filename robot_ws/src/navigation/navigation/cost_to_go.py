"""Cost-to-go fields: the way to each known place from anywhere, looked up instead of searched.

A field holds, at half the map's resolution, the planner's objective from each cell to one place, in 16 bits, in a file
mapped into memory (`cost_to_go_states`). When costs change, only where the change is felt is computed anew
(`cost_to_go_making`). A path is the way down the field, rounded on the full costs (`cost_to_go_way`); where those block
it, or make it dearer than the field knows, there is none, and the search (`planner`) has to find it.
"""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path as FilePath

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation import cost_to_go_kernels as kernels
from navigation.cost_to_go_making import Change, FieldMaker, change_of
from navigation.cost_to_go_states import Point, State, key_of, open_over, open_state
from navigation.cost_to_go_way import way_down
from navigation.costmap_inflation import INSCRIBED, Costs
from navigation.one_way import NO_SECTORS, Sectors
from navigation.planner import Path, PlannerParams, objective
from navigation.planner_smooth import BLOCKED_LINE

SAME_PLACE = 0.01
"""m; a goal this near a place is that place."""
DEARER = 1.03
"""A path that costs so many times what the field says is not taken: something new is in the way."""


class CostToGo:
    """Plan to known places. `plan` runs in one thread, `refresh` in as many as there are cores to spare."""

    def __init__(
        self, folder: FilePath | None, resolution: float, origin: Pose2D, params: PlannerParams | None = None
    ) -> None:
        """Keep the files in `folder` (made when missing), or in memory when there is none."""
        self.resolution, self.origin, self._folder = resolution, origin, folder
        params = params or PlannerParams()
        self._tables = objective(params.clearance)
        self._band = params.stiffness, params.slack, resolution / params.turning_radius
        self._frame = float(resolution), math.cos(origin.yaw), math.sin(origin.yaw), float(origin.x), float(origin.y)
        self._base: State | None = None
        self._state: State | None = None
        self._change: Change | None = None
        self._lasting: Change | None = None
        self._busy: set[Point] = set()
        self._spare: list[FieldMaker] = []
        self._places: dict[str, Point] = {}
        self._lock = threading.Lock()
        self._points = np.empty((1 << 14, 2))

    def set_places(self, places: dict[str, Point]) -> None:
        """Take the places to know the way to: name to x, y (m, map frame); those named first are ready first."""
        with self._lock:
            self._places = {name: self._cell_point(*point) for name, point in places.items()}
            base, state = self._base, self._state
            if base is not None and state is not None:
                grown = (
                    base if len(self._places) <= len(base.index) else self._open(base.weights, base.sectors, base.sides)
                )
                change = self._change if grown is base else change_of(base, grown)
                self._begin(grown, change, None if state is base else state.weights)

    def set_costs(self, costs: Costs, one_way: Sectors | None = None, lasting: Costs | None = None) -> None:
        """Take the costs that stay (H x W uint8: walls, zones) and one-way floor; no other fields are used any more.

        `lasting` are the costs with what the lidar has seen stand for long, None when there is nothing. Its fields are
        laid over the others and do not outlive the process.
        """
        shape = -(-costs.shape[0] // 2), -(-costs.shape[1] // 2)
        sides = np.empty((0, 0) if one_way is None else shape, np.uint8)
        if one_way is not None:
            kernels.halve_sectors(one_way, sides)
        weights, more = self._halved(costs), None if lasting is None else self._halved(lasting)
        with self._lock:
            before = self._base
            base = self._open(weights, NO_SECTORS if one_way is None else one_way, sides)
            self._spare = [maker for maker in self._spare if maker.field.shape == weights.shape]
            self._begin(base, change_of(before, base), more)

    def set_lasting(self, costs: Costs | None) -> None:
        """Take other lasting obstacles over the costs as they are: see `set_costs`."""
        weights = None if costs is None else self._halved(costs)
        with self._lock:
            if self._base is not None:
                self._begin(self._base, self._change, weights)

    @property
    def ready(self) -> int:
        """Return to how many places the way is known."""
        state, places = self._state, self._places
        return 0 if state is None else sum(state.find(goal) is not None for goal in places.values())

    def refresh(self) -> bool:
        """Make one field that is missing; return whether one was."""
        with self._lock:
            job = self._next_job()
            if job is None:
                return False
            state, goal = job
            slot, quantum = state.claim(goal, {*self._places.values()})
            change = self._change if state is self._base else self._lasting
            self._busy.add(goal)
            maker = self._spare.pop() if self._spare else FieldMaker(state.weights.shape)
        try:
            maker.make(state, change, goal, slot, quantum)
        finally:
            with self._lock:
                self._busy.discard(goal)
                if self._base is not None and maker.field.shape == self._base.weights.shape:
                    self._spare.append(maker)
        return True

    def plan(self, costs: Costs, start: Point, goal: Point) -> Path | None:
        """Return the path on these costs (H x W uint8), None when no field leads there or it is not worth taking."""
        begun = time.perf_counter()
        state = self._state
        begin, end = self._cell_point(*start), self._cell_point(*goal)
        found = None if state is None else state.find(end, SAME_PLACE / self.resolution)
        if state is None or found is None or not (_free(costs, begin) and _free(costs, end)):
            return None
        slot, quantum = found
        steps, (weights, soft) = state.steps[slot], self._tables
        points, cost, length = way_down(
            steps, costs, weights, soft, state.sectors, *begin, *end, self._band, self._frame, self._points
        )
        known = 2.0 * float(steps[int(begin[1] / 2.0), int(begin[0] / 2.0)]) * quantum
        if not len(points) or cost >= BLOCKED_LINE or cost > DEARER * known + 2.0:
            return None
        return Path(points, length * self.resolution, cost * self.resolution, time.perf_counter() - begun)

    def _begin(self, base: State, change: Change | None, lasting: NDArray[np.float32] | None) -> None:
        """Go over to a state, and to one that lies over it where there are lasting obstacles."""
        if self._base is not None and self._state is not None:
            self._base.let_go()
            self._state.let_go()
        self._base = self._state = base
        self._change, self._lasting = change, None
        if lasting is not None:
            self._state = open_over(self._folder, base, lasting)
            self._lasting = change_of(base, self._state)

    def _next_job(self) -> tuple[State, Point] | None:
        """Return which field is to be made next: of each place first that without lasting obstacles."""
        base, state = self._base, self._state
        if base is None or state is None:
            return None
        for goal in self._places.values():
            if goal in self._busy:
                continue
            if base.find(goal) is None:
                return base, goal
            if state.find(goal) is None:
                return state, goal
        return None

    def _open(self, weights: NDArray[np.float32], sectors: Sectors, sides: NDArray[np.uint8]) -> State:
        """Open a state; the one that is open already stays when it is the same."""
        places = len(self._places)
        key = key_of(weights, sectors, places)
        if self._base is not None and self._base.key == key:
            return self._base
        return open_state(self._folder, key, weights, sectors, sides, places)

    def _halved(self, costs: Costs) -> NDArray[np.float32]:
        weights = np.empty((-(-costs.shape[0] // 2), -(-costs.shape[1] // 2)), np.float32)
        kernels.halve(costs, self._tables[0], weights)
        return weights

    def _cell_point(self, x: float, y: float) -> Point:
        resolution, cosine, sine, left, low = self._frame
        x, y = float(x) - left, float(y) - low
        return (cosine * x + sine * y) / resolution, (cosine * y - sine * x) / resolution


def _free(costs: Costs, cell: Point) -> bool:
    rows, columns = costs.shape
    return 0.0 <= cell[0] < columns and 0.0 <= cell[1] < rows and costs[int(cell[1]), int(cell[0])] < INSCRIBED
