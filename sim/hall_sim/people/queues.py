"""Lines of people at counters and machines: they join at the end, move up, are served, and go.

A line leads straight back from where one is served, and bends where a wall, a
seat or another line is in the way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hall_sim.people.crowd import Crowd
from hall_sim.people.errands import Errand, Turn
from hall_sim.people.walkable import Point2, Walkable
from hall_sim.world.floor import Floor, Spot

QUEUED = ("counter", "ticket", "reception", "atm", "photocopy")
"""Kinds of places at which people stand in line."""
SPACING = 0.75
"""m from one to the next in a line."""
LONGEST = 8
APART = 0.7
"""m between places of different lines."""
NEARER = 0.3
"""m by which people stand nearer to a desk than a robot does."""
BENDS = (0.0, 0.6, -0.6, 1.2, -1.2, math.pi / 2, -math.pi / 2)
"""rad by which a line may turn from one place to the next; the first that fits is taken."""
CLEAR_OF = 1.6
"""m from the points that a run needs free."""
JOINS_WITHIN = 1.5
"""m from the end of a line at which somebody belongs to it."""
AT_PLACE = 0.3
REACTION = (0.3, 1.3)
"""s until somebody moves up after the one before them did."""
QUEUE_PACE = 0.8
PATIENCE = 25.0
"""s after which somebody leaves a line into which they cannot get."""
ROBOT_NEAR = 0.8
"""m: nobody goes back to a place that the robot stands on."""


class Served(NamedTuple):
    """Tell of one turn in a line: where, and when (s since the start) they joined it, were served and left."""

    place: str
    joined: float
    begun: float
    ended: float


@dataclass(eq=False)
class Line:
    """Hold a line: its places from the one that is served on, and who stands in it."""

    spot: Spot
    places: list[Point2]
    members: list[Errand] = field(default_factory=list)
    begun: float = math.inf
    ends: float = math.inf

    @property
    def end(self) -> Point2 | None:
        """Return the first free place; None when the line is as long as it can be."""
        return self.places[len(self.members)] if len(self.members) < len(self.places) else None


def lay_lines(floor: Floor, walkable: Walkable, clear: list[Point2]) -> dict[str, Line]:
    """Return a line for each place that has one, by the place's id; `clear` are points (m) that must stay free."""
    spots = [spot for spot in floor.spots.values() if spot.kind in QUEUED]
    heads = {spot.id: head for spot in spots if (head := _head(spot, walkable, clear)) is not None}
    taken = list(heads.values())
    lines = {}
    for spot in spots:
        if spot.id in heads:
            places = _places(heads[spot.id], spot.stand.yaw + math.pi, walkable, clear, taken)
            lines[spot.id] = Line(spot, places)
            taken += places[1:]
    return lines


def _head(spot: Spot, walkable: Walkable, clear: list[Point2]) -> Point2 | None:
    """Return where one is served; None where nobody can stand or should."""
    stand = spot.stand
    head = walkable.snap((stand.x + NEARER * math.cos(stand.yaw), stand.y + NEARER * math.sin(stand.yaw)))
    if math.dist(head, (stand.x, stand.y)) > 1.0 or any(math.dist(head, point) < CLEAR_OF for point in clear):
        return None
    return head


def _places(head: Point2, heading: float, walkable: Walkable, clear: list[Point2], taken: list[Point2]) -> list[Point2]:
    places = [head]
    while len(places) < LONGEST:
        for bend in BENDS:
            angle = heading + bend
            point = (places[-1][0] + SPACING * math.cos(angle), places[-1][1] + SPACING * math.sin(angle))
            if (
                walkable.contains(point)
                and all(math.dist(point, other) > APART for other in taken if other != head)
                and all(math.dist(point, other) > 0.9 * SPACING for other in places[:-1])
                and all(math.dist(point, other) > CLEAR_OF for other in clear)
            ):
                places.append(point)
                heading = angle
                break
        else:
            break
    return places


class Queues:
    """Move everybody who stands in a line.

    Args:
        lines: by id of the place.
        crowd: where they walk.
        stays: s that one is served by kind of place, least and most.
        rng: of reactions and service.

    Attributes:
        served: every turn so far.
    """

    def __init__(
        self,
        lines: dict[str, Line],
        crowd: Crowd,
        stays: dict[str, tuple[float, float]],
        rng: np.random.Generator,
    ) -> None:
        self.lines = lines
        self.served: list[Served] = []
        self._crowd = crowd
        self._stays = stays
        self._rng = rng

    def choose(self, kind: str) -> Line | None:
        """Return the shorter of two lines of a kind picked at random; None when there is no room in either."""
        lines = [line for line in self.lines.values() if line.spot.kind == kind]
        if not lines:
            return None
        picked = [lines[self._rng.integers(len(lines))] for _ in range(2)]
        best = min(picked, key=lambda line: len(line.members))
        return best if best.end is not None else None

    def leave(self, errand: Errand) -> None:
        """Take somebody out of their line; those behind move up."""
        line = errand.line
        errand.line = None
        if line is None or errand not in line.members:
            return
        if line.members[0] is errand:
            line.begun = line.ends = math.inf
        line.members.remove(errand)
        errand.turn = None

    def step(self, errand: Errand, time: float, robot: Point2) -> bool:
        """Let somebody in a line decide; True when they are done there, or gave up. `time` in s since the start."""
        line = errand.line
        assert line is not None
        if errand in line.members:
            return self._wait(line, errand, time, robot)
        return self._come(line, errand, time)

    def _come(self, line: Line, errand: Errand, time: float) -> bool:
        walker, end = errand.walker, line.end
        assert walker is not None
        if end is None:
            errand.line = None
            return True
        if math.dist(walker.position, end) < JOINS_WITHIN:
            line.members.append(errand)
            errand.turn = Turn(time)
        elif not walker.way or math.dist(walker.way[-1], end) > 0.5 * SPACING:
            walker.way = self._crowd.route(walker, end)
        return False

    def _wait(self, line: Line, errand: Errand, time: float, robot: Point2) -> bool:
        walker, turn = errand.walker, errand.turn
        assert walker is not None
        assert turn is not None
        index = line.members.index(errand)
        place = line.places[index]
        if turn.place != index:
            turn.place, turn.moves_at = index, time + self._rng.uniform(*REACTION)
        if math.dist(walker.position, place) > AT_PLACE:
            turn.away_since = min(turn.away_since, time)
            if time >= turn.moves_at and math.dist(place, robot) > ROBOT_NEAR:
                walker.pace = min(QUEUE_PACE, errand.pace)
                if not walker.way or math.dist(walker.way[-1], place) > 0.1:
                    walker.way = self._crowd.route(walker, place)
            if time - turn.away_since < PATIENCE:
                return False
            self.leave(errand)
            return True
        turn.away_since = math.inf
        ahead = line.places[index - 1] if index else None
        yaw = line.spot.stand.yaw
        walker.facing = yaw if ahead is None else math.atan2(ahead[1] - place[1], ahead[0] - place[0])
        return index == 0 and self._is_served(line, errand, time)

    def _is_served(self, line: Line, errand: Errand, time: float) -> bool:
        if line.begun == math.inf:
            line.begun, line.ends = time, time + self._rng.uniform(*self._stays.get(line.spot.kind, (5.0, 20.0)))
        if time < line.ends:
            return False
        joined = errand.turn.joined if errand.turn is not None else line.begun
        self.served.append(Served(line.spot.id, joined, line.begun, time))
        self.leave(errand)
        return True
