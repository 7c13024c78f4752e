"""Lead a visitor at their pace: slow down, wait, look for them, say why. Free of ROS.

Call `Escort.step` about ten times a second with what is known; do what it
decides (drive or stand, how fast, look back, end). States are those of the
`guide_visitor` action; reasons are keys of `guidance/lang/*.yaml`, constant
while they last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from guidance.escort_visitor import Person, Visitor
from guide_common.geometry import Pose2D, wrap_angle


class Outcome(IntEnum):
    """Number how an escort ended, as the result of GuideVisitor does."""

    NONE = 0
    UNKNOWN_PLACE = 1
    PLACE_CLOSED = 2
    OTHER_FLOOR = 3
    VISITOR_LOST = 4
    VISITOR_LEFT = 5
    NAVIGATION_FAILED = 6
    ESTOPPED = 7
    NOT_ACTIVE = 8


@dataclass(frozen=True, slots=True)
class EscortParams:
    """Hold how a visitor is led; m, m/s, s."""

    pace: float = 0.7
    slowest: float = 0.3
    near: float = 1.8
    """Up to this distance between the two the robot goes at full pace; beyond, slower and slower …"""
    far: float = 3.0
    """… and from here it waits."""
    resume: float = 2.0
    """It goes on when the visitor is this near again, or comes nearer …"""
    closing: float = 0.2
    """… at least this fast."""
    unseen_wait: float = 2.0
    search_after: float = 10.0
    lost_after: float = 60.0
    left_distance: float = 6.0
    left_after: float = 12.0
    """A visitor beyond `left_distance` who has been going away for so long has left; before, they may fetch a thing."""
    wait_limit: float = 120.0
    """The longest wait for a visitor who is seen but does not come."""
    arriving: float = 2.0
    join: float = 1.9
    """At the goal the escort ends when the visitor is this near …"""
    join_limit: float = 10.0
    """… or after so long, if they were seen of late."""
    blocked_limit: float = 60.0
    stop_limit: float = 60.0
    """How long an emergency stop may last before the escort is given up."""
    retries: int = 3
    retry_delay: float = 1.0
    forget_failures: float = 20.0
    """After so long of driving well, earlier failures count no more."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Hold what is known at one step.

    `now` in s of the ROS clock; `people` is None when nothing new came; `broken` is the reason key of what the
    robot lacks for driving or seeing, or empty; `distance_remaining` in m along the plan, NaN if unknown.
    """

    now: float
    robot: Pose2D | None
    people: Sequence[Person] | None = None
    broken: str = ""
    e_stop: bool = False
    distance_remaining: float = math.nan


@dataclass(frozen=True, slots=True)
class Decision:
    """Say what to do: state and reason to tell, whether to drive, how fast (m/s), where to look (rad, relative)."""

    state: str
    reason: str
    drive: bool = False
    speed: float = 0.0
    look: float | None = None
    outcome: Outcome | None = None
    message: str = ""


class Escort:
    """Lead one visitor to one place."""

    def __init__(self, params: EscortParams | None = None, visitor: Visitor | None = None) -> None:
        self.params = params or EscortParams()
        self.visitor = visitor or Visitor()
        self._began: float | None = None
        self._since: dict[str, float] = {}
        self._waiting = False
        self._looked = False
        self._slow = False
        self._arrived_at: float | None = None
        self._failures = 0
        self._retry_at = -math.inf
        self._gave_up = ""
        self._eyes_from = -math.inf

    def navigation_ended(self, succeeded: bool, message: str, now: float) -> None:
        """Take the end of a drive that was not of our own asking."""
        if succeeded:
            self._arrived_at = now
            return
        self._failures += 1
        self._retry_at = now + self.params.retry_delay
        if self._failures > self.params.retries:
            self._gave_up = message or "-"

    def retarget(self) -> None:
        """Take that the place has moved: an arrival at the old one does not count."""
        self._arrived_at, self._failures, self._gave_up = None, 0, ""

    def visitor_distance(self, observation: Observation) -> float:
        """Return how far the visitor is, in m; NaN if not seen of late."""
        if observation.robot is None or self._unseen(observation.now) > self.params.unseen_wait:
            return math.nan
        return self.visitor.distance(observation.robot)

    def step(self, observation: Observation) -> Decision:
        """Decide what to do now."""
        now = observation.now
        self._began = now if self._began is None else self._began
        if observation.people is not None:
            self.visitor.update(observation.people, now, observation.robot)
        return (
            self._hindered(observation)
            or self._failed(observation)
            or self._at_goal(observation)
            or self._without_visitor(observation)
            or self._with_visitor(observation)
        )

    def _lasting(self, key: str, holds: bool, now: float) -> float:
        """Return for how long a condition has held, in s; 0 when it does not."""
        if not holds:
            self._since.pop(key, None)
            return 0.0
        return now - self._since.setdefault(key, now)

    def _hindered(self, seen: Observation) -> Decision | None:
        now, params = seen.now, self.params
        stopped = self._lasting("e_stop", seen.e_stop, now)
        broken = self._lasting("broken", bool(seen.broken) or seen.robot is None, now)
        if seen.e_stop:
            outcome = Outcome.ESTOPPED if stopped > params.stop_limit else None
            return Decision("waiting", "e_stop", outcome=outcome)
        if seen.broken == "tracker_down":
            self._eyes_from = now
            outcome = Outcome.VISITOR_LOST if broken > params.blocked_limit else None
            return Decision("waiting", seen.broken, outcome=outcome)
        if seen.broken or seen.robot is None:
            outcome = Outcome.NAVIGATION_FAILED if broken > params.blocked_limit else None
            return Decision("blocked", seen.broken or "localisation_down", outcome=outcome)
        return None

    def _failed(self, seen: Observation) -> Decision | None:
        if self._gave_up:
            return Decision("blocked", "stuck", outcome=Outcome.NAVIGATION_FAILED, message=self._gave_up)
        if seen.now < self._retry_at:
            return Decision("blocked", "retrying")
        return None

    def _at_goal(self, seen: Observation) -> Decision | None:
        if self._arrived_at is None or seen.robot is None:
            return None
        unseen = self._unseen(seen.now)
        together = unseen <= self.params.unseen_wait and self.visitor.distance(seen.robot) <= self.params.join
        patient = seen.now - self._arrived_at <= self.params.join_limit
        if together or (not patient and unseen <= self.params.search_after):
            return Decision("arriving", "arriving", outcome=Outcome.NONE)
        if patient:
            return Decision("arriving", "joining")
        return None

    def _unseen(self, now: float) -> float:
        """Return for how long the visitor has not been seen by eyes that work, in s."""
        began = now if self._began is None else self._began
        return now - max(self.visitor.seen_at, self._eyes_from, began)

    def _without_visitor(self, seen: Observation) -> Decision | None:
        """Wait, look back once, and give up in the end, when the visitor is out of sight."""
        unseen, params = self._unseen(seen.now), self.params
        if self.visitor.known and unseen <= params.unseen_wait:
            self._looked = False
            return None
        self._waiting = True
        if unseen > params.lost_after:
            return Decision("searching", "lost", outcome=Outcome.VISITOR_LOST)
        if unseen <= params.search_after:
            return Decision("waiting", "not_seen")
        return Decision("searching", "searching", look=self._look_back(seen))

    def _look_back(self, seen: Observation) -> float | None:
        if self._looked or seen.robot is None or not self.visitor.known:
            return None
        self._looked = True
        bearing = math.atan2(self.visitor.y - seen.robot.y, self.visitor.x - seen.robot.x)
        return wrap_angle(bearing - seen.robot.yaw)

    def _with_visitor(self, seen: Observation) -> Decision:
        assert seen.robot is not None
        params, now = self.params, seen.now
        distance = self.visitor.distance(seen.robot)
        closing = self.visitor.closing_speed(seen.robot)
        going = distance > params.left_distance and closing < -params.closing
        if self._lasting("going", going, now) > params.left_after:
            return Decision("waiting", "left", outcome=Outcome.VISITOR_LEFT)
        if self._waiting:
            comes = distance <= params.far and closing >= params.closing
            self._waiting = not (distance <= params.resume or comes)
        else:
            self._waiting = distance > params.far
        if self._lasting("waiting", self._waiting, now) > params.wait_limit:
            return Decision("waiting", "left", outcome=Outcome.VISITOR_LEFT)
        if self._waiting:
            return Decision("waiting", "behind")
        return self._lead(seen, distance)

    def _lead(self, seen: Observation, distance: float) -> Decision:
        params = self.params
        if seen.now - self._retry_at > params.forget_failures:
            self._failures = 0
        share = min(max((distance - params.near) / (params.far - params.near), 0.0), 1.0)
        speed = params.pace + share * (params.slowest - params.pace)
        if seen.distance_remaining < params.arriving:
            return Decision("arriving", "arriving", drive=True, speed=speed)
        # told only when it shows, and until it is over: what is said must not flicker
        self._slow = share > (0.0 if self._slow else 0.2)
        state = "slowing" if self._slow else "leading"
        return Decision(state, state, drive=True, speed=speed)
