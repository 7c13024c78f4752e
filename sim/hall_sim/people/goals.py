"""Where the people of the crowd go next: from place to place, or through a visit with a number, a seat and a line."""

from __future__ import annotations

import math

import numpy as np

from guide_common.geometry import Pose2D
from hall_sim.people.arrivals import beside
from hall_sim.people.crowd import Crowd, Walker
from hall_sim.people.errands import Errand
from hall_sim.people.kinds import WHEELCHAIR
from hall_sim.people.queues import QUEUED, Queues, lay_lines
from hall_sim.people.walkable import Point2
from hall_sim.world.bodies import SITTING, STANDING
from hall_sim.world.floor import Floor, Spot

STAYS = {"seat": (30.0, 120.0), "counter": (40.0, 120.0), "ticket": (8.0, 25.0), "wc": (20.0, 60.0)}
"""s that people stay at a kind of place; shortest and longest."""
WEIGHTS = {"seat": 4.0, "counter": 4.0, "ticket": 2.0, "wc": 1.0}
OTHER_STAY, OTHER_WEIGHT = (5.0, 20.0), 0.5
STAFF_STAY = (5.0, 25.0)
STAFF_GOALS = ("counter", "reception", "photocopy")
DOORS = ("exit",)
NOT_GOALS = ("post", "dock", "exit", "stairs", "lift")
"""Kinds where nobody lingers."""
LEAVES = 0.25
"""Chance that somebody without a plan leaves after a place."""
BESIDE = (0.7, 1.3)
"""m from the stand pose: people leave the robot's own place at a counter free."""
KEEP_CLEAR = 1.6
"""m around the places that the run needs free of lingering people."""
SITS, GOES_ON = 0.7, 0.25
"""Chances that somebody waits on a seat for their turn, and that they have more to do after the counter."""
SECOND_GOALS = ("wc", "photocopy", "atm", "water")
AT_SEAT = 0.45
"""m from a seat at which somebody sits down."""


