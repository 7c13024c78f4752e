"""One floor of a site as the map server gives it out: its grid, and masks of where not to go and where to go slowly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counter_map.model import Zone
from counter_map.site import load_site
from guide_common.errors import UserError
from navigation.grid import OCCUPIED, GridMap, load_map, polygon_mask

SPEED_STEP = 0.01
"""m/s that one unit of the speed mask stands for."""


@dataclass(frozen=True, slots=True)
class FloorData:
    """Hold a floor's grid, the keepout mask (100 inside, 0 outside) and the speed mask (cm/s, 0 = no limit)."""

    map_file: Path
    grid: GridMap
    keepout: GridMap
    speed: GridMap

    def same_as(self, other: FloorData) -> bool:
        """Tell whether both say the same about every cell."""
        return all(
            mine.resolution == theirs.resolution
            and mine.origin == theirs.origin
            and np.array_equal(mine.data, theirs.data)
            for mine, theirs in ((self.grid, other.grid), (self.keepout, other.keepout), (self.speed, other.speed))
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
    """Draw the masks of a grid from zones; those of other kinds than keepout and speed_limit are no matter here."""
    keepout = np.zeros(grid.shape, np.uint8)
    for zone in zones:
        if zone.kind == "keepout":
            keepout[polygon_mask(grid, zone.polygon)] = OCCUPIED
    return FloorData(map_file, grid, _like(grid, keepout), _like(grid, _speeds(grid, zones)))


def _speeds(grid: GridMap, zones: list[Zone]) -> NDArray[np.uint8]:
    speeds = np.zeros(grid.shape, np.uint8)
    for zone in zones:
        if zone.kind == "speed_limit" and zone.max_speed is not None:
            value = int(np.clip(round(zone.max_speed / SPEED_STEP), 1, 100))
            inside = polygon_mask(grid, zone.polygon)
            speeds[inside] = np.where(
                speeds[inside] == 0, value, np.minimum(speeds[inside], value)
            )  # the slowest holds
    return speeds


def _like(grid: GridMap, data: NDArray[np.uint8]) -> GridMap:
    return GridMap(data, grid.resolution, grid.origin)
