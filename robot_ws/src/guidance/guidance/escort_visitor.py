"""Know which of the people around is the visitor, also when the tracker gives them a new number. Free of ROS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from guide_common.geometry import Pose2D, wrap_angle


@dataclass(frozen=True, slots=True)
class Person:
    """Hold one tracked person: m and m/s in the map frame; s since first and since last seen."""

    id: int
    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0
    age: float = 10.0
    last_seen: float = 0.0


@dataclass(frozen=True, slots=True)
class VisitorParams:
    """Hold how a visitor is picked and found again; m, m/s, rad, s."""

    pick_radius: float = 2.5
    """Whoever talked with the robot, else whoever is nearest, within it when the escort begins is the visitor."""
    coasting: float = 0.5
    """A track not measured for so long is only a guess: look for the visitor among the others."""
    gate: float = 0.6
    """A new track this near to where the visitor should be is the visitor …"""
    gate_growth: float = 1.0
    """… and further away by this much for each second without sight …"""
    gate_limit: float = 3.0
    """… up to here."""
    track_overlap: float = 0.6
    """A track that began earlier than so long before the loss is somebody else."""
    corridor_after: float = 3.0
    """After a loss this long, whoever follows close behind the robot is taken for the visitor …"""
    corridor_length: float = 2.2
    corridor_half_angle: float = 1.1
    corridor_dwell: float = 1.5
    """… once they have stayed there for so long."""
    prediction: float = 1.0
    """How far a walking visitor is predicted ahead."""


class Visitor:
    """Follow one person through people messages; `first` is the track of who talked with the robot, if known."""

    def __init__(self, params: VisitorParams | None = None, first: int | None = None) -> None:
        self.params = params or VisitorParams()
        self._first = first
        self.id: int | None = None
        self.x = self.y = self.vx = self.vy = 0.0
        self.seen_at = -math.inf
        self._dwelling: dict[int, float] = {}
        self._heard_at = -math.inf

    @property
    def known(self) -> bool:
        """Tell whether a visitor was picked."""
        return self.seen_at > -math.inf

    def distance(self, robot: Pose2D) -> float:
        """Return how far the visitor was from the robot when last seen, in m."""
        return math.hypot(self.x - robot.x, self.y - robot.y)

    def closing_speed(self, robot: Pose2D) -> float:
        """Return how fast the visitor comes nearer to a robot that stands, in m/s; negative when going away."""
        away = max(self.distance(robot), 1e-6)
        return -(self.vx * (self.x - robot.x) + self.vy * (self.y - robot.y)) / away

    def update(self, people: Sequence[Person], now: float, robot: Pose2D | None) -> None:
        """Take one people message (stamp `now` in s): follow the visitor, pick or find them again."""
        away, self._heard_at = now - self._heard_at > 1.0, now
        if not self.known:
            self._pick(people, now, robot)
            return
        same = next((p for p in people if p.id == self.id), None)
        if same is not None and away and self._off(same, now) > self._reach(now):
            self.id = same = None  # the tracker was away: its numbers mean others now
        if same is not None and same.last_seen <= self.params.coasting:
            self._take(same, now)
            return
        found = self._reappeared(people, now) or self._follower(people, now, robot)
        if found is not None:
            self._take(found, now)

    def _pick(self, people: Sequence[Person], now: float, robot: Pose2D | None) -> None:
        if robot is None:
            return
        near = [p for p in people if math.hypot(p.x - robot.x, p.y - robot.y) <= self.params.pick_radius]
        near = [p for p in near if p.last_seen <= self.params.coasting]
        if near:
            self._take(min(near, key=lambda p: (p.id != self._first, math.hypot(p.x - robot.x, p.y - robot.y))), now)

    def _take(self, person: Person, now: float) -> None:
        self.id, self.x, self.y = person.id, person.x, person.y
        self.vx, self.vy = person.vx, person.vy
        self.seen_at = now - person.last_seen
        self._dwelling.clear()

    def _reappeared(self, people: Sequence[Person], now: float) -> Person | None:
        """Find a track that began where and when the visitor's ended."""
        params, gap = self.params, now - self.seen_at
        candidates = [
            (self._off(p, now), p)
            for p in people
            if p.last_seen <= params.coasting and p.id != self.id and p.age <= gap + params.track_overlap
        ]
        nearest = min(candidates, key=lambda c: c[0], default=None)
        return nearest[1] if nearest is not None and nearest[0] <= self._reach(now) else None

    def _off(self, person: Person, now: float) -> float:
        """Return how far a person is from where the visitor should be by now, in m."""
        ahead = min(now - self.seen_at, self.params.prediction)
        return math.hypot(person.x - self.x - self.vx * ahead, person.y - self.y - self.vy * ahead)

    def _reach(self, now: float) -> float:
        """Return how far from there the visitor may be, in m."""
        params = self.params
        return min(params.gate + params.gate_growth * (now - self.seen_at), params.gate_limit)

    def _follower(self, people: Sequence[Person], now: float, robot: Pose2D | None) -> Person | None:
        """Find who stays close behind the robot, long after the visitor was lost."""
        if robot is None or now - self.seen_at < self.params.corridor_after:
            self._dwelling.clear()
            return None
        here = [p for p in people if p.last_seen <= self.params.coasting and self._behind(p, robot)]
        self._dwelling = {p.id: self._dwelling.get(p.id, now) for p in here}
        stayed = [p for p in here if now - self._dwelling[p.id] >= self.params.corridor_dwell]
        return min(stayed, key=lambda p: math.hypot(p.x - robot.x, p.y - robot.y), default=None)

    def _behind(self, person: Person, robot: Pose2D) -> bool:
        dx, dy = person.x - robot.x, person.y - robot.y
        off = abs(wrap_angle(math.atan2(dy, dx) - robot.yaw - math.pi))
        return math.hypot(dx, dy) <= self.params.corridor_length and off <= self.params.corridor_half_angle
