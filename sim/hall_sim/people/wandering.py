"""Let everybody of the crowd decide what they do next, and get out of jams and out of the robot's way."""

from __future__ import annotations

import math

import numpy as np

from hall_sim.people.arrivals import Arrivals
from hall_sim.people.crowd import PERIOD, Crowd, Walker
from hall_sim.people.errands import Errand
from hall_sim.people.goals import Goals
from hall_sim.people.groups import keep_company, lead
from hall_sim.people.reactions import RUNS_UP_FROM, Reactions
from hall_sim.people.walkable import Point2
from hall_sim.scenarios.settings_people import CrowdSettings
from hall_sim.world.bodies import SITTING
from hall_sim.world.floor import Floor

NOSE_TO_NOSE = 0.9
"""m between middles."""
IMPATIENCE = 2.5
"""s of standing in front of the robot, or in a jam, until somebody takes another way."""
STEP_ASIDE, MAKE_ROOM = 1.2, 0.9
"""m that somebody goes aside who gives up their way, and who only lets the robot pass."""


class Wandering:
    """Give the people of a crowd their errands.

    Args:
        crowd: where they walk.
        floor: whose spots they walk between.
        settings: who they are.
        clear: points (m) near which nobody lingers.
        rng: of all choices.
        casting: of who is who, who comes when, and how they take to the robot.

    Attributes:
        errands: one a body; who is inside has a walker.
        goals: where they go; its `queues` hold the lines.
        arrivals: who comes and goes.
        guests: who joined the crowd while it runs.
    """

    def __init__(
        self,
        crowd: Crowd,
        floor: Floor,
        settings: CrowdSettings,
        clear: list[Point2],
        rng: np.random.Generator,
        casting: np.random.Generator,
    ) -> None:
        self.crowd = crowd
        self.goals = Goals(crowd, floor, settings.queues, clear, rng)
        self.arrivals = Arrivals(crowd, self.goals.doors, settings, clear, rng, casting)
        self.reactions = Reactions(crowd, casting)
        self._rng = rng
        self._casting = casting
        self.errands = self.arrivals.errands
        self.guests: list[Errand] = []
        for errand in self.errands[: settings.people]:
            if self.arrivals.begin_inside(errand) and errand.leader is None:
                self.goals.begin(errand, anywhere=True)

    def step(self, time: float, velocity: tuple[float, float] = (0.0, 0.0)) -> None:
        """Let everybody decide; `time` in s since the start, `velocity` the robot's along the map's axes in m/s."""
        self.arrivals.step(time)
        for errand in (*self.errands, *self.guests):
            walker = errand.walker
            if walker is None:
                if self.arrivals.come_in(errand, time):
                    self.goals.begin(errand, anywhere=False)
            elif walker.claimed:
                self.goals.drop(errand)
                errand.detour = True  # once they are let go of, they think of something new
            elif not self._reacts(errand, walker, time, velocity):
                self._decide(errand, walker, time)

    def _reacts(self, errand: Errand, walker: Walker, time: float, velocity: tuple[float, float]) -> bool:
        robot = self.crowd.robot
        near = abs(walker.position[0] - robot.x) < RUNS_UP_FROM and abs(walker.position[1] - robot.y) < RUNS_UP_FROM
        if not near:
            self.reactions.let_go(errand)
            return False
        return self.reactions.step(errand, time, robot, velocity)

    def _decide(self, errand: Errand, walker: Walker, time: float) -> None:
        if errand.leader is not None:
            self._accompany(errand, walker, time)
            return
        if errand.company:
            lead(errand)
        if errand.line is not None:
            if self._in_the_way(errand, walker):
                self._make_room(errand, walker)
            elif self.goals.queues.step(errand, time, (self.crowd.robot.x, self.crowd.robot.y)):
                self.goals.next(errand)
        elif walker.posture == SITTING:
            if time >= errand.until:
                self.goals.drop(errand)
                self.goals.next(errand)
        elif walker.held > IMPATIENCE or walker.stuck > 2 * IMPATIENCE or self._in_the_way(errand, walker):
            self._step_aside(errand, walker)
        elif not walker.way:
            self._at_goal(errand, time)

    def _at_goal(self, errand: Errand, time: float) -> None:
        if errand.detour:
            self.goals.next(errand)
        elif errand.leaving:
            self.arrivals.go_out(errand, time)
        elif errand.seat is not None:
            self.goals.sit_down(errand, time)
        elif errand.stay > 0.0:
            errand.until, errand.stay = time + errand.stay, 0.0
        elif time >= errand.until:
            self.goals.next(errand)

    def _accompany(self, errand: Errand, walker: Walker, time: float) -> None:
        """Keep with the leader; when they have left, leave too."""
        assert errand.leader is not None
        if errand.leader.walker is None:
            if errand in errand.leader.company:
                errand.leader.company.remove(errand)
            errand.leader = None
            self.goals.send_out(errand)
        elif errand.seat is not None or errand.leader.seat is not None:
            self.goals.sit_with(errand, time)
        elif walker.held > IMPATIENCE or walker.stuck > 2 * IMPATIENCE or self._in_the_way(errand, walker):
            self._make_room(errand, walker)
            errand.until = time + IMPATIENCE
        else:
            keep_company(errand, self.crowd, time, self._casting)

    def _in_the_way(self, errand: Errand, walker: Walker) -> bool:
        """Tell whether the robot has been facing somebody who stands, nose to nose, for longer than they like."""
        robot = self.crowd.robot
        dx, dy = walker.position[0] - robot.x, walker.position[1] - robot.y
        near = not walker.way and abs(dx) < NOSE_TO_NOSE and math.hypot(dx, dy) < NOSE_TO_NOSE
        facing = near and abs(math.remainder(math.atan2(dy, dx) - robot.yaw, math.tau)) < 1.0
        errand.bothered = errand.bothered + PERIOD if facing else 0.0
        return errand.bothered > IMPATIENCE

    def _make_room(self, errand: Errand, walker: Walker) -> None:
        """Step out of the robot's way without giving anything up."""
        walker.pace = errand.pace
        self._walk_off(errand, walker, self._rng.choice([-1.2, 1.2]), MAKE_ROOM)

    def _step_aside(self, errand: Errand, walker: Walker) -> None:
        """Walk a little way off from where it is stuck, and then to another goal."""
        self.goals.drop(errand)
        errand.detour, errand.leaving, errand.stay = True, False, 0.0
        self._walk_off(errand, walker, self._rng.uniform(-1.2, 1.2), STEP_ASIDE)

    def _walk_off(self, errand: Errand, walker: Walker, turn: float, way: float) -> None:
        """Walk `way` m away from the robot, turned by some rad."""
        walker.held = walker.stuck = errand.bothered = 0.0
        x, y = walker.position
        angle = math.atan2(y - self.crowd.robot.y, x - self.crowd.robot.x) + turn
        walker.way = self.crowd.route(walker, (x + way * math.cos(angle), y + way * math.sin(angle)))
