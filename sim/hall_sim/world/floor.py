"""One floor of a site as the simulator needs it: solid cells with heights, and the spots people walk between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from counter_map.site import load_site
from guide_common.geometry import Pose2D
from hall_sim.errors import HallError
from navigation.grid import load_map, polygon_mask

WALL_HEIGHT = 2.6
FURNITURE_HEIGHT = 1.1
"""m: furniture whose height the site does not give, and everything solid on a floor that names no furniture."""
BENCH, SEAT_BELOW = "bench", 0.9
"""Furniture whose id says so, and that is lower than this (m), is sat on."""
SEAT_WIDTH = 0.55
FEET = 0.33
"""m: of a bench for each who sits on it, and from its edge to their feet."""
ROW_GAP = 1.4
"""m: benches nearer to one another than this are rows of one block."""
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
    seats: tuple[Pose2D, ...] = ()
    """Where the feet of people who sit are, and where they look."""
    seating: npt.NDArray[np.bool_] | None = None
    """Which cells lie among the seats: only who sits there goes there."""

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
    counters = [(spot.stand.x, spot.stand.y) for spot in spots.values() if spot.kind == "counter"]
    benches = [piece.polygon for piece in furniture if BENCH in piece.id and (piece.height or 0.0) < SEAT_BELOW]
    seats = tuple(seat for bench in benches for seat in seats_of(bench, counters))
    seating = np.zeros(heights.shape, np.uint8)
    for bench in benches:
        seating[polygon_mask(grid, bench)] = 1
    rows = np.ones((round(ROW_GAP / grid.resolution),) * 2, np.uint8)
    among = cv2.morphologyEx(seating, cv2.MORPH_CLOSE, rows).astype(bool)
    return Floor(heights, grid.resolution, grid.origin, spots, post, grid.unknown, seats, among)


def seats_of(bench: Sequence[tuple[float, float]], towards: Sequence[tuple[float, float]]) -> list[Pose2D]:
    """Return the seats along that long side of a bench (its corners, m) which looks towards most of some points."""
    corners = [(float(x), float(y)) for x, y in bench[:4]]
    middle = (sum(x for x, _ in corners) / 4.0, sum(y for _, y in corners) / 4.0)
    sides = sorted(zip(corners, corners[1:] + corners[:1], strict=True), key=lambda side: -math.dist(*side))[:2]
    aim = np.mean(list(towards), axis=0).tolist() if towards else (middle[0], middle[1] + 1.0)
    ahead = (aim[0] - middle[0], aim[1] - middle[1])

    def outward(side: tuple[tuple[float, float], tuple[float, float]]) -> tuple[float, float]:
        (x1, y1), (x2, y2) = side
        return (x1 + x2) / 2.0 - middle[0], (y1 + y2) / 2.0 - middle[1]

    front = max(sides, key=lambda side: outward(side)[0] * ahead[0] + outward(side)[1] * ahead[1])
    (x1, y1), (x2, y2) = front
    yaw = math.atan2(outward(front)[1], outward(front)[0])
    feet = (FEET * math.cos(yaw), FEET * math.sin(yaw))
    count = int(math.dist(*front) / SEAT_WIDTH)
    shares = [(k + 0.5) / count for k in range(count)]
    return [Pose2D(x1 + s * (x2 - x1) + feet[0], y1 + s * (y2 - y1) + feet[1], yaw) for s in shares]
