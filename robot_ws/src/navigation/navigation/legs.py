"""Legs in a lidar scan: what the map does not explain, cut into segments, paired into people.

The lidar looks at shin height, so a person is two round things about 0.14 m thick and 0.3 m apart, one thing
when a leg hides the other, or one wider thing in a skirt or on a wheelchair.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.likelihood import INSIDE, STEP, Bytes, Floats, LikelihoodField

SINGLE, PAIR, BODY = 0, 1, 2
"""Kinds of detection: one leg, two legs, one wide cluster."""

ALONE, FEW = 0.3, 8
"""Cost of a leg without its other one, in those of `pair_legs`, and up to how many legs the best way is looked for."""

MAX_SEGMENTS = 512
"""Most segments looked at in a scan."""


@dataclass(frozen=True, slots=True)
class LegParams:
    """Hold what legs look like; lengths in m.

    Attributes:
        map_margin, map_margin_per_m: points this near a wall of the map are the wall, plus so much a metre of range.
        max_range: farther away nothing is looked for.
        max_leg_width, max_body_width: widest segment taken for a leg, for a whole person.
        stout: a segment this wide is surely no leg of a chair.
        sure_range: up to here a leg must show at least two points.
        pair_distance, pair_reach: usual and largest distance between the legs of a person.
        stance: legs this near one another are those of somebody who stands; farther apart, of a table perhaps.
        leg_depth, body_depth: how far behind its visible front the middle of a leg or person lies.
        sigma_pair, sigma_single, sigma_body: how exactly each kind tells where the person is.
    """

    map_margin: float = 0.13
    map_margin_per_m: float = 0.012
    max_range: float = 10.0
    max_leg_width: float = 0.22
    max_body_width: float = 0.9
    stout: float = 0.05
    sure_range: float = 6.0
    pair_distance: float = 0.25
    pair_reach: float = 0.75
    stance: float = 0.65
    leg_depth: float = 0.055
    body_depth: float = 0.1
    sigma_pair: float = 0.05
    sigma_single: float = 0.3
    sigma_body: float = 0.09


@dataclass(frozen=True, slots=True)
class Detections:
    """Hold what may be people in one scan.

    Attributes:
        xy: Nx2, m, map frame.
        sigma: N, m, one-sigma error of each position.
        kind: N, `SINGLE`, `PAIR` or `BODY`.
        stout: N, True where all of it is surely too wide for the legs of a chair.
    """

    xy: NDArray[np.float64]
    sigma: NDArray[np.float64]
    kind: NDArray[np.int64]
    stout: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Segments:
    """Hold the segments of one scan that may be legs or, wider, people.

    Attributes:
        xy: Nx2, m, map frame: the middle of the leg or person, a little behind the visible front.
        wide: N, True for a person rather than a leg.
        stout: N, True where it is surely too wide for the leg of a chair.
    """

    xy: NDArray[np.float64]
    wide: NDArray[np.bool_]
    stout: NDArray[np.bool_]


@numba.njit(cache=True, nogil=True)
def cut_segments(
    ranges: Floats,
    angles: Floats,
    x: float,
    y: float,
    yaw: float,
    distance: Bytes,
    free: Bytes,
    resolution: float,
    margin: float,
    margin_per_m: float,
    max_range: float,
    points: NDArray[np.float64],
    kept: Bytes,
    segments: NDArray[np.float64],
) -> int:
    """Cut the points that the map does not explain into segments; return how many.

    The lidar's pose is in the map image's frame. points (Nx2) and kept (N) are work space. A row of `segments`
    is: mean x, mean y, width from first to last point, number of points, range of the mean point.
    """
    n = ranges.shape[0]
    rows, columns = distance.shape
    start = -1
    for i in range(n):
        kept[i] = 0
        r = ranges[i]
        if math.isfinite(r) and 0.05 < r < max_range:
            px, py = x + r * math.cos(yaw + angles[i]), y + r * math.sin(yaw + angles[i])
            points[i, 0], points[i, 1] = px, py
            col, row = math.floor(px / resolution), math.floor(py / resolution)
            if 0 <= col < columns and 0 <= row < rows and free[row, col] == 1:
                metres = (np.float64(distance[row, col]) - INSIDE) * STEP
                if metres > margin + margin_per_m * r:
                    kept[i] = 1
        if kept[i] == 0 and start < 0:
            start = i
    if start < 0:
        return 0
    pitch = abs(angles[1] - angles[0]) if n > 1 else 0.0
    count, first, size, sx, sy = 0, -1, 0, 0.0, 0.0
    previous = -1
    for k in range(1, n + 1):
        i = (start + k) % n
        joined = False
        if kept[i] == 1 and previous >= 0:
            gap = math.hypot(points[i, 0] - points[previous, 0], points[i, 1] - points[previous, 1])
            joined = gap < 0.12 + pitch * ranges[i]
        if previous >= 0 and not joined:
            if count < segments.shape[0]:
                mx, my = sx / size, sy / size
                segments[count, 0], segments[count, 1] = mx, my
                segments[count, 2] = math.hypot(
                    points[previous, 0] - points[first, 0], points[previous, 1] - points[first, 1]
                )
                segments[count, 3] = size
                segments[count, 4] = math.hypot(mx - x, my - y)
                count += 1
            previous = -1
        if kept[i] == 1:
            if previous < 0:
                first, size, sx, sy = i, 0, 0.0, 0.0
            size += 1
            sx += points[i, 0]
            sy += points[i, 1]
            previous = i
    return count


class LegDetector:
    """Find what may be people in scans; keeps its work space between them."""

    def __init__(self, params: LegParams | None = None) -> None:
        self.params = params or LegParams()
        self._segments = np.zeros((MAX_SEGMENTS, 5))
        self._points, self._kept = np.zeros((0, 2)), np.zeros(0, np.uint8)
        self.sigma = np.array([self.params.sigma_single, self.params.sigma_pair, self.params.sigma_body])
        """m, by kind of detection: one-sigma error of its place."""

    def find(self, field: LikelihoodField, origin: Pose2D, ranges: Floats, angles: Floats, sensor: Pose2D) -> Segments:
        """Return the segments of a scan that may be legs.

        Args:
            field: the map; `origin` is the pose of its image's corner in the map frame.
            ranges, angles: m and rad, one a beam.
            sensor: the lidar in the map frame.
        """
        p = self.params
        if len(self._kept) != len(ranges):
            self._points, self._kept = np.zeros((len(ranges), 2)), np.zeros(len(ranges), np.uint8)
        eye = origin.inverse() @ sensor
        count = cut_segments(
            ranges,
            angles,
            eye.x,
            eye.y,
            eye.yaw,
            field.distance,
            field.free,
            field.resolution,
            p.map_margin,
            p.map_margin_per_m,
            p.max_range,
            self._points,
            self._kept,
            self._segments,
        )
        s = self._segments[:count]
        s = s[(s[:, 2] <= p.max_body_width) & ((s[:, 3] >= 2) | (s[:, 4] > p.sure_range))]
        wide = s[:, 2] > p.max_leg_width
        depth = np.where(wide, p.body_depth, p.leg_depth)
        away = s[:, :2] - (eye.x, eye.y)
        centres = s[:, :2] + away * (depth / np.maximum(s[:, 4], 0.05))[:, None]
        c, sn = math.cos(origin.yaw), math.sin(origin.yaw)
        centres = centres @ np.array([[c, sn], [-sn, c]]) + (origin.x, origin.y)
        across = (s[:, 3] - 1.0) * abs(float(angles[1] - angles[0])) * s[:, 4]  # as wide as the beams tell, at least
        return Segments(centres, wide, across >= p.stout)

    def stands(self, found: Segments, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each pair (Px2 indices) whether one is too thick for a chair's leg, and both are near enough."""
        apart = np.hypot(*(found.xy[pairs[:, 0]] - found.xy[pairs[:, 1]]).T)
        return found.stout[pairs].any(axis=1) & (apart < self.params.stance)

    def group(self, found: Segments, left: NDArray[np.int64], expected: NDArray[np.float64]) -> Detections:
        """Pair the legs among the segments `left` (indices) and return what may be people.

        expected: Nx2, m, map frame: where people are expected, which helps to tell whose leg is whose.
        """
        p = self.params
        bodies, legs = left[found.wide[left]], left[~found.wide[left]]
        pairs = legs[pair_legs(found.xy[legs], expected, p.pair_distance, p.pair_reach)]
        alone = np.setdiff1d(legs, pairs.ravel())
        middles = (found.xy[pairs[:, 0]] + found.xy[pairs[:, 1]]) / 2.0
        kinds = np.repeat([PAIR, SINGLE, BODY], [len(pairs), len(alone), len(bodies)])
        stout = np.concatenate([self.stands(found, pairs), found.stout[alone], found.stout[bodies]])
        return Detections(np.concatenate([middles, found.xy[alone], found.xy[bodies]]), self.sigma[kinds], kinds, stout)


