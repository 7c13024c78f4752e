"""Count how often a robot goes back to a plan that it had left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops

Floats = npt.NDArray[np.float64]

SAME_WAY = 0.5
"""m: a plan nowhere farther than this from another one goes the same way."""

LOOK = 0.1
"""m between the points of a plan that are looked at, at most."""


def count_flip_flops(plans: Sequence[Floats]) -> int:
    """Return how often a robot took up a way again that it had left, by the plans (Nx2, m) that it took in a row.

    A way is the newest of its plans and, behind that one's start, what the robot came along. A plan belongs to the
    present way when none of its points is farther than SAME_WAY from it. It goes back to a way that was left when it
    keeps to that one to the end, from the start on or from where it leaves the present way, back along which it may
    lead first. One that only begins near a way that was left, since the robot has strayed, does not go back.
    """
    ways: list[shapely.LineString] = []
    present, count = -1, 0
    for plan in plans:
        line = shapely.LineString(plan) if len(plan) > 1 else shapely.LineString([plan[0], plan[0]])
        if present < 0:
            ways, present = [line], 0
            continue
        now = ways[present]
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(line, LOOK)))
        on_present = shapely.distance(points, now) <= SAME_WAY
        if not on_present.all():
            left = [k for k, way in enumerate(ways) if k != present and _turns_to(way, points, on_present)]
            count += bool(left)
            present = left[-1] if left else len(ways)
            ways += [] if left else [line]
        ways[present] = _behind(now, line, plan[0])
    return count


def _turns_to(way: shapely.LineString, points: Any, on_present: npt.NDArray[np.bool_]) -> bool:
    """Tell whether points of a plan keep to a way to the end, once they have left the present one."""
    off = np.flatnonzero(shapely.distance(points, way) > SAME_WAY)
    return not len(off) or bool(on_present[: off[-1] + 1].all())


def _behind(way: shapely.LineString, line: shapely.LineString, start: Floats) -> shapely.LineString:
    """Return a plan's line with what lies behind its start on a way."""
    come = shapely.ops.substring(way, 0.0, way.project(shapely.Point(start)))
    return shapely.LineString([*come.coords, *line.coords])
