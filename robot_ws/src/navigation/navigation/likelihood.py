"""The likelihood field: how well a lidar end point fits a map, read in a few nanoseconds.

The map is kept as one byte a cell: the signed distance to the nearest wall surface
(half a cell before the centre of an occupied cell), in steps of 5 mm, so a whole
floor stays in the processor's cache. A beam's log-likelihood is a table over that
distance; the table can be exchanged (fine while tracking, coarse while searching).
Model: S. Thrun, W. Burgard, D. Fox, Probabilistic Robotics, section 6.4, with the
uniform part doing for people what a threshold would: it bounds what one beam can cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.grid import GridMap

OCCUPIED_FROM, FREE_TO = 65, 25
"""Values of a map (0..100) from which a cell is a wall, and up to which it is floor."""

STEP = 0.005
"""m of distance a byte counts."""

INSIDE = 56
"""Byte value of a wall's surface; what is less lies inside the wall."""

TABLE_SIZE = 256 * 4
"""Entries of a likelihood table: four a byte step, for interpolated distances."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LikelihoodField:
    """Hold a map for a particle filter, in the map image's own frame (origin at its corner, no yaw).

    Attributes:
        distance: HxW signed distance to the nearest wall surface, bytes of `STEP` metres, `INSIDE` = 0 m.
        free: HxW, 1 where the floor is known to be free.
        free_cells: Nx2 int32 (column, row) of cells a robot can stand in.
        resolution: m a cell.
    """

    distance: Bytes
    free: Bytes
    free_cells: NDArray[np.int32]
    resolution: float

    def distance_at(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the signed distance in m, clipped to -0.28..1.0, of Nx2 points; 1.0 off the map."""
        cells = np.floor(np.asarray(xy) / self.resolution).astype(np.int64)
        rows, columns = self.distance.shape
        inside = (cells[:, 0] >= 0) & (cells[:, 1] >= 0) & (cells[:, 0] < columns) & (cells[:, 1] < rows)
        metres = np.full(len(cells), (255 - INSIDE) * STEP)
        metres[inside] = (self.distance[cells[inside, 1], cells[inside, 0]].astype(np.float64) - INSIDE) * STEP
        return metres


