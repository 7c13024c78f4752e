"""People and boxes with a script: who stands where, sets off on which cue, and walks which way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guide_common.geometry import Pose2D
from hall_sim.people.crowd import PERIOD, Crowd, Walker
from hall_sim.people.kinds import KINDS
from hall_sim.people.walkable import Point2
from hall_sim.scenarios.settings_people import draw
from hall_sim.scenarios.settings_trip import BoxSettings, Cue, WalkerSettings
from hall_sim.world.obstacles import Obstacle
from hall_sim.world.world import World

NO_AGENT = -1
"""As a walker's agent: the crowd model does not move them."""
PATIENCE = 1.0
"""s of standing in front of the robot, or in a jam, until somebody steps aside and walks round."""
STEP_ASIDE = 0.9
"""m."""
SET_DOWN_FROM = 0.7
"""m from its outline that the robot's middle must be for a box to be set down."""
CORNER = 0.25
"""m from a corner of the way at which who heeds nobody turns to the next."""
BUMPS = 0.36
"""m between middles, a little less than that at which bodies touch."""
SHRINKS_BACK = 0.9
"""m between middles that somebody keeps who has run into the robot."""
SLOWEST = 0.3
"""m/s."""


class Timing:
    """Tell whether a cue has come, as the seed draws it."""

    def __init__(self, cue: Cue, rng: np.random.Generator) -> None:
        self._after = draw(cue.after_s, rng) if cue.after_s is not None else math.inf
        self._within = draw(cue.robot_within_m, rng) if cue.robot_within_m is not None else 0.0

    def come(self, time: float, away: float) -> bool:
        """Tell whether it is time, `time` s after the start with the robot `away` m off."""
        return time >= self._after or away < self._within


@dataclass(slots=True)
class Actor:
    """Hold somebody with a script; `walker` is None while they are outside, `ahead` what is left of their way."""

    settings: WalkerSettings
    timing: Timing
    pace: float
    ahead: list[Point2]
    walker: Walker | None = None
    set_off: bool = False
    over: bool = False
    startled: bool = False