def pair_legs(
    legs: NDArray[np.float64], expected: NDArray[np.float64], usual: float, reach: float
) -> NDArray[np.int64]:
    """Return Px2 indices of legs that belong together: the likeliest way to pair all those that are near one another.

    A pair is likely when its legs stand `usual` m apart (never more than `reach`) and someone is expected
    at its middle; that a leg is alone is less likely than most pairs.
    """
    if len(legs) < 2:
        return np.zeros((0, 2), np.int64)
    i, j = np.triu_indices(len(legs), 1)
    apart = np.hypot(*(legs[i] - legs[j]).T)
    near = apart < reach
    i, j, apart = i[near], j[near], apart[near]
    cost = np.where(apart > usual, 0.5 * (apart - usual), usual - apart)  # a stride takes the feet wide apart
    if len(expected) and len(i):
        middle = (legs[i] + legs[j]) / 2.0
        off = np.hypot(middle[:, None, 0] - expected[None, :, 0], middle[:, None, 1] - expected[None, :, 1]).min(axis=1)
        cost = cost + np.minimum(off, 0.4)
    neighbours: dict[int, dict[int, float]] = {}
    for a, b, c in zip(i.tolist(), j.tolist(), cost.tolist(), strict=True):
        neighbours.setdefault(a, {})[b] = neighbours.setdefault(b, {})[a] = c
    pairs: list[tuple[int, int]] = []
    left = set(neighbours)
    while left:
        group = _connected(left.pop(), neighbours)
        left -= group
        pairs += _pair_best(tuple(sorted(group)), neighbours)[1] if len(group) <= FEW else _pair(group, neighbours)
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def _connected(leg: int, neighbours: dict[int, dict[int, float]]) -> set[int]:
    group, ahead = {leg}, [leg]
    while ahead:
        new = neighbours[ahead.pop()].keys() - group
        group |= new
        ahead += new
    return group


def _pair_best(legs: tuple[int, ...], neighbours: dict[int, dict[int, float]]) -> tuple[float, list[tuple[int, int]]]:
    """Return the lowest cost of pairing these legs or leaving them alone, and the pairs."""
    if len(legs) < 2:
        return ALONE * len(legs), []
    first, rest = legs[0], legs[1:]
    best, pairs = _pair_best(rest, neighbours)
    best += ALONE
    for k, other in enumerate(rest):
        if other in neighbours[first]:
            cost, others = _pair_best(rest[:k] + rest[k + 1 :], neighbours)
            if cost + neighbours[first][other] < best:
                best, pairs = cost + neighbours[first][other], [(first, other), *others]
    return best, pairs


def _pair(legs: set[int], neighbours: dict[int, dict[int, float]]) -> list[tuple[int, int]]:
    """Pair many legs, the likeliest pairs first."""
    order = sorted((c, a, b) for a in legs for b, c in neighbours[a].items() if a < b)
    taken: set[int] = set()
    pairs = []
    for _, a, b in order:
        if a not in taken and b not in taken:
            taken.update((a, b))
            pairs.append((a, b))
    return pairs
