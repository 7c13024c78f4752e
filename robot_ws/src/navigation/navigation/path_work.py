"""Work on whole paths: plan through several poses, smooth one that somebody gives, tell whether one is free.

Free of ROS. Error codes are Nav2's: those of a path through poses are those of a path to a pose, a hundred higher.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.bystanders import Places
from navigation.costmap import NOBODY
from navigation.costmap_inflation import Costs
from navigation.errors import PlanError
from navigation.grid import in_grid
from navigation.navigator_floor import Floor
from navigation.one_way import NO_SECTORS
from navigation.planner import Path, PlannerParams, objective, to_metres
from navigation.planner import smooth as elastic_band
from navigation.planner_smooth import BLOCKED_LINE, line_cost, path_cost, resample

THROUGH_POSES = 100
"""Added to a PlanError's code where a path through poses was asked for."""

Points = NDArray[np.float64]


class SmoothingError(PlanError):
    """Tell why a path cannot be smoothed; `error_code` follows nav2_msgs/action/SmoothPath."""

    error_code = 504


class PathInCollisionError(SmoothingError):
    """Tell that the smoothed path would touch something."""

    error_code = 503


class InvalidPathError(SmoothingError):
    """Tell that what is given is no path on the map."""

    error_code = 505


def plan_through(floor: Floor, start: Pose2D, goals: Sequence[Pose2D], standing: Places = NOBODY) -> Path:
    """Plan from pose to pose, in order, with room for who stands there; raise PlanError, naming the pose at fault."""
    begun, here = time.perf_counter(), start
    legs: list[Path] = []
    for number, goal in enumerate(goals, 1):
        try:
            legs.append(floor.plan(here, goal, standing=standing))
        except PlanError as error:
            if len(goals) == 1:
                raise
            raise type(error)(f"pose {number} of {len(goals)}: {error}") from None
        here = Pose2D(*legs[-1].points[-1], goal.yaw)
    points = [legs[0].points] + [leg.points[1:] for leg in legs[1:]]
    return Path(
        np.vstack(points),
        sum(leg.length for leg in legs),
        sum(leg.cost for leg in legs),
        time.perf_counter() - begun,
        legs[-1].snapped,
    )


def smooth(
    costs: Costs, resolution: float, origin: Pose2D, points: Points, must_be_free: bool, params: PlannerParams
) -> Points:
    """Round a path's bends under the planner's own objective; its ends stay, and it enters nothing it did not touch.

    Args:
        costs: H x W, Nav2's scale.
        resolution: m a cell.
        origin: of the grid.
        points: N x 2, m, map frame.
        must_be_free: raise PathInCollisionError when the smoothed path touches a cost of 253 or more.
        params: the planner's objective and elastic band.

    Raises:
        InvalidPathError: fewer than two points, or one that is off the map.
        PathInCollisionError: see `must_be_free`.
    """
    if len(points) < 2:
        raise InvalidPathError("a path to smooth has two poses at least")
    cells = np.ascontiguousarray(in_grid(points, resolution, origin))
    rows, columns = costs.shape
    if not ((cells >= 0.0) & (cells < (columns, rows))).all():
        raise InvalidPathError("the path has a pose that is not on the map")
    tables = objective(params.clearance)
    spacing = params.spacing / resolution
    room = int(np.hypot(*np.diff(cells, axis=0).T).sum() / spacing) + 2 * len(cells) + 2
    dense = np.empty((room, 2))
    count = resample(cells, len(cells), spacing, dense)
    elastic_band(costs, tables, NO_SECTORS, dense, count, params, resolution)
    if must_be_free and path_cost(costs, tables[0], NO_SECTORS, dense, count)[0] >= BLOCKED_LINE:
        raise PathInCollisionError("the smoothed path touches something; give a path that is free")
    return to_metres(dense[:count], resolution, origin)


def blocked_points(costs: Costs, resolution: float, origin: Pose2D, points: Points, here: Pose2D) -> list[int]:
    """Return which points (N x 2, m, map frame), from the nearest to `here` on, cannot be stood on or come to.

    A point is blocked where its cost is 253 or more, and where the line from the one before touches such a cost.
    """
    if not len(points):
        return []
    first = int(np.hypot(points[:, 0] - here.x, points[:, 1] - here.y).argmin())
    weights, _ = objective(0.0)
    cells = np.ascontiguousarray(in_grid(points, resolution, origin))
    before = np.vstack([cells[first], cells[first:-1]])
    return [
        first + number
        for number, (a, b) in enumerate(zip(before, cells[first:], strict=True))
        if line_cost(costs, weights, NO_SECTORS, b[0], b[1], a[0], a[1]) >= BLOCKED_LINE
    ]
