"""What the navigator's actions share: how they are offered, what a goal's poses mean, how a result is filled."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseStamped
from nav2_msgs.action import ComputePathToPose
from nav_msgs.msg import Path as PathMsg
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle

from guide_common.conversions import pose_to_2d
from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from navigation.senses import Senses
from navigation.task_step import Ending


class ActionParts:
    """Offer actions whose goals are refused unless the node is active."""

    def __init__(self, node: ManagedNode, senses: Senses) -> None:
        self.node, self.senses = node, senses
        self.map_frame = node.get_parameter("map_frame").value
        self._servers: list[ActionServer] = []

    def serve(self, kind: type, name: str, execute: Callable[[ServerGoalHandle], Any]) -> None:
        """Offer an action; `execute` is a coroutine that settles the goal and returns its result."""
        server = ActionServer(
            self.node,
            kind,
            name,
            execute,
            goal_callback=lambda goal: self._answer(name),
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
        )
        self._servers.append(server)

    def _answer(self, name: str) -> GoalResponse:
        if self.node.active:
            return GoalResponse.ACCEPT
        self.node.get_logger().error(f"{name}: a goal is refused, the navigator is not active; activate it first")
        return GoalResponse.REJECT

    def place(self, pose: PoseStamped, frame: str = "") -> Pose2D | Ending:
        """Return a pose in the map; or why there is none, by the codes of compute_path_to_pose."""
        flat = pose_to_2d(pose.pose)
        if not all(map(math.isfinite, (flat.x, flat.y, flat.yaw))):
            return Ending(ComputePathToPose.Result.GOAL_OUTSIDE_MAP, "the pose is not made of numbers")
        frame = pose.header.frame_id or frame
        placed = self.senses.pose_in_map(flat, frame)
        if placed is None:
            return Ending(ComputePathToPose.Result.TF_ERROR, f"frame {frame} is not connected to {self.map_frame}")
        return placed

    def places(self, path: PathMsg) -> list[Pose2D] | None:
        """Return a path's poses in the map; None when one has no place there."""
        placed = [self.place(pose, path.header.frame_id) for pose in path.poses]
        return None if any(isinstance(pose, Ending) for pose in placed) else placed  # type: ignore[return-value]

    def now(self) -> float:
        """Return the ROS time, s."""
        return self.node.get_clock().now().nanoseconds * 1e-9


def filled(result: Any, ending: Ending) -> Any:
    """Write how a goal ended into its result."""
    result.error_code, result.error_msg = ending.code, ending.sentence
    return result


def failed(handle: ServerGoalHandle, result: Any, ending: Ending) -> Any:
    """Abort a goal, and say why."""
    handle.abort()
    return filled(result, ending)