class ScriptedPeople:
    """Move the people of a script.

    Args:
        crowd: where they walk.
        settings: who they are.
        rng: of their paces and cues.
    """

    def __init__(self, crowd: Crowd, settings: tuple[WalkerSettings, ...], rng: np.random.Generator) -> None:
        self.crowd = crowd
        self.actors = [self._cast(each, rng) for each in settings]

    def step(self, time: float, robot: Pose2D) -> None:
        """Decide for the next 50 ms; `time` in s since the start."""
        for actor in self.actors:
            walker = actor.walker
            if walker is None:
                self._enter(actor)
            elif not actor.set_off:
                away = math.dist(walker.position, (robot.x, robot.y))
                actor.set_off = bool(actor.ahead) and actor.timing.come(time, away)
                if actor.set_off and actor.settings.heeds:
                    self._route(actor, walker)
            elif actor.settings.heeds:
                self._walk(actor, walker)
            else:
                self._march(actor, walker)

    def _cast(self, settings: WalkerSettings, rng: np.random.Generator) -> Actor:
        timing, kind = Timing(settings.begins, rng), KINDS[settings.kind]
        pace = draw(settings.pace, rng) if settings.pace is not None else float(rng.normal(*kind.pace))
        return Actor(settings, timing, max(pace, SLOWEST), list(settings.way[1:]))

    def _enter(self, actor: Actor) -> None:
        if actor.over:
            return
        kind, start = KINDS[actor.settings.kind], actor.settings.way[0]
        if actor.settings.heeds:
            actor.walker = self.crowd.enter(start, actor.pace, kind=kind)
        else:
            actor.walker = Walker(NO_AGENT, start, actor.pace, kind)
        if actor.walker is not None and actor.ahead:
            actor.walker.heading = _bearing(start, actor.ahead[0])
            actor.walker.facing = actor.walker.heading

    def _route(self, actor: Actor, walker: Walker) -> None:
        """Send somebody along what is left of their way."""
        walker.way, here = [], walker.position
        for corner in actor.ahead:
            walker.way += self.crowd.route(walker, corner, here)
            here = corner
        walker.pace, walker.held, walker.stuck = actor.pace, 0.0, 0.0

    def _walk(self, actor: Actor, walker: Walker) -> None:
        while len(actor.ahead) > 1 and math.dist(walker.position, actor.ahead[0]) < 2 * CORNER:
            actor.ahead.pop(0)
        if not walker.way:
            self._at_end(actor, walker)
        elif walker.held > PATIENCE or walker.stuck > 2 * PATIENCE:
            self._step_aside(actor, walker)

    def _step_aside(self, actor: Actor, walker: Walker) -> None:
        """Take a step to the side on which there is room, away from the robot, and go on from there."""
        x, y = walker.position
        heading = _bearing(walker.position, walker.way[0])
        off = math.remainder(_bearing(walker.position, (self.crowd.robot.x, self.crowd.robot.y)) - heading, math.tau)
        for turn in (-math.copysign(1.7, off), math.copysign(1.7, off)):
            angle = heading + turn
            point = x + STEP_ASIDE * math.cos(angle), y + STEP_ASIDE * math.sin(angle)
            if self.crowd.walkable_for(walker.kind).contains(point):
                self._route(actor, walker)
                walker.way.insert(0, point)
                return
        walker.held = walker.stuck = 0.0

    def _march(self, actor: Actor, walker: Walker) -> None:
        """Walk straight on without a look at anybody; who ran into the robot shrinks back and lets it pass."""
        if not actor.ahead:
            self._at_end(actor, walker)
            return
        goal, left = actor.ahead[0], PERIOD * actor.pace
        away = math.dist(walker.position, goal)
        walker.heading = _bearing(walker.position, goal) if away > 1e-6 else walker.heading
        share = min(left / max(away, 1e-9), 1.0)
        (x, y), (gx, gy) = walker.position, goal
        there = x + share * (gx - x), y + share * (gy - y)
        robot = self.crowd.robot.x, self.crowd.robot.y
        gap, near = math.dist(there, robot), math.dist(walker.position, robot)
        actor.startled = gap < near and (gap < BUMPS or (actor.startled and gap < SHRINKS_BACK))
        if actor.startled:
            back = min(left, max(SHRINKS_BACK - near, 0.0)) / max(near, 1e-6)
            walker.position = x + back * (x - robot[0]), y + back * (y - robot[1])
            return
        walker.position = there
        if away <= left or (len(actor.ahead) > 1 and away < CORNER):
            actor.ahead.pop(0)

    def _at_end(self, actor: Actor, walker: Walker) -> None:
        then = actor.settings.then
        if then == "leave":
            if actor.settings.heeds:
                self.crowd.leave(walker)
            actor.walker, actor.over = None, True
        elif then == "back":
            way = list(actor.settings.way)
            back = math.dist(walker.position, way[0]) > math.dist(walker.position, way[-1])
            actor.ahead = way[-2::-1] if back else way[1:]
            if actor.settings.heeds and actor.ahead:
                self._route(actor, walker)


class ScriptedBoxes:
    """Set boxes down on their cues.

    Args:
        world: has room for them.
        settings: which they are.
        rng: of their cues.
    """

    def __init__(self, world: World, settings: tuple[BoxSettings, ...], rng: np.random.Generator) -> None:
        self._world = world
        self._waiting = [(each, Timing(each.begins, rng)) for each in settings]
        self.standing: list[tuple[float, Obstacle]] = []
        """What was set down, and when (s since the start)."""

    def step(self, time: float, robot: Pose2D) -> list[str]:
        """Set down what is due; return the ids."""
        came: list[str] = []
        for each in list(self._waiting):
            settings, timing = each
            x, y, yaw = settings.at
            box = Obstacle(settings.id, Pose2D(x, y, yaw), settings.size)
            clear = math.hypot(robot.x - x, robot.y - y) - 0.5 * math.hypot(*settings.size[:2]) > SET_DOWN_FROM
            if clear and timing.come(time, math.hypot(robot.x - x, robot.y - y)):
                slots = self._world.obstacles.slots
                self._world.put_obstacle(max(k for k, slot in enumerate(slots) if slot is None), box)
                self.standing.append((time, box))
                self._waiting.remove(each)
                came.append(settings.id)
        return came


def _bearing(here: Point2, there: Point2) -> float:
    return math.atan2(there[1] - here[1], there[0] - here[0])
