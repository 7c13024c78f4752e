"""Corners behind which somebody may be: where a path has them, and how fast the robot is there."""

import math

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from navigation.costmap_inflation import InflationParams, inflate
from navigation.path_spots import blind_stretches, narrow_stretches, speed_before

RESOLUTION = 0.05
STRAIGHT = np.array([[0.5, 2.0], [9.5, 2.0]])


def floor(*boxes: tuple[float, float, float, float]) -> np.ndarray:
    """Return the costs of 10 m x 4 m with boxes (x0, y0, x1, y1 in m)."""
    costs = np.zeros((80, 200), np.uint8)
    for x0, y0, x1, y1 in boxes:
        costs[round(y0 / RESOLUTION) : round(y1 / RESOLUTION), round(x0 / RESOLUTION) : round(x1 / RESOLUTION)] = 254
    return costs


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_pillar_beside_the_path_hides_who_stands_behind_it(mirrored: bool) -> None:
    costs = floor((5.0, 2.7, 5.5, 3.2))
    ((begin, end),) = blind_stretches(costs[::-1].copy() if mirrored else costs, RESOLUTION, Pose2D(0.0, 0.0), STRAIGHT)
    assert 3.5 < 0.5 + begin < 5.2, "it begins before the pillar"
    assert 5.4 < 0.5 + end < 6.6, "and ends where one sees behind it"


@pytest.mark.parametrize(
    ("boxes", "why"),
    [
        ([], "an open floor hides nobody"),
        ([(0.0, 2.7, 10.0, 3.2)], "nobody comes through a wall"),
        ([(5.0, 3.5, 5.5, 4.0)], "who comes from so far is seen in time"),
    ],
)
def test_a_path_with_nothing_to_hide_behind_is_not_blind(
    boxes: list[tuple[float, float, float, float]], why: str
) -> None:
    assert blind_stretches(floor(*boxes), RESOLUTION, Pose2D(0.0, 0.0), STRAIGHT) == (), why


@pytest.mark.parametrize(("width", "narrow"), [(0.8, True), (1.0, True), (1.3, False), (2.0, False)])
def test_nobody_can_pass_the_robot_in_a_door(width: float, narrow: bool) -> None:
    lethal = floor((5.0, 0.0, 5.2, 2.0 - width / 2), (5.0, 2.0 + width / 2, 5.2, 4.0)) == 254
    costs = inflate(lethal, RESOLUTION, InflationParams())
    stretches = narrow_stretches(costs, RESOLUTION, Pose2D(0.0, 0.0), STRAIGHT)
    assert bool(stretches) is narrow
    assert all(4.0 < begin <= end < 5.2 for begin, end in stretches)


def test_a_path_along_one_wall_is_not_narrow() -> None:
    lethal = floor((0.0, 2.4, 10.0, 2.6)) == 254
    costs = inflate(lethal, RESOLUTION, InflationParams())
    assert narrow_stretches(costs, RESOLUTION, Pose2D(0.0, 0.0), STRAIGHT) == ()


def test_a_door_is_blind_on_both_sides() -> None:
    costs = floor((5.0, 0.0, 5.2, 1.4), (5.0, 2.6, 5.2, 4.0))
    stretches = blind_stretches(costs, RESOLUTION, Pose2D(0.0, 0.0), STRAIGHT)
    assert any(begin < 4.7 < end for begin, end in stretches)


def test_the_frame_of_the_map_changes_nothing() -> None:
    costs, origin = floor((5.0, 2.7, 5.5, 3.2)), Pose2D(-3.0, 7.0, 0.8)
    placed = [origin @ Pose2D(x, y) for x, y in STRAIGHT]
    moved = blind_stretches(costs, RESOLUTION, origin, np.array([(p.x, p.y) for p in placed]))
    here = blind_stretches(costs, RESOLUTION, Pose2D(0.0, 0.0), STRAIGHT)
    assert np.allclose(moved, here, atol=0.21), "but for the rounding of cells"


def test_a_path_of_one_point_is_not_blind() -> None:
    assert blind_stretches(floor(), RESOLUTION, Pose2D(0.0, 0.0), np.array([[1.0, 1.0]])) == ()


def test_the_robot_is_slow_when_the_stretch_begins_and_until_it_ends() -> None:
    stretches = ((2.0, 3.0),)
    speeds = [speed_before(stretches, way, 0.5, 0.35, 0.9) for way in (0.0, 1.5, 2.0, 2.9, 3.1)]
    assert speeds == [0.9, math.sqrt(0.25 + 0.35), 0.5, 0.5, 0.9]
    assert speed_before(stretches, 2.5, 0.5, 0.35, 0.3) == 0.3, "it never makes the robot faster"
