"""What the led visitor does besides following: each act takes over their steps for a while, then they go on.

An act's `begin` tells whether it could begin at all; `step` tells whether it is
over; `stop` lets go of everybody it took part of. All times in s since the start.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from guide_common.geometry import Pose2D
from hall_sim.people.crowd import Walker
from hall_sim.people.walkable import Point2
from hall_sim.visitor.character import Planned
from hall_sim.visitor.following import Follower
from hall_sim.world.bodies import KNEELING, STANDING

if TYPE_CHECKING:
    from hall_sim.visitor.visitor import Visitor

TALK_WITHIN = 8.0
"""m within which somebody is near enough to be talked to."""
TALKING_DISTANCE = 0.9
"""m between two who talk: personal space (Hall, 1966)."""
TAKES_OVER_WITHIN = 12.0
"""m within which somebody of the crowd may take the visitor's place."""
BETWEEN = 1.8
"""m from the robot at which somebody has stepped between."""
GIVES_UP_AFTER = 20.0
"""s after which an act is dropped that never came about."""
LOOKS_FAR = 5.0
"""m at which somebody who lost the robot sees it again."""
ASTRAY_AT_LEAST = 7.0
"""m from the robot, and from here, to where somebody goes astray."""
IMPOSTOR_PACE = 1.1


