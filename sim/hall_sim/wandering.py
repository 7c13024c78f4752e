"""What the people of the hall are up to: come in, go to a machine, a seat or a counter, stay a while, leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guide_common.geometry import Pose2D
from hall_sim.crowd import PERIOD, Crowd, Walker
from hall_sim.floor import Floor, Spot
from hall_sim.walkable import Point2

STAYS = {"seat": (30.0, 120.0), "counter": (40.0, 120.0), "ticket": (8.0, 25.0), "wc": (20.0, 60.0)}
"""s that people stay at a kind of place; shortest and longest."""
WEIGHTS = {"seat": 4.0, "counter": 4.0, "ticket": 2.0, "wc": 1.0}
OTHER_STAY, OTHER_WEIGHT = (5.0, 20.0), 0.5
DOORS = ("exit",)
NOT_GOALS = ("post", "dock", "exit", "stairs", "lift")
"""Kinds where nobody lingers."""
BESIDE = (0.7, 1.3)
"""m from the stand pose: people leave the robot's own place at a counter free."""
KEEP_CLEAR = 1.6
"""m around the places that the run needs free of lingering people."""
NOSE_TO_NOSE = 0.9
"""m between middles."""
IMPATIENCE = 2.5
"""s of standing in front of the robot, or in a jam, until somebody takes another way."""
PACE_MEAN, PACE_SPREAD = 1.1, 0.2
"""m/s; Weidmann (1993) has 1.34 on streets, people in halls are slower."""


@dataclass(slots=True)
class Errand:
    """Hold one body of the hall: the walker while they are inside, and until when they stay where they are."""

    walker: Walker | None = None
    until: float = 0.0
    stay: float = 0.0
    leaving: bool = False
    detour: bool = False
    bothered: float = 0.0


