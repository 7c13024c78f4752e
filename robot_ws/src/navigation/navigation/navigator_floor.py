"""The floor as the navigator knows it: one layered costmap, fed by map, zones and scans, and its planner."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.bystanders import Places, keep_off
from navigation.cost_to_go import CostToGo
from navigation.costmap import NOBODY, InflationParams, LayeredCostmap, ObstacleParams
from navigation.costmap_lasting import LastingObstacles
from navigation.errors import PlanError
from navigation.floor_zones import FloorData
from navigation.grid import GridMap
from navigation.one_way import Sectors, sectors_of_mask
from navigation.path_spots import blind_stretches, narrow_stretches
from navigation.planner import Path, Planner

LASTING_LOOK = 0.5
"""s of scans between looks at what lasts."""


class NoMapError(PlanError):
    """Tell that no map has come yet."""


class Floor:
    """Hold costmap and planner of the present map; safe to use from several threads."""

    def __init__(
        self,
        inflation: InflationParams,
        fields_dir: FilePath | None = None,
        obstacles: ObstacleParams | None = None,
    ) -> None:
        """Take how obstacles are inflated, the folder for fields of known places (`take_places`), and what marks do."""
        self._inflation, self._fields_dir, self._obstacles = inflation, fields_dir, obstacles or ObstacleParams()
        self._places: dict[str, tuple[float, float]] = {}
        self._fields: CostToGo | None = None
        self._lock = threading.Lock()
        self._planning = threading.Lock()
        self._telling = threading.Lock()
        self._lasting, self._looked = LastingObstacles(), -math.inf
        self._map: LayeredCostmap | None = None
        self._planner: Planner | None = None
        self._static: NDArray[np.uint8] | None = None
        self._keepout: NDArray[np.bool_] | NDArray[np.uint8] | None = None
        self._one_way: Sectors | None = None
        self.revision = 0

    @property
    def costmap(self) -> LayeredCostmap | None:
        """Return the costmap, None before the first map."""
        return self._map

    def take_map(self, grid: GridMap) -> None:
        """Begin anew on a map; what the lidar marked is forgotten."""
        costmap = LayeredCostmap(grid, self._inflation, self._obstacles)
        with self._lock:
            if self._keepout is not None and self._keepout.shape == grid.shape:
                costmap.set_keepout_mask(self._keepout)
            if self._one_way is not None and self._one_way.shape == grid.shape:
                costmap.one_way = self._one_way
            self._map = costmap
            self._static = costmap.costs.copy()
            self._planner = self._fields = None
            self.revision += 1
        self._tell_fields()

    def take_floor(self, floor: FloorData) -> None:
        """Take a map with its zones."""
        self.take_map(floor.grid)
        self.take_keepout(floor.keepout.data)
        self.take_one_way(floor.one_way.data)

    def take_keepout(self, mask: NDArray[np.bool_] | NDArray[np.uint8]) -> None:
        """Take where never to go, or rather not, as `LayeredCostmap.set_keepout_mask` does.

        A mask for another map waits until that map comes; one of any shape that is all 0 means that there is nothing.
        """
        with self._lock:
            if self._map is not None and not mask.any():
                mask = np.zeros(self._map.costs.shape, np.uint8)
            self._keepout = mask
            if self._map is not None and self._map.costs.shape == mask.shape:
                self._map.set_keepout_mask(mask)
                self._static = self._map.costs_without_obstacles()
                self.revision += 1
        self._tell_fields()

    def take_one_way(self, mask: NDArray[np.uint8]) -> None:
        """Take in which direction cells are driven, as published (H x W: 0 any way, 1 + sector).

        A mask for another map waits until that map comes; one of any shape that is all 0 means any way everywhere.
        """
        sectors = sectors_of_mask(mask)
        with self._lock:
            self._one_way = sectors
            if self._map is not None and (sectors is None or sectors.shape == self._map.costs.shape):
                self._map.one_way = sectors
                self.revision += 1
        self._tell_fields()

    def take_places(self, places: dict[str, tuple[float, float]]) -> None:
        """Take the places (x, y in m, map frame) whose ways are kept ready; `refresh_fields` makes them so."""
        with self._lock:
            self._places = dict(places)
        self._tell_fields()

    def refresh_fields(self) -> bool:
        """Make one field that is missing, for a thread in the background; return whether one was."""
        fields = self._fields
        if fields is None:
            return False
        self._follow_lasting()
        return fields.refresh()

    @property
    def fields_ready(self) -> int:
        """Return to how many places the way is known for the lasting costs as they are now."""
        return 0 if self._fields is None else self._fields.ready

    def _tell_fields(self) -> None:
        """Let the fields follow map, zones and places, with what lasts now."""
        with self._telling:
            with self._lock:
                costmap, static, places = self._map, self._static, self._places
                one_way = None if costmap is None else costmap.one_way
                if costmap is None or static is None or not places:
                    return
                if self._fields is None:
                    self._fields = CostToGo(self._fields_dir, costmap.grid.resolution, costmap.grid.origin)
                    self._lasting = LastingObstacles()
                fields = self._fields
            fields.set_places(places)
            fields.set_costs(static, one_way, self._costs_of_lasting(costmap, static))

    def _follow_lasting(self) -> None:
        """Tell the fields when other obstacles last than before."""
        with self._telling:
            with self._lock:
                costmap, static, fields = self._map, self._static, self._fields
                if costmap is None or static is None or fields is None:
                    return
                if 0.0 <= costmap.stamp - self._looked < LASTING_LOOK:
                    return
                self._looked = costmap.stamp
                cells, spans = costmap.obstacle_cells, costmap.hit_for()
            if self._lasting.look(cells, spans, costmap.obstacles.lasting):
                fields.set_lasting(self._costs_of_lasting(costmap, static))

    def _costs_of_lasting(self, costmap: LayeredCostmap, static: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        return self._lasting.costs_over(static, costmap.grid.resolution, costmap.inflation)

    def take_scan(
        self,
        ranges: NDArray[np.float32],
        angles: NDArray[np.float64],
        laser: Pose2D,
        stamp: float,
        people: NDArray[np.float64] = NOBODY,
    ) -> None:
        """Mark and clear obstacles by a scan taken from `laser` (map frame) at `stamp` (s).

        What is hit near people (K x 2, m, map frame) does not last.
        """
        with self._lock:
            if self._map is not None:
                self._map.update_scan(ranges, angles, laser, stamp, people)

    def clear(self, centre: Pose2D | None = None, side: float = 0.0, inside: bool = True) -> None:
        """Forget what the lidar marked: all of it, or in or outside of a square, as `LayeredCostmap.clear` does."""
        with self._lock:
            if self._map is not None:
                self._map.clear(centre, side, inside)

    def costs_now(self) -> tuple[NDArray[np.uint8], float, Pose2D]:
        """Return a copy of the costs (HxW), m a cell, and the grid's origin; raise NoMapError."""
        with self._lock:
            if self._map is None:
                raise NoMapError("there is no map yet; start the map server")
            return self._map.costs.copy(), self._map.grid.resolution, self._map.grid.origin

    def plan(self, start: Pose2D, goal: Pose2D, without_obstacles: bool = False, standing: Places = NOBODY) -> Path:
        """Plan on the costs as they are now, with room for who stands (K x 2, m) there; raise PlanError."""
        with self._planning:
            with self._lock:
                if self._map is None or self._static is None:
                    raise NoMapError("there is no map yet; start the map server")
                grid, fields, one_way = self._map.grid, self._fields, self._map.one_way
                costs = self._static if without_obstacles else self._map.costs
                if len(standing) and not without_obstacles:
                    costs = costs.copy()
                    keep_off(costs, self._static, standing, grid.resolution, grid.origin)
                known = None if fields is None else fields.plan(costs, (start.x, start.y), (goal.x, goal.y))
                if known is not None:
                    return known
                if costs is self._map.costs:
                    costs = costs.copy()  # a search lasts longer
            planner = self._planner
            if planner is None or (planner.origin, planner.resolution) != (grid.origin, grid.resolution):
                planner = self._planner = Planner(costs, grid.resolution, grid.origin)
            planner.update(costs, one_way)
            return planner.plan((start.x, start.y), (goal.x, goal.y))

    def with_spots(self, path: Path) -> Path:
        """Return a path with its blind and narrow stretches, by walls and furniture."""
        with self._lock:
            costmap, static = self._map, self._static
        if costmap is None or static is None:
            return path
        grid = costmap.grid.resolution, costmap.grid.origin, path.points
        return replace(path, blind=blind_stretches(static, *grid), narrow=narrow_stretches(static, *grid))

    def standing_room(self, start: Pose2D, goal: Pose2D) -> PlanError | None:
        """Return why the goal can never be reached on the bare map, None when only people or things are in the way."""
        try:
            self.plan(start, goal, without_obstacles=True)
        except PlanError as error:
            return error
        return None
