"""Lines at counters and machines, and seats."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from hall_sim.hall import Hall
from hall_sim.people.queues import APART, SPACING, Line, lay_lines
from hall_sim.people.walkable import Walkable
from hall_sim.world.bodies import LAP, SITTING
from hall_sim.world.floor import load_floor, seats_of
from tests.sim import halls
from tests.sim.leading import lead, ride


def busy(people: int = 24, seed: int = 1, **crowd: object) -> Hall:
    return halls.hall(seed=seed, people=people, crowd={"queues": True} | crowd)


def lines(hall: Hall) -> dict[str, Line]:
    return hall.wandering.goals.queues.lines


def in_place(line: Line) -> int:
    """Return how many stand at their places."""
    return sum(
        math.dist(errand.walker.position, place) < 0.4
        for errand, place in zip(line.members, line.places, strict=False)
        if errand.walker is not None
    )


class TestLayout:
    @pytest.mark.parametrize("floor", ["1", "2"])
    def test_lines_of_the_centre_lie_on_free_floor_and_apart(self, floor: str) -> None:
        hall = load_floor(halls.ROOT / "maps" / "hcmc_center", floor)
        walkable = Walkable(hall, (hall.post.x, hall.post.y), 0.23)
        laid = lay_lines(hall, walkable, [(hall.post.x, hall.post.y)])
        counters = [spot.id for spot in hall.spots.values() if spot.kind == "counter"]
        assert len([name for name in laid if name in counters]) == len(counters)
        assert sum(len(line.places) >= 4 for line in laid.values()) > 0.8 * len(laid)
        for line in laid.values():
            assert all(walkable.contains(place) for place in line.places[1:])
            gaps = [math.dist(a, b) for a, b in pairwise(line.places)]
            assert gaps == pytest.approx([SPACING] * len(gaps))
        for name, line in laid.items():
            others = [place for other, its in laid.items() if other != name for place in its.places]
            assert all(math.dist(place, other) > APART for place in line.places[1:] for other in others)

    def test_no_line_forms_where_the_run_needs_room(self) -> None:
        hall = busy()
        goal = hall.world.floor.spots["Q2"].stand
        assert "Q2" not in lines(hall)
        assert {"Q1", "Q3", "ticket_1"} <= set(lines(hall))
        places = [place for line in lines(hall).values() for place in line.places]
        assert min(math.dist(place, (goal.x, goal.y)) for place in places) > 1.5


class Morning:
    """Two minutes of a busy hall, and what was to be seen."""

    def __init__(self) -> None:
        self.hall = hall = busy()
        self.longest = self.moved_up = self.places_shared = 0
        self.sat: set[int] = set()
        self.got_up = False
        before: dict[str, list[int]] = {}
        for _ in range(240):
            ride(hall, 0.5)
            for name, line in lines(hall).items():
                self.longest = max(self.longest, in_place(line))
                names, old = [id(errand) for errand in line.members], before.get(name, [])
                self.moved_up += len(old) > 1 and names[: len(old) - 1] == old[1:]
                before[name] = names
            sitting = np.flatnonzero(hall.bodies.postures == SITTING).tolist()
            at = np.round(hall.bodies.torsos[sitting], 2).tolist()
            self.places_shared += len(sitting) - len({tuple(point) for point in at})
            self.got_up |= bool(self.sat - set(sitting))
            self.sat |= set(sitting)


@pytest.fixture(scope="module")
def morning() -> Morning:
    return Morning()


class TestLine:
    def test_a_line_forms_and_moves_up(self, morning: Morning) -> None:
        assert morning.longest >= 3
        assert morning.moved_up >= 5

    def test_everybody_is_served_in_turn_one_at_a_time(self, morning: Morning) -> None:
        served = morning.hall.wandering.goals.queues.served
        assert len(served) >= 5
        assert all(turn.joined <= turn.begun < turn.ended for turn in served)
        for name in lines(morning.hall):
            turns = [turn for turn in served if turn.place == name]
            assert all(one.ended <= other.begun for one, other in pairwise(turns)), "one at a time"
            assert [turn.joined for turn in turns] == sorted(turn.joined for turn in turns), "in turn"

    def test_somebody_in_a_line_lets_the_robot_pass_and_comes_back_to_their_place(self) -> None:
        hall = halls.hall(people=0, crowd={"queues": True, "arrivals_per_hour": 720.0, "at_most": 10})
        line = lines(hall)["ticket_1"]
        while in_place(line) < 3:
            lead(hall, ((3.0, 6.0),), 0.2, 0.0)
            assert hall.time < 200.0
        member, blocked = line.members[2], 0.0
        place = line.places[2]
        until = hall.time + 30.0
        while hall.time < until and member in line.members:
            assert member.walker is not None
            lead(hall, ((place[0], place[1]),), 0.2, 0.0)
            blocked = max(blocked, math.dist(member.walker.position, place))
        assert blocked > 0.5, "they made room"

    def test_without_queues_nobody_stands_in_line_or_sits(self) -> None:
        hall = halls.hall(people=20)
        ride(hall, 20.0)
        assert not lines(hall)
        assert not (hall.bodies.postures == SITTING).any()


class TestSeats:
    def test_people_sit_down_and_get_up_and_no_seat_is_taken_twice(self, morning: Morning) -> None:
        assert len(morning.sat) >= 4
        assert morning.got_up
        assert morning.places_shared == 0

    def test_who_sits_is_on_the_bench_and_the_lidar_sees_their_shins_before_it(self, morning: Morning) -> None:
        hall = morning.hall
        while not (hall.bodies.postures == SITTING).any():
            ride(hall, 1.0)
            assert hall.time < 300.0
        seats = np.array([(seat.x, seat.y - LAP) for seat in hall.world.floor.seats])
        for index in np.flatnonzero(hall.bodies.postures == SITTING).tolist():
            torso, shin = hall.bodies.torsos[index], hall.bodies.legs()[index]
            assert np.hypot(*(seats - torso).T).min() < 0.5
            assert math.dist(torso, shin) == pytest.approx(math.hypot(LAP, 0.1), abs=0.01)

    def test_benches_of_the_centre_have_seats_that_look_at_the_counters(self) -> None:
        floor = load_floor(halls.ROOT / "maps" / "hcmc_center", "1")
        assert 100 <= len(floor.seats) <= 140
        assert all(seat.yaw == pytest.approx(math.pi / 2) for seat in floor.seats)
        walkable = Walkable(floor, (floor.post.x, floor.post.y), 0.23)
        assert all(walkable.contains((seat.x, seat.y)) for seat in floor.seats)

    def test_a_bench_is_sat_on_along_its_long_side(self) -> None:
        seats = seats_of([(0.0, 0.0), (2.2, 0.0), (2.2, 0.6), (0.0, 0.6)], [(1.0, -5.0)])
        assert len(seats) == 4
        assert {round(seat.y, 2) for seat in seats} == {-0.33}
