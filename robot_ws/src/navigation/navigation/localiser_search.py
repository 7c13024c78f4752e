"""Find a robot on a whole floor from one scan: try every free place and heading, then look closer at the best."""

from __future__ import annotations

import math

import numpy as np

from guide_common.geometry import Pose2D, wrap_angle
from navigation import likelihood
from navigation import localiser_kernels as kernels
from navigation.likelihood import Floats, LikelihoodField

TURNS = 90
"""Headings tried at each place: 4 degrees apart."""

SPACING = 0.3
"""m between the places tried."""

BEAMS = 36
"""Beams of the coarse stage."""

COARSE = likelihood.likelihood_table(0.2, 0.95, 0.05)
FINE = likelihood.likelihood_table(0.06, 0.95, 0.05)

Lattices = tuple[tuple[float, float, Floats], ...]

CLOSER: Lattices = ((0.15, 0.05, COARSE), (0.04, 0.015, FINE))
"""Lattices about a pose: how far to each side (m, rad), and by which table they are judged."""

WITHIN_THE_GRID: Lattices = ((SPACING, 0.07, COARSE), *CLOSER)
"""The same about a place and heading of the first grid, whose neighbours were left out."""

ELSEWHERE = 0.3, 0.2
"""m and rad beyond which two poses are not the same."""


def search(field: LikelihoodField, bx: Floats, by: Floats, keep: int = 8) -> list[tuple[Pose2D, float]]:
    """Return the poses (image frame) at which the scan fits the map, best first, with a score in 0..1.

    bx, by: end points of one scan in base_link, m. A score is the share of beams that end at walls, less
    the share that went through one. Poses less likely than 0.15 below the best are left out.
    """
    if len(field.free_cells) == 0 or len(bx) < 10:
        return []
    stride = max(1, round(SPACING / field.resolution))
    picks = np.linspace(0, len(bx) - 1, BEAMS).astype(np.int64)
    turns = (np.arange(TURNS) * (2.0 * math.pi / TURNS)).astype(np.float32)
    c, s = np.cos(turns)[:, None] / field.resolution, np.sin(turns)[:, None] / field.resolution
    turned_x, turned_y = c * bx[picks] - s * by[picks] + 0.5, s * bx[picks] + c * by[picks] + 0.5
    cells = field.free_cells
    score, turn = np.zeros(len(cells), np.float32), np.zeros(len(cells), np.int32)
    kernels.search_grid(
        cells, stride, turned_x.astype(np.float32), turned_y.astype(np.float32), field.distance, COARSE, score, turn
    )
    found: list[tuple[Pose2D, float]] = []
    for i in _separate(cells, score, keep * 12, round(0.6 / field.resolution)):
        x, y = (cells[i] + 0.5) * field.resolution
        pose = Pose2D(float(x), float(y), float(turns[turn[i]]))
        found.append(look_closer(field, bx, by, pose, WITHIN_THE_GRID))
    found.sort(key=lambda item: -item[1])
    return [item for item in found[:keep] if item[1] > found[0][1] - 0.15]


def ambiguous(found: list[tuple[Pose2D, float]], margin: float) -> bool:
    """Tell whether `search` found another pose that fits as well as the best one, to within a margin of the score."""
    if not found:
        return False
    best, score = found[0]
    return any(fit > score - margin and elsewhere(pose, best) for pose, fit in found[1:])


def elsewhere(a: Pose2D, b: Pose2D) -> bool:
    """Tell whether two poses are not the same place."""
    return a.distance(b) > ELSEWHERE[0] or abs(wrap_angle(a.yaw - b.yaw)) > ELSEWHERE[1]


def _separate(cells: np.ndarray, score: Floats, most: int, apart: int) -> list[int]:
    """Return indices of the best cells, each `apart` cells from any better one."""
    order = np.argsort(-score)[: most * 20]
    taken: list[int] = []
    for i in order:
        if not np.isfinite(score[i]) or len(taken) >= most:
            break
        if all(np.abs(cells[i] - cells[j]).max() > apart for j in taken):
            taken.append(int(i))
    return taken


def look_near(field: LikelihoodField, bx: Floats, by: Floats, about: Pose2D) -> tuple[Pose2D, float]:
    """Try the surroundings (0.6 m, 45 degrees) of a pose in the image frame; return the best one and its score."""
    picks = np.linspace(0, len(bx) - 1, BEAMS).astype(np.int64)
    sx, sy = np.ascontiguousarray(bx[picks]), np.ascontiguousarray(by[picks])
    steps, turns = np.linspace(-0.6, 0.6, 9, dtype=np.float32), np.linspace(-0.8, 0.8, 25, dtype=np.float32)
    gx, gy, ga = (g.ravel() for g in np.meshgrid(steps, steps, turns))
    x, y = (gx + about.x).astype(np.float32), (gy + about.y).astype(np.float32)
    yaw, out = (ga + about.yaw).astype(np.float32), np.zeros(len(gx), np.float32)
    likelihood.score_poses(x, y, yaw, len(x), sx, sy, len(sx), field.distance, field.resolution, COARSE, out)
    best = int(np.argmax(out))
    return look_closer(field, bx, by, Pose2D(float(x[best]), float(y[best]), float(yaw[best])))


def look_closer(
    field: LikelihoodField, bx: Floats, by: Floats, about: Pose2D, lattices: Lattices = CLOSER
) -> tuple[Pose2D, float]:
    """Try finer and finer lattices about a pose (image frame); return the best pose and its score as in `search`."""
    picks = np.linspace(0, len(bx) - 1, 2 * BEAMS).astype(np.int64)
    sx, sy = np.ascontiguousarray(bx[picks]), np.ascontiguousarray(by[picks])
    pose = about
    for reach_xy, reach_yaw, table in lattices:
        steps = np.linspace(-1.0, 1.0, 7, dtype=np.float32)
        gx, gy, ga = (g.ravel() for g in np.meshgrid(steps, steps, steps))
        x, y = (gx * reach_xy + pose.x).astype(np.float32), (gy * reach_xy + pose.y).astype(np.float32)
        yaw = (ga * reach_yaw + pose.yaw).astype(np.float32)
        out = np.zeros(len(x), np.float32)
        likelihood.score_poses(x, y, yaw, len(x), sx, sy, len(sx), field.distance, field.resolution, table, out)
        best = int(np.argmax(out))
        pose = Pose2D(float(x[best]), float(y[best]), float(yaw[best]))
    explained, through = likelihood.share_explained(
        pose.x, pose.y, pose.yaw, bx, by, len(bx), max(len(bx) // 120, 1), field.distance, field.resolution
    )
    return pose, explained - through
