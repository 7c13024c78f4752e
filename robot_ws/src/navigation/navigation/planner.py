"""The global planner: any-angle, smooth, on Nav2's cost scale.

Objective: the integral of (1 + clearance * cost / 252) ds along the path, cost constant in each cell; cells of 253
and above are never entered, and one-way cells never driven against. A* over 16 neighbours finds the way, straight
lines replace what they improve, an elastic band under the same objective takes it to the best nearby, and bends
tighter than the robot likes are spread where there is room.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.costmap_inflation import INSCRIBED, LETHAL, NO_INFORMATION, Costs
from navigation.errors import (
    GoalOccupiedError,
    GoalOutsideMapError,
    NoPathError,
    PlanError,
    StartOccupiedError,
    StartOutsideMapError,
)
from navigation.one_way import ANY_WAY, NO_SECTORS, Sectors
from navigation.path_spots import Stretches
from navigation.planner_coarse import MARGINS, SHIFT, SIDE, level_weights, open_corridor, pool
from navigation.planner_search import BUCKETS, FAR, FOUND, QUEUE_FULL, forget, search, trace, way_out
from navigation.planner_smooth import elastic_band, resample, straighten

__all__ = ["Path", "PlanError", "Planner", "PlannerParams"]

COARSE_FROM = 160_000
"""Cells from which a map is looked at coarsely first; below that the exact search over all of it is as fast."""
EVERYWHERE, ALL = np.ones((1, 1), np.uint8), 40
"""A corridor that is the whole map."""

Point = tuple[float, float]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlannerParams:
    """Hold the planner's knobs.

    Args:
        clearance: how many times a metre at cost 252 counts beyond a free one (the objective's k).
        goal_tolerance: a goal too near a wall moves at most this far, m.
        escape: a start on lethal cells (a leg seen where the robot stands) leaves over at most so many metres of them.
        spacing: distance between the path's points, m.
        rounds: of the elastic band, half of them for the objective alone and half for smoothness too.
        stiffness: 0..1, how strongly bends are spread in the second half, and `slack` what share of cost that may take.
        turning_radius: m; tighter bends are spread where there is room.
    """

    clearance: float = 2.0
    goal_tolerance: float = 0.6
    escape: float = 0.5
    spacing: float = 0.1
    rounds: int = 40
    stiffness: float = 0.7
    slack: float = 0.0005
    turning_radius: float = 0.2


@dataclass(frozen=True, slots=True)
class Path:
    """Hold a planned path.

    Args:
        points: N x 2, m, map frame; the first is the start.
        length: m.
        cost: the objective, m.
        seconds: time the planning took.
        snapped: the goal was too near a wall, and the path ends at the nearest place to stand.
        blind: where somebody may step out unseen, see `path_spots`; narrow: where nobody can pass.
    """

    points: Points
    length: float
    cost: float
    seconds: float
    snapped: bool = False
    blind: Stretches = ()
    narrow: Stretches = ()

    @property
    def headings(self) -> NDArray[np.float64]:
        """Return the direction of travel at each point (N, rad)."""
        if len(self.points) < 2:
            return np.zeros(len(self.points))
        along = np.diff(self.points, axis=0)
        angles = np.arctan2(along[:, 1], along[:, 0])
        return np.append(angles, angles[-1])


class Planner:
    """Plan on one costmap; buffers are kept between plans. Not for two threads at once."""

    def __init__(
        self, costs: Costs, resolution: float, origin: Pose2D | None = None, params: PlannerParams | None = None
    ) -> None:
        """Take costs (H x W uint8, row 0 = lowest y; not copied, see `update`), m a cell and the grid's origin."""
        self.resolution, self.params = float(resolution), params or PlannerParams()
        self.origin = origin or Pose2D(0.0, 0.0, 0.0)
        self._to_grid = self.origin.inverse()
        self._weights, self._soft = objective(self.params.clearance)
        self._level_weights = level_weights(float(self._soft[INSCRIBED - 1]))
        self._heads = np.full(BUCKETS, -1, np.int32)
        self._allocate(np.shape(costs))
        self.update(costs)

    def update(self, costs: Costs, one_way: Sectors | None = None) -> None:
        """Plan on these costs from now on, against no one-way floor; call it again when they have changed in place.

        What is not told is found late, never overlooked: the coarse look may send the search where no way is left.
        """
        if costs.shape != self._shape:
            self._allocate(costs.shape)
        self.costs = np.ascontiguousarray(costs)
        self._sectors = NO_SECTORS if one_way is None else one_way
        if self._coarse:
            pool(self.costs, self._weights, float(self._level_weights[252]), self._levels)

    def plan(self, start: Point, goal: Point) -> Path:
        """Return the path between two points (x, y in m, map frame); raise PlanError with Nav2's error code."""
        begun = time.perf_counter()
        begin, end = self._cell_point(start), self._cell_point(goal)
        self._check_on_map(begin, start, StartOutsideMapError, "start")
        self._check_on_map(end, goal, GoalOutsideMapError, "goal")
        end, snapped = self._place_to_stand(end, goal)
        exit_points = self._leave(begin, start, end)
        begin = exit_points[-1]
        points, cost, length = self._search(begin, end, start, goal)
        if len(exit_points) > 1:
            lead = np.array(exit_points)
            stretch = float(np.hypot(*np.diff(lead, axis=0).T).sum())
            points, cost, length = np.vstack([lead[:-1], points]), cost + stretch, length + stretch
        return Path(
            to_metres(points, self.resolution, self.origin),
            length * self.resolution,
            cost * self.resolution,
            time.perf_counter() - begun,
            snapped,
        )

    def _allocate(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        cells = shape[0] * shape[1]
        self._best = np.full(cells, FAR, np.float32)
        self._came = np.empty(cells, np.int8)
        self._touched = np.empty(cells, np.int32)
        self._coarse = cells > COARSE_FROM
        blocks = tuple(-(-side // SIDE) if self._coarse else 1 for side in shape)
        self._levels, self._corridor = np.empty(blocks, np.uint8), np.zeros(blocks, np.uint8)
        self._grow_queue(min(cells + 16, 1 << 18))
        self._turns = np.empty((4096, 2))
        self._lines = np.empty((4096, 2))
        self._dense = np.empty((8192, 2))

    def _grow_queue(self, entries: int) -> None:
        self._queue, self._links = np.empty(entries, np.int32), np.empty(entries, np.int32)
        self._at = np.empty(entries, np.float32)

    def _search(self, begin: Point, end: Point, start: Point, goal: Point) -> tuple[Points, float, float]:
        columns = self._shape[1]
        first = int(begin[1]) * columns + int(begin[0])
        last = int(end[1]) * columns + int(end[0])
        if not (self._find_in_corridor(first, last) or self._find(first, last)):
            raise NoPathError(f"no way leads from {_say(start)} to {_say(goal)}; choose a goal that is connected")
        needed = self._turn_room()
        count = trace(self._came, first, last, columns, self._turns[1:needed])
        forget(self._best, self._touched, self._count)
        self._turns[0] = begin
        self._turns[count + 1] = end
        return self._shape_path(count + 2)

    def _turn_room(self) -> int:
        room = min(self._count + 3, self._shape[0] * self._shape[1] + 3)
        if room > len(self._turns):
            self._turns, self._lines = np.empty((room, 2)), np.empty((room, 2))
        return len(self._turns) - 1

    def _find_in_corridor(self, first: int, last: int) -> bool:
        """Search the blocks, then only the cells about their path; False when that leads nowhere."""
        if not self._coarse:
            return False
        columns, wide = self._shape[1], self._levels.shape[1]
        from_block = (first // columns >> SHIFT) * wide + (first % columns >> SHIFT)
        to_block = (last // columns >> SHIFT) * wide + (last % columns >> SHIFT)
        found = self._run(self._levels, self._level_weights, NO_SECTORS, EVERYWHERE, ALL, from_block, to_block)
        if not found:
            return False
        forget(self._best, self._touched, self._count)
        path = self._came[: self._levels.size].copy()
        for margin in MARGINS:
            open_corridor(path, from_block, to_block, margin, self._corridor, 1)
            found = self._run(self.costs, self._weights, self._sectors, self._corridor, SHIFT, first, last)
            open_corridor(path, from_block, to_block, margin, self._corridor, 0)
            if found:
                return True
        return False

    def _find(self, first: int, last: int) -> bool:
        return self._run(self.costs, self._weights, self._sectors, EVERYWHERE, ALL, first, last)

    def _run(
        self,
        costs: Costs,
        weights: NDArray[np.float32],
        sectors: Sectors,
        corridor: Costs,
        shift: int,
        first: int,
        last: int,
    ) -> bool:
        while True:
            status, self._count = search(
                costs, weights, sectors, corridor, shift, first, last, self._best, self._came,
                self._queue, self._links, self._at, self._heads, self._touched,
            )  # fmt: skip
            if status == FOUND:
                return True
            forget(self._best, self._touched, self._count)
            if status != QUEUE_FULL:
                return False
            self._grow_queue(2 * len(self._queue))

    def _shape_path(self, count: int) -> tuple[Points, float, float]:
        spacing = self.params.spacing / self.resolution
        count = straighten(self.costs, self._weights, self._sectors, self._turns, count, 64, self._lines)
        while (dense := resample(self._lines, count, spacing, self._dense)) < 0:
            self._dense = np.empty((2 * len(self._dense), 2))
        tables = self._weights, self._soft
        cost, length = smooth(self.costs, tables, self._sectors, self._dense, dense, self.params, self.resolution)
        return self._dense[:dense].copy(), cost, length

    def _leave(self, begin: Point, start: Point, end: Point) -> list[Point]:
        """Return the way, in cells, from the start to the first free cell; only the start when that is free."""
        if self._cost(begin) < INSCRIBED:
            return [begin]
        toll = np.full(256, 3.0)  # out soon, but on the goal's side when that is hardly farther
        toll[LETHAL:] = 1000.0  # rather a long way through keepout than a short one through a wall
        columns = self._shape[1]
        goal = int(end[1]) * columns + int(end[0])
        cells = way_out(self.costs, int(begin[1]) * columns + int(begin[0]), toll, np.inf, goal)
        blocked = self.costs.ravel()[cells] >= LETHAL
        if not len(cells) or blocked.sum() * self.resolution > self.params.escape:
            raise StartOccupiedError(f"the start {_say(start)} is inside a wall; start from free floor")
        return [begin] + [(cell % columns + 0.5, cell // columns + 0.5) for cell in cells.tolist()[1:]]

    def _place_to_stand(self, end: Point, goal: Point) -> tuple[Point, bool]:
        cost = self._cost(end)
        if cost < INSCRIBED:
            return end, False
        if cost == NO_INFORMATION:
            raise GoalOccupiedError(f"the goal {_say(goal)} is where the map is unknown; choose mapped floor")
        if cost == LETHAL:
            raise GoalOccupiedError(f"the goal {_say(goal)} is inside a wall; choose free floor")
        toll = np.ones(256)
        toll[LETHAL:] = np.inf
        columns, tolerance = self._shape[1], self.params.goal_tolerance
        cells = way_out(self.costs, int(end[1]) * columns + int(end[0]), toll, tolerance / self.resolution, -1)
        if not len(cells):
            raise GoalOccupiedError(
                f"the goal {_say(goal)} leaves the robot no room to stand within {tolerance} m; choose freer floor"
            )
        return (cells[-1] % columns + 0.5, cells[-1] // columns + 0.5), True

    def _check_on_map(self, cell: Point, point: Point, error: type[PlanError], what: str) -> None:
        rows, columns = self._shape
        if not (0.0 <= cell[0] < columns and 0.0 <= cell[1] < rows):
            raise error(f"the {what} {_say(point)} is outside the map; give x,y in metres on the map")

    def _cost(self, cell: Point) -> int:
        return int(self.costs[int(cell[1]), int(cell[0])])

    def _cell_point(self, point: Point) -> Point:
        local = self._to_grid @ Pose2D(float(point[0]), float(point[1]))
        return local.x / self.resolution, local.y / self.resolution


def objective(clearance: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return what a cell of each cost weighs (256): FAR where blocked, and the same with blocked cells only dear."""
    scale = 1.0 + clearance * np.arange(256) / 252.0
    weights = np.where(np.arange(256) < INSCRIBED, scale, FAR).astype(np.float32)
    return weights, np.minimum(scale, scale[INSCRIBED])


def to_metres(points: Points, resolution: float, origin: Pose2D) -> Points:
    """Bring points (N x 2, cells from the grid's corner) into the map frame, m."""
    scaled = points * resolution
    if origin.yaw != 0.0:
        c, s = np.cos(origin.yaw), np.sin(origin.yaw)
        scaled = scaled @ np.array([[c, s], [-s, c]])
    return scaled + np.array([origin.x, origin.y])


def smooth(
    costs: Costs,
    tables: tuple[NDArray[np.float32], NDArray[np.float64]],
    sectors: Sectors,
    points: Points,
    count: int,
    params: PlannerParams,
    resolution: float,
) -> tuple[float, float]:
    """Bring the first `count` points (N x 2, cells) to the best way nearby and round it, in place.

    Returns its objective and its length, in cells. `tables` are those of `objective`.
    """
    weights, soft = tables
    sharpest = resolution / params.turning_radius
    band = params.rounds, params.stiffness, params.slack, sharpest
    cost, length = elastic_band(costs, weights, sectors, soft, points, count, *band)
    return cost, length


def _say(point: Point) -> str:
    return f"({point[0]:.2f}, {point[1]:.2f})"


def warm(planner: Planner) -> None:
    """Load the compiled loops, for a planner's own types, so that the first plan is as fast as the rest."""
    side = math.isqrt(COARSE_FROM) + 2  # just large enough for the coarse look
    costs = np.zeros((side, side), np.uint8)
    costs[20:40, 20:22] = LETHAL
    costs[20:40, 22:24] = INSCRIBED
    trial = Planner(costs, planner.resolution, planner.origin, planner.params)
    ends = to_metres(np.array([[2.5, 2.5], [22.5, 30.5], [60.5, 60.5]]), planner.resolution, planner.origin)
    for begin, end in ((0, 2), (1, 2)):
        trial.plan(tuple(ends[begin]), tuple(ends[end]))
    trial.update(costs, np.full(costs.shape, ANY_WAY, np.int8))
    trial._coarse = False  # what is done when the corridor leads nowhere
    trial.plan(tuple(ends[0]), tuple(ends[2]))