class Doing(Protocol):
    """Be an act under way."""

    hears: bool
    """Whether the visitor hears the robot meanwhile."""

    def begin(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Begin; False when it cannot be."""
        ...

    def step(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Decide for the next 50 ms; True when it is over."""
        ...

    def stop(self, visitor: Visitor) -> None:
        """Let go of everybody and of every posture."""
        ...


class Stand:
    """Stand still, or kneel down to a shoelace, or turn away to a phone."""

    def __init__(self, plan: Planned) -> None:
        self.hears = plan.do != "phone"
        self._plan = plan
        self._until = math.inf

    def begin(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Stop at once."""
        walker = visitor.standing
        walker.stand(_bearing(walker.position, (robot.x, robot.y)) + (0.0 if self.hears else math.pi))
        walker.posture = KNEELING if self._plan.do == "tie_lace" else STANDING
        self._until = time + self._plan.for_s
        return True

    def step(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Wait."""
        return time >= self._until

    def stop(self, visitor: Visitor) -> None:
        """Stand up."""
        visitor.standing.posture = STANDING


class Talk:
    """Go up to somebody of the crowd and talk to them."""

    hears = False

    def __init__(self, plan: Planned) -> None:
        self._plan = plan
        self._other: Walker | None = None
        self._until = math.inf
        self._give_up = math.inf

    def begin(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Pick the nearest; they wait for the visitor to come."""
        walker = visitor.standing
        other = visitor.crowd.nearest(walker.position, TALK_WITHIN, walker)
        if other is None:
            return False
        self._other, self._give_up = other, time + GIVES_UP_AFTER
        other.claimed = True
        other.stand(_bearing(other.position, walker.position))
        walker.pace = visitor.pace
        walker.way = visitor.crowd.route(walker, _before(other.position, walker.position, TALKING_DISTANCE))
        return True

    def step(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Walk up, then stand face to face."""
        walker, other = visitor.standing, self._other
        assert other is not None
        near = math.dist(walker.position, other.position) < TALKING_DISTANCE + 0.3
        if self._until == math.inf and (near or not walker.way or walker.stuck > 3.0 or time > self._give_up):
            self._until = time + self._plan.for_s
            walker.stand(_bearing(walker.position, other.position))
            other.stand(_bearing(other.position, walker.position))
        return time >= self._until

    def stop(self, visitor: Visitor) -> None:
        """Let the other go their way."""
        if self._other is not None:
            self._other.claimed = False


class TurnBack:
    """Walk back towards where they met the robot, as if something had been left there."""

    hears = True

    def __init__(self, plan: Planned) -> None:
        self._plan = plan
        self._until = math.inf

    def begin(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Turn round."""
        walker = visitor.standing
        walker.pace, self._until = visitor.pace, time + self._plan.for_s
        walker.way = visitor.crowd.route(walker, visitor.met)
        return True

    def step(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Walk on."""
        return time >= self._until

    def stop(self, visitor: Visitor) -> None:
        """Stand."""
        visitor.standing.way = []


class Stray:
    """Lose the robot, end up somewhere else, and wait there until it comes into sight."""

    hears = False

    def __init__(self, plan: Planned) -> None:
        self._plan = plan
        self._until = math.inf

    def begin(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Set off for a place that lies away from the robot."""
        goal = visitor.some_place(ASTRAY_AT_LEAST, robot)
        if goal is None:
            return False
        walker = visitor.standing
        walker.pace, self._until = visitor.pace, time + self._plan.for_s
        walker.way = visitor.crowd.route(walker, goal)
        return True

    def step(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Walk there with no eye for the robot; then look out for it."""
        if time < self._until or (visitor.standing.way and time < self._until + GIVES_UP_AFTER):
            return False
        here = visitor.standing.position
        near = math.dist(here, (robot.x, robot.y)) < LOOKS_FAR
        return near and visitor.floor.in_sight(here, (robot.x, robot.y))

    def stop(self, visitor: Visitor) -> None:
        """Stand."""
        visitor.standing.way = []


class Replaced:
    """Be cut off by somebody of the crowd, who follows the robot for a while; the visitor stands and looks on."""

    hears = True

    def __init__(self, plan: Planned) -> None:
        self._plan = plan
        self._until = math.inf
        self._give_up = math.inf
        self._other: Walker | None = None
        self._following: Follower | None = None

    def begin(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Pick who comes."""
        self._other = visitor.crowd.nearest((robot.x, robot.y), TAKES_OVER_WITHIN, visitor.standing)
        if self._other is None:
            return False
        self._other.claimed = True
        self._following = Follower(visitor.crowd, IMPOSTOR_PACE)
        self._give_up = time + GIVES_UP_AFTER
        return True

    def step(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Let the other come between, then stand and watch them go."""
        other, following = self._other, self._following
        assert other is not None
        assert following is not None
        following.step(other, time, robot)
        if self._until < math.inf:
            return time >= self._until
        visitor.follow(time, robot)
        if math.dist(other.position, (robot.x, robot.y)) < BETWEEN:
            visitor.standing.stand(_bearing(visitor.standing.position, (robot.x, robot.y)))
            self._until = time + self._plan.for_s
        return time > self._give_up

    def stop(self, visitor: Visitor) -> None:
        """Send the other away."""
        if self._other is not None:
            self._other.claimed = False
            self._other.way = []


class Refuse:
    """Change their mind and leave."""

    hears = True

    def __init__(self, plan: Planned) -> None:
        self._plan = plan

    def begin(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Go."""
        visitor.mind.change_mind()
        visitor.leave()
        return True

    def step(self, visitor: Visitor, time: float, robot: Pose2D) -> bool:
        """Be over at once: leaving is a phase of its own."""
        return True

    def stop(self, visitor: Visitor) -> None:
        """Let nothing go: nobody else took part."""


def act_of(plan: Planned) -> Doing:
    """Return the act that was planned."""
    match plan.do:
        case "talk":
            return Talk(plan)
        case "turn_back":
            return TurnBack(plan)
        case "stray":
            return Stray(plan)
        case "replaced":
            return Replaced(plan)
        case "refuse":
            return Refuse(plan)
        case _:
            return Stand(plan)


def _bearing(here: Point2, there: Point2) -> float:
    return math.atan2(there[1] - here[1], there[0] - here[0])


def _before(point: Point2, seen_from: Point2, distance: float) -> Point2:
    """Return the point a distance (m) before another as seen from somewhere."""
    dx, dy = seen_from[0] - point[0], seen_from[1] - point[1]
    off = max(math.hypot(dx, dy), 1e-6)
    return point[0] + distance * dx / off, point[1] + distance * dy / off
