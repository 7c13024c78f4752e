"""Cast a lidar's beams: against a grid of walls, circles (legs) and lines (the wheels of a chair).

A grid holds for each cell how far the nearest solid cell is (Chebyshev, in
cells; 0 where something stands), so a ray leaps over empty floor and walks cell
by cell only near walls (Amanatides and Woo, "A Fast Voxel Traversal Algorithm",
1987). Angles in rad, lengths in m unless told otherwise.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Cells = npt.NDArray[np.uint16]

WALL, NOTHING = -1, -2
"""What a beam struck, where it is no circle and no line."""
LEAP_FROM = 4
"""Cells of clearance from which a leap is worth its arithmetic."""


def clearance(solid: npt.NDArray[np.bool_]) -> Cells:
    """Return for each cell the Chebyshev distance in cells to the nearest solid one; 0 for a solid one."""
    if not solid.any():
        return np.full(solid.shape, max(solid.shape), np.uint16)
    free = np.where(solid, 0, 1).astype(np.uint8)
    return np.ascontiguousarray(cv2.distanceTransform(free, cv2.DIST_C, 3).astype(np.uint16))


@njit(cache=True, nogil=True)
def cast_ray(clear: Cells, x: float, y: float, dx: float, dy: float, reach: float) -> float:
    """Return how far a ray from (x, y) goes to its first solid cell; all in cells, inf when none is in reach."""
    rows, columns = clear.shape
    step_i, step_j = (1 if dx > 0 else -1), (1 if dy > 0 else -1)
    per_i = abs(1.0 / dx) if dx != 0.0 else np.inf
    per_j = abs(1.0 / dy) if dy != 0.0 else np.inf
    fastest = max(abs(dx), abs(dy))
    length, next_i, next_j = 0.0, 0.0, 0.0
    i, j, fresh = 0, 0, True
    while length <= reach:
        if fresh:
            px, py = x + length * dx, y + length * dy
            i, j, fresh = math.floor(px), math.floor(py), False
            next_i = length + ((i + 1 - px) if dx > 0 else (px - i)) * per_i if dx != 0.0 else np.inf
            next_j = length + ((j + 1 - py) if dy > 0 else (py - j)) * per_j if dy != 0.0 else np.inf
        if not (0 <= i < columns and 0 <= j < rows):
            return np.inf
        room = clear[j, i]
        if room == 0:
            return length
        if room >= LEAP_FROM:
            length += (room - 1) / fastest
            fresh = True
        elif next_i < next_j:
            length = next_i
            next_i += per_i
            i += step_i
        else:
            length = next_j
            next_j += per_j
            j += step_j
    return np.inf


@njit(cache=True, nogil=True)
def cast_grid(
    clear: Cells, x: float, y: float, first: float, increment: float, reach: float, ranges: Floats, struck: Ints
) -> None:
    """Fill the ranges (in cells, as x, y and reach are) and what was struck of beams that meet the grid."""
    for k in range(ranges.size):
        angle = first + k * increment
        ranges[k] = cast_ray(clear, x, y, math.cos(angle), math.sin(angle), reach)
        struck[k] = NOTHING if ranges[k] == np.inf else WALL


@njit(cache=True, nogil=True)
def cast_circles(
    ranges: Floats, struck: Ints, x: float, y: float, first: float, increment: float, circles: Floats
) -> None:
    """Shorten, in place, the ranges of the beams that meet a circle (x, y, radius); they struck its index."""
    beams = ranges.size
    for c in range(circles.shape[0]):
        cx, cy, radius = circles[c, 0] - x, circles[c, 1] - y, circles[c, 2]
        distance = math.hypot(cx, cy)
        if distance <= radius:
            ranges[:] = 0.0
            struck[:] = c
            return
        half = math.asin(radius / distance)
        bearing = math.atan2(cy, cx) - first
        low, high = math.ceil((bearing - half) / increment), math.floor((bearing + half) / increment)
        for k in range(low, high + 1):
            off = distance * math.sin(k * increment - bearing)
            along = distance * math.cos(k * increment - bearing)
            hit = along - math.sqrt(max(radius * radius - off * off, 0.0))
            if hit < ranges[k % beams]:
                ranges[k % beams] = hit
                struck[k % beams] = c


@njit(cache=True, nogil=True)
def meets_line(x: float, y: float, dx: float, dy: float, line: Floats) -> float:
    """Return how far a ray goes to a line (x1, y1, x2, y2, …); inf when it passes by."""
    ex, ey = line[2] - line[0], line[3] - line[1]
    turn = dx * ey - dy * ex
    if abs(turn) < 1e-12:
        return np.inf
    wx, wy = line[0] - x, line[1] - y
    share = (wx * dy - wy * dx) / turn
    if share < 0.0 or share > 1.0:
        return np.inf
    length = (wx * ey - wy * ex) / turn
    return length if length > 0.0 else np.inf


@njit(cache=True, nogil=True)
def beams_of_line(x: float, y: float, first: float, increment: float, line: Floats) -> tuple[int, int]:
    """Return the first and the last beam that can meet a line; they may lie outside 0 … beams - 1."""
    one = math.atan2(line[1] - y, line[0] - x)
    other = math.atan2(line[3] - y, line[2] - x)
    span = other - one
    span -= math.tau * round(span / math.tau)
    low = (one if span >= 0.0 else one + span) - first
    return math.ceil(low / increment), math.floor((low + abs(span)) / increment)


@njit(cache=True, nogil=True)
def cast_lines(ranges: Floats, struck: Ints, x: float, y: float, first: float, increment: float, lines: Floats) -> None:
    """Shorten, in place, the ranges of the beams that meet a line (x1, y1, x2, y2)."""
    beams = ranges.size
    for s in range(lines.shape[0]):
        low, high = beams_of_line(x, y, first, increment, lines[s])
        for k in range(low, high + 1):
            angle = first + k * increment
            hit = meets_line(x, y, math.cos(angle), math.sin(angle), lines[s])
            if hit < ranges[k % beams]:
                ranges[k % beams] = hit
                struck[k % beams] = WALL


@njit(cache=True, nogil=True)
def meets_circle(x: float, y: float, dx: float, dy: float, circle: Floats) -> float:
    """Return how far a ray goes to a circle (x, y, radius); inf when it passes by."""
    wx, wy = circle[0] - x, circle[1] - y
    along, off = wx * dx + wy * dy, wx * dy - wy * dx
    inside = circle[2] * circle[2] - off * off
    if inside < 0.0 or along <= 0.0:
        return np.inf
    return max(along - math.sqrt(inside), 0.0)
