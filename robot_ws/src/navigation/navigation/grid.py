"""The floor as a grid of cells: what a map file says, in metres."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from guide_common.geometry import Pose2D
from navigation.errors import MapError
from navigation.map_image import read_image, write_image
from navigation.map_io import (
    FREE,
    MODES,
    OCCUPIED,
    UNKNOWN,
    Cells,
    MapHeader,
    cells_from_image,
    image_from_cells,
    read_header,
    write_header,
)

__all__ = ["FREE", "OCCUPIED", "UNKNOWN", "GridMap", "in_grid", "load_map", "nothing_on", "polygon_mask", "save_map"]


@dataclass(frozen=True, slots=True)
class GridMap:
    """Hold an occupancy grid.

    Args:
        data: H x W uint8: 0 free .. 100 occupied, 255 unknown; row 0 has the lowest y, as in nav_msgs/OccupancyGrid.
        resolution: metres a cell.
        origin: pose of the grid's lower left corner in the map frame.
    """

    data: Cells
    resolution: float
    origin: Pose2D = field(default_factory=lambda: Pose2D(0.0, 0.0, 0.0))

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        return self.data.shape[0], self.data.shape[1]

    @property
    def size(self) -> tuple[float, float]:
        """Return width and height, in metres."""
        return self.data.shape[1] * self.resolution, self.data.shape[0] * self.resolution

    @property
    def lethal(self) -> NDArray[np.bool_]:
        """Return which cells are walls (H x W): those at 100, Nav2's `lethal_cost_threshold`."""
        return self.data == OCCUPIED

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Return which cells nobody has looked at (H x W)."""
        return self.data == UNKNOWN

    def to_cells(self, xy: ArrayLike) -> NDArray[np.int64]:
        """Return the cells (N x 2: column, row) that points (N x 2, m, map frame) lie in; they may be off the grid."""
        points = np.atleast_2d(np.asarray(xy, dtype=np.float64))
        return np.floor(in_grid(points, self.resolution, self.origin)).astype(np.int64)

    def to_metres(self, cells: ArrayLike) -> NDArray[np.float64]:
        """Return the centres (N x 2, m, map frame) of cells (N x 2: column, row)."""
        points = (np.atleast_2d(np.asarray(cells, dtype=np.float64)) + 0.5) * self.resolution
        if self.origin.yaw != 0.0:
            points = points @ _rotation(self.origin.yaw).T
        return points + np.array([self.origin.x, self.origin.y])

    def inside(self, cells: ArrayLike) -> NDArray[np.bool_]:
        """Return which cells (N x 2: column, row) are on the grid."""
        cells = np.atleast_2d(np.asarray(cells))
        return (cells >= 0).all(axis=1) & (cells[:, 0] < self.data.shape[1]) & (cells[:, 1] < self.data.shape[0])

    def values_at(self, xy: ArrayLike) -> Cells:
        """Return the occupancy at points (N x 2, m, map frame); unknown off the grid."""
        cells = self.to_cells(xy)
        on_grid = self.inside(cells)
        values = np.full(len(cells), UNKNOWN, np.uint8)
        values[on_grid] = self.data[cells[on_grid, 1], cells[on_grid, 0]]
        return values


def load_map(yaml_path: Path | str) -> GridMap:
    """Read a Nav2 map (YAML and PNG, PGM or BMP); raise MapError, one sentence with file and mend."""
    header = read_header(Path(yaml_path))
    return GridMap(cells_from_image(read_image(header.image), header), header.resolution, header.origin)


def save_map(
    grid: GridMap,
    yaml_path: Path | str,
    image_format: str = "png",
    mode: str = "trinary",
    occupied_thresh: float = 0.65,
    free_thresh: float = 0.25,
) -> None:
    """Write a Nav2 map that `load_map` reads back the same, bit by bit.

    `trinary` keeps free, occupied and unknown only; `scale` and `raw` keep every value.
    """
    if mode not in MODES:
        raise MapError(f"a map's mode is one of {', '.join(MODES)}, not {mode!r}; choose one of them")
    if not 0.0 < free_thresh < occupied_thresh < 1.0:
        raise MapError(
            f"a map cannot be told apart by free_thresh {free_thresh:g} and occupied_thresh {occupied_thresh:g}; "
            "give 0 < free_thresh < occupied_thresh < 1"
        )
    path = Path(yaml_path)
    image = path.with_suffix(f".{image_format}")
    header = MapHeader(
        image, grid.resolution, grid.origin, mode, occupied_thresh=occupied_thresh, free_thresh=free_thresh
    ).exact()
    write_image(image, image_from_cells(grid.data, header))
    write_header(path, header)


def nothing_on(grid: GridMap) -> GridMap:
    """Return a mask that says 0 everywhere on a grid: one cell that covers it, however large it is."""
    return GridMap(np.zeros((1, 1), np.uint8), max(grid.size), grid.origin)


def polygon_mask(grid: GridMap, polygon: ArrayLike) -> NDArray[np.bool_]:
    """Return which cells (H x W) have their centre inside a polygon (N x 2, m, map frame)."""
    corners = np.asarray(polygon, dtype=np.float64)
    rows, columns = grid.shape
    mask = np.zeros((rows, columns), dtype=bool)
    cells = grid.to_cells(corners)
    low = np.clip(cells.min(axis=0) - 1, 0, (columns, rows))
    high = np.clip(cells.max(axis=0) + 2, 0, (columns, rows))
    if (low >= high).any():
        return mask
    xs, ys = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    centres = grid.to_metres(np.column_stack([xs.ravel(), ys.ravel()]))
    mask[low[1] : high[1], low[0] : high[0]] = _inside(centres, corners).reshape(xs.shape)
    return mask


def _inside(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Count crossings of a ray along +x with the polygon's edges (even-odd rule)."""
    inside = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            inside ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


def in_grid(points: NDArray[np.float64], resolution: float, origin: Pose2D) -> NDArray[np.float64]:
    """Bring points (N x 2, m, map frame) into a grid, in cells from its corner; a resolution of 1 leaves metres."""
    moved = points - np.array([origin.x, origin.y])
    if origin.yaw != 0.0:
        moved = moved @ _rotation(origin.yaw)
    return np.asarray(moved / resolution)


def _rotation(yaw: float) -> NDArray[np.float64]:
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, -s], [s, c]])
