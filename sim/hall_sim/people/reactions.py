"""How the people of the crowd react to the robot: look at it, step aside, and children run in front of it."""

from __future__ import annotations

import math

import numpy as np

from guide_common.geometry import Pose2D
from hall_sim.people.crowd import PERIOD, Crowd
from hall_sim.people.errands import Errand
from hall_sim.people.kinds import CHILD
from hall_sim.world.bodies import STANDING

LOOKS_FROM = 3.0
"""m at which the robot catches the eye."""
LOOKS_FOR = (3.0, 8.0)
"""s."""
LOOKS_AGAIN_AFTER = 40.0
"""s."""
GIVES_WAY_FROM = 1.2
"""m in front of a robot that comes on at which a courteous person steps aside."""
RUNS_UP_FROM = 4.0
"""m from which a child may run in front of the robot."""
RUNS_UP_PER_SECOND = 0.08
BEFORE_ROBOT = 1.0
"""m in front of the robot where a child stops."""
MOVING = 0.1
"""m/s."""


class Reactions:
    """Let people react to the robot.

    Args:
        crowd: where they walk.
        rng: of looks and whims.
    """

    def __init__(self, crowd: Crowd, rng: np.random.Generator) -> None:
        self.crowd = crowd
        self._rng = rng

    def step(self, errand: Errand, time: float, robot: Pose2D, velocity: tuple[float, float]) -> bool:
        """Let somebody within RUNS_UP_FROM of the robot react; True when that is all they do now."""
        walker = errand.walker
        assert walker is not None
        if walker.posture != STANDING:
            return False
        here = (robot.x, robot.y)
        distance = math.dist(walker.position, here)
        if errand.courteous and distance < GIVES_WAY_FROM and self._comes_on(errand, robot, velocity):
            return self._step_aside(errand, robot)
        if errand.kind is CHILD:
            return self._run_up(errand, time, robot)
        if not errand.curious or errand.line is not None:
            return False
        if time < errand.watches_until:
            walker.pace = 0.0
            walker.looks = math.atan2(robot.y - walker.position[1], robot.x - walker.position[0])
            return True
        if walker.looks is not None:
            walker.looks, walker.pace = None, errand.pace
        if walker.way and distance < LOOKS_FROM and time > errand.watches_until + LOOKS_AGAIN_AFTER:
            errand.watches_until = time + self._rng.uniform(*LOOKS_FOR)
        return False

    def let_go(self, errand: Errand) -> None:
        """Let somebody who has been looking at the robot go on, now that it has driven off."""
        walker = errand.walker
        if walker is not None and errand.curious and walker.looks is not None:
            walker.looks, walker.pace = None, errand.pace

    def _comes_on(self, errand: Errand, robot: Pose2D, velocity: tuple[float, float]) -> bool:
        assert errand.walker is not None
        dx, dy = errand.walker.position[0] - robot.x, errand.walker.position[1] - robot.y
        speed = math.hypot(*velocity)
        return speed > MOVING and velocity[0] * dx + velocity[1] * dy > 0.8 * speed * math.hypot(dx, dy)

    def _step_aside(self, errand: Errand, robot: Pose2D) -> bool:
        """Go a step to that side of the robot's way on which one already is."""
        walker = errand.walker
        assert walker is not None
        if walker.way and math.dist(walker.position, walker.way[-1]) < 1.0:
            return True
        off = math.atan2(walker.position[1] - robot.y, walker.position[0] - robot.x) - robot.yaw
        side = 1.0 if math.remainder(off, math.tau) >= 0.0 else -1.0
        for turn in (side * math.pi / 2, -side * math.pi / 2):
            angle = robot.yaw + turn
            point = (walker.position[0] + 0.8 * math.cos(angle), walker.position[1] + 0.8 * math.sin(angle))
            if self.crowd.walkable_for(errand.kind).contains(point):
                walker.way, walker.pace = [point], max(errand.pace, 0.8)
                errand.detour = errand.line is None
                return True
        return False

    def _run_up(self, errand: Errand, time: float, robot: Pose2D) -> bool:
        """Let a child run to the robot's front and stand there for a moment."""
        walker = errand.walker
        assert walker is not None
        if time < errand.watches_until:
            if not walker.way:
                walker.facing = math.atan2(robot.y - walker.position[1], robot.x - walker.position[0])
            return True
        if time > errand.watches_until + 3.0 and self._rng.random() < RUNS_UP_PER_SECOND * PERIOD:
            front = (robot.x + BEFORE_ROBOT * math.cos(robot.yaw), robot.y + BEFORE_ROBOT * math.sin(robot.yaw))
            errand.watches_until = time + self._rng.uniform(*LOOKS_FOR)
            walker.pace, walker.way = 1.4, self.crowd.route(walker, front)
            return True
        return False