def build_field(
    occupied: NDArray[np.bool_], free: NDArray[np.bool_], resolution: float, clearance: float = 0.25
) -> LikelihoodField:
    """Build the field of a map.

    Args:
        occupied: HxW, where walls are; row 0 is the lowest y.
        free: HxW, where the floor is known to be free.
        resolution: m a cell.
        clearance: m from any wall at which a robot can stand.
    """
    outside = cv2.distanceTransform((~occupied).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    within = cv2.distanceTransform(occupied.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    if not occupied.any():
        outside[:] = np.float32(1e6)
    if occupied.all():
        within[:] = np.float32(1e6)
    metres = np.where(occupied, 0.5 - within, outside - 0.5) * np.float32(resolution)
    distance = np.clip(np.rint(metres / STEP) + INSIDE, 0, 255).astype(np.uint8)
    rows, columns = np.nonzero(free & (metres > clearance))
    cells = np.ascontiguousarray(np.stack([columns, rows], axis=1).astype(np.int32))
    return LikelihoodField(distance, np.ascontiguousarray(free, dtype=np.uint8), cells, resolution)


def field_of(grid: GridMap) -> tuple[LikelihoodField, Pose2D]:
    """Return the likelihood field of a map and the pose of its corner in the map frame."""
    cells = grid.data.view(np.int8)
    return build_field(cells >= OCCUPIED_FROM, (cells >= 0) & (cells <= FREE_TO), grid.resolution), grid.origin


def likelihood_table(sigma: float, z_hit: float, z_rand: float) -> Floats:
    """Return log(z_hit * exp(-d^2 / 2 sigma^2) + z_rand) over signed distance, `TABLE_SIZE` values; sigma in m."""
    metres = (np.arange(TABLE_SIZE) / 4.0 - INSIDE) * STEP
    return np.log(z_hit * np.exp(-0.5 * (metres / sigma) ** 2) + z_rand).astype(np.float32)


@numba.njit(cache=True, nogil=True, fastmath=True)
def score_poses(
    x: Floats,
    y: Floats,
    yaw: Floats,
    count: int,
    bx: Floats,
    by: Floats,
    beams: int,
    distance: Bytes,
    resolution: float,
    table: Floats,
    out: Floats,
) -> None:
    """Write the sum of log-likelihoods of `beams` end points for each of `count` poses into `out`.

    bx, by: end points in base_link, m. x, y: m, yaw: rad, in the image's frame. End points off the map
    count as far from any wall. Distances are interpolated between cells, so precision is below a cell.
    """
    rows, columns = distance.shape
    scale = np.float32(1.0 / resolution)
    half = np.float32(0.5)
    four = np.float32(4.0)
    flat, width, one = distance.ravel(), np.uint64(columns), np.uint64(1)
    last_column, last_row = np.float32(columns - 1), np.float32(rows - 1)
    nothing = table[table.shape[0] - 1]
    for i in range(count):
        c, s = np.float32(np.cos(yaw[i])) * scale, np.float32(np.sin(yaw[i])) * scale
        px, py = x[i] * scale - half, y[i] * scale - half
        total = np.float32(0.0)
        for j in range(beams):
            gx = px + c * bx[j] - s * by[j]
            gy = py + s * bx[j] + c * by[j]
            if gx < np.float32(0.0) or gy < np.float32(0.0) or gx >= last_column or gy >= last_row:
                total += nothing
                continue
            # unsigned indices spare the check for negative ones
            col, row = np.uint32(gx), np.uint32(gy)
            fx, fy = gx - np.float32(col), gy - np.float32(row)
            at = np.uint64(row) * width + np.uint64(col)
            d00, d01 = np.float32(flat[at]), np.float32(flat[at + one])
            d10, d11 = np.float32(flat[at + width]), np.float32(flat[at + width + one])
            low = d00 + fx * (d01 - d00)
            high = d10 + fx * (d11 - d10)
            total += table[np.uint32(four * (low + fy * (high - low)))]
        out[i] = total


@numba.njit(cache=True, nogil=True)
def end_point_distances(
    x: float, y: float, yaw: float, bx: Floats, by: Floats, count: int, distance: Bytes, resolution: float, out: Floats
) -> None:
    """Write the signed distance (m) from each end point to the nearest wall surface, seen from one pose."""
    rows, columns = distance.shape
    c, s = np.cos(yaw), np.sin(yaw)
    for j in range(count):
        col = int(np.floor((x + c * bx[j] - s * by[j]) / resolution))
        row = int(np.floor((y + s * bx[j] + c * by[j]) / resolution))
        if 0 <= col < columns and 0 <= row < rows:
            out[j] = (distance[row, col] - INSIDE) * STEP
        else:
            out[j] = (255 - INSIDE) * STEP


@numba.njit(cache=True, nogil=True)
def share_explained(
    x: float, y: float, yaw: float, bx: Floats, by: Floats, count: int, stride: int, distance: Bytes, resolution: float
) -> tuple[float, float]:
    """Return the shares of beams that (end at a wall of the map, went through one), seen from one pose.

    A person in front of a wall makes a beam short; nothing but a wrong pose (or glass) makes a beam
    go through a wall. A beam went through when it ends more than 0.2 m from any wall and met, at least
    0.3 m before its end, the inside of one.
    """
    rows, columns = distance.shape
    c, s = np.cos(yaw), np.sin(yaw)
    ends, through, seen = 0, 0, 0
    for j in range(0, count, stride):
        seen += 1
        dx, dy = c * bx[j] - s * by[j], s * bx[j] + c * by[j]
        col, row = int(np.floor((x + dx) / resolution)), int(np.floor((y + dy) / resolution))
        inside = 0 <= col < columns and 0 <= row < rows
        if inside and abs((distance[row, col] - INSIDE) * STEP) < 0.2:
            ends += 1
            continue
        length = np.hypot(dx, dy)
        if length < 0.4:
            continue
        steps = int((length - 0.3) / resolution)
        ux, uy = dx / length * resolution, dy / length * resolution
        for k in range(steps):
            col, row = int(np.floor((x + ux * k) / resolution)), int(np.floor((y + uy * k) / resolution))
            if 0 <= col < columns and 0 <= row < rows and distance[row, col] < INSIDE:
                through += 1
                break
    if seen == 0:
        return 0.0, 0.0
    return ends / seen, through / seen
