"""A robot that leads and drives home along straight lines, at the pace asked for, and tells what a guide tells."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from guidance.leading import Destination, refusal
from guide_common.geometry import Pose2D

PACE = 0.7
"""m/s where none is asked for."""
ALONE_WAITS, ALONE_SEARCHES, ALONE_LOST = 2.0, 10.0, 60.0
"""s without the visitor after which the guide waits, searches and gives up, as the escort does."""
FEEDBACK_GAP = 1.0
VISITOR_LOST, ESTOPPED = 4, 7

Later = Callable[[Callable[[], None]], None]


@dataclass
class Body:
    """Hold where the robot is and whether the visitor follows it; `stopped` is a pressed emergency stop."""

    pose: Pose2D
    followed: bool = True
    stopped: bool = False

    def move(self, target: Pose2D, step: float) -> bool:
        """Go on towards a pose by at most a step (m); return whether it is reached."""
        left = math.hypot(target.x - self.pose.x, target.y - self.pose.y)
        if left <= step:
            self.pose = target
            return True
        heading = math.atan2(target.y - self.pose.y, target.x - self.pose.x)
        x, y = self.pose.x + step * math.cos(heading), self.pose.y + step * math.sin(heading)
        self.pose = Pose2D(x, y, heading)
        return False


class WalkingGuide:
    """Lead (`dialogue.reception.Leader`); ends and feedback are told `later`, as messages would be."""

    def __init__(
        self,
        body: Body,
        places: Callable[[], dict[str, Destination]],
        floor: str,
        later: Later,
        feedback: Callable[[str, str, float], None],
        ended: Callable[[int], None],
        moved: Callable[[str], None],
    ) -> None:
        self._body, self._places, self._floor = body, places, floor
        self._later, self._feedback, self._ended, self._moved = later, feedback, ended, moved
        self._target: Destination | None = None
        self._pace, self._alone_since, self._told = PACE, 0.0, ""
        self.way = self.left = self._told_at = 0.0

    @property
    def running(self) -> bool:
        """Tell whether somebody is being led."""
        return self._target is not None

    def start(self, place_id: str, language: str, pace: float, now: float) -> None:
        """Lead to a place, or refuse as the guide does."""
        places = self._places()
        refused = refusal(places, place_id, self._floor)
        if refused is not None:
            self._target = None
            code = int(refused[0])
            self._later(lambda: self._ended(code))
            return
        self._target, self._pace, self._alone_since, self._told = places[place_id], pace or PACE, now, ""
        self.way = self.left = self._distance()
        self._moved(f"leads to {place_id}, {self.way:.0f} m, {self._pace:.2f} m/s")

    def cancel(self, now: float) -> None:
        """Stop leading."""
        if self._target is not None:
            self._moved("stands")
        self._target = None

    def cancel_all(self) -> None:
        """Stop what a former life left: there is none."""

    def drop(self) -> None:
        """Forget the leading."""
        self._target = None

    def tick(self, now: float) -> None:
        """Nothing waits to be handed over."""

    def step(self, now: float, dt: float) -> None:
        """Move on by dt (s), or wait for the visitor."""
        target = self._target
        if target is None:
            return
        if self._body.stopped:
            self._end(ESTOPPED, "emergency stop")
        elif self._body.followed:
            self._alone_since = now
            self._tell("leading", now)
            if self._body.move(target.stand, self._pace * dt):
                self._end(0, f"arrived at {target.id}")
            self.left = self._distance() if self._target else 0.0
        else:
            self._wait_alone(now - self._alone_since, now)

    def _wait_alone(self, alone: float, now: float) -> None:
        if alone > ALONE_LOST:
            self._end(VISITOR_LOST, "visitor lost")
        elif alone > ALONE_SEARCHES:
            self._tell("searching", now)
        elif alone > ALONE_WAITS:
            self._tell("waiting", now)

    def _tell(self, state: str, now: float) -> None:
        """Tell a new state at once, and every second how far it still is."""
        if state != self._told or now - self._told_at >= FEEDBACK_GAP:
            self._told, self._told_at, left = state, now, self._distance()
            self._later(lambda: self._feedback(state, "", left))

    def _end(self, code: int, what: str) -> None:
        self._target = None
        self._moved(what)
        self._later(lambda: self._ended(code))

    def _distance(self) -> float:
        assert self._target is not None
        return math.hypot(self._target.stand.x - self._body.pose.x, self._target.stand.y - self._body.pose.y)


class WalkingHome:
    """Drive to the post (`dialogue.reception.Homing`)."""

    def __init__(self, body: Body, later: Later, ended: Callable[[bool], None], moved: Callable[[str], None]) -> None:
        self._body, self._later, self._ended, self._moved = body, later, ended, moved
        self._stand: Pose2D | None = None

    @property
    def running(self) -> bool:
        """Tell whether the robot is under way."""
        return self._stand is not None

    def start(self, stand: Pose2D, now: float) -> None:
        """Drive to the post's stand pose."""
        self._stand = stand
        self._moved("drives home")

    def cancel(self, now: float) -> None:
        """Stop driving."""
        self._stand = None

    def drop(self) -> None:
        """Forget the drive."""
        self._stand = None

    def tick(self, now: float) -> None:
        """Nothing waits to be handed over."""

    def step(self, dt: float) -> None:
        """Drive on by dt (s)."""
        if self._stand is not None and self._body.move(self._stand, PACE * dt):
            self._stand = None
            self._moved("at its post")
            self._later(lambda: self._ended(True))
