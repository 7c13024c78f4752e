"""A layered costmap that follows the lidar: static map, obstacles that come and go, zones, inflation.

Only the window that changed is recomputed, in arrays made once, so an update at 10 Hz costs a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from guide_common.geometry import Pose2D
from navigation.costmap_inflation import (
    FREE_COST,
    INSCRIBED,
    LETHAL,
    NO_INFORMATION,
    Costs,
    InflationParams,
    inflate,
    inflate_window,
    scratch,
)
from navigation.costmap_obstacles import MOST_MARKS, forget_marks, keep_young, mark_hits, near_walls, take_back
from navigation.grid import GridMap, in_grid, polygon_mask
from navigation.one_way import Sectors

__all__ = [
    "FREE_COST",
    "INSCRIBED",
    "LETHAL",
    "NOBODY",
    "NO_INFORMATION",
    "Costs",
    "InflationParams",
    "LayeredCostmap",
    "ObstacleParams",
    "inflate",
]


MASK_COSTS = np.array([min(round(2.54 * value), INSCRIBED) if value <= 100 else 0 for value in range(256)], np.uint8)
"""Costs of a mask's values, 0..100, as Nav2 scales them; 100 is not lethal, so that a robot inside may leave."""
DEFAULT_INFLATION = InflationParams()
NOBODY = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class ObstacleParams:
    """Hold how lidar hits become obstacles: metres and seconds.

    Args:
        marking_range: hits farther than this are not marked.
        clearing_range: rays clear cells up to this far.
        decay: an obstacle that no hit renews is forgotten after this long, seen free or not; with what passes
            between two scans it is within 3 s.
        brief: an obstacle is remembered unseen for as long as it had been hit, but at least this long. What a walking
            person leaves in their own shadow has been hit for a moment only, so it is gone half a second later.
        wall_margin: hits this near a mapped wall are the wall, not an obstacle before it.
        lasting: what has been hit for so long, and is nobody, lasts: it is remembered until it is seen free, ...
        memory: ... or for so long unseen.
        person: m around a person in which nothing lasts.
    """

    marking_range: float = 6.0
    clearing_range: float = 7.0
    decay: float = 2.7
    brief: float = 0.5
    wall_margin: float = 0.08
    lasting: float = 10.0
    memory: float = 600.0
    person: float = 0.6


