"""The visitor: comes in, walks up to the robot, talks, follows it at their own pace and in their own way, leaves.

They see the robot's pose and nothing else of where it wants to go.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Literal, NamedTuple

import numpy as np

from guide_common.geometry import Pose2D
from hall_sim.people.crowd import Crowd, Walker
from hall_sim.people.walkable import Point2
from hall_sim.scenarios.settings_people import ActName, VisitorSettings
from hall_sim.visitor.acts import Doing, act_of
from hall_sim.visitor.character import Character, Planned
from hall_sim.visitor.following import Follower
from hall_sim.visitor.mind import VisitorMind
from hall_sim.world.bodies import STANDING
from hall_sim.world.floor import Floor

IN_FRONT = (0.9, 1.0)
"""m before the robot where people stand to talk to it."""
IN_SIGHT = 0.5
"""rad from straight ahead of the robot."""
ROUND_IT = 1.3
"""m at which somebody walks round the robot."""
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
    ACTING = "acting"
    STAYING = "staying"
    LEAVING = "leaving"
    GONE = "gone"


class Happening(NamedTuple):
    """Tell that an act of the visitor begins, ends, or could not be; time in s since the start."""

    time: float
    act: ActName
    what: Literal["begins", "ends", "cannot be"]


class Visitor:
    """Move the visitor; what they say is the mind's part.

    Args:
        crowd: where they walk.
        floor: whose doors they use.
        settings: who they are.
        mind: tells whether they accepted and whether the robot said goodbye.
        rng: of their character and of where they go astray.

    Attributes:
        led: m that they followed the robot.
        met: where the robot stood when they met it.
        happened: the acts so far.
    """

    def __init__(
        self, crowd: Crowd, floor: Floor, settings: VisitorSettings, mind: VisitorMind, rng: np.random.Generator
    ) -> None:
        self.crowd = crowd
        self.floor = floor
        self.mind = mind
        self.phase = Phase.OUTSIDE
        self.walker: Walker | None = None
        self.character = Character(settings, rng)
        self.pace = self.character.pace
        self.led = 0.0
        self.met: Point2 = (floor.post.x, floor.post.y)
        self.happened: list[Happening] = []
        self._rng = rng
        self._follower = Follower(crowd, self.pace, self.character.attention)
        self._front = IN_FRONT[0] + (IN_FRONT[1] - IN_FRONT[0]) * self.character.front + self.character.kind.reach
        self._door = self._choose_door(floor)
        self._until = self._time = 0.0
        self._set_out = math.inf
        self._invited = False
        self._last: Point2 | None = None
        self._act: tuple[Planned, Doing] | None = None

    def let_in(self) -> None:
        """Let the visitor come in as soon as there is room at the door."""
        self._invited = True

    def step(self, time: float, robot: Pose2D, robot_velocity: tuple[float, float]) -> None:
        """Decide for the next 50 ms; `time` in s since the start."""
        self._time = time
        if self.phase is Phase.OUTSIDE:
            self._enter()
        if self.walker is None:
            return
        if self.mind.parted and self.phase not in (Phase.STAYING, Phase.LEAVING, Phase.GONE):
            self._end_act()
            self.walker.stand(self._bearing(robot))
            self.phase, self._until = Phase.STAYING, time + STAYS_AFTER
        getattr(self, f"_{self.phase}")(time, robot)
        if self.walker is not None and not self.walker.way and self.walker.posture == STANDING:
            self._give_way(robot, robot_velocity)

    @property
    def position(self) -> Point2 | None:
        """Return where the visitor is (m, map frame); None while outside."""
        return self.walker.position if self.walker else None

    @property
    def standing(self) -> Walker:
        """Return the visitor's walker; they must be in the hall."""
        assert self.walker is not None
        return self.walker

    @property
    def act(self) -> ActName | None:
        """Return what they are doing besides following, if anything."""
        return self._act[0].do if self._act else None

    def follow(self, time: float, robot: Pose2D) -> None:
        """Walk behind the robot."""
        self._follower.step(self.standing, time, robot)

    def leave(self) -> None:
        """Set off for the door, whatever they were at."""
        self._end_act()
        walker = self.standing
        self.phase = Phase.LEAVING
        walker.pace = APPROACH_PACE if self.character.kind.name == "adult" else self.pace
        walker.way = self.crowd.route(walker, self._door)

    def put(self, position: Point2, heading: float) -> bool:
        """Put the visitor elsewhere at once (m and rad, map frame); one who is outside comes in there.

        False when there is no room.
        """
        if self.walker is None:
            self.walker = self.crowd.enter(position, APPROACH_PACE, SHYNESS, self.character.kind)
            self.phase = Phase.OUTSIDE if self.walker is None else Phase.APPROACHING
        elif not self.crowd.put(self.walker, position):
            return False
        if self.walker is None:
            return False
        self.walker.heading, self._last = heading, None
        return True

    def vanish(self) -> None:
        """Be gone at once."""
        self._end_act()
        self.crowd.leave(self.standing)
        self.walker, self.phase = None, Phase.GONE

    def some_place(self, farther: float, robot: Pose2D) -> Point2 | None:
        """Return a place of the floor at least `farther` m from the robot and from the visitor."""
        here = self.standing.position
        stands = [(spot.stand.x, spot.stand.y) for spot in self.floor.spots.values()]
        far = [p for p in stands if math.dist(p, (robot.x, robot.y)) > farther and math.dist(p, here) > farther]
        return far[self._rng.integers(len(far))] if far else None

    def _choose_door(self, floor: Floor) -> Point2:
        post, walkable = floor.post, self.crowd.walkable
        doors = [walkable.snap((s.stand.x, s.stand.y)) for s in floor.spots.values() if s.kind == "exit"]
        doors = [door for door in doors if math.dist(door, (post.x, post.y)) > 2.0]
        ahead = walkable.snap((post.x + 6.0 * math.cos(post.yaw), post.y + 6.0 * math.sin(post.yaw)))
        return min(doors, key=lambda door: math.dist(door, (post.x, post.y)), default=ahead)

    def _enter(self) -> None:
        if self._invited:
            self.walker = self.crowd.enter(self._door, APPROACH_PACE, SHYNESS, self.character.kind)
            if self.walker is not None:
                self.phase = Phase.APPROACHING

    def _approaching(self, time: float, robot: Pose2D) -> None:
        walker = self.standing
        distance = self._distance(robot)
        x, y = walker.position
        side = math.remainder(math.atan2(y - robot.y, x - robot.x) - robot.yaw, math.tau)
        if distance < self._front + 0.1 and abs(side) < IN_SIGHT:
            walker.stand(self._bearing(robot))
            self.phase, self.met = Phase.TALKING, (robot.x, robot.y)
            return
        walker.pace = APPROACH_PACE if distance > 2.0 else 0.6
        if self.character.kind.name != "adult":
            walker.pace = min(walker.pace, self.pace)
        # From behind or beside, people walk round the robot to be seen, not up to its back.
        round_it = abs(side) > IN_SIGHT and distance < 2.5
        angle = robot.yaw + (side - math.copysign(min(abs(side), 0.8), side) if round_it else 0.0)
        reach = max(ROUND_IT, self._front) if round_it else self._front
        self._follower.route(walker, (robot.x + reach * math.cos(angle), robot.y + reach * math.sin(angle)), time)

    def _talking(self, time: float, robot: Pose2D) -> None:
        walker = self.standing
        if not walker.way:
            walker.facing = self._bearing(robot)
        moved = math.dist(self.met, (robot.x, robot.y))
        if self.mind.accepted and moved > 0.3:
            self.phase = Phase.FOLLOWING
            self._set_out = min(self._set_out, time)
        elif not self.mind.accepted and not self.mind.refused and self._distance(robot) > LET_GO:
            self.phase = Phase.APPROACHING

    def _following(self, time: float, robot: Pose2D) -> None:
        self.led += math.hypot(*self._moved())
        due = self.character.due(self.led, time - self._set_out)
        if due is not None:
            self._begin_act(due, time, robot)
        else:
            self.follow(time, robot)

    def _begin_act(self, plan: Planned, time: float, robot: Pose2D) -> None:
        act = act_of(plan)
        if not act.begin(self, time, robot):
            self.happened.append(Happening(time, plan.do, "cannot be"))
            return
        self.happened.append(Happening(time, plan.do, "begins"))
        self._act = plan, act
        self.mind.distracted = not act.hears
        if self.phase is Phase.FOLLOWING:
            self.phase = Phase.PAUSING if plan.do == "pause" else Phase.ACTING

    def _acting(self, time: float, robot: Pose2D) -> None:
        assert self._act is not None
        if self._act[1].step(self, time, robot):
            self._end_act()
            self.phase = Phase.FOLLOWING

    _pausing = _acting

    def _end_act(self) -> None:
        if self._act is None:
            return
        plan, act = self._act
        act.stop(self)
        self.happened.append(Happening(self._time, plan.do, "ends"))
        self._act, self._last, self.mind.distracted = None, None, False

    def _staying(self, time: float, robot: Pose2D) -> None:
        if time >= self._until:
            self.leave()

    def _leaving(self, time: float, robot: Pose2D) -> None:
        walker = self.standing
        if math.dist(walker.position, self._door) < 0.4:
            self.crowd.leave(walker)
            self.walker, self.phase = None, Phase.GONE
        elif walker.held > 2.5 or walker.stuck > 4.0 or not walker.way:
            self._aside(robot)

    def _gone(self, time: float, robot: Pose2D) -> None:
        """Do nothing more."""

    def _give_way(self, robot: Pose2D, velocity: tuple[float, float]) -> None:
        dx, dy = self.standing.position[0] - robot.x, self.standing.position[1] - robot.y
        distance = math.hypot(dx, dy)
        if 0.0 < distance < GIVE_WAY and velocity[0] * dx + velocity[1] * dy > 0.08 * distance:
            self._aside(robot)

    def _aside(self, robot: Pose2D) -> None:
        """Go a step out of the robot's way, to the side on which there is room."""
        walker = self.standing
        x, y = walker.position
        away = math.atan2(y - robot.y, x - robot.x)
        points = [(x + math.cos(away + turn), y + math.sin(away + turn)) for turn in (1.2, -1.2, 0.7, -0.7, 0.0)]
        free = [point for point in points if self.crowd.walkable.contains(point)]
        if self.phase is Phase.LEAVING:
            free.sort(key=lambda point: math.dist(point, self._door))
        walker.held = walker.stuck = 0.0
        walker.pace = 0.7
        if free:
            walker.way = [free[0]]
            if self.phase is Phase.LEAVING:
                walker.way += self.crowd.route(walker, self._door, free[0])

    def _moved(self) -> Point2:
        here = self.standing.position
        old, self._last = self._last or here, here
        return here[0] - old[0], here[1] - old[1]

    def _distance(self, robot: Pose2D) -> float:
        return math.dist(self.standing.position, (robot.x, robot.y))

    def _bearing(self, robot: Pose2D) -> float:
        return math.atan2(robot.y - self.standing.position[1], robot.x - self.standing.position[0])