class Goals:
    """Choose goals for people, and the ways there.

    Args:
        crowd: where they walk.
        floor: whose places and seats there are.
        queued: whether there are lines and visits with a plan.
        clear: points (m) near which nobody lingers.
        rng: of all choices.
    """

    def __init__(self, crowd: Crowd, floor: Floor, queued: bool, clear: list[Point2], rng: np.random.Generator) -> None:
        self.crowd = crowd
        self._rng = rng
        self._clear = clear
        self._queued = queued
        spots = [spot for spot in floor.spots.values() if self._usable(spot)]
        self.doors = [spot for spot in spots if spot.kind in DOORS]
        self._spots = [spot for spot in spots if spot.kind not in NOT_GOALS and self._far_from_clear(spot.stand)]
        self._weights = _weights(self._spots)
        self.queues = Queues(lay_lines(floor, crowd.walkable, clear) if queued else {}, crowd, STAYS, rng)
        self._seats = [seat for seat in floor.seats if self._within_reach(seat)] if queued else []
        self._taken: set[int] = set()

    def begin(self, errand: Errand, anywhere: bool) -> None:
        """Plan a visit and send somebody on their way; `anywhere` for who may be in the middle of it."""
        if self._queued and not errand.staff:
            plan = ["ticket"] if any(line.spot.kind == "ticket" for line in self.queues.lines.values()) else []
            if self._seats and errand.kind is not WHEELCHAIR and self._rng.random() < SITS:
                plan.append("seat")
            plan.append("counter")
            if self._rng.random() < GOES_ON:
                plan.append(SECOND_GOALS[self._rng.integers(len(SECOND_GOALS))])
            errand.plan = plan[self._rng.integers(len(plan)) :] if anywhere else plan
        self.next(errand)

    def next(self, errand: Errand) -> None:
        """Send somebody to their next goal."""
        walker = _inside(errand)
        errand.detour = False
        walker.pace = errand.pace
        if self._queued and not errand.staff:
            self._next_of_plan(errand, walker)
            return
        leaves = bool(self.doors) and not errand.staff and (not self._spots or self._rng.random() < LEAVES)
        if leaves:
            self.send_out(errand)
        elif self._spots:
            spot = self._some_spot(errand)
            span = STAFF_STAY if errand.staff else STAYS.get(spot.kind, OTHER_STAY)
            errand.leaving, errand.stay = False, float(self._rng.uniform(*span))
            self._go_to(walker, spot, BESIDE)

    def sit_with(self, errand: Errand, time: float) -> None:
        """Let somebody sit as near as can be to who leads them, and get up with them."""
        walker, leader = _inside(errand), errand.leader
        assert leader is not None
        if leader.seat is None:
            self.drop(errand)
            errand.until = 0.0
        elif errand.seat is None:
            free = [index for index in range(len(self._seats)) if index not in self._taken]
            if free and errand.kind is not WHEELCHAIR:
                to = self._seats[leader.seat]
                self._go_to_seat(errand, walker, min(free, key=lambda index: self._seats[index].distance(to)))
        elif not walker.way and walker.posture != SITTING:
            self.sit_down(errand, time)

    def send_out(self, errand: Errand) -> None:
        """Send somebody to a door."""
        errand.leaving, errand.detour, errand.stay = True, False, 0.0
        if self.doors:
            self._go_to(_inside(errand), self.doors[self._rng.integers(len(self.doors))], (0.0, 0.5))

    def sit_down(self, errand: Errand, time: float) -> None:
        """Seat somebody who has come to their seat; who has not goes on to something else."""
        walker = _inside(errand)
        assert errand.seat is not None
        seat = self._seats[errand.seat]
        if math.dist(walker.position, (seat.x, seat.y)) > AT_SEAT:
            self.drop(errand)
            if errand.leader is None:
                self.next(errand)
            return
        walker.heading = walker.facing = seat.yaw
        walker.posture = SITTING
        errand.until = time + self._rng.uniform(*STAYS["seat"])

    def drop(self, errand: Errand) -> None:
        """Give up a seat and a place in a line."""
        if errand.seat is not None:
            self._taken.remove(errand.seat)
            errand.seat = None
            _inside(errand).posture = STANDING
        if errand.line is not None:
            self.queues.leave(errand)

    def _next_of_plan(self, errand: Errand, walker: Walker) -> None:
        """Go into a line, to a seat, or beside a place that has neither; when a line is full, wait and try again."""
        errand.leaving = False
        if not errand.plan:
            self.send_out(errand)
            return
        kind = errand.plan[0]
        errand.line = self.queues.choose(kind) if kind in QUEUED else None
        if errand.line is not None or (kind == "seat" and self._take_seat(errand, walker)):
            errand.plan = errand.plan[1:]
            return
        if not any(line.spot.kind == kind for line in self.queues.lines.values()):
            errand.plan = errand.plan[1:]
        spots = [spot for spot in self._spots if spot.kind == kind] or self._spots
        if spots:
            errand.stay = float(self._rng.uniform(*OTHER_STAY))
            self._go_to(walker, spots[self._rng.integers(len(spots))], BESIDE)

    def _take_seat(self, errand: Errand, walker: Walker) -> bool:
        free = [index for index in range(len(self._seats)) if index not in self._taken]
        if not free or errand.kind is WHEELCHAIR:
            return False
        self._go_to_seat(errand, walker, free[self._rng.integers(len(free))])
        return True

    def _go_to_seat(self, errand: Errand, walker: Walker, index: int) -> None:
        errand.seat, seat = index, self._seats[index]
        self._taken.add(index)
        walker.way, walker.facing = self.crowd.route(walker, (seat.x, seat.y)), seat.yaw
        walker.stuck = walker.held = 0.0
        walker.pace = errand.pace

    def _some_spot(self, errand: Errand) -> Spot:
        if errand.staff:
            spots = [spot for spot in self._spots if spot.kind in STAFF_GOALS] or self._spots
            return spots[self._rng.integers(len(spots))]
        return self._spots[self._rng.choice(len(self._spots), p=self._weights)]

    def _go_to(self, walker: Walker, spot: Spot, span: tuple[float, float]) -> None:
        walker.way = self.crowd.route(walker, beside(spot.stand, *span, self._rng))
        walker.facing, walker.stuck, walker.held = spot.stand.yaw, 0.0, 0.0

    def _usable(self, spot: Spot) -> bool:
        here = (spot.stand.x, spot.stand.y)
        return math.dist(here, self.crowd.walkable.snap(here)) < 1.0

    def _within_reach(self, seat: Pose2D) -> bool:
        return math.dist((seat.x, seat.y), self.crowd.walkable.snap((seat.x, seat.y))) < AT_SEAT / 2.0

    def _far_from_clear(self, at: Pose2D) -> bool:
        return all(math.dist((at.x, at.y), point) > KEEP_CLEAR + BESIDE[1] for point in self._clear)


def _weights(spots: list[Spot]) -> np.ndarray:  # type: ignore[type-arg]
    """Return how often each place is chosen: a kind as a whole by its weight."""
    kinds = [spot.kind for spot in spots]
    weights = np.array([WEIGHTS.get(kind, OTHER_WEIGHT) / kinds.count(kind) for kind in kinds])
    return weights / weights.sum() if len(weights) else weights


def _inside(errand: Errand) -> Walker:
    assert errand.walker is not None
    return errand.walker
