"""One floor of a site as the simulator needs it: solid cells with heights, and the spots people walk between."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counter_map.site import load_site
from guide_common.geometry import Pose2D
from hall_sim.errors import HallError
from navigation.grid import load_map, polygon_mask

WALL_HEIGHT = 2.6
FURNITURE_HEIGHT = 1.1
"""m: furniture whose height the site does not give, and everything solid on a floor that names no furniture."""
EYE_HEIGHT = 1.5
"""m."""

ORIGIN = Pose2D(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Spot:
    """Name a place of the floor and where the robot would stand at it (map frame)."""

    id: str
    kind: str
    stand: Pose2D


@dataclass(frozen=True)
class Floor:
    """Hold a floor: HxW heights in m (0 = free; row 0 lowest y), m a cell, lower left corner, spots by id."""

    heights: npt.NDArray[np.float64]
    resolution: float
    origin: Pose2D = ORIGIN
    spots: dict[str, Spot] = field(default_factory=dict)
    post: Pose2D = ORIGIN
    unknown: npt.NDArray[np.bool_] | None = None

    @property
    def solid(self) -> npt.NDArray[np.bool_]:
        """Tell for each cell whether something stands there."""
        return self.heights > 0.0

    @property
    def free(self) -> npt.NDArray[np.bool_]:
        """Tell for each cell whether it is known to be empty: where people can walk."""
        return ~self.solid if self.unknown is None else ~self.solid & ~self.unknown

    def in_sight(self, one: tuple[float, float], other: tuple[float, float]) -> bool:
        """Tell whether nothing as high as an eye stands between two points (m, map frame)."""
        cells = max(round(2.0 * math.dist(one, other) / self.resolution), 1)
        shares = np.linspace(0.0, 1.0, cells + 1)
        columns = (one[0] + shares * (other[0] - one[0]) - self.origin.x) / self.resolution
        rows = (one[1] + shares * (other[1] - one[1]) - self.origin.y) / self.resolution
        rows = np.clip(rows.astype(int), 0, self.heights.shape[0] - 1)
        columns = np.clip(columns.astype(int), 0, self.heights.shape[1] - 1)
        return bool(self.heights[rows, columns].max() < EYE_HEIGHT)


def load_floor(site_folder: Path | str, floor: str) -> Floor:
    """Read one floor of a site folder.

    Occupied cells inside a furniture polygon are as high as it; the others are walls.
    Raises a UserError for a broken site, and HallError for a floor it does not have.
    """
    site = load_site(site_folder)
    if floor not in site.floors:
        raise HallError(f"{site_folder}: no floor {floor}; it has {', '.join(site.floors)}")
    grid = load_map(site.floors[floor].map_file)
    if grid.origin.yaw != 0.0:
        raise HallError(f"{site.floors[floor].map_file}: the simulator needs a map with origin yaw 0; turn the image")
    furniture = list(site.zones_of("furniture", floor))
    heights = np.where(grid.lethal, WALL_HEIGHT if furniture else FURNITURE_HEIGHT, 0.0)
    for piece in furniture:
        mask = polygon_mask(grid, piece.polygon) & grid.lethal
        heights[mask] = piece.height or FURNITURE_HEIGHT
    spots = {place.id: Spot(place.id, place.kind, place.stand) for place in site.places_of(floor=floor)}
    post = site.post(floor).stand if floor in site.settings.robots else next(iter(spots.values())).stand
    return Floor(heights, grid.resolution, grid.origin, spots, post, grid.unknown)
