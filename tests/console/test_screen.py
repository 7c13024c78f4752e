"""The screen's state, words and map drawing, free of any browser."""

from __future__ import annotations

from pathlib import Path

from console.screen import FloorImage, ScreenState, Target, map_overlay, words
from guide_common.geometry import Pose2D


def test_every_language_has_the_same_words() -> None:
    assert words("vi").keys() == words("en").keys()


def test_an_unknown_language_falls_back_to_vietnamese() -> None:
    assert words("xx")["yes"] == words("vi")["yes"]


def test_a_region_of_a_language_is_enough() -> None:
    assert words("en-GB") == words("en")


def test_only_the_last_lines_are_kept() -> None:
    state = ScreenState()
    for number in range(20):
        state.hear("robot", str(number))
    assert [line.text for line in state.captions] == [str(n) for n in range(12, 20)]


def test_pixels_run_down_from_the_top() -> None:
    floor = FloorImage(Path("floor.png"), pixels_per_metre=10.0, height=300)
    assert floor.pixel(0.0, 0.0) == (0.0, 300.0)
    assert floor.pixel(2.0, 30.0) == (20.0, 0.0)


def test_nothing_is_drawn_without_a_floor() -> None:
    assert map_overlay(ScreenState(robot=Pose2D(1.0, 1.0))) == ""


def test_robot_target_and_plan_are_drawn_where_they_are() -> None:
    state = ScreenState(
        floor=FloorImage(Path("floor.png"), 10.0, 300),
        robot=Pose2D(1.0, 2.0),
        target=Target("Quầy 27", "1", "A2", Pose2D(5.0, 6.0)),
        plan=((1.0, 2.0), (5.0, 6.0)),
    )
    svg = map_overlay(state)
    assert 'points="10,280 50,240"' in svg
    assert 'cx="50" cy="240"' in svg
    assert 'cx="10" cy="280"' in svg
