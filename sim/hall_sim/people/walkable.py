"""Where people can walk: the free floor as a polygon, and shortest ways over it."""

from __future__ import annotations

import math

import jupedsim
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.ops import nearest_points

from hall_sim.errors import HallError
from hall_sim.world.boxes import merge_cells
from hall_sim.world.floor import Floor

SIMPLIFY = 0.03
"""m by which the polygon may differ from the cells."""
Point2 = tuple[float, float]


class Walkable:
    """Hold the part of a floor that somebody of a radius can reach from a point.

    Args:
        floor: the floor.
        start: a point (m, map frame) of the part that is meant; the free place nearest to it counts.
        radius: m that a walker keeps from walls and furniture.
        around_seats: whether the rows between seats are left out.
    """

    def __init__(self, floor: Floor, start: Point2, radius: float, around_seats: bool = False) -> None:
        self._made_from = floor, start
        self.radius = radius
        free = floor.free & ~floor.seating if around_seats and floor.seating is not None else floor.free
        middles = _component(_free_polygon(floor, free).buffer(-radius, join_style="mitre"), start)
        self.middles = _clean(middles)
        """Where the middle of a walker may be."""
        self.area = _clean(_largest(self.middles.buffer(radius + 0.01, join_style="mitre", mitre_limit=1.5)))
        """The same with the walkers' own width: what the crowd model gets."""
        shapely.prepare(self.middles)
        self._routing = jupedsim.RoutingEngine(self.middles)
        self._inner = self.middles.buffer(-0.02)
        self._rim = self._inner if not self._inner.is_empty else self.middles

    def wider(self, radius: float) -> Walkable:
        """Return where somebody of another radius (m) can walk on the same floor."""
        return Walkable(*self._made_from, radius)

    def around_seats(self) -> Walkable:
        """Return the same without the rows between seats."""
        return Walkable(*self._made_from, self.radius, around_seats=True)

    def contains(self, point: Point2) -> bool:
        """Tell whether a walker can stand at a point."""
        return bool(shapely.contains_xy(self.middles, *point))

    def snap(self, point: Point2) -> Point2:
        """Return the nearest point where a walker can stand."""
        if shapely.contains_xy(self._rim, *point):
            return point
        nearest = nearest_points(self._rim, Point(point))[0]
        return nearest.x, nearest.y

    def route(self, start: Point2, end: Point2) -> list[Point2]:
        """Return the corners of the shortest way, without the start; both ends are snapped."""
        start, end = self.snap(start), self.snap(end)
        if math.dist(start, end) < 0.05:
            return [end]
        return [self.snap(point) for point in self._routing.compute_waypoints(start, end)[1:]]


def _free_polygon(floor: Floor, free: npt.NDArray[np.bool_]) -> Polygon | MultiPolygon:
    boxes = merge_cells(np.where(free, 1.0, 0.0))
    cell, origin = floor.resolution, floor.origin
    edges = np.array([box[:4] for box in boxes], dtype=float).reshape(-1, 4) * cell
    edges += np.array([origin.x, origin.y, origin.x, origin.y])
    return shapely.union_all(shapely.box(*edges.T))


def _component(shape: Polygon | MultiPolygon, start: Point2) -> Polygon:
    parts = [part for part in getattr(shape, "geoms", [shape]) if not part.is_empty]
    if not parts:
        raise HallError("The floor has no room for people to walk; check the map's free space")
    return min(parts, key=lambda part: part.distance(Point(start)))


def _largest(shape: Polygon | MultiPolygon) -> Polygon:
    return max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)


def _clean(shape: Polygon) -> Polygon:
    """Simplify, and drop holes that are too small to matter to a walker."""
    simple = _largest(shape.simplify(SIMPLIFY).buffer(0))
    return Polygon(simple.exterior, [hole for hole in simple.interiors if Polygon(hole).area > 1e-3])
