"""Ways: a plan that keeps near the one before goes the same way, one on the other side does not."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from navigation.ways import SAME_WAY, Ways, near

LEFT = np.array([[0.0, 0.0], [2.0, 1.0], [4.0, 1.0], [8.0, 0.0]])
RIGHT = LEFT * (1.0, -1.0)
COORDINATE = st.floats(-20.0, 20.0)
LINE = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=8).map(lambda points: np.array(points, float))


def test_a_way_that_was_left_is_known_again_from_any_point_of_it() -> None:
    ways = Ways()
    assert not ways.take(LEFT, 1.0)
    assert not ways.take(LEFT[1:] + 0.2, 2.0)
    assert not ways.goes_back(LEFT), "it is on it"
    assert ways.take(RIGHT, 3.0)
    assert ways.is_present(RIGHT[1:])
    assert not ways.is_present(LEFT)
    assert ways.goes_back(LEFT[1:] + 0.1)
    assert not ways.goes_back(LEFT + np.array([0.0, 2.0]))
    assert (ways.left_since(2.5), ways.left_since(3.5)) == (1, 0)


def test_a_way_is_known_again_when_the_present_one_must_be_gone_back_for_it() -> None:
    ways = Ways()
    for number, points in enumerate((LEFT, RIGHT, RIGHT[1:])):
        ways.take(points, float(number))
    assert ways.goes_back(np.vstack([RIGHT[1::-1], LEFT]))
    assert not ways.goes_back(RIGHT[1::-1] + np.array([0.0, -2.0]))


def test_the_present_way_begins_where_it_was_come_along() -> None:
    ways = Ways()
    for number, points in enumerate((RIGHT, LEFT, LEFT[2:] + 0.3)):
        ways.take(points, float(number))
    assert ways.is_present(LEFT[1:]), "it has backed off"
    assert not ways.has_strayed(2.0, 1.2, 0.5)
    assert ways.has_strayed(2.0, -1.0, 0.5)


def test_a_path_that_only_begins_near_a_way_that_was_left_does_not_go_back() -> None:
    ways = Ways()
    ways.take(LEFT, 0.0)
    ways.take(RIGHT, 1.0)
    assert not ways.goes_back(np.vstack([[[1.0, 0.5], [1.0, -0.5]], RIGHT[1:]]))
    assert ways.goes_back(LEFT[1:])


@settings(deadline=None)
@given(LINE, LINE, st.floats(0.01, 5.0))
def test_a_path_keeps_to_another_when_none_of_its_points_is_far_from_it(
    points: np.ndarray, way: np.ndarray, tolerance: float
) -> None:
    samples = [a + share * (b - a) for a, b in pairwise(way) for share in np.linspace(0, 1, 2001)]
    line = np.array(samples) if samples else way
    away = max(np.hypot(*(line - point).T).min() for point in points)
    if abs(away - tolerance) > 0.05:
        assert near(points, way, tolerance).all() == (away < tolerance)


@given(LINE, st.floats(0.0, SAME_WAY * 0.7))
def test_a_path_that_is_shifted_a_little_is_the_same_way(points: np.ndarray, shift: float) -> None:
    assert near(points + shift, points, SAME_WAY).all()
