"""The led visitor's character: each act begins, can be seen, ends, and the visitor goes on."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from hall_sim.hall import Hall
from hall_sim.scenarios.settings_people import CharacterSettings, VisitorSettings
from hall_sim.visitor.character import Character
from hall_sim.visitor.following import GAP
from hall_sim.visitor.mind import VisitorMind
from hall_sim.visitor.visitor import Phase
from hall_sim.world.bodies import KNEELING
from tests.sim import halls
from tests.sim.leading import lead, meet, ride

LOOP = ((6.0, 9.5), (14.0, 9.5), (16.0, 7.0), (8.0, 6.0), (6.0, 9.5), (14.0, 9.5))


def led(people: int = 0, seed: int = 1, **character: object) -> Hall:
    """Return a hall whose visitor accepted to be led and is about to follow."""
    given = CharacterSettings(**character)  # type: ignore[arg-type]
    hall = halls.hall(seed=seed, people=people, touch=True, stop_once_s=0.0, character=given)
    meet(hall)
    hall.robot_state("offering")
    ride(hall, 4.0)
    hall.robot_state("guiding.leading")
    return hall


def acted(hall: Hall) -> list[tuple[str, str]]:
    return [(happening.act, happening.what) for happening in hall.visitor.happened]


def until(hall: Hall, met: Callable[[], bool], most: float = 60.0) -> None:
    end = hall.time + most
    while not met():
        lead(hall, LOOP, 0.1)
        assert hall.time < end, f"still {hall.visitor.phase} after {most} s"


def goes_on(hall: Hall) -> None:
    """Check that the visitor follows the robot again, and goes a good way with it."""
    until(hall, lambda: hall.visitor.phase is Phase.FOLLOWING)
    gone = hall.visitor.led
    until(hall, lambda: hall.visitor.led > gone + 3.0)


class TestStandingStill:
    @pytest.mark.parametrize("what", ["pause", "tie_lace", "phone"])
    def test_they_stop_where_they_are_for_the_time_and_go_on(self, what: str) -> None:
        hall = led(acts=({"do": what, "after_m": 3.0, "for_s": 6.0},))
        until(hall, lambda: hall.visitor.act == what)
        assert 2.9 < hall.visitor.led < 3.3
        place, began = hall.visitor.position, hall.time
        assert place is not None
        ride(hall, 5.5)
        assert hall.visitor.position == pytest.approx(place, abs=0.1)
        until(hall, lambda: hall.visitor.act is None)
        assert hall.time - began == pytest.approx(6.0, abs=0.3)
        assert acted(hall) == [(what, "begins"), (what, "ends")]
        goes_on(hall)

    def test_whoever_ties_a_lace_kneels(self) -> None:
        hall = led(acts=({"do": "tie_lace", "after_s": 2.0, "for_s": 4.0},))
        until(hall, lambda: hall.visitor.act == "tie_lace")
        ride(hall, 0.2)
        assert hall.bodies.postures[0] == KNEELING
        legs = hall.bodies.leg_circles()
        assert legs[:, 2].min() > 0.1
        assert math.dist(legs[0, :2], legs[1, :2]) > 0.3
        goes_on(hall)
        assert hall.bodies.postures[0] != KNEELING

    def test_whoever_telephones_hears_nobody(self) -> None:
        hall = led(acts=({"do": "phone", "after_m": 2.0, "for_s": 8.0},))
        until(hall, lambda: hall.visitor.act == "phone")
        hall.robot_state("guiding.anything_else")
        assert ride(hall, 5.0) == []
        pose, (x, y) = hall.world.pose, hall.visitor.standing.position
        towards = math.atan2(pose.y - y, pose.x - x)
        assert abs(math.remainder(hall.visitor.standing.heading - towards, math.tau)) > 2.5, "turned away"
        assert [answer.kind for answer in ride(hall, 6.0)] == ["done"]


class TestOthers:
    def test_they_walk_up_to_somebody_and_talk(self) -> None:
        hall = led(people=14, acts=({"do": "talk", "after_m": 3.0, "for_s": 6.0},))
        until(hall, lambda: hall.visitor.act == "talk")
        nearest = []
        for _ in range(140):
            ride(hall, 0.1)
            at = hall.bodies.torsos[1:][hall.bodies.present[1:]]
            nearest.append(float(np.hypot(*(at - hall.visitor.standing.position).T).min()))
        assert sum(gap < 1.3 for gap in nearest) > 50, "the two stand together for the time"
        goes_on(hall)
        assert acted(hall) == [("talk", "begins"), ("talk", "ends")]

    def test_with_nobody_there_they_walk_on(self) -> None:
        hall = led(people=0, acts=({"do": "talk", "after_m": 3.0},))
        until(hall, lambda: hall.visitor.led > 6.0)
        assert acted(hall) == [("talk", "cannot be")]

    def test_somebody_else_follows_the_robot_in_their_place(self) -> None:
        hall = led(people=14, acts=({"do": "replaced", "after_m": 3.0, "for_s": 10.0},))
        until(hall, lambda: hall.visitor.act == "replaced")
        between = 0
        place = hall.visitor.standing.position
        for _ in range(300):
            # a robot that takes the other for its visitor drives on
            others = hall.bodies.torsos[1:][hall.bodies.present[1:]] - (hall.world.pose.x, hall.world.pose.y)
            nearest = float(np.hypot(*others.T).min())
            lead(hall, LOOP, 0.1, min(nearest, hall.visitor_distance()))
            if hall.visitor.act is None:
                break
            if nearest < 1.6 and hall.visitor_distance() > nearest + 0.5:
                between, place = between + 1, hall.visitor.standing.position
        assert between > 40, "for seconds somebody else is the one behind the robot"
        assert place == pytest.approx(hall.visitor.standing.position, abs=0.6)
        goes_on(hall)


class TestGoingAway:
    def test_they_turn_back_and_come_again(self) -> None:
        hall = led(acts=({"do": "turn_back", "after_m": 5.0, "for_s": 6.0},))
        until(hall, lambda: hall.visitor.act == "turn_back")
        before = math.dist(hall.visitor.standing.position, hall.visitor.met)
        ride(hall, 5.0)
        assert math.dist(hall.visitor.standing.position, hall.visitor.met) < before - 1.5
        goes_on(hall)

    def test_lost_they_wait_somewhere_else_until_the_robot_comes_for_them(self) -> None:
        hall = led(acts=({"do": "stray", "after_m": 4.0, "for_s": 10.0},))
        until(hall, lambda: hall.visitor.act == "stray")
        hall.robot_state("guiding.anything_else")
        ride(hall, 30.0)
        assert hall.visitor_distance() > 6.0
        assert hall.mind.distracted
        while hall.visitor.act == "stray":
            lead(hall, (hall.visitor.standing.position,), 0.1, 0.0)
            assert hall.time < 200.0
        assert hall.visitor_distance() < 5.0
        assert hall.visitor.phase is Phase.FOLLOWING
        ride(hall, 20.0)
        assert hall.visitor_distance() < GAP[1] + 0.3

    def test_they_change_their_mind_and_leave(self) -> None:
        hall = led(acts=({"do": "refuse", "after_m": 3.0},))
        until(hall, lambda: hall.visitor.phase is Phase.LEAVING)
        hall.robot_state("guiding.offering")
        assert "refuse" in [answer.kind for answer in ride(hall, 3.0)]
        ride(hall, 40.0)
        assert hall.visitor.phase is Phase.GONE


class TestAttention:
    def gap_after_stop(self, attention: float) -> float:
        hall = led(attention=attention, pace=0.8)
        until(hall, lambda: hall.visitor.led > 4.0)
        ride(hall, 6.0)
        return hall.visitor_distance()

    def test_whoever_dreams_walks_up_closer_when_the_robot_stops(self) -> None:
        assert self.gap_after_stop(0.0) > GAP[0] - 0.15
        assert self.gap_after_stop(4.0) < GAP[0] - 0.15

    def test_and_sets_off_later(self) -> None:
        waited = []
        for attention in (0.0, 3.0):
            hall = led(attention=attention)
            begun = hall.time
            while hall.visitor.led < 0.3:
                lead(hall, LOOP, 0.1, 0.0)
            waited.append(hall.time - begun)
        assert waited[0] + 1.0 < waited[1] < waited[0] + 4.0


class TestKinds:
    @pytest.mark.parametrize(("kind", "slowest", "fastest"), [("elderly", 0.35, 0.6), ("wheelchair", 0.4, 0.9)])
    def test_a_kind_has_its_pace_and_is_led_all_the_same(self, kind: str, slowest: float, fastest: float) -> None:
        hall = led(kind=kind)
        assert slowest <= hall.visitor.pace <= fastest
        assert hall.bodies.kinds[0].name == kind
        goes_on(hall)
        assert hall.bodies.chairs[0] == (kind == "wheelchair")

    def test_nobody_in_a_wheelchair_is_touched(self) -> None:
        hall = led(kind="wheelchair", people=10)
        until(hall, lambda: hall.visitor.led > 8.0, 120.0)


class TestChance:
    def test_the_seed_draws_what_happens(self) -> None:
        chances = {"phone": 0.5, "tie_lace": 0.5, "turn_back": 0.5}
        settings = VisitorSettings(say="x", stop_once_s=0.0, character=CharacterSettings(chances=chances))
        drawn = [self.plan(Character(settings, np.random.default_rng([seed, 4]))) for seed in range(60)]
        assert drawn == [self.plan(Character(settings, np.random.default_rng([seed, 4]))) for seed in range(60)]
        counts = [sum(name in plan for plan in drawn) for name in chances]
        assert all(18 <= count <= 42 for count in counts)
        assert all(set(plan) <= set(chances) for plan in drawn)

    def plan(self, character: object) -> list[str]:
        names = []
        while (act := character.due(100.0, 100.0)) is not None:  # type: ignore[attr-defined]
            names.append(act.do)
        return names


def test_a_changed_mind_refuses_the_next_offer() -> None:
    mind = VisitorMind(VisitorSettings(say="x", touch=True), np.random.default_rng(1))
    mind.notice("offering", (), "", 0.0)
    mind.change_mind()
    answer = mind.think(5.0)
    assert answer is not None
    assert answer.kind == "refuse"
    assert not mind.accepted


def test_the_line_of_sight_ends_at_walls_and_passes_over_seats() -> None:
    floor = halls.floor(Pose2D(6.0, 6.0))
    assert floor.in_sight((9.0, 1.0), (9.0, 5.0)), "a row of seats is 0.8 m high"
    assert not floor.in_sight((9.0, 8.2), (12.0, 8.2)), "a pillar"
