"""A client of Nav2's Simple Commander API drives the whole graph; with Nav2's own class where that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from domain_coordinator import domain_id
from geographic_msgs.msg import GeoPose
from geometry_msgs.msg import PoseStamped

from guide_common.conversions import pose_from_2d
from guide_common.geometry import Pose2D, wrap_angle
from navigation.grid import GridMap, save_map
from tests.navigation.client_graph import SITE, ClientGraph, free_pose
from tests.navigation.commander import Commander
from tests.navigation.kinematic_world import room


@pytest.fixture(scope="module")
def graph(domains: ExitStack) -> Iterator[ClientGraph]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_DOMAIN_ID", str(domains.enter_context(domain_id())))
        patch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        with ClientGraph() as graph:
            yield graph


@pytest.fixture(scope="module", params=["ours", "nav2"])
def navigator(request: pytest.FixtureRequest, graph: ClientGraph) -> Iterator[Any]:
    if request.param == "nav2":
        made = pytest.importorskip("nav2_simple_commander.robot_navigator").BasicNavigator()
    else:
        made = Commander()
    made.setInitialPose(stamped(graph.world.robot))
    made.waitUntilNav2Active()
    yield made
    made.destroy_node()


def stamped(pose: Pose2D) -> PoseStamped:
    msg = PoseStamped()
    msg.header.frame_id = "map"
    msg.pose = pose_from_2d(pose)
    return msg


def finish(navigator: Any, limit: int = 900) -> str:
    """Wait for the task; return how it ended."""
    for _ in range(limit):  # each turn waits up to 0.1 s
        if navigator.isTaskComplete():
            return str(navigator.getResult().name)
    raise AssertionError("the task did not end")


def near(graph: ClientGraph, pose: Pose2D, distance: float = 0.25) -> bool:
    return graph.world.robot.distance(pose) < distance


def home(graph: ClientGraph, navigator: Any) -> None:
    """Bring the robot to where every test begins."""
    assert navigator.goToPose(stamped(free_pose(graph, 0.0, 0.0)))
    assert finish(navigator) == "SUCCEEDED"


def test_goes_to_a_pose_and_tells_the_way_left(graph: ClientGraph, navigator: Any) -> None:
    home(graph, navigator)
    goal = free_pose(graph, 1.5, 1.0, 1.0)
    assert navigator.goToPose(stamped(goal))
    left = []
    while not navigator.isTaskComplete():
        left.append(getattr(navigator.getFeedback(), "distance_remaining", 0.0))
    assert navigator.getResult().name == "SUCCEEDED"
    assert max(left) > 1.0
    assert near(graph, goal)
    assert abs(wrap_angle(graph.world.robot.yaw - goal.yaw)) < 0.15


def test_goes_through_poses_and_follows_waypoints(graph: ClientGraph, navigator: Any) -> None:
    home(graph, navigator)
    way = [free_pose(graph, 1.0, 0.0), free_pose(graph, 1.0, 1.0), free_pose(graph, 0.0, 1.0)]
    assert navigator.goThroughPoses([stamped(pose) for pose in way])
    poses = []
    while not navigator.isTaskComplete():
        poses.append(getattr(navigator.getFeedback(), "number_of_poses_remaining", 3))
    assert navigator.getResult().name == "SUCCEEDED"
    assert (poses == sorted(poses, reverse=True), poses[0], poses[-1]) == (True, 3, 1)
    assert near(graph, way[-1])
    assert navigator.followWaypoints([stamped(pose) for pose in reversed(way)])
    seen = set()
    while not navigator.isTaskComplete():
        seen.add(getattr(navigator.getFeedback(), "current_waypoint", None))  # the last task's until this one's comes
    assert navigator.getResult().name == "SUCCEEDED"
    assert 2 in seen
    assert near(graph, way[0])


def test_a_way_through_poses_can_be_cancelled(graph: ClientGraph, navigator: Any) -> None:
    home(graph, navigator)
    way = [free_pose(graph, 1.0, 0.0), free_pose(graph, 1.0, 1.0), free_pose(graph, 0.0, 1.0)]
    assert navigator.goThroughPoses([stamped(pose) for pose in way])
    while getattr(navigator.getFeedback(), "number_of_poses_remaining", 3) > 2:
        assert not navigator.isTaskComplete()
    navigator.cancelTask()
    assert finish(navigator) == "CANCELED"
    assert not near(graph, way[-1])


def test_a_missed_waypoint_ends_it_with_its_number(graph: ClientGraph, navigator: Any) -> None:
    assert navigator.followWaypoints([stamped(Pose2D(-50.0, -50.0, 0.0))])
    assert finish(navigator) == "FAILED"
    code, sentence = navigator.getLastError()
    assert (code, "waypoint 0" in sentence) == (600, True)


def test_plans_smooths_and_follows_a_path(graph: ClientGraph, navigator: Any) -> None:
    home(graph, navigator)
    start, *way = (stamped(free_pose(graph, *at)) for at in ((0.0, 0.0), (1.0, 1.0), (2.0, 0.0, 0.5)))
    straight = navigator.getPath(start, way[-1], use_start=True)
    through = navigator.getPathThroughPoses(start, way, use_start=True)
    assert straight.header.frame_id == through.header.frame_id == "map"
    assert len(through.poses) > len(straight.poses) > 10
    smoothed = navigator.smoothPath(through)
    assert smoothed.poses[-1].pose.position.x == pytest.approx(way[-1].pose.position.x, abs=1e-6)
    assert navigator.followPath(smoothed)
    assert finish(navigator) == "SUCCEEDED"
    assert near(graph, free_pose(graph, 2.0, 0.0))


def test_what_cannot_be_planned_says_why(graph: ClientGraph, navigator: Any) -> None:
    start, outside = stamped(free_pose(graph, 0.0, 0.0)), stamped(Pose2D(-50.0, -50.0, 0.0))
    assert navigator.getPath(start, outside, use_start=True) is None
    assert navigator.getLastError()[0] == 204
    assert navigator.getPathThroughPoses(start, [start, outside], use_start=True) is None
    assert navigator.getLastError()[0] == 304
    assert navigator.getPathThroughPoses(start, [], use_start=True) is None
    assert navigator.getLastError()[0] == 309
    assert navigator.goToPose(outside)
    assert finish(navigator) == "FAILED"
    code, sentence = navigator.getLastError()
    assert (code, "outside the map" in sentence) == (204, True)
    assert navigator.goThroughPoses([start, outside, start])
    assert finish(navigator) == "FAILED"
    code, sentence = navigator.getLastError()
    assert (code, "pose 2 of 3" in sentence or "outside the map" in sentence) == (304, True)
    assert navigator.goThroughPoses([])
    assert finish(navigator) == "FAILED"
    assert navigator.getLastError()[0] == 309


def test_spins_backs_up_and_drives_on(graph: ClientGraph, navigator: Any) -> None:
    home(graph, navigator)
    before = graph.world.robot
    assert navigator.spin(spin_dist=1.0)
    assert finish(navigator) == "SUCCEEDED"
    assert wrap_angle(graph.world.robot.yaw - before.yaw) == pytest.approx(1.0, abs=0.15)
    for drive in (
        lambda: navigator.driveOnHeading(dist=0.4, speed=0.2),
        lambda: navigator.backup(backup_dist=0.4, backup_speed=0.1),
    ):
        before = graph.world.robot
        assert drive()
        assert finish(navigator) == "SUCCEEDED"
        assert graph.world.robot.distance(before) == pytest.approx(0.4, abs=0.08)
    assert navigator.driveOnHeading(dist=0.4, speed=-0.2)
    assert finish(navigator) == "FAILED"
    assert navigator.getLastError()[0] == 724


def test_a_cancelled_task_is_cancelled_and_the_robot_stands(graph: ClientGraph, navigator: Any) -> None:
    home(graph, navigator)
    for wait in (0.0, 0.3):
        assert navigator.goToPose(stamped(free_pose(graph, 2.5, 0.0)))
        while abs(graph.world.v) < wait:
            assert not navigator.isTaskComplete()
        navigator.cancelTask()
        assert finish(navigator, 50) == "CANCELED"
        assert abs(graph.world.v) < 0.05


@pytest.mark.parametrize(
    ("ask", "code", "word"),
    [
        (lambda n: n.dockRobotByID("one"), 999, "no dock"),
        (lambda n: n.undockRobot("charger"), 999, "no dock"),
        (lambda n: n.followGpsWaypoints([GeoPose()]), 600, "no GPS"),
        (lambda n: n.assistedTeleop(), 730, "cmd_vel_nav"),
    ],
    ids=["dock", "undock", "gps", "teleop"],
)
def test_what_is_not_offered_says_so_at_once(navigator: Any, ask: Any, code: int, word: str) -> None:
    assert ask(navigator)
    assert finish(navigator, 50) == "FAILED"
    assert navigator.getLastError()[0] == code
    assert word in navigator.getLastError()[1]


def test_gives_out_and_clears_its_costmaps(graph: ClientGraph, navigator: Any) -> None:
    navigator.clearAllCostmaps()
    whole, window = navigator.getGlobalCostmap(), navigator.getLocalCostmap()
    rows, columns = graph.world.cells.shape
    assert (whole.metadata.size_y, whole.metadata.size_x) == (rows, columns)
    costs = np.array(whole.data, np.uint8).reshape(rows, columns)
    assert (costs[graph.world.cells == 100] == 254).all()
    robot, corner = graph.world.robot, window.metadata.origin.position
    assert window.metadata.size_x * window.metadata.resolution == pytest.approx(6.0)
    assert corner.x < robot.x < corner.x + 6.0
    assert whole.header.frame_id == window.header.frame_id == "map"


def test_changes_the_map_and_back(graph: ClientGraph, navigator: Any, tmp_path: Path) -> None:
    save_map(GridMap(room(8.0, 6.0, []), 0.05, Pose2D(1.0, 2.0, 0.0)), tmp_path / "room.yaml")
    assert navigator.changeMap(str(tmp_path / "room.yaml"))
    for _ in range(100):  # each asks anew: the navigator hears of the map by its topic
        if navigator.getGlobalCostmap().metadata.size_x == 160:
            break
    assert navigator.getGlobalCostmap().metadata.origin.position.y == pytest.approx(2.0)
    assert navigator.changeMap(str(SITE / "floor_1.yaml"))
    for _ in range(100):
        if navigator.getGlobalCostmap().metadata.size_x == graph.world.cells.shape[1]:
            break
    navigator.setInitialPose(stamped(graph.world.robot))
    navigator.waitUntilNav2Active()
    home(graph, navigator)


def test_shuts_down_and_starts_up(graph: ClientGraph, navigator: Any) -> None:
    assert navigator.goToPose(stamped(free_pose(graph, 2.5, 0.0)))
    while abs(graph.world.v) < 0.2:
        assert not navigator.isTaskComplete()
    navigator.lifecycleShutdown()
    assert finish(navigator, 50) == "FAILED"
    assert "deactivated" in navigator.getLastError()[1]
    assert not navigator.goToPose(stamped(free_pose(graph, 1.0, 0.0)))
    navigator.lifecycleStartup()
    navigator.waitUntilNav2Active()
    navigator.setInitialPose(stamped(graph.world.robot))  # nothing here keeps the last pose over a restart
    home(graph, navigator)
    assert near(graph, free_pose(graph, 0.0, 0.0))
