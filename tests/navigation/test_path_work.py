"""Whole paths: planned through poses, smoothed, judged; without ROS."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide_common.geometry import Pose2D
from navigation.costmap import INSCRIBED, InflationParams
from navigation.errors import GoalOccupiedError
from navigation.grid import GridMap
from navigation.navigator_floor import Floor
from navigation.path_work import InvalidPathError, PathInCollisionError, blocked_points, plan_through, smooth
from navigation.planner import PlannerParams
from tests.navigation.kinematic_world import RESOLUTION, room

TURNED = Pose2D(-2.0, 3.0, 0.7)


@pytest.fixture(scope="module", params=[Pose2D(0.0, 0.0, 0.0), TURNED], ids=["plain", "turned"])
def floor(request: pytest.FixtureRequest) -> Floor:
    floor = Floor(InflationParams())
    floor.take_map(GridMap(room(8.0, 6.0, [(3.5, 0.0, 4.0, 3.6)]), RESOLUTION, request.param))
    return floor


def at(floor: Floor, x: float, y: float) -> Pose2D:
    """A point of the room, wherever the grid's origin has it."""
    return floor.costs_now()[2] @ Pose2D(x, y, 0.0)


def points(floor: Floor, *xy: tuple[float, float]) -> np.ndarray:
    return np.array([(p.x, p.y) for p in (at(floor, x, y) for x, y in xy)])


def test_a_path_through_poses_comes_by_each_in_order(floor: Floor) -> None:
    goals = [at(floor, 1.5, 5.0), at(floor, 6.0, 5.0), at(floor, 6.0, 1.5)]
    path = plan_through(floor, at(floor, 1.5, 1.5), goals)
    near = [int(np.hypot(*(path.points - (g.x, g.y)).T).argmin()) for g in goals]
    assert near == sorted(near)
    assert all(np.hypot(*(path.points[i] - (g.x, g.y))) < 0.05 for i, g in zip(near, goals, strict=True))
    assert near[-1] == len(path.points) - 1
    assert not blocked_points(*floor.costs_now(), path.points, at(floor, 1.5, 1.5))
    assert path.length == pytest.approx(np.hypot(*np.diff(path.points, axis=0).T).sum(), rel=1e-3)


def test_the_pose_that_cannot_be_reached_is_named(floor: Floor) -> None:
    with pytest.raises(GoalOccupiedError, match="pose 2 of 3") as told:
        plan_through(floor, at(floor, 1.5, 1.5), [at(floor, 1.5, 5.0), at(floor, 3.75, 1.0), at(floor, 6.0, 1.5)])
    assert told.value.error_code == 206


def test_smoothing_rounds_a_corner_and_keeps_the_ends(floor: Floor) -> None:
    corner = points(floor, (1.5, 1.5), (1.5, 5.0), (6.0, 5.0))
    smoothed = smooth(*floor.costs_now(), corner, True, PlannerParams())
    assert smoothed[[0, -1]] == pytest.approx(corner[[0, -1]])
    headings = np.unwrap(np.arctan2(*np.diff(smoothed, axis=0).T[::-1]))
    assert np.abs(np.diff(headings)).max() < 0.35
    assert not blocked_points(*floor.costs_now(), smoothed, at(floor, 1.5, 1.5))


def test_a_path_through_a_wall_stays_one_and_is_refused_where_it_must_be_free(floor: Floor) -> None:
    through = points(floor, (1.5, 1.5), (6.0, 1.5))
    costs = floor.costs_now()
    assert smooth(*costs, through, False, PlannerParams())[[0, -1]] == pytest.approx(through)
    with pytest.raises(PathInCollisionError):
        smooth(*costs, through, True, PlannerParams())
    assert blocked_points(*costs, through, at(floor, 1.5, 1.5)) == [1]


def test_what_is_no_path_on_the_map_is_refused(floor: Floor) -> None:
    for wrong in (np.zeros((0, 2)), points(floor, (1.5, 1.5)), points(floor, (1.5, 1.5), (60.0, 1.5))):
        with pytest.raises(InvalidPathError):
            smooth(*floor.costs_now(), wrong, False, PlannerParams())


def test_what_lies_behind_the_robot_is_no_matter(floor: Floor) -> None:
    path = points(floor, (2.0, 1.5), (6.0, 1.5), (6.0, 3.0), (6.0, 5.0))
    assert blocked_points(*floor.costs_now(), path, at(floor, 2.0, 1.5)) == [1]
    assert blocked_points(*floor.costs_now(), path, at(floor, 6.0, 2.0)) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0.6, 7.4), st.floats(0.6, 5.4)), min_size=2, max_size=6))
def test_smoothing_never_enters_what_the_path_did_not_touch(corners: list[tuple[float, float]]) -> None:
    costs = np.zeros((120, 160), np.uint8)
    costs[30:60, 70:80] = INSCRIBED
    before, origin = np.array(corners), Pose2D(0.0, 0.0)
    if blocked_points(costs, 0.05, origin, before, Pose2D(*before[0])):
        return
    after = smooth(costs, 0.05, origin, before, False, PlannerParams())
    assert blocked_points(costs, 0.05, origin, after, Pose2D(*after[0])) == []
