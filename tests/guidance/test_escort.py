"""The escort's decisions in a simulated pursuit: the robot drives as told, the visitor follows as people do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

import guidance
from guidance.escort import Decision, Escort, EscortParams, Observation, Outcome
from guidance.escort_visitor import Person, Visitor
from guide_common.geometry import Pose2D

DT = 0.1
GOAL = 20.0


@dataclass
class Pursuit:
    """A corridor along x. The visitor walks after the robot; `habits` may say another speed, by the time."""

    habits: Callable[[float], float | None] = lambda now: None
    visible: Callable[[float], bool] = lambda now: True
    track: Callable[[float], int] = lambda now: 7
    others: Callable[[float], list[Person]] = lambda now: []
    walk: float = 1.1
    escort: Escort = field(default_factory=Escort)
    now: float = 1000.0
    robot: float = 0.0
    visitor: float = -1.0
    speed: float = 0.0
    born: float = 0.0
    log: list[tuple[float, Decision, float]] = field(default_factory=list)
    extra: Callable[[float], dict[str, object]] = lambda now: {}

    def people(self) -> list[Person]:
        t = self.now - 1000.0
        seen = list(self.others(t))
        if self.visible(t):
            self.born = self.born or self.now - (5.0 if t < 0.5 else 0.0)
            seen.append(Person(self.track(t), self.visitor, 0.1, self.speed, 0.0, self.now - self.born))
        else:
            self.born = 0.0
        return seen

    def step(self) -> Decision:
        t = self.now - 1000.0
        decision = self.escort.step(
            Observation(self.now, Pose2D(self.robot, 0.0), self.people(), distance_remaining=GOAL - self.robot)
            if not self.extra(t)
            else Observation(self.now, Pose2D(self.robot, 0.0), **{"people": self.people(), **self.extra(t)})
        )
        self.log.append((t, decision, self.robot - self.visitor))
        if decision.drive:
            self.robot = min(self.robot + decision.speed * DT, GOAL)
            if self.robot >= GOAL - 1e-9:
                self.escort.navigation_ended(True, "", self.now)
        wanted = self.habits(t)
        gap = self.robot - self.visitor
        self.speed = wanted if wanted is not None else min(self.walk, max(gap - 1.2, 0.0))
        self.visitor += self.speed * DT
        self.now += DT
        return decision

    def run(self, limit: float = 120.0) -> Decision:
        while self.now < 1000.0 + limit:
            decision = self.step()
            if decision.outcome is not None:
                return decision
        return decision

    def states(self) -> list[str]:
        """The states in their order, repetitions left out."""
        names = [decision.state for _, decision, _ in self.log]
        return [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]


class TestPace:
    def test_a_visitor_who_follows_is_led_at_full_pace_to_the_end(self) -> None:
        pursuit = Pursuit()
        assert pursuit.run().outcome == Outcome.NONE
        assert "waiting" not in pursuit.states()
        assert pursuit.log[-1][0] == pytest.approx(GOAL / 0.7, abs=3.0)

    def test_a_slow_walker_makes_the_robot_slow_and_never_falls_out_of_range(self) -> None:
        pursuit = Pursuit(walk=0.45)
        assert pursuit.run().outcome == Outcome.NONE
        assert "slowing" in pursuit.states()
        assert max(gap for _, _, gap in pursuit.log) < 3.0

    def test_a_stop_of_five_seconds_is_waited_for(self) -> None:
        pursuit = Pursuit(habits=lambda t: 0.0 if 8.0 < t < 16.0 else None)
        assert pursuit.run().outcome == Outcome.NONE
        assert max(gap for _, _, gap in pursuit.log) < 3.2
        waits = [decision for _, decision, _ in pursuit.log if decision.state == "waiting"]
        assert waits
        assert {decision.reason for decision in waits} == {"behind"}
        assert not any(decision.drive for decision in waits)

    def test_the_wait_does_not_flicker(self) -> None:
        pursuit = Pursuit(habits=lambda t: 0.0 if 8.0 < t < 16.0 else None)
        pursuit.run()
        drives = [decision.drive for _, decision, _ in pursuit.log]
        assert sum(a != b for a, b in pairwise(drives)) <= 4

    @pytest.mark.parametrize("seed", range(20))
    def test_whoever_stops_and_starts_arrives(self, seed: int) -> None:
        chance = np.random.default_rng(seed)
        stops = chance.uniform(2.0, 30.0, 3)
        lengths = chance.uniform(1.0, 6.0, 3)
        walk = chance.uniform(0.5, 1.3)
        pursuit = Pursuit(
            habits=lambda t: 0.0 if any(s < t < s + n for s, n in zip(stops, lengths, strict=True)) else None, walk=walk
        )
        assert pursuit.run(200.0).outcome == Outcome.NONE
        assert pursuit.robot - pursuit.visitor < 2.0
        assert max(gap for _, _, gap in pursuit.log) < 3.2


class TestLoss:
    def test_nobody_there_at_the_start_is_waited_for_and_given_up(self) -> None:
        pursuit = Pursuit(visible=lambda t: False)
        assert pursuit.run().outcome == Outcome.VISITOR_LOST
        assert pursuit.log[-1][0] == pytest.approx(60.0, abs=1.0)
        assert pursuit.robot == 0.0

    def test_one_lost_is_waited_for_looked_for_once_and_given_up(self) -> None:
        pursuit = Pursuit(visible=lambda t: t < 5.0, habits=lambda t: None if t < 5.0 else 0.0)
        assert pursuit.run().outcome == Outcome.VISITOR_LOST
        assert pursuit.states() == ["leading", "slowing", "waiting", "searching"] or pursuit.states() == [
            "leading",
            "waiting",
            "searching",
        ]
        looks = [(t, d.look) for t, d, _ in pursuit.log if d.look is not None]
        assert len(looks) == 1
        assert looks[0][0] == pytest.approx(15.0, abs=0.5)
        assert abs(looks[0][1]) == pytest.approx(math.pi, abs=0.2)
        assert pursuit.log[-1][0] == pytest.approx(65.0, abs=1.0)

    def test_a_moment_behind_a_pillar_is_not_noticed(self) -> None:
        pursuit = Pursuit(visible=lambda t: not 6.0 < t < 7.5, track=lambda t: 7 if t < 7.0 else 8)
        assert pursuit.run().outcome == Outcome.NONE
        assert "waiting" not in pursuit.states()
        assert pursuit.escort.visitor.id == 8

    def test_one_who_comes_back_with_another_number_is_led_on(self) -> None:
        pursuit = Pursuit(
            visible=lambda t: not 5.0 < t < 12.0,
            habits=lambda t: 0.0 if 5.0 < t < 11.0 else None,
            track=lambda t: 7 if t < 8.0 else 31,
        )
        assert pursuit.run().outcome == Outcome.NONE
        assert pursuit.escort.visitor.id == 31

    def test_one_who_walks_away_has_left(self) -> None:
        pursuit = Pursuit(habits=lambda t: None if t < 6.0 else -1.0)
        assert pursuit.run().outcome == Outcome.VISITOR_LEFT
        assert pursuit.log[-1][2] < 20.0
        assert "waiting" in pursuit.states()

    def test_one_who_goes_back_for_something_is_waited_for(self) -> None:
        pursuit = Pursuit(habits=lambda t: None if t < 6.0 or t > 16.0 else -1.0)
        assert pursuit.run().outcome == Outcome.NONE

    def test_one_who_sits_down_in_sight_is_not_waited_for_for_ever(self) -> None:
        pursuit = Pursuit(habits=lambda t: None if t < 6.0 else 0.0)
        assert pursuit.run(200.0).outcome == Outcome.VISITOR_LEFT

    def test_the_crowd_around_is_not_the_visitor(self) -> None:
        def crowd(t: float) -> list[Person]:
            standing = [Person(100 + i, 2.0 * i, 1.2 * (-1) ** i, age=100.0 + t) for i in range(11)]
            crossing = [Person(200, 8.0, -6.0 + 0.9 * t, 0.0, 0.9, age=100.0 + t)]
            return standing + crossing

        pursuit = Pursuit(others=crowd, visible=lambda t: not 9.0 < t < 10.2, track=lambda t: 7 if t < 10.0 else 300)
        assert pursuit.run().outcome == Outcome.NONE
        assert pursuit.escort.visitor.id == 300


class TestVisitor:
    def test_the_nearest_within_reach_is_picked(self) -> None:
        visitor = Visitor()
        visitor.update([Person(1, 3.0, 0.0), Person(2, 1.5, 0.0), Person(3, 0.0, 2.0)], 0.0, Pose2D(0.0, 0.0))
        assert visitor.id == 2

    def test_a_gap_in_the_messages_does_not_lose_who_stood_still(self) -> None:
        visitor = Visitor()
        stands, passes = Person(6, 0.0, -1.0, age=30.0), Person(20, 1.0, -1.5, vx=0.8, age=5.0)
        visitor.update([stands, passes], 0.0, Pose2D(0.0, 0.0))
        visitor.update([stands, passes], 1.4, Pose2D(0.0, 0.0))
        assert (visitor.id, visitor.seen_at) == (6, 1.4)

    def test_after_a_restart_of_the_tracker_numbers_mean_nothing(self) -> None:
        visitor = Visitor()
        visitor.update([Person(1, 1.0, 0.0), Person(2, 5.0, 0.0)], 0.0, Pose2D(0.0, 0.0))
        visitor.update([Person(1, 5.0, 0.0, age=0.5), Person(2, 1.1, 0.0, age=0.5)], 3.0, Pose2D(0.0, 0.0))
        assert visitor.id == 2

    def test_an_old_track_nearby_is_somebody_else_until_they_follow(self) -> None:
        visitor, robot = Visitor(), Pose2D(0.0, 0.0, 0.0)
        stranger = Person(2, -1.8, 0.2, age=50.0)
        visitor.update([Person(1, -1.5, 0.0), stranger], 0.0, robot)
        for i in range(1, 30):
            visitor.update([stranger], 0.1 * i, robot)
        assert visitor.id == 1
        for i in range(30, 60):
            visitor.update([stranger], 0.1 * i, robot)
        assert visitor.id == 2


class TestHindrances:
    @pytest.mark.parametrize(
        ("broken", "state", "outcome"),
        [
            ("navigator_down", "blocked", Outcome.NAVIGATION_FAILED),
            ("guard_down", "blocked", Outcome.NAVIGATION_FAILED),
            ("localisation_down", "blocked", Outcome.NAVIGATION_FAILED),
            ("tracker_down", "waiting", Outcome.VISITOR_LOST),
        ],
    )
    def test_what_is_down_stops_the_robot_with_its_reason_until_it_is_back(
        self, broken: str, state: str, outcome: Outcome
    ) -> None:
        pursuit = Pursuit(extra=lambda t: {"broken": broken, "people": None} if 5.0 < t < 9.0 else {})
        assert pursuit.run().outcome == Outcome.NONE
        during = [decision for t, decision, _ in pursuit.log if 5.2 < t < 8.8]
        assert {(d.state, d.reason, d.drive) for d in during} == {(state, broken, False)}
        forever = Pursuit(extra=lambda t: {"broken": broken, "people": None} if t > 5.0 else {})
        assert forever.run().outcome == outcome

    def test_a_robot_that_does_not_know_where_it_is_says_so_and_gives_up_in_the_end(self) -> None:
        escort, decisions = Escort(), []
        for step in range(700):
            now = 1000.0 + 0.1 * step
            robot = Pose2D(0.0, 0.0) if step < 20 else None
            decisions.append(escort.step(Observation(now, robot, [Person(7, -1.0, 0.1, age=9.0)])))
            if decisions[-1].outcome is not None:
                break
        lost = decisions[20:]
        assert {(d.state, d.reason, d.drive) for d in lost} == {("blocked", "localisation_down", False)}
        assert lost[-1].outcome == Outcome.NAVIGATION_FAILED
        assert 59.0 < 0.1 * len(lost) < 62.0

    def test_an_emergency_stop_is_waited_out_or_ends_it(self) -> None:
        assert Pursuit(extra=lambda t: {"e_stop": True} if 5.0 < t < 9.0 else {}).run().outcome == Outcome.NONE
        held = Pursuit(extra=lambda t: {"e_stop": True} if t > 5.0 else {})
        assert held.run().outcome == Outcome.ESTOPPED

    def test_failures_are_retried_thrice_and_told_in_the_navigators_words(self) -> None:
        pursuit = Pursuit()
        for _ in range(4):
            for _ in range(15):
                decision = pursuit.step()
            assert decision.drive
            pursuit.escort.navigation_ended(False, "no path", pursuit.now)
            decision = pursuit.step()
            assert (decision.state, decision.drive) == ("blocked", False)
        assert decision.outcome == Outcome.NAVIGATION_FAILED
        assert decision.message == "no path"

    def test_a_place_that_moved_is_driven_to_after_an_arrival_at_the_old_one(self) -> None:
        pursuit = Pursuit()
        pursuit.step()
        pursuit.escort.navigation_ended(True, "", pursuit.now)
        pursuit.escort.retarget()
        assert pursuit.step().drive


def test_every_reason_has_a_sentence_in_every_language() -> None:
    folder = Path(guidance.__file__).parent / "lang"
    texts = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.yaml")}
    assert set(texts) >= {"vi", "en"}
    assert set(texts["vi"]) == set(texts["en"])
    assert all(isinstance(text, str) and text.endswith(".") for one in texts.values() for text in one.values())


def test_parameters_make_sense_together() -> None:
    params = EscortParams()
    assert params.resume < params.far
    assert params.near < params.far
    assert params.join < 2.0
