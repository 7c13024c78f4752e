"""One path leads through all poses; the robot stops at the last, and passes the others in order."""

import math

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from navigation.navigator_params import NavigatorParams
from navigation.navigator_through import PASSED, ThroughPoses
from navigation.task_step import Ending
from tests.navigation.test_navigator import DOOR, DRIVE, Run


class Through(Run):
    """Drive through poses, and keep the speed and how near the robot came to each."""

    def __init__(self, boxes: list[tuple[float, float, float, float]], start: Pose2D, goals: list[Pose2D]) -> None:
        super().__init__(boxes, start)
        self.goals = goals
        self.task = ThroughPoses(goals, self.controller, DRIVE, NavigatorParams())
        self.nearest_to = np.full(len(goals), math.inf)
        self.slowest = math.inf
        self.left: list[int] = []

    def drive(self, **limits: float) -> Ending:
        return self.go(self.task, each=self.watch, **limits)

    def watch(self) -> None:
        robot = self.world.robot
        self.nearest_to = np.minimum(self.nearest_to, [robot.distance(goal) for goal in self.goals])
        self.left.append(len(self.task.goals))
        if self.left[-1] < len(self.goals) and robot.distance(self.goals[-1]) > 1.0:
            self.slowest = min(self.slowest, self.v)


def test_passes_poses_without_a_stop_and_stops_at_the_last() -> None:
    goals = [Pose2D(3.0, 1.5, 2.0), Pose2D(5.0, 2.5, -1.0), Pose2D(6.5, 4.5, math.pi)]
    run = Through([], Pose2D(1.0, 1.5, 0.0), goals)
    assert run.drive() == Ending()
    assert (run.nearest_to <= [PASSED, PASSED, 0.1]).all()
    assert run.slowest > 0.4, "the way does not pause at a pose, nor turn to its yaw"
    assert run.left == sorted(run.left, reverse=True)
    assert {*run.left} == {3, 2, 1}
    assert abs(math.remainder(run.world.robot.yaw - math.pi, math.tau)) < 0.15
    assert run.adopted == 1, "it is one path"


def test_goes_into_a_dead_end_and_back_out_where_the_poses_say_so() -> None:
    goals = [Pose2D(6.5, 1.5), Pose2D(1.5, 4.5)]
    run = Through(DOOR, Pose2D(1.5, 1.5, 0.0), goals)
    assert run.drive() == Ending()
    assert (run.nearest_to <= [PASSED, 0.1]).all()
    assert run.world.nearest > 0.0


@pytest.mark.parametrize("out", [1.0, 1.6, 3.0, 5.0])
def test_turns_back_on_its_own_way_only_after_the_pose(out: float) -> None:
    goals = [Pose2D(1.5 + out, 3.0), Pose2D(1.2, 3.0)]
    run = Through([], Pose2D(1.5, 3.0, 0.0), goals)
    assert run.drive() == Ending()
    assert (run.nearest_to <= [PASSED, 0.1]).all()


def test_a_round_ends_where_it_began() -> None:
    goals = [Pose2D(5.0, 3.0), Pose2D(5.0, 4.8), Pose2D(1.5, 3.0, 1.0)]
    run = Through([], Pose2D(1.5, 3.0, 0.0), goals)
    assert run.drive() == Ending()
    assert (run.nearest_to <= [PASSED, PASSED, 0.1]).all()
    assert run.left[-1] == 1


def test_a_pose_that_was_passed_is_not_gone_back_to_when_the_way_is_shut() -> None:
    goals = [Pose2D(2.5, 3.0), Pose2D(6.5, 3.0)]
    run = Through([(4.0, 0.0, 4.3, 1.0), (4.0, 2.0, 4.3, 4.2), (4.0, 5.2, 4.3, 6.0)], Pose2D(1.0, 3.0, 0.0), goals)
    paths = []

    def shut() -> None:
        run.watch()
        path = run.task.path
        if run.left[-1] == 1 and path is not None and path is not (paths or [None])[-1]:
            paths.append(path)
            if len(paths) == 1:
                door = 4.7 if path.points[:, 1].max() > 3.6 else 1.5
                run.world.people = np.array([[4.15, door + off, 0.0, 0.0] for off in (-0.3, 0.0, 0.3)])

    assert run.go(run.task, each=shut) == Ending()
    assert len(paths) > 1
    for path in paths[1:]:
        assert path.points[:, 0].min() > path.points[0, 0] - 0.3


def test_a_pose_that_cannot_be_reached_is_told_before_the_robot_drives() -> None:
    run = Through(DOOR, Pose2D(1.5, 1.5, 0.0), [Pose2D(2.5, 1.5), Pose2D(20.0, 1.5), Pose2D(1.5, 4.5)])
    ending = run.drive(limit=5.0)
    assert (ending.code, "(20.00, 1.50) is outside the map" in ending.sentence) == (204, True)
    assert run.world.robot.distance(Pose2D(1.5, 1.5)) < 0.05
