"""Count how often a robot goes back to a plan that it had left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]

SAME_WAY = 0.5
"""m: a plan nowhere farther than this from another one goes the same way."""


def count_flip_flops(plans: Sequence[Floats]) -> int:
    """Return how often a robot took up a way again that it had left, by the plans (Nx2, m) that it took in a row.

    A plan belongs to a way when none of its points is farther than SAME_WAY from the way's newest plan: what lies
    behind the robot does not count. One that belongs to the present way changes nothing. It goes back to a way that
    was left when each of its points is near that one or near a plan of the present way, back along which it may lead.
    """
    ways: list[shapely.LineString] = []
    present, count = -1, 0
    along: list[shapely.LineString] = []
    for plan in plans:
        line = shapely.LineString(plan) if len(plan) > 1 else shapely.LineString([plan[0], plan[0]])
        if present >= 0 and _goes(line, ways[present]):
            ways[present] = line
            along.append(line)
            continue
        left = [k for k, way in enumerate(ways) if k != present and _goes(line, shapely.MultiLineString([way, *along]))]
        if left:
            count += 1
            present = left[-1]
            ways[present] = line
        else:
            ways.append(line)
            present = len(ways) - 1
        along = [line]
    return count


def _goes(line: shapely.LineString, way: shapely.LineString | shapely.MultiLineString) -> bool:
    """Tell whether a line keeps to a way, looked at every few centimetres."""
    points = shapely.points(shapely.get_coordinates(shapely.segmentize(line, 0.1)))
    return bool(shapely.distance(points, way).max() <= SAME_WAY)
