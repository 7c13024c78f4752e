"""What is told on the way, to who cannot see it."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.conversation import effects as do
from dialogue.conversation.way import Trail, Turn, next_turn
from guide_common.geometry import Pose2D
from tests.dialogue.talk import JUDICIAL, Talk, sure


def line(*corners: tuple[float, float]) -> list[tuple[float, float]]:
    """A plan through corners, a point every 5 cm."""
    points = []
    for a, b in pairwise(corners):
        steps = round(math.dist(a, b) / 0.05)
        points += [(a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps) for i in range(steps)]
    return [*points, corners[-1]]


class TestNextTurn:
    def test_a_corner_to_the_left_is_told_with_its_distance(self) -> None:
        turn = next_turn(line((0, 0), (3, 0), (3, 6)), Pose2D(0.4, 0.1), within=3.5)
        assert turn is not None and turn.side == "left" and 1.6 <= turn.ahead <= 3.2

    def test_a_corner_to_the_right(self) -> None:
        turn = next_turn(line((0, 0), (2, 0), (2, -6)), Pose2D(0, 0), within=3.5)
        assert turn is not None and turn.side == "right"

    def test_a_turn_far_ahead_is_not_told_yet(self) -> None:
        assert next_turn(line((0, 0), (9, 0), (9, 6)), Pose2D(0, 0), within=3.5) is None

    def test_going_round_a_chair_is_no_turn(self) -> None:
        assert next_turn(line((0, 0), (2, 0), (3, 0.4), (4, 0), (9, 0)), Pose2D(0, 0), within=3.5) is None

    def test_a_plan_that_is_not_there_has_no_turns(self) -> None:
        assert next_turn([], Pose2D(0, 0), within=3.5) is None

    @given(st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), max_size=30), st.floats(-30, 30))
    def test_any_plan_can_be_looked_at(self, plan: list[tuple[float, float]], x: float) -> None:
        turn = next_turn(plan, Pose2D(x, 0.0), within=3.5)
        assert turn is None or (turn.side in ("left", "right") and 0.0 <= turn.ahead <= 3.5)

    @given(st.floats(-math.pi, math.pi), st.floats(0.5, 3.0), st.sampled_from([1.0, -1.0]))
    def test_a_right_angle_is_found_whatever_way_the_hall_lies(self, yaw: float, first: float, side: float) -> None:
        hall = Pose2D(5.0, -3.0, yaw)
        plan = [(p.x, p.y) for p in (hall @ Pose2D(x, y) for x, y in line((0, 0), (first, 0), (first, 6 * side)))]
        turn = next_turn(plan, hall, within=3.5)
        assert turn is not None and turn.side == ("left" if side > 0 else "right")


class TestSide:
    @pytest.mark.parametrize(
        ("faces", "side"), [(0.0, "front"), (math.pi / 2, "left"), (-math.pi / 2, "right"), (math.pi, "")]
    )
    def test_the_side_is_that_of_who_followed(self, faces: float, side: str) -> None:
        trail = Trail()
        for x in range(30):
            trail.add(Pose2D(x * 0.1, 0.0, 0.0))
        assert trail.side_of(Pose2D(2.9, 0.0, faces)) == side

    def test_nothing_is_told_of_a_way_too_short_to_have_a_direction(self) -> None:
        trail = Trail()
        trail.add(Pose2D(0, 0))
        assert trail.side_of(Pose2D(0, 0, 1.0)) == ""


def led() -> Talk:
    return Talk().near().hears("lý lịch tư pháp", sure(JUDICIAL)).hears("có")


def walks(talk: Talk, seconds: int, start: float, turn: Turn | None = None, quiet: bool = True) -> list[float]:
    """Walk at 0.5 m/s, a word from the guide each second; return when something was told (s since now)."""
    began, told = talk.now, []
    for second in range(seconds):
        talk.wait(1.0)
        before = len(talk.keys)
        talk.event("on_the_way", start - 0.5 * second, turn, quiet)
        if len(talk.keys) > before:
            told.append(talk.now - began)
    return told


class TestOnTheWay:
    def test_the_way_left_is_told_at_first_and_then_every_quarter_of_a_minute(self) -> None:
        talk = led()
        told = walks(talk, 50, 30.0)
        assert told[0] <= 5.0 and len(told) in (3, 4)
        assert min(b - a for a, b in pairwise(told)) >= 15.0
        assert talk.texts[-len(told)] == "Còn khoảng 30 mét nữa."

    def test_a_turn_is_told_once(self) -> None:
        talk = led()
        walks(talk, 14, 30.0, Turn("left", 2.0))
        assert talk.keys.count("guide.turn_left") == 1 and any("rẽ trái" in text for text in talk.texts)

    def test_nothing_is_told_over_other_words(self) -> None:
        assert walks(led(), 40, 30.0, Turn("left", 2.0), quiet=False) == []

    def test_nothing_is_told_over_the_visitor(self) -> None:
        talk = led()
        for _ in range(30):
            talk.event("hearing")
            assert walks(talk, 1, 30.0) == []

    def test_nothing_is_told_while_it_waits_or_is_nearly_there_or_does_not_know(self) -> None:
        assert walks(led().event("guide_feedback", "waiting"), 40, 30.0) == []
        assert walks(led(), 8, 4.0) == []
        talk = led()
        talk.wait(10.0).event("on_the_way", math.nan, None, True)
        assert talk.keys[-1] == "guide.start_to"

    def test_who_stands_is_not_told_the_same_again(self) -> None:
        talk = led()
        for _ in range(60):
            talk.wait(1.0).event("on_the_way", 20.0, None, True)
        assert talk.keys.count("guide.left") == 1

    def test_who_asks_again_hears_where_and_how_far(self) -> None:
        talk = led()
        walks(talk, 8, 30.0)
        talk.hears("nói lại")
        assert talk.keys[-2:] == ["guide.repeat", "guide.left"]

    def test_louder_on_the_way_is_louder(self) -> None:
        talk = led().touch("command:louder")
        assert talk.did(do.Tune)[-1].gain > 1.0 and "manner.louder" in talk.keys

    @pytest.mark.parametrize(("side", "words"), [("left", "bên trái"), ("right", "bên phải"), ("front", "trước mặt")])
    def test_on_arriving_the_side_is_told(self, side: str, words: str) -> None:
        talk = led().event("guide_ended", 0, side)
        assert any(words in text for text in talk.texts)

    def test_a_side_that_is_not_known_is_not_told(self) -> None:
        assert not any(
            key in ("arrived.left", "arrived.right", "arrived.front") for key in led().event("guide_ended", 0).keys
        )
