"""Nav2's actions on the control loop: what a goal asks becomes a task, how it ended becomes the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from nav2_msgs.action import (
    BackUp,
    ComputePathToPose,
    FollowPath,
    NavigateThroughPoses,
    NavigateToPose,
    Spin,
    Wait,
)
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.duration import Duration

from guide_common.conversions import pose_stamped, pose_to_2d, seconds
from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.robot import Drive
from guide_common.waiting import in_thread
from navigation import behaviours
from navigation.controller import Controller
from navigation.conversions import path_message
from navigation.errors import PlanError
from navigation.navigator import Ending, Navigator, NavigatorParams, PathFollower, Situation
from navigation.navigator_floor import Floor
from navigation.nodes.navigator_loop import ControlLoop, Finish, plan_path
from navigation.planner import Path
from navigation.senses import Senses
from navigation.task_run import Task

UNKNOWN = {NavigateToPose: 100, NavigateThroughPoses: 100, FollowPath: 100, Spin: 700, BackUp: 710, Wait: 740}
"""What each action answers when another goal took its place."""

CRUISE = 0.6
"""m/s assumed for the time that remains, before the robot drives."""


class Actions:
    """Serve the actions; goals are refused unless the node is active."""

    def __init__(
        self, node: ManagedNode, loop: ControlLoop, senses: Senses, floor: Floor,
        planning: ThreadPoolExecutor, drive: Drive, controller: Controller, params: NavigatorParams,
    ) -> None:  # fmt: skip
        self._node, self._loop, self._senses, self._floor = node, loop, senses, floor
        self._drive, self._controller, self._params = drive, controller, params
        self._planning = planning
        self._map = node.get_parameter("map_frame").value
        self._servers = [
            self._serve(NavigateToPose, "navigate_to_pose", self._navigate_to_pose),
            self._serve(NavigateThroughPoses, "navigate_through_poses", self._navigate_through_poses),
            self._serve(ComputePathToPose, "compute_path_to_pose", self._compute_path),
            self._serve(FollowPath, "follow_path", self._follow_path),
            self._serve(Spin, "spin", self._spin),
            self._serve(BackUp, "backup", self._back_up),
            self._serve(Wait, "wait", self._wait),
        ]

    def _serve(self, kind: type, name: str, execute: Callable[[ServerGoalHandle], Any]) -> ActionServer:
        return ActionServer(
            self._node,
            kind,
            name,
            execute,
            goal_callback=lambda goal: GoalResponse.ACCEPT if self._node.active else GoalResponse.REJECT,
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
        )

    async def _navigate_to_pose(self, handle: ServerGoalHandle) -> NavigateToPose.Result:
        result = NavigateToPose.Result()
        ending = await self._navigate(handle, [handle.request.pose], NavigateToPose.Feedback())
        return _filled(result, ending)

    async def _navigate_through_poses(self, handle: ServerGoalHandle) -> NavigateThroughPoses.Result:
        result = NavigateThroughPoses.Result()
        ending = await self._navigate(handle, list(handle.request.poses), NavigateThroughPoses.Feedback())
        return _filled(result, ending)

    async def _navigate(self, handle: ServerGoalHandle, poses: list[PoseStamped], feedback: Any) -> Ending:
        begun = self._now()
        goals = [self._goal(pose) for pose in poses]
        for number, goal in enumerate(goals):
            if isinstance(goal, Ending):
                handle.abort()
                return goal
            last = number == len(goals) - 1
            task = Navigator(goal, self._controller, self._drive, self._params, keep_yaw=last)

            def tell(s: Situation, task: Navigator = task, left: int = len(goals) - number) -> None:
                self._tell(handle, feedback, task, s, begun, left)

            finish, ending = await self._loop.run(task, handle, tell)
            if finish is not Finish.ENDED or ending.code or last:
                return self._settle(handle, finish, ending)
        handle.abort()
        return Ending(UNKNOWN[NavigateThroughPoses], "there was no pose to go to")

    def _tell(self, handle: ServerGoalHandle, msg: Any, task: Navigator, s: Situation, begun: float, left: int) -> None:
        remaining = task.remaining if math.isfinite(task.remaining) else s.pose.distance(task.goal)
        msg.current_pose = pose_stamped(s.pose, self._map, self._node.get_clock().now())
        msg.navigation_time = Duration(seconds=max(s.now - begun, 0.0)).to_msg()
        pace = max(abs(s.v), min(s.top_speed, CRUISE), 0.05)
        msg.estimated_time_remaining = Duration(seconds=remaining / pace).to_msg()
        msg.number_of_recoveries, msg.distance_remaining = task.recoveries, float(remaining)
        if isinstance(msg, NavigateThroughPoses.Feedback):
            msg.number_of_poses_remaining = left
        handle.publish_feedback(msg)

    async def _compute_path(self, handle: ServerGoalHandle) -> ComputePathToPose.Result:
        result = ComputePathToPose.Result()
        goal = self._goal(handle.request.goal)
        here = self._senses.pose()
        start = self._goal(handle.request.start) if handle.request.use_start else here[0] if here else None
        if start is None:
            goal = Ending(ComputePathToPose.Result.TF_ERROR, "the robot does not know yet where it is")
        for end in (start, goal):
            if isinstance(end, Ending):
                handle.abort()
                return _filled(result, end)
        plan = await in_thread(self._node, self._planning, plan_path, self._floor, start, goal)
        if isinstance(plan, PlanError):
            handle.abort()
            return _filled(result, Ending(plan.error_code, str(plan)))
        now = self._node.get_clock().now()
        result.path = path_message(plan.points, _headings(plan, goal), self._map, now)
        result.planning_time = Duration(seconds=plan.seconds).to_msg()
        handle.succeed()
        return result

    async def _follow_path(self, handle: ServerGoalHandle) -> FollowPath.Result:
        result, feedback = FollowPath.Result(), FollowPath.Feedback()
        poses = [self._goal(pose, handle.request.path.header.frame_id) for pose in handle.request.path.poses]
        if not poses or any(isinstance(pose, Ending) for pose in poses):
            handle.abort()
            return _filled(result, Ending(FollowPath.Result.INVALID_PATH, "the path has no pose that is on the map"))
        points = np.array([(pose.x, pose.y) for pose in poses])
        length = float(np.hypot(*np.diff(points, axis=0).T).sum())
        path = Path(points, length, length, 0.0)
        task = PathFollower(path, poses[-1], self._controller, self._drive, self._params)

        def tell(s: Situation) -> None:
            feedback.distance_to_goal, feedback.speed = float(task.remaining), float(s.v)
            handle.publish_feedback(feedback)

        return _filled(result, await self._run(task, handle, tell))

    async def _spin(self, handle: ServerGoalHandle) -> Spin.Result:
        feedback, begun = Spin.Feedback(), self._now()
        task = behaviours.Spin(handle.request.target_yaw, seconds(handle.request.time_allowance), self._drive)

        def tell(s: Situation) -> None:
            feedback.angular_distance_traveled = float(task.turned)
            handle.publish_feedback(feedback)

        return self._timed(Spin.Result(), await self._run(task, handle, tell), begun)

    async def _back_up(self, handle: ServerGoalHandle) -> BackUp.Result:
        request, feedback, begun = handle.request, BackUp.Feedback(), self._now()
        allowance = seconds(request.time_allowance)
        task = behaviours.BackUp(abs(request.target.x), request.speed, allowance, self._drive)

        def tell(s: Situation) -> None:
            feedback.distance_traveled = float(task.travelled)
            handle.publish_feedback(feedback)

        return self._timed(BackUp.Result(), await self._run(task, handle, tell), begun)

    async def _wait(self, handle: ServerGoalHandle) -> Wait.Result:
        feedback, begun = Wait.Feedback(), self._now()
        task = behaviours.Wait(seconds(handle.request.time), self._drive)

        def tell(s: Situation) -> None:
            feedback.time_left = Duration(seconds=task.left).to_msg()
            handle.publish_feedback(feedback)

        return self._timed(Wait.Result(), await self._run(task, handle, tell), begun)

    async def _run(self, task: Task, handle: ServerGoalHandle, tell: Callable[[Situation], None]) -> Ending:
        finish, ending = await self._loop.run(task, handle, tell)
        return self._settle(handle, finish, ending)

    def _settle(self, handle: ServerGoalHandle, finish: Finish, ending: Ending) -> Ending:
        if finish is Finish.CANCELED or (finish is Finish.PREEMPTED and handle.is_cancel_requested):
            handle.canceled()
            return Ending(0, "canceled")
        if finish is Finish.PREEMPTED:
            handle.abort()
            why = "another goal took its place" if self._node.active else "the navigator was deactivated"
            return Ending(UNKNOWN[_kind(handle)], why)
        if ending.code:
            handle.abort()
        else:
            handle.succeed()
        return ending

    def _goal(self, pose: PoseStamped, frame: str = "") -> Pose2D | Ending:
        flat = pose_to_2d(pose.pose)
        if not all(map(math.isfinite, (flat.x, flat.y, flat.yaw))):
            return Ending(ComputePathToPose.Result.GOAL_OUTSIDE_MAP, "the pose is not made of numbers")
        frame = pose.header.frame_id or frame
        placed = self._senses.pose_in_map(flat, frame)
        if placed is None:
            return Ending(ComputePathToPose.Result.TF_ERROR, f"frame {frame} is not connected to {self._map}")
        return placed

    def _now(self) -> float:
        return self._node.get_clock().now().nanoseconds * 1e-9

    def _timed(self, result: Any, ending: Ending, begun: float) -> Any:
        result.total_elapsed_time = Duration(seconds=max(self._now() - begun, 0.0)).to_msg()
        return _filled(result, ending)


def _kind(handle: ServerGoalHandle) -> type:
    return next(kind for kind in UNKNOWN if isinstance(handle.request, kind.Goal))


def _filled(result: Any, ending: Ending) -> Any:
    result.error_code, result.error_msg = ending.code, ending.sentence
    return result


def _headings(plan: Path, goal: Pose2D) -> np.ndarray:
    headings = plan.headings
    headings[-1:] = goal.yaw
    return headings
