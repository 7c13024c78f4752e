"""The visitor: comes in, walks up to the robot, talks, follows it at their own pace, stops once, leaves.

They see the robot's pose and nothing else of where it wants to go.
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

from guide_common.geometry import Pose2D
from hall_sim.crowd import Crowd, Walker
from hall_sim.floor import Floor
from hall_sim.mind import VisitorMind
from hall_sim.settings_people import VisitorSettings
from hall_sim.walkable import Point2

IN_FRONT = (0.9, 1.0)
"""m before the robot where people stand to talk to it."""
IN_SIGHT = 0.5
"""rad from straight ahead of the robot."""
ROUND_IT = 1.3
"""m at which somebody walks round the robot."""
FOLLOW_GAP = (1.05, 1.2)
"""m kept behind the robot: nearer than the first they stop, farther than the second they go."""
LET_GO = 1.8
"""m: if the robot is farther, whoever wants to talk goes after it."""
GIVE_WAY = 1.0
"""m: nearer, somebody in whose direction the robot drives steps aside."""
STAYS_AFTER = 6.0
"""s that they stay at the counter after the goodbye."""
APPROACH_PACE = 1.0
SHYNESS = 0.12
"""m: somebody who wants to talk to a robot walks up to it."""


class Phase(StrEnum):
    """Name what the visitor is doing."""

    OUTSIDE = "outside"
    APPROACHING = "approaching"
    TALKING = "talking"
    FOLLOWING = "following"
    PAUSING = "pausing"
    STAYING = "staying"
    LEAVING = "leaving"
    GONE = "gone"


class Visitor:
    """Move the visitor; what they say is the mind's part.

    Args:
        crowd: where they walk.
        floor: whose doors they use.
        settings: pace and stops.
        mind: tells whether they accepted and whether the robot said goodbye.
        rng: of pace, the moment of the stop, where they stand.
    """

    def __init__(
        self, crowd: Crowd, floor: Floor, settings: VisitorSettings, mind: VisitorMind, rng: np.random.Generator
    ) -> None:
        self.crowd = crowd
        self.mind = mind
        self.phase = Phase.OUTSIDE
        self.walker: Walker | None = None
        self.pace = float(rng.uniform(*settings.pace))
        self.stops = 0
        self.led = 0.0
        self._pause = settings.stop_once_s
        self._stop_at = float(rng.uniform(*settings.stop_after_m))
        self._front = float(rng.uniform(*IN_FRONT))
        self._door = self._choose_door(floor)
        self._until = 0.0
        self._routed = -1.0
        self._met = (floor.post.x, floor.post.y)
        self._invited = False
        self._last: Point2 | None = None

    def let_in(self) -> None:
        """Let the visitor come in as soon as there is room at the door."""
        self._invited = True

    def step(self, time: float, robot: Pose2D, robot_velocity: tuple[float, float]) -> None:
        """Decide for the next 50 ms; `time` in s since the start."""
        if self.phase is Phase.OUTSIDE:
            self._enter()
        if self.walker is None:
            return
        if self.mind.parted and self.phase not in (Phase.STAYING, Phase.LEAVING, Phase.GONE):
            self.walker.stand(self._bearing(robot))
            self.phase, self._until = Phase.STAYING, time + STAYS_AFTER
        getattr(self, f"_{self.phase}")(time, robot)
        if self.walker is not None and not self.walker.way:
            self._give_way(robot, robot_velocity)

    @property
    def position(self) -> Point2 | None:
        """Return where the visitor is (m, map frame); None while outside."""
        return self.walker.position if self.walker else None

    def _choose_door(self, floor: Floor) -> Point2:
        post, walkable = floor.post, self.crowd.walkable
        doors = [walkable.snap((s.stand.x, s.stand.y)) for s in floor.spots.values() if s.kind == "exit"]
        doors = [door for door in doors if math.dist(door, (post.x, post.y)) > 2.0]
        ahead = walkable.snap((post.x + 6.0 * math.cos(post.yaw), post.y + 6.0 * math.sin(post.yaw)))
        return min(doors, key=lambda door: math.dist(door, (post.x, post.y)), default=ahead)

    def _enter(self) -> None:
        if self._invited:
            self.walker = self.crowd.enter(self._door, APPROACH_PACE, SHYNESS)
            if self.walker is not None:
                self.phase = Phase.APPROACHING

    def _approaching(self, time: float, robot: Pose2D) -> None:
        assert self.walker is not None
        distance = self._distance(robot)
        x, y = self.walker.position
        side = math.remainder(math.atan2(y - robot.y, x - robot.x) - robot.yaw, math.tau)
        if distance < self._front + 0.1 and abs(side) < IN_SIGHT:
            self.walker.stand(self._bearing(robot))
            self.phase, self._met = Phase.TALKING, (robot.x, robot.y)
            return
        self.walker.pace = APPROACH_PACE if distance > 2.0 else 0.6
        # From behind or beside, people walk round the robot to be seen, not up to its back.
        round_it = abs(side) > IN_SIGHT and distance < 2.5
        angle = robot.yaw + (side - math.copysign(min(abs(side), 0.8), side) if round_it else 0.0)
        reach = ROUND_IT if round_it else self._front
        self._route((robot.x + reach * math.cos(angle), robot.y + reach * math.sin(angle)), time)

    def _talking(self, time: float, robot: Pose2D) -> None:
        assert self.walker is not None
        if not self.walker.way:
            self.walker.facing = self._bearing(robot)
        moved = math.dist(self._met, (robot.x, robot.y))
        if self.mind.accepted and moved > 0.3:
            self.phase = Phase.FOLLOWING
        elif not self.mind.accepted and not self.mind.refused and self._distance(robot) > LET_GO:
            self.phase = Phase.APPROACHING

    def _following(self, time: float, robot: Pose2D) -> None:
        assert self.walker is not None
        distance = self._distance(robot)
        self.led += math.hypot(*self._moved())
        if self.led > self._stop_at and self.stops == 0 and self._pause > 0.0:
            self.walker.stand(self._bearing(robot))
            self.phase, self._until, self.stops = Phase.PAUSING, time + self._pause, 1
            return
        near, far = FOLLOW_GAP
        if distance < near or (distance < far and not self.walker.way):
            self.walker.stand(self._bearing(robot))
            return
        # Hurry a little when behind, slow down when close: as people do who follow somebody.
        self.walker.pace = min(max(1.2 * (distance - 0.9), 0.2), self.pace * (1.15 if distance > 2.0 else 1.0))
        self._route((robot.x, robot.y), time)

    def _pausing(self, time: float, robot: Pose2D) -> None:
        if time >= self._until:
            self.phase = Phase.FOLLOWING

    def _staying(self, time: float, robot: Pose2D) -> None:
        assert self.walker is not None
        if time >= self._until:
            self.phase = Phase.LEAVING
            self.walker.pace = APPROACH_PACE
            self.walker.way = self.crowd.walkable.route(self.walker.position, self._door)

    def _leaving(self, time: float, robot: Pose2D) -> None:
        assert self.walker is not None
        if math.dist(self.walker.position, self._door) < 0.4:
            self.crowd.leave(self.walker)
            self.walker, self.phase = None, Phase.GONE
        elif self.walker.held > 2.5 or self.walker.stuck > 4.0 or not self.walker.way:
            self._aside(robot)

    def _gone(self, time: float, robot: Pose2D) -> None:
        """Do nothing more."""

    def _route(self, goal: Point2, time: float) -> None:
        assert self.walker is not None
        if time - self._routed >= 0.4 or not self.walker.way:
            self.walker.way = self.crowd.walkable.route(self.walker.position, goal)
            self._routed = time

    def _give_way(self, robot: Pose2D, velocity: tuple[float, float]) -> None:
        assert self.walker is not None
        dx, dy = self.walker.position[0] - robot.x, self.walker.position[1] - robot.y
        distance = math.hypot(dx, dy)
        if 0.0 < distance < GIVE_WAY and velocity[0] * dx + velocity[1] * dy > 0.08 * distance:
            self._aside(robot)

    def _aside(self, robot: Pose2D) -> None:
        """Go a step out of the robot's way, to the side on which there is room."""
        assert self.walker is not None
        x, y = self.walker.position
        away = math.atan2(y - robot.y, x - robot.x)
        points = [(x + math.cos(away + turn), y + math.sin(away + turn)) for turn in (1.2, -1.2, 0.7, -0.7, 0.0)]
        free = [point for point in points if self.crowd.walkable.contains(point)]
        if self.phase is Phase.LEAVING:
            free.sort(key=lambda point: math.dist(point, self._door))
        self.walker.held = self.walker.stuck = 0.0
        self.walker.pace = 0.7
        if free:
            self.walker.way = [free[0]]
            if self.phase is Phase.LEAVING:
                self.walker.way += self.crowd.walkable.route(free[0], self._door)

    def _moved(self) -> Point2:
        assert self.walker is not None
        old, self._last = self._last or self.walker.position, self.walker.position
        return self.walker.position[0] - old[0], self.walker.position[1] - old[1]

    def _distance(self, robot: Pose2D) -> float:
        assert self.walker is not None
        return math.dist(self.walker.position, (robot.x, robot.y))

    def _bearing(self, robot: Pose2D) -> float:
        assert self.walker is not None
        return math.atan2(robot.y - self.walker.position[1], robot.x - self.walker.position[0])
