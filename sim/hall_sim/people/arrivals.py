"""Who is in the hall and who comes: parties at the doors, at a rate or for good, and how they go out again."""

from __future__ import annotations

import math

import numpy as np

from guide_common.geometry import Pose2D
from hall_sim.people.crowd import PERIOD, Crowd
from hall_sim.people.errands import Errand, pace_of, party
from hall_sim.people.kinds import Kind
from hall_sim.people.walkable import Point2
from hall_sim.scenarios.settings_people import CrowdSettings
from hall_sim.world.floor import Spot

STAFF_PACE = 1.3
"""m/s: they know the way."""
STARTS_CLEAR = 2.5
"""m around the places that the run needs free where nobody is at the start."""
OUTSIDE = (2.0, 20.0)
"""s until somebody who circulates comes in again."""
TOGETHER_AT_DOOR = 3.0
"""m within which a group has gathered at the door."""
GIVES_UP_GROUP = 20.0
"""s that a group waits at the door for its last."""
BESIDE_LEADER = (0.6, 1.4)
"""m from the leader at which their company comes in."""


class Arrivals:
    """Let people in and out.

    Args:
        crowd: where they walk.
        doors: where they come in.
        settings: how many there are, and who.
        clear: points (m) at which nobody starts.
        rng: of ways and paces.
        casting: of who is who and who comes when, apart so that the kinds do not change the ways.

    Attributes:
        errands: one a body.
        turned_away: how many came while the hall was full.
    """

    def __init__(
        self,
        crowd: Crowd,
        doors: list[Spot],
        settings: CrowdSettings,
        clear: list[Point2],
        rng: np.random.Generator,
        casting: np.random.Generator,
    ) -> None:
        self.crowd = crowd
        self.doors = doors
        self.settings = settings
        self.turned_away = 0
        self._clear = clear
        self._rng = rng
        self._casting = casting
        self.errands = [Errand(expected=False) for _ in range(settings.bodies)]
        self._cast(settings.people)
        self._next = self._wait(0.0)

    def step(self, time: float) -> None:
        """Let those come whose time it is; `time` in s since the start."""
        while time >= self._next:
            self._arrive(time)
            self._next = self._wait(self._next)

    def begin_inside(self, errand: Errand) -> bool:
        """Start somebody at a random free point, or beside their leader; tell whether there was room."""
        if errand.leader is not None and errand.leader.walker is not None:
            return self._join_leader(errand)
        low_x, low_y, high_x, high_y = self.crowd.walkable.middles.bounds
        for _ in range(200):
            point = (self._rng.uniform(low_x, high_x), self._rng.uniform(low_y, high_y))
            if not self.crowd.walkable.contains(point) or self._is_kept_clear(point):
                continue
            errand.pace = self._pace(errand)
            errand.walker = self.crowd.enter(point, errand.pace, kind=errand.kind)
            if errand.walker is not None:
                return True
        return False

    def come_in(self, errand: Errand, time: float) -> bool:
        """Let somebody in who is expected, if there is room; tell whether they now need something to do."""
        if not errand.expected or time < errand.until or not self.doors:
            return False
        if errand.leader is not None:
            errand.until = time + 0.5
            if errand.leader.walker is not None:
                self._join_leader(errand)
            return False
        door = self.doors[self._rng.integers(len(self.doors))].stand
        point = beside(door, 0.0, 0.8, self._rng)
        errand.pace = self._pace(errand)
        errand.walker = self.crowd.enter(point, errand.pace, kind=errand.kind)
        if errand.walker is None:
            errand.until = time + 1.0
        return errand.walker is not None

    def go_out(self, errand: Errand, time: float) -> None:
        """Let somebody leave with all their company; whoever circulates comes in again."""
        walker = errand.walker
        assert walker is not None
        inside = [(other, other.walker) for other in errand.company if other.walker is not None]
        gathered = [each for each in inside if math.dist(each[1].position, walker.position) < TOGETHER_AT_DOOR]
        if len(gathered) < len(inside):
            errand.stay += PERIOD
            if errand.stay < GIVES_UP_GROUP:
                return
        for leaving, body in [(errand, walker), *gathered]:
            self.crowd.leave(body)
            leaving.walker = None
            leaving.expected = self.settings.arrivals_per_hour is None
        self._cut_loose(errand)
        errand.leaving, errand.stay = False, 0.0
        errand.until = time + self._rng.uniform(*OUTSIDE)

    def _cut_loose(self, leader: Errand) -> None:
        """Let those of the company who are still about go their own way; whoever never came in does not come."""
        if self.settings.arrivals_per_hour is None:
            return
        for other in leader.company:
            other.leader = None
            if other.walker is None:
                other.expected = False
        leader.company = []

    def _cast(self, people: int) -> None:
        """Draw who the people are who are there at the start, staff among them."""
        at = round(self.settings.staff * people)
        for errand in self.errands[:at]:
            errand.staff = errand.expected = True
        while at < people:
            kinds = party(self.settings, self._casting)[: people - at]
            self._make_party(self.errands[at : at + len(kinds)], kinds)
            at += len(kinds)

    def _make_party(self, errands: list[Errand], kinds: list[Kind]) -> None:
        leader = errands[0]
        for place, (errand, kind) in enumerate(zip(errands, kinds, strict=True)):
            errand.kind, errand.expected, errand.place = kind, True, place - 1
            errand.curious = bool(self._casting.random() < self.settings.curious)
            errand.courteous = bool(self._casting.random() < self.settings.courteous)
            errand.leader = None if errand is leader else leader
            errand.company = []
        leader.company = errands[1:]

    def _wait(self, time: float) -> float:
        rate = self.settings.arrivals_per_hour
        return time + float(self._casting.exponential(3600.0 / rate)) if rate else math.inf

    def _arrive(self, time: float) -> None:
        """Let a party come to the door, if there are bodies left for them."""
        kinds = party(self.settings, self._casting)
        free = [errand for errand in self.errands if errand.walker is None and not errand.expected][: len(kinds)]
        if len(free) < len(kinds):
            self.turned_away += len(kinds)
            return
        self._make_party(free, kinds)
        for errand in free:
            errand.until, errand.leaving = time, False

    def _join_leader(self, errand: Errand) -> bool:
        leader = errand.leader.walker if errand.leader is not None else None
        assert leader is not None
        errand.pace = self._pace(errand)
        for _ in range(20):
            angle, off = self._casting.uniform(-math.pi, math.pi), self._casting.uniform(*BESIDE_LEADER)
            point = (leader.position[0] + off * math.cos(angle), leader.position[1] + off * math.sin(angle))
            if self.crowd.walkable_for(errand.kind).contains(point):
                errand.walker = self.crowd.enter(point, errand.pace, kind=errand.kind)
                if errand.walker is not None:
                    errand.until = 0.0
                    return True
        return False

    def _is_kept_clear(self, point: Point2) -> bool:
        return any(math.dist(point, other) < STARTS_CLEAR for other in self._clear)

    def _pace(self, errand: Errand) -> float:
        return STAFF_PACE if errand.staff else pace_of(errand.kind, self._rng)


def beside(stand: Pose2D, nearest: float, farthest: float, rng: np.random.Generator) -> Point2:
    """Return a point to the left or right of a stand pose, at a distance (m) between two."""
    side = rng.choice([-1.0, 1.0]) * rng.uniform(nearest, farthest)
    yaw = stand.yaw + math.pi / 2
    return stand.x + side * math.cos(yaw), stand.y + side * math.sin(yaw)
