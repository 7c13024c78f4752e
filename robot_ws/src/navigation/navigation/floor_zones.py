"""One floor of a site as the map server gives it out: its grid, and masks of where and how not to go.

Where a floor has preferred lanes, the rest of it is dearer: a cost cannot be below that of free floor, so what a lane
saves is laid on what is beside it, in the keepout mask's values between free and forbidden, as Nav2 reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counter_map.model import Zone
from counter_map.site import load_site
from guide_common.errors import UserError
from navigation.grid import OCCUPIED, GridMap, load_map, nothing_on, polygon_mask
from navigation.one_way import sector_of

SPEED_STEP = 0.01
"""m/s that one unit of the speed mask stands for."""
SLOWEST = 0.05
"""m/s: no base drives evenly below, and a robot that stood still in a zone would never leave it."""
BESIDE_LANES = 20
"""Per cent of the highest cost, for floor beside preferred lanes: a lane is taken where it is at most 40 % longer."""


@dataclass(frozen=True, slots=True)
class FloorData:
    """Hold a floor's grid and its masks.

    Attributes:
        keepout: 100 where never to go, 1..99 where to go rather not, 0 elsewhere.
        speed: cm/s, 0 where there is no limit.
        one_way: 1 + the sector of the way it is driven (`navigation.one_way`), 0 where any way is.
    """

    map_file: Path
    grid: GridMap
    keepout: GridMap
    speed: GridMap
    one_way: GridMap

    @property
    def grids(self) -> tuple[GridMap, GridMap, GridMap, GridMap]:
        """Return map, keepout, speed and one-way mask."""
        return self.grid, self.keepout, self.speed, self.one_way

    def same_as(self, other: FloorData) -> bool:
        """Tell whether both say the same about every cell."""
        return all(
            mine.resolution == theirs.resolution
            and mine.origin == theirs.origin
            and np.array_equal(mine.data, theirs.data)
            for mine, theirs in zip(self.grids, other.grids, strict=True)
        )


def load_floor(site_dir: Path | str, floor: str) -> FloorData:
    """Read one floor of a site folder; raise UserError that names what is wrong."""
    site = load_site(site_dir)
    if floor not in site.floors:
        known = ", ".join(site.floors)
        raise UserError(f"{site_dir}: there is no floor {floor!r}; the parameter floor must be one of {known}")
    map_file = site.floors[floor].map_file
    return with_zones(map_file, load_map(map_file), list(site.zones_of(floor=floor)))


def with_zones(map_file: Path, grid: GridMap, zones: list[Zone]) -> FloorData:
    """Draw the masks of a grid from zones; lettered zones, queues and furniture are no matter here."""
    keepout = _beside_lanes(grid, zones)
    for zone in zones:
        if zone.kind == "keepout":
            keepout[polygon_mask(grid, zone.polygon)] = OCCUPIED
    return FloorData(
        map_file, grid, *(_like(grid, mask) for mask in (keepout, _speeds(grid, zones), _ways(grid, zones)))
    )


def _beside_lanes(grid: GridMap, zones: list[Zone]) -> NDArray[np.uint8]:
    lanes = [zone for zone in zones if zone.kind == "preferred"]
    dearer = np.full(grid.shape, BESIDE_LANES if lanes else 0, np.uint8)
    for lane in lanes:
        dearer[polygon_mask(grid, lane.polygon)] = 0
    return dearer


def _ways(grid: GridMap, zones: list[Zone]) -> NDArray[np.uint8]:
    ways = np.zeros(grid.shape, np.uint8)
    for zone in zones:
        if zone.kind == "one_way" and zone.direction is not None:
            ways[polygon_mask(grid, zone.polygon)] = 1 + sector_of(zone.direction - grid.origin.yaw)
    return ways


def _speeds(grid: GridMap, zones: list[Zone]) -> NDArray[np.uint8]:
    speeds = np.zeros(grid.shape, np.uint8)
    for zone in zones:
        if zone.kind == "speed_limit" and zone.max_speed is not None:
            value = int(np.clip(round(max(zone.max_speed, SLOWEST) / SPEED_STEP), 1, 100))
            inside = polygon_mask(grid, zone.polygon)
            speeds[inside] = np.where(
                speeds[inside] == 0, value, np.minimum(speeds[inside], value)
            )  # the slowest holds
    return speeds


def _like(grid: GridMap, data: NDArray[np.uint8]) -> GridMap:
    return GridMap(data, grid.resolution, grid.origin) if data.any() else nothing_on(grid)
