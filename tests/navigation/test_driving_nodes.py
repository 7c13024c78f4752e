"""Guard and navigator over DDS: arrive, cancel, stand when an input is stale, stop when the navigator is killed."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from domain_coordinator import domain_id
from geometry_msgs.msg import PoseStamped, Twist
from nav2_msgs.action import BackUp, ComputePathToPose, NavigateToPose, Spin, Wait
from nav2_msgs.msg import CollisionMonitorState
from nav2_msgs.srv import (
    ClearCostmapAroundPose,
    ClearCostmapAroundRobot,
    ClearCostmapExceptRegion,
    ClearEntireCostmap,
    GetCostmap,
    IsPathValid,
    Toggle,
)
from std_srvs.srv import Trigger

from guide_common.conversions import pose_from_2d
from guide_common.geometry import Pose2D, wrap_angle
from tests.navigation.driving_graph import LAG, DrivingGraph
from tests.navigation.kinematic_world import World, room


@pytest.fixture(scope="module")
def graph(domains: ExitStack) -> Iterator[DrivingGraph]:
    world = World(room(8.0, 6.0, [(3.5, 0.0, 4.0, 3.6)]), Pose2D(1.5, 1.5, math.pi))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_DOMAIN_ID", str(domains.enter_context(domain_id())))
        with DrivingGraph(world, ("velocity_guard", "bt_navigator")) as graph:
            yield graph


class Client:
    """Send one goal and keep what comes back."""

    def __init__(self, graph: DrivingGraph, kind: type, name: str, goal: object) -> None:
        self.graph, self.feedback = graph, []
        client = graph.action_client(kind, name)
        graph.until(client.server_is_ready)
        sent = client.send_goal_async(goal, lambda msg: self.feedback.append(msg.feedback))
        graph.until(sent.done)
        self.handle = sent.result()
        assert self.handle.accepted
        self.answer = self.handle.get_result_async()

    def result(self, sim: float = 60.0) -> tuple[int, object]:
        self.graph.until(self.answer.done, sim)
        response = self.answer.result()
        return response.status, response.result


def goal_at(x: float, y: float, yaw: float = 0.0) -> NavigateToPose.Goal:
    goal = NavigateToPose.Goal()
    goal.pose.header.frame_id = "map"
    goal.pose.pose = pose_from_2d(Pose2D(x, y, yaw))
    return goal


def navigate(graph: DrivingGraph, x: float, y: float, yaw: float = 0.0) -> Client:
    return Client(graph, NavigateToPose, "navigate_to_pose", goal_at(x, y, yaw))


def call(graph: DrivingGraph, kind: type, name: str, **fields: Any) -> Any:
    client = graph.node.create_client(kind, name)
    graph.until(client.service_is_ready)
    future = client.call_async(kind.Request(**fields))
    graph.until(future.done)
    return future.result()


def ask(graph: DrivingGraph, name: str) -> Trigger.Response:
    return call(graph, Trigger, name)


def test_computes_a_path_around_the_wall(graph: DrivingGraph) -> None:
    goal = ComputePathToPose.Goal()
    goal.goal.pose = pose_from_2d(Pose2D(6.0, 1.5, 0.0))
    status, result = Client(graph, ComputePathToPose, "compute_path_to_pose", goal).result()
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert max(p.pose.position.y for p in result.path.poses) > 3.85


def test_a_goal_inside_a_wall_is_refused_with_nav2s_code(graph: DrivingGraph) -> None:
    status, result = navigate(graph, 3.75, 1.0).result()
    assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, ComputePathToPose.Result.GOAL_OCCUPIED)
    assert "inside a wall" in result.error_msg


def test_arrives_within_tolerance_and_tells_the_way_left(graph: DrivingGraph) -> None:
    client = navigate(graph, 6.0, 1.5, -1.0)
    status, result = client.result()
    assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, 0)
    robot = graph.world.robot
    assert robot.distance(Pose2D(6.0, 1.5)) <= 0.10
    assert abs(wrap_angle(robot.yaw + 1.0)) <= math.radians(5.0)
    assert graph.world.nearest > 0.0
    ways = [f.distance_remaining for f in client.feedback]
    assert max(ways) > 5.0 > 1.0 > ways[-1]


def test_cancel_stops_smoothly_and_tells_so(graph: DrivingGraph) -> None:
    client = navigate(graph, 1.5, 1.5)
    graph.until(lambda: graph.world.v > 0.5)
    graph.cmd_times.clear()
    cancel = client.handle.cancel_goal_async()
    graph.until(cancel.done, 0.5)
    status, _ = client.result(2.0)
    assert status == GoalStatus.STATUS_CANCELED
    graph.run(0.1)
    assert graph.cmd_times[-1][1] == 0.0
    for (t0, v0, _), (t1, v1, _) in pairwise(graph.cmd_times):
        assert v0 - v1 <= 1.0 * (t1 - t0) + 0.1  # the robot's deceleration, and a control cycle's worth


def test_a_new_goal_takes_over_from_the_old(graph: DrivingGraph) -> None:
    first = navigate(graph, 1.5, 1.5)
    graph.until(lambda: graph.world.v > 0.3)
    second = navigate(graph, 6.0, 2.5, 0.0)
    status, result = first.result()
    assert (status, "another goal" in result.error_msg) == (GoalStatus.STATUS_ABORTED, True)
    assert second.result()[0] == GoalStatus.STATUS_SUCCEEDED


def test_of_several_quick_goals_only_the_last_is_driven_to(graph: DrivingGraph) -> None:
    client = graph.action_client(NavigateToPose, "navigate_to_pose")
    sent = []
    for x, y in ((1.5, 1.5), (6.0, 1.5), (1.5, 4.5), (6.0, 4.8), (5.0, 4.5)):
        sent.append(client.send_goal_async(goal_at(x, y)))
    graph.until(lambda: all(future.done() for future in sent))
    answers = [future.result().get_result_async() for future in sent]
    graph.until(lambda: all(answer.done() for answer in answers))
    ends = [(answer.result().status, answer.result().result.error_code) for answer in answers]
    assert ends == [(GoalStatus.STATUS_ABORTED, 100)] * 4 + [(GoalStatus.STATUS_SUCCEEDED, 0)]
    assert graph.world.robot.distance(Pose2D(5.0, 4.5)) <= 0.10


def test_cancel_at_any_moment_is_answered_with_the_true_end(graph: DrivingGraph) -> None:
    client = graph.action_client(NavigateToPose, "navigate_to_pose")
    for ticks in (0, 1, 2, 5, 15, 40):  # before the first plan, while it is made, turning, driving
        sent = client.send_goal_async(goal_at(1.5, 1.5))
        graph.until(sent.done)
        graph.run(ticks * 0.02 + 1e-9) if ticks else None
        handle = sent.result()
        handle.cancel_goal_async()
        answer = handle.get_result_async()
        graph.until(answer.done, 3.0)
        assert answer.result().status == GoalStatus.STATUS_CANCELED
        graph.run(0.1)
        assert graph.cmd == (0.0, 0.0)


def test_a_cancel_that_comes_too_late_leaves_success(graph: DrivingGraph) -> None:
    client = Client(graph, Spin, "spin", Spin.Goal(target_yaw=0.3))
    assert client.result()[0] == GoalStatus.STATUS_SUCCEEDED
    cancel = client.handle.cancel_goal_async()
    graph.until(cancel.done)
    assert cancel.result().goals_canceling == []
    assert client.result()[0] == GoalStatus.STATUS_SUCCEEDED


def test_a_recovery_can_be_cancelled_and_preempted(graph: DrivingGraph) -> None:
    for after in ("cancel", "another goal"):
        client = navigate(graph, 1.5, 1.5)
        graph.hold = True
        try:
            graph.until(lambda client=client: bool(client.feedback) and client.feedback[-1].number_of_recoveries >= 2)
            if after == "cancel":
                client.handle.cancel_goal_async()
                assert client.result(3.0)[0] == GoalStatus.STATUS_CANCELED
            else:
                second = Client(graph, Wait, "wait", Wait.Goal())
                assert client.result(3.0)[0] == GoalStatus.STATUS_ABORTED
                assert second.result()[0] == GoalStatus.STATUS_SUCCEEDED
        finally:
            graph.hold = False


def test_pause_keeps_the_goal_and_resume_goes_on(graph: DrivingGraph) -> None:
    client = navigate(graph, 6.0, 1.5, 0.0)
    graph.until(lambda: graph.world.v > 0.3)
    assert ask(graph, "bt_navigator/pause").success
    graph.until(lambda: graph.cmd == (0.0, 0.0), 2.0)
    graph.run(20.0)  # longer than what counts as no progress
    assert graph.cmd == (0.0, 0.0)
    assert client.feedback[-1].number_of_recoveries == 0
    second = navigate(graph, 6.0, 2.5, 0.0)
    assert client.result(1.0)[0] == GoalStatus.STATUS_ABORTED
    graph.run(1.0)
    assert graph.cmd == (0.0, 0.0)
    assert ask(graph, "bt_navigator/resume").success
    assert second.result()[0] == GoalStatus.STATUS_SUCCEEDED


def test_a_path_is_judged_by_the_costmap(graph: DrivingGraph) -> None:
    service = graph.node.create_client(IsPathValid, "is_path_valid")
    graph.until(service.service_is_ready)
    for points, valid in (([(6.0, 2.5), (6.0, 4.8)], True), ([(6.0, 2.5), (2.0, 2.5)], False), ([], False)):
        request = IsPathValid.Request()
        request.path.header.frame_id = "map"
        request.path.poses = [PoseStamped(pose=pose_from_2d(Pose2D(x, y))) for x, y in points]
        future = service.call_async(request)
        graph.until(future.done)
        assert (future.result().is_valid, list(future.result().invalid_pose_indices)) == (
            valid,
            [] if valid or not points else [1],
        )


def test_clears_where_it_is_asked_to_and_marks_again_what_is_still_there(graph: DrivingGraph) -> None:
    def costs() -> np.ndarray:
        got = call(graph, GetCostmap, "global_costmap/get_costmap").map
        return np.array(got.data, np.uint8).reshape(got.metadata.size_y, got.metadata.size_x)

    x, y = graph.world.robot.x, graph.world.robot.y
    row, column = round(y / 0.05), round((x + 1.2 * math.cos(graph.world.robot.yaw)) / 0.05)
    graph.world.people = np.array([[x + 1.2 * math.cos(graph.world.robot.yaw), y, 0.0, 0.0]])
    near = (slice(row - 6, row + 7), slice(column - 6, column + 7))
    graph.until(lambda: (costs()[near] == 254).any(), 10.0)
    pose = pose_from_2d(Pose2D(x + 1.2 * math.cos(graph.world.robot.yaw), y))
    around_it = {"pose": PoseStamped(pose=pose), "reset_distance": 1.0}
    for kind, name, asked, forgets in (
        (ClearCostmapAroundRobot, "clear_around", {"reset_distance": 1.0}, False),
        (ClearCostmapAroundRobot, "clear_around", {"reset_distance": 4.0}, True),
        (ClearCostmapExceptRegion, "clear_except", {"reset_distance": 4.0}, False),
        (ClearCostmapExceptRegion, "clear_except", {"reset_distance": 1.0}, True),
        (ClearCostmapAroundPose, "clear_around_pose", around_it, True),
        (ClearEntireCostmap, "clear_entirely", {}, True),
    ):
        graph.scanning = False
        try:
            graph.run(0.3)
            call(graph, kind, f"local_costmap/{name}_local_costmap", **asked)
            assert (costs()[near] == 254).any() != forgets, (name, asked)
        finally:
            graph.scanning = True
        graph.until(lambda: (costs()[near] == 254).any(), 10.0)
    graph.world.people = np.zeros((0, 4))


def test_stale_scan_or_position_stops_and_the_goal_goes_on_afterwards(graph: DrivingGraph) -> None:
    client = navigate(graph, 6.0, 4.8, 0.0)
    for source in ("scanning", "localised"):
        graph.until(lambda: abs(graph.cmd[0]) + abs(graph.cmd[1]) > 0.05)
        setattr(graph, source, False)
        try:
            graph.until(lambda: graph.cmd == (0.0, 0.0), 0.36 + LAG)
        finally:
            setattr(graph, source, True)  # the tests that follow have the same graph
    assert client.result()[0] == GoalStatus.STATUS_SUCCEEDED


def test_spin_and_back_up(graph: DrivingGraph) -> None:
    before = graph.world.robot
    status, _ = Client(graph, Spin, "spin", Spin.Goal(target_yaw=1.2)).result()
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert wrap_angle(graph.world.robot.yaw - before.yaw) == pytest.approx(1.2, abs=0.1)
    goal = BackUp.Goal(speed=0.15)
    goal.target.x = 0.3
    before = graph.world.robot
    status, _ = Client(graph, BackUp, "backup", goal).result()
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert graph.world.robot.distance(before) == pytest.approx(0.3, abs=0.05)


def test_e_stop_is_latched_until_released_and_rearmed(graph: DrivingGraph) -> None:
    client = navigate(graph, 6.0, 1.5, 0.0)
    graph.until(lambda: graph.world.v > 0.3)
    graph.e_stop(True)
    graph.until(lambda: graph.cmd == (0.0, 0.0), 0.3)
    assert not ask(graph, "velocity_guard/rearm").success
    graph.e_stop(False)
    graph.run(0.2)
    assert graph.cmd == (0.0, 0.0)
    assert ask(graph, "velocity_guard/rearm").success
    assert client.result()[0] == GoalStatus.STATUS_SUCCEEDED


def test_the_obstacle_check_can_be_lifted_on_a_standing_robot_and_says_so(graph: DrivingGraph) -> None:
    graph.until(lambda: graph.cmd == (0.0, 0.0))
    graph.states.clear()
    toggle = graph.node.create_client(Toggle, "velocity_guard/toggle")
    graph.until(toggle.service_is_ready)
    asked = toggle.call_async(Toggle.Request(enable=False))
    graph.until(asked.done)
    assert asked.result().success
    assert "10 s" in asked.result().message
    graph.until(lambda: any(state.action_type == CollisionMonitorState.LIMIT for state in graph.states), 1.0)
    asked = toggle.call_async(Toggle.Request(enable=True))
    graph.until(asked.done)
    graph.until(lambda: graph.states[-1].action_type == CollisionMonitorState.DO_NOTHING, 1.0)


def test_a_speed_zone_holds_as_soon_as_it_is_drawn(graph: DrivingGraph) -> None:
    cells = graph.world.cells
    client = navigate(graph, 1.5, 1.5)
    graph.until(lambda: graph.world.v > 0.4)
    graph.publish_mask("speed_filter_mask", np.full(cells.shape, 25, np.uint8))
    graph.until(lambda: 0.1 < graph.cmd[0] <= 0.26, 15.0)  # the mask comes in its own time
    graph.cmd_times.clear()
    graph.run(2.0)
    assert 0.1 < max(v for _, v, _ in graph.cmd_times) <= 0.26
    graph.publish_mask("speed_filter_mask", np.zeros(cells.shape, np.uint8))
    graph.until(lambda: graph.world.v > 0.4)
    assert client.result()[0] == GoalStatus.STATUS_SUCCEEDED


def test_killed_navigator_means_zero_within_035_s(graph: DrivingGraph) -> None:
    navigate(graph, 6.0, 1.5)
    graph.until(lambda: graph.world.v > 0.4)
    graph.kill("bt_navigator")
    last = next(at for at, v, w in reversed(graph.cmd_times) if v > 0.0)
    graph.cmd_times.clear()
    graph.run(0.6)
    zero = next(at for at, v, w in graph.cmd_times if v == w == 0.0)
    assert zero - last <= 0.35 + LAG + 1e-6
    assert graph.states[-1].polygon_name == "stale cmd_vel_nav"


def test_guard_alone_passes_a_command_and_times_it_out(graph: DrivingGraph) -> None:
    graph.run(0.5)
    twist = Twist()
    twist.angular.z = 0.4
    graph.cmd_vel_nav.publish(twist)
    graph.until(lambda: graph.cmd == (0.0, 0.4), 0.2)
    begun = graph.now
    graph.until(lambda: graph.cmd == (0.0, 0.0), 0.5)
    assert graph.now - begun <= 0.35 + LAG + 1e-6