class Wandering:
    """Give the people of a crowd their errands.

    Args:
        crowd: where they walk.
        floor: whose spots they walk between.
        count: how many people there are.
        clear: points (m) near which nobody lingers.
        rng: of all choices.
    """

    def __init__(self, crowd: Crowd, floor: Floor, count: int, clear: list[Point2], rng: np.random.Generator) -> None:
        self.crowd = crowd
        self.errands = [Errand() for _ in range(count)]
        self._rng = rng
        self._clear = clear
        spots = [spot for spot in floor.spots.values() if self._usable(spot)]
        self.doors = [spot for spot in spots if spot.kind in DOORS]
        self._goals = [spot for spot in spots if spot.kind not in NOT_GOALS and self._far_from_clear(spot.stand)]
        weights = np.array([WEIGHTS.get(spot.kind, OTHER_WEIGHT) for spot in self._goals])
        kinds = [spot.kind for spot in self._goals]
        weights /= np.array([float(kinds.count(kind)) for kind in kinds] or [1.0])[: len(weights)]
        self._weights = weights / weights.sum() if len(weights) else weights
        for errand in self.errands:
            self._begin_inside(errand)

    def step(self, time: float) -> None:
        """Let everybody decide; `time` in seconds since the start."""
        for errand in self.errands:
            if errand.walker is None:
                self._come_in(errand, time)
            elif errand.walker.claimed:
                errand.detour = True  # once they are let go of, they think of something new
            elif errand.walker.held > IMPATIENCE or errand.walker.stuck > 2 * IMPATIENCE or self._in_the_way(errand):
                self._step_aside(errand)
            elif not errand.walker.way:
                self._at_goal(errand, time)

    def _in_the_way(self, errand: Errand) -> bool:
        """Tell whether the robot has been facing somebody who stands, nose to nose, for longer than they like."""
        walker, robot = errand.walker, self.crowd.robot
        assert walker is not None
        dx, dy = walker.position[0] - robot.x, walker.position[1] - robot.y
        facing = abs(math.remainder(math.atan2(dy, dx) - robot.yaw, math.tau)) < 1.0
        near = not walker.way and facing and math.hypot(dx, dy) < NOSE_TO_NOSE
        errand.bothered = errand.bothered + PERIOD if near else 0.0
        return errand.bothered > IMPATIENCE

    def _usable(self, spot: Spot) -> bool:
        here = (spot.stand.x, spot.stand.y)
        return math.dist(here, self.crowd.walkable.snap(here)) < 1.0

    def _far_from_clear(self, at: Pose2D) -> bool:
        here = (at.x, at.y)
        return all(math.dist(here, point) > KEEP_CLEAR + BESIDE[1] for point in self._clear)

    def _begin_inside(self, errand: Errand) -> None:
        """Start somebody at a random free point, on the way to a first goal."""
        low_x, low_y, high_x, high_y = self.crowd.walkable.middles.bounds
        for _ in range(200):
            point = (self._rng.uniform(low_x, high_x), self._rng.uniform(low_y, high_y))
            if not self.crowd.walkable.contains(point) or any(math.dist(point, p) < 2.5 for p in self._clear):
                continue
            errand.walker = self.crowd.enter(point, self._pace())
            if errand.walker is not None:
                self._next_goal(errand)
                return

    def _come_in(self, errand: Errand, time: float) -> None:
        if time < errand.until or not self.doors:
            return
        door = self.doors[self._rng.integers(len(self.doors))].stand
        errand.walker = self.crowd.enter(self._near(door, 0.0, 0.8), self._pace())
        if errand.walker is None:
            errand.until = time + 1.0
        else:
            self._next_goal(errand)

    def _at_goal(self, errand: Errand, time: float) -> None:
        assert errand.walker is not None
        if errand.detour:
            self._next_goal(errand)
        elif errand.leaving:
            self.crowd.leave(errand.walker)
            errand.walker, errand.leaving = None, False
            errand.until = time + self._rng.uniform(2.0, 20.0)
        elif errand.stay > 0.0:
            errand.until, errand.stay = time + errand.stay, 0.0
        elif time >= errand.until:
            self._next_goal(errand)

    def _next_goal(self, errand: Errand) -> None:
        assert errand.walker is not None
        errand.detour = False
        errand.leaving = bool(self.doors) and (not self._goals or self._rng.random() < 0.25)
        if errand.leaving:
            spot, span = self.doors[self._rng.integers(len(self.doors))], (0.0, 0.5)
        elif self._goals:
            spot, span = self._goals[self._rng.choice(len(self._goals), p=self._weights)], BESIDE
        else:
            return
        errand.stay = 0.0 if errand.leaving else self._rng.uniform(*STAYS.get(spot.kind, OTHER_STAY))
        walker = errand.walker
        walker.way = self.crowd.walkable.route(walker.position, self._near(spot.stand, *span))
        walker.facing, walker.stuck, walker.held = spot.stand.yaw, 0.0, 0.0

    def _near(self, stand: Pose2D, nearest: float, farthest: float) -> Point2:
        """Return a point to the left or right of a stand pose, at a distance between two."""
        side = self._rng.choice([-1.0, 1.0]) * self._rng.uniform(nearest, farthest)
        yaw = stand.yaw + math.pi / 2
        return stand.x + side * math.cos(yaw), stand.y + side * math.sin(yaw)

    def _step_aside(self, errand: Errand) -> None:
        """Walk a little way off from where it is stuck, and then to another goal."""
        walker = errand.walker
        assert walker is not None
        walker.held = walker.stuck = errand.bothered = 0.0
        errand.detour, errand.leaving, errand.stay = True, False, 0.0
        away = math.atan2(walker.position[1] - self.crowd.robot.y, walker.position[0] - self.crowd.robot.x)
        angle = away + self._rng.uniform(-1.2, 1.2)
        point = walker.position[0] + 1.2 * math.cos(angle), walker.position[1] + 1.2 * math.sin(angle)
        walker.way = self.crowd.walkable.route(walker.position, point)

    def _pace(self) -> float:
        return float(np.clip(self._rng.normal(PACE_MEAN, PACE_SPREAD), 0.6, 1.5))
