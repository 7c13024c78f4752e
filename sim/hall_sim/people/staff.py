"""The staff behind the counters: they walk from desk to desk where visitors cannot go."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from hall_sim.errors import HallError
from hall_sim.people.crowd import AIR, PERIOD, PERSON_RADIUS, Walker
from hall_sim.people.walkable import Point2, Walkable
from hall_sim.world.floor import Floor

BEHIND = (1.8, 2.2, 2.6)
"""m from a counter's stand pose, through the desk, to where its officer walks; the first free one is taken."""
STAYS = (5.0, 60.0)
"""s at a desk."""
PACE = (0.9, 1.4)


def behind_counters(floor: Floor, public: Walkable) -> list[Point2]:
    """Return the points behind the counters that are free and not part of the public hall."""
    points, free = [], floor.free
    for spot in floor.spots.values():
        if spot.kind != "counter":
            continue
        c, s = math.cos(spot.stand.yaw), math.sin(spot.stand.yaw)
        for off in BEHIND:
            point = (spot.stand.x + off * c, spot.stand.y + off * s)
            if _free(floor, free, point) and math.dist(public.snap(point), point) > PERSON_RADIUS:
                points.append(point)
                break
    return points


class BackOffice:
    """Move the staff behind the counters; nobody else is there, so they simply walk their ways.

    Args:
        floor: whose counters they serve.
        public: where visitors walk.
        count: how many there are.
        rng: of their ways.

    Attributes:
        walkers: who is there; empty where there is no room behind the counters.
    """

    def __init__(self, floor: Floor, public: Walkable, count: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self.walkers: list[Walker] = []
        self._until: list[float] = []
        points = behind_counters(floor, public)
        if not points or count == 0:
            return
        try:
            self._walkable = Walkable(floor, points[len(points) // 2], PERSON_RADIUS + AIR)
        except HallError:
            return
        self._points = [point for point in points if math.dist(self._walkable.snap(point), point) < 0.5]
        for _ in range(count if self._points else 0):
            at = self._points[rng.integers(len(self._points))]
            self.walkers.append(Walker(-1, at, float(rng.uniform(*PACE))))
            self._until.append(float(rng.uniform(0.0, STAYS[1])))

    def step(self, time: float) -> None:
        """Advance 50 ms; `time` in s since the start."""
        for index, walker in enumerate(self.walkers):
            if walker.way:
                _walk(walker)
                if not walker.way:
                    self._until[index] = time + self._rng.uniform(*STAYS)
            elif time >= self._until[index]:
                goal = self._points[self._rng.integers(len(self._points))]
                walker.way = self._walkable.route(walker.position, goal)


def _walk(walker: Walker) -> None:
    left = walker.pace * PERIOD
    while walker.way and left > 0.0:
        (x, y), (gx, gy) = walker.position, walker.way[0]
        off = math.dist((x, y), (gx, gy))
        if off <= left:
            walker.position = walker.way.pop(0)
            left -= off
            continue
        walker.heading = math.atan2(gy - y, gx - x)
        walker.position = (x + left * (gx - x) / off, y + left * (gy - y) / off)
        left = 0.0


def _free(floor: Floor, free: npt.NDArray[np.bool_], point: Point2) -> bool:
    row = int((point[1] - floor.origin.y) / floor.resolution)
    column = int((point[0] - floor.origin.x) / floor.resolution)
    return 0 <= row < free.shape[0] and 0 <= column < free.shape[1] and bool(free[row, column])
