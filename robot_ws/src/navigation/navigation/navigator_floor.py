"""The floor as the navigator knows it: one layered costmap, fed by map, keepout mask and scans, and its planner."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.costmap import InflationParams, LayeredCostmap
from navigation.errors import PlanError
from navigation.grid import GridMap
from navigation.planner import Path, Planner


class NoMapError(PlanError):
    """Tell that no map has come yet."""


class Floor:
    """Hold costmap and planner of the present map; safe to use from several threads."""

    def __init__(self, inflation: InflationParams) -> None:
        self._inflation = inflation
        self._lock = threading.Lock()
        self._planning = threading.Lock()
        self._map: LayeredCostmap | None = None
        self._planner: Planner | None = None
        self._static: NDArray[np.uint8] | None = None
        self._keepout: NDArray[np.bool_] | None = None
        self.revision = 0

    @property
    def costmap(self) -> LayeredCostmap | None:
        """Return the costmap, None before the first map."""
        return self._map

    def take_map(self, grid: GridMap) -> None:
        """Begin anew on a map; what the lidar marked is forgotten."""
        costmap = LayeredCostmap(grid, self._inflation)
        with self._lock:
            if self._keepout is not None and self._keepout.shape == grid.shape:
                costmap.set_keepout_mask(self._keepout)
            self._map = costmap
            self._static = costmap.costs.copy()
            self._planner = None
            self.revision += 1

    def take_keepout(self, mask: NDArray[np.bool_]) -> None:
        """Take the cells (HxW) that must not be entered; a mask for another map waits until that map comes."""
        with self._lock:
            self._keepout = mask
            if self._map is not None and self._map.costs.shape == mask.shape:
                self._map.set_keepout_mask(mask)
                fresh = LayeredCostmap(self._map.grid, self._inflation)
                fresh.set_keepout_mask(mask)
                self._static = fresh.costs
                self.revision += 1

    def take_scan(self, ranges: NDArray[np.float32], angles: NDArray[np.float64], laser: Pose2D, stamp: float) -> None:
        """Mark and clear obstacles by a scan taken from `laser` (map frame) at `stamp` (s)."""
        with self._lock:
            if self._map is not None:
                self._map.update_scan(ranges, angles, laser, stamp)

    def clear(self) -> None:
        """Forget what the lidar marked."""
        with self._lock:
            if self._map is not None:
                self._map.clear()

    def plan(self, start: Pose2D, goal: Pose2D, without_obstacles: bool = False) -> Path:
        """Plan on a copy of the costs as they are now; raise PlanError."""
        with self._planning:
            with self._lock:
                if self._map is None or self._static is None:
                    raise NoMapError("there is no map yet; start the map server")
                costs = self._static if without_obstacles else self._map.costs.copy()
                grid = self._map.grid
            if self._planner is None or self._planner.origin != grid.origin:
                self._planner = Planner(costs, grid.resolution, grid.origin)
            self._planner.update(costs)
            return self._planner.plan((start.x, start.y), (goal.x, goal.y))

    def standing_room(self, start: Pose2D, goal: Pose2D) -> PlanError | None:
        """Return why the goal can never be reached on the bare map, None when only people or things are in the way."""
        try:
            self.plan(start, goal, without_obstacles=True)
        except PlanError as error:
            return error
        return None
