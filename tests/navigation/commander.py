"""A client that blocks, by the interfaces that Nav2's own Python client uses, under the same method names."""

from __future__ import annotations

import time
from enum import Enum
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from lifecycle_msgs.srv import GetState
from nav2_msgs import action
from nav2_msgs.srv import ClearEntireCostmap, GetCostmap, LoadMap, ManageLifecycleNodes
from nav_msgs.msg import Path
from rclpy.action import ActionClient
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile

PATIENCE = 60.0
"""s for any answer."""


class TaskResult(Enum):
    """Name a task's end."""

    UNKNOWN = 0
    SUCCEEDED = 1
    CANCELED = 2
    FAILED = 3


ENDS = {
    GoalStatus.STATUS_SUCCEEDED: TaskResult.SUCCEEDED,
    GoalStatus.STATUS_CANCELED: TaskResult.CANCELED,
    GoalStatus.STATUS_ABORTED: TaskResult.FAILED,
}


class Commander(Node):
    """Send one task at a time and ask how it goes."""

    def __init__(self) -> None:
        super().__init__("commander")
        self._clients_of: dict[str, ActionClient] = {}
        self._goal: Any = None
        self._answer: Any = None
        self._feedback: Any = None
        self._located = False
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, latched)
        self._initial = self.create_publisher(PoseWithCovarianceStamped, "initialpose", 10)
        self._initial_pose = PoseStamped()

    def _on_pose(self, msg: PoseWithCovarianceStamped) -> None:
        self._located = True

    def _wait(self, future: Any) -> Any:
        rclpy.spin_until_future_complete(self, future, timeout_sec=PATIENCE)
        assert future.done(), "no answer"
        return future.result()

    def _call(self, kind: Any, name: str, **fields: Any) -> Any:
        client = self.create_client(kind, name)
        assert client.wait_for_service(timeout_sec=PATIENCE), f"{name} is not there"
        return self._wait(client.call_async(kind.Request(**fields)))

    def _send(self, kind: Any, name: str, **fields: Any) -> bool:
        if name not in self._clients_of:
            self._clients_of[name] = ActionClient(self, kind, name)
        client = self._clients_of[name]
        assert client.wait_for_server(timeout_sec=PATIENCE), f"{name} is not there"
        self._feedback = None
        self._goal = self._wait(client.send_goal_async(kind.Goal(**fields), self._on_feedback))
        self._answer = self._goal.get_result_async() if self._goal.accepted else None
        return bool(self._goal.accepted)

    def _on_feedback(self, msg: Any) -> None:
        self._feedback = msg.feedback

    def setInitialPose(self, pose: PoseStamped) -> None:  # noqa: N802
        self._initial_pose, self._located = pose, False
        msg = PoseWithCovarianceStamped(header=pose.header)
        msg.pose.pose = pose.pose
        self._initial.publish(msg)

    def waitUntilNav2Active(self) -> None:  # noqa: N802
        for name in ("amcl", "bt_navigator"):
            while self._call(GetState, f"{name}/get_state").current_state.label != "active":
                time.sleep(0.2)
        while not self._located:
            self.setInitialPose(self._initial_pose)
            rclpy.spin_once(self, timeout_sec=1.0)

    def goToPose(self, pose: PoseStamped) -> bool:  # noqa: N802
        return self._send(action.NavigateToPose, "navigate_to_pose", pose=pose)

    def goThroughPoses(self, poses: list[PoseStamped]) -> bool:  # noqa: N802
        return self._send(action.NavigateThroughPoses, "navigate_through_poses", poses=poses)

    def followWaypoints(self, poses: list[PoseStamped]) -> bool:  # noqa: N802
        return self._send(action.FollowWaypoints, "follow_waypoints", poses=poses)

    def followGpsWaypoints(self, poses: list[Any]) -> bool:  # noqa: N802
        return self._send(action.FollowGPSWaypoints, "follow_gps_waypoints", gps_poses=poses)

    def followPath(self, path: Path) -> bool:  # noqa: N802
        return self._send(action.FollowPath, "follow_path", path=path)

    def spin(self, spin_dist: float = 1.57, time_allowance: int = 10) -> bool:
        allowance = Duration(seconds=time_allowance).to_msg()
        return self._send(action.Spin, "spin", target_yaw=spin_dist, time_allowance=allowance)

    def _straight(self, kind: Any, name: str, distance: float, speed: float, allowance: int) -> bool:
        goal = kind.Goal(speed=speed, time_allowance=Duration(seconds=allowance).to_msg())
        goal.target.x = distance
        return self._send(kind, name, target=goal.target, speed=speed, time_allowance=goal.time_allowance)

    def backup(self, backup_dist: float, backup_speed: float, time_allowance: int = 10) -> bool:
        return self._straight(action.BackUp, "backup", backup_dist, backup_speed, time_allowance)

    def driveOnHeading(self, dist: float, speed: float, time_allowance: int = 10) -> bool:  # noqa: N802
        return self._straight(action.DriveOnHeading, "drive_on_heading", dist, speed, time_allowance)

    def assistedTeleop(self, time_allowance: int = 30) -> bool:  # noqa: N802
        return self._send(action.AssistedTeleop, "assisted_teleop")

    def dockRobotByID(self, dock_id: str) -> bool:  # noqa: N802
        return self._send(action.DockRobot, "dock_robot", dock_id=dock_id)

    def undockRobot(self, dock_type: str = "") -> bool:  # noqa: N802
        return self._send(action.UndockRobot, "undock_robot", dock_type=dock_type)

    def cancelTask(self) -> None:  # noqa: N802
        self._wait(self._goal.cancel_goal_async())

    def isTaskComplete(self) -> bool:  # noqa: N802
        if self._answer is not None:
            rclpy.spin_until_future_complete(self, self._answer, timeout_sec=0.1)
        return self._answer is None or self._answer.done()

    def getFeedback(self) -> Any:  # noqa: N802
        return self._feedback

    def getResult(self) -> TaskResult:  # noqa: N802
        return ENDS.get(self._answer.result().status, TaskResult.UNKNOWN)

    def getLastError(self) -> tuple[int, str]:  # noqa: N802
        result = self._answer.result().result
        return result.error_code, result.error_msg

    def _path(self, kind: Any, name: str, **fields: Any) -> Path | None:
        assert self._send(kind, name, **fields)
        self._wait(self._answer)
        return self._answer.result().result.path if self.getResult() is TaskResult.SUCCEEDED else None

    def getPath(self, start: PoseStamped, goal: PoseStamped, use_start: bool = False) -> Path | None:  # noqa: N802
        fields = {"start": start, "goal": goal, "use_start": use_start}
        return self._path(action.ComputePathToPose, "compute_path_to_pose", **fields)

    def getPathThroughPoses(  # noqa: N802
        self, start: PoseStamped, goals: list[PoseStamped], use_start: bool = False
    ) -> Path | None:
        fields = {"start": start, "goals": goals, "use_start": use_start}
        return self._path(action.ComputePathThroughPoses, "compute_path_through_poses", **fields)

    def smoothPath(self, path: Path, check_for_collision: bool = False) -> Path | None:  # noqa: N802
        limit = Duration(seconds=2.0).to_msg()
        fields = {"max_smoothing_duration": limit, "check_for_collisions": check_for_collision}
        return self._path(action.SmoothPath, "smooth_path", path=path, **fields)

    def changeMap(self, map_filepath: str) -> bool:  # noqa: N802
        return self._call(LoadMap, "map_server/load_map", map_url=map_filepath).result == 0

    def clearAllCostmaps(self) -> None:  # noqa: N802
        for name in ("local_costmap", "global_costmap"):
            self._call(ClearEntireCostmap, f"{name}/clear_entirely_{name}")

    def getGlobalCostmap(self) -> Any:  # noqa: N802
        return self._call(GetCostmap, "global_costmap/get_costmap").map

    def getLocalCostmap(self) -> Any:  # noqa: N802
        return self._call(GetCostmap, "local_costmap/get_costmap").map

    def _manage(self, command: int) -> None:
        names = [name for name, kinds in self.get_service_names_and_types() if "ManageLifecycleNodes" in kinds[0]]
        for name in names:
            self._call(ManageLifecycleNodes, name, command=command)

    def lifecycleStartup(self) -> None:  # noqa: N802
        self._manage(ManageLifecycleNodes.Request.STARTUP)

    def lifecycleShutdown(self) -> None:  # noqa: N802
        self._manage(ManageLifecycleNodes.Request.SHUTDOWN)