class LayeredCostmap:
    """Keep the cost of every cell of a floor up to date with what the lidar sees.

    `costs` (H x W uint8, Nav2's scale) is updated in place; `one_way` (H x W int8, see `navigation.one_way`) says in
    which direction cells are driven, None when all are driven in any.
    Not thread-safe: copy `costs` for a planner in a thread.
    """

    def __init__(
        self,
        grid: GridMap,
        inflation: InflationParams = DEFAULT_INFLATION,
        obstacles: ObstacleParams = ObstacleParams(),
        keepouts: Iterable[ArrayLike] = (),
    ) -> None:
        """Build from a static map and keepout polygons (each N x 2, m, map frame)."""
        self.grid, self.inflation, self.obstacles = grid, inflation, obstacles
        rows, columns = grid.shape
        resolution = grid.resolution
        self._table, self._reach = inflation.table(resolution), inflation.cells(resolution)
        self._lethal = grid.lethal
        self._near_walls = near_walls(self._lethal, int(obstacles.wall_margin / resolution + 0.5))
        self._below = np.zeros((rows, columns), np.uint8)
        self._steps = scratch(self._reach)
        self._slots = np.zeros((rows, columns), np.uint16)
        self._active = np.empty((MOST_MARKS, 2), np.int32)
        self._times = np.empty((MOST_MARKS, 2), np.float64)
        self._count = np.zeros(1, np.int64)
        self._box = np.zeros(4, np.int64)
        self._stamp = 0.0
        self.one_way: Sectors | None = None
        self.costs: Costs = np.empty((rows, columns), np.uint8)
        self.set_keepouts(keepouts)

    def set_keepouts(self, keepouts: Iterable[ArrayLike]) -> None:
        """Replace the keepout polygons (each N x 2, m, map frame)."""
        mask = np.zeros(self.grid.shape, dtype=bool)
        for polygon in keepouts:
            mask |= polygon_mask(self.grid, polygon)
        self.set_keepout_mask(mask)

    def set_keepout_mask(self, mask: NDArray[np.bool_] | NDArray[np.uint8]) -> None:
        """Replace the keepout cells (H x W): they cost 253, so a robot never enters them but may leave them.

        Args:
            mask: true or 100 where not to go, 1..99 where to go rather not (per cent of 254), 0 elsewhere.
        """
        self._below[:] = MASK_COSTS[mask.view(np.uint8) * (100 if mask.dtype == np.bool_ else 1)]
        self._below[self.grid.unknown] = NO_INFORMATION
        self._inflate(0, self.grid.shape[0], 0, self.grid.shape[1])

    def update_scan(
        self,
        ranges: ArrayLike,
        angles: ArrayLike,
        sensor_pose: Pose2D,
        stamp: float | None = None,
        people: NDArray[np.float64] = NOBODY,
    ) -> tuple[int, int, int, int] | None:
        """Mark what a scan hits and clear what it sees through; return the window of `costs` that changed.

        Args:
            ranges: N distances, m; inf is "nothing in reach" and clears; nan and <= 0 say nothing.
            angles: N directions in the sensor's frame, rad.
            sensor_pose: the sensor in the map frame.
            stamp: time of the scan, s; 0.1 s after the last one when not given.
            people: K x 2, m, map frame; what is hit near them does not last.

        Returns:
            (row0, row1, col0, col1), ends excluded, or None when nothing changed.
        """
        now = self._stamp + 0.1 if stamp is None else stamp
        set_back = now < self._stamp
        if set_back:
            self.clear()
        self._stamp = now
        ranges, angles = _ascending(ranges, angles)
        local = self.grid.origin.inverse() @ sensor_pose
        cell = 1.0 / self.grid.resolution
        scan = (ranges, angles, local.x * cell, local.y * cell, local.yaw, cell)
        limits = self.obstacles
        marks = (self._active, self._times, self._count, self._empty_box())
        mark_hits(self._lethal, self._slots, self._near_walls, *marks, *scan, limits.marking_range, now)
        if len(people):
            near = in_grid(people, self.grid.resolution, self.grid.origin)
            keep_young(self._active, self._times, self._count, near, limits.person * cell, now - limits.decay)
        take_back(
            *(self._lethal, self._slots, *marks, *scan),
            *(limits.clearing_range, now, limits.brief, limits.decay, limits.lasting, limits.memory),
        )
        window = self._inflate_box()
        return (0, self.grid.shape[0], 0, self.grid.shape[1]) if set_back else window

    def clear(self, centre: Pose2D | None = None, side: float = 0.0, inside: bool = True) -> None:
        """Forget every obstacle that the lidar marked; or those of a square of `side` m about a centre (map frame).

        With `inside` false those of the square are kept, and all others forgotten.
        """
        rows, columns = self.grid.shape
        window = 0, rows, 0, columns
        if centre is not None:
            cell = self.grid.resolution
            (x, y), half = in_grid(np.array([centre.x, centre.y]), cell, self.grid.origin), 0.5 * side / cell
            window = round(y - half), round(y + half), round(x - half), round(x + half)
        marks = (self._active, self._times, self._count, self._empty_box())
        forget_marks(self._lethal, self._slots, *marks, np.array(window), inside)
        self._inflate_box()

    def hit_for(self) -> NDArray[np.float64]:
        """Return for how long (s) each of `obstacle_cells` has been hit."""
        times = self._times[: self._count[0]]
        return times[:, 1] - times[:, 0]

    @property
    def stamp(self) -> float:
        """Return the time of the last scan, s."""
        return self._stamp

    @property
    def obstacle_cells(self) -> NDArray[np.int32]:
        """Return the cells (N x 2: column, row) that the lidar holds occupied now."""
        return self._active[: self._count[0]].copy()

    def costs_without_obstacles(self) -> Costs:
        """Return the costs (H x W, a copy) of walls and zones alone."""
        walls, costs = self.grid.lethal, np.empty_like(self.costs)
        rows, columns = walls.shape
        inflate_window(walls, self._below, self._table, self._reach, self._steps, costs, 0, rows, 0, columns)
        return costs

    def cost_at(self, x: float, y: float) -> int:
        """Return the cost at a point (m, map frame); 255 off the grid."""
        cell = self.grid.to_cells([(x, y)])
        return int(self.costs[cell[0, 1], cell[0, 0]]) if self.grid.inside(cell)[0] else NO_INFORMATION

    def _empty_box(self) -> NDArray[np.int64]:
        self._box[:] = self._lethal.shape[0], -1, self._lethal.shape[1], -1
        return self._box

    def _inflate_box(self) -> tuple[int, int, int, int] | None:
        row_low, row_high, col_low, col_high = (int(value) for value in self._box)
        if row_high < row_low:
            return None
        rows, columns = self.grid.shape
        window = (
            max(0, row_low - self._reach),
            min(rows, row_high + 1 + self._reach),
            max(0, col_low - self._reach),
            min(columns, col_high + 1 + self._reach),
        )
        self._inflate(*window)
        return window

    def _inflate(self, row0: int, row1: int, col0: int, col1: int) -> None:
        inflate_window(
            self._lethal, self._below, self._table, self._reach, self._steps, self.costs, row0, row1, col0, col1
        )


def _ascending(ranges: ArrayLike, angles: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ranges = np.asarray(ranges, dtype=np.float64)
    angles = np.asarray(angles, dtype=np.float64)
    if (np.diff(angles) < 0.0).any():  # a lidar that turns clockwise
        order = np.argsort(angles)
        return ranges[order], angles[order]
    return ranges, angles
