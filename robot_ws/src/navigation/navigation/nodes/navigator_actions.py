"""Nav2's driving actions on the control loop: what a goal asks becomes a task, how it ended becomes the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped
from nav2_msgs.action import (
    BackUp,
    ComputePathThroughPoses,
    ComputePathToPose,
    DriveOnHeading,
    FollowPath,
    FollowWaypoints,
    NavigateThroughPoses,
    NavigateToPose,
    Spin,
    Wait,
)
from nav2_msgs.msg import MissedWaypoint
from rclpy.action.server import ServerGoalHandle
from rclpy.duration import Duration

from guide_common.conversions import pose_stamped, seconds
from guide_common.robot import Drive
from navigation import behaviours
from navigation.controller import Controller
from navigation.navigator import Navigator, PathFollower
from navigation.navigator_params import NavigatorParams
from navigation.navigator_through import ThroughPoses
from navigation.nodes.action_parts import ActionParts, failed, filled
from navigation.nodes.navigator_loop import ControlLoop, Finish
from navigation.path_work import THROUGH_POSES
from navigation.planner import Path
from navigation.task_run import Task
from navigation.task_step import Ending, Situation

UNKNOWN = {
    NavigateToPose: 100,
    NavigateThroughPoses: 100,
    FollowPath: 100,
    FollowWaypoints: 600,
    Spin: 700,
    BackUp: 710,
    DriveOnHeading: 720,
    Wait: 740,
}
"""What each action answers when another goal took its place."""

CRUISE = 0.6
"""m/s assumed for the time that remains, before the robot drives."""


class Actions:
    """Serve the actions that move the robot; one goal at a time has it, of whatever action."""

    def __init__(
        self, parts: ActionParts, loop: ControlLoop, drive: Drive, controller: Controller, params: NavigatorParams
    ) -> None:
        self._parts, self._node, self._loop = parts, parts.node, loop
        self._drive, self._controller, self._params = drive, controller, params
        self._stop_on_failure = self._node.declare_parameter("stop_on_failure", True).value
        parts.serve(NavigateToPose, "navigate_to_pose", self._navigate_to_pose)
        parts.serve(NavigateThroughPoses, "navigate_through_poses", self._navigate_through_poses)
        parts.serve(FollowWaypoints, "follow_waypoints", self._follow_waypoints)
        parts.serve(FollowPath, "follow_path", self._follow_path)
        parts.serve(Spin, "spin", self._spin)
        parts.serve(BackUp, "backup", self._back_up)
        parts.serve(DriveOnHeading, "drive_on_heading", self._drive_on_heading)
        parts.serve(Wait, "wait", self._wait)

    async def _navigate_to_pose(self, handle: ServerGoalHandle) -> NavigateToPose.Result:
        goal = self._parts.place(handle.request.pose)
        if isinstance(goal, Ending):
            return failed(handle, NavigateToPose.Result(), goal)
        task = Navigator(goal, self._controller, self._drive, self._params)
        return filled(NavigateToPose.Result(), await self._navigate(handle, task, NavigateToPose.Feedback()))

    async def _navigate_through_poses(self, handle: ServerGoalHandle) -> NavigateThroughPoses.Result:
        result = NavigateThroughPoses.Result()
        goals = [self._parts.place(pose) for pose in handle.request.poses]
        wrong = next((goal for goal in goals if isinstance(goal, Ending)), None)
        if wrong is not None or not goals:
            none = Ending(ComputePathThroughPoses.Result.NO_VIAPOINTS_GIVEN, "there was no pose to go to")
            return failed(handle, result, through_poses(wrong or none))
        task = ThroughPoses(goals, self._controller, self._drive, self._params)
        ending = await self._navigate(handle, task, NavigateThroughPoses.Feedback())
        return filled(result, through_poses(ending))

    async def _navigate(self, handle: ServerGoalHandle, task: Navigator, feedback: Any) -> Ending:
        if handle.request.behavior_tree:
            self._node.get_logger().warning("behavior_tree is not used: this navigator has one behaviour")
        begun = self._parts.now()
        return await self._run(task, handle, lambda s: self._tell(handle, feedback, task, s, begun))

    def _tell(self, handle: ServerGoalHandle, msg: Any, task: Navigator, s: Situation, begun: float) -> None:
        remaining = task.remaining if math.isfinite(task.remaining) else s.pose.distance(task.goal)
        msg.current_pose = pose_stamped(s.pose, self._parts.map_frame, self._node.get_clock().now())
        msg.navigation_time = Duration(seconds=max(s.now - begun, 0.0)).to_msg()
        pace = max(abs(s.v), min(s.top_speed, CRUISE), 0.05)
        msg.estimated_time_remaining = Duration(seconds=remaining / pace).to_msg()
        msg.number_of_recoveries, msg.distance_remaining = task.recoveries, float(remaining)
        if isinstance(msg, NavigateThroughPoses.Feedback):
            msg.number_of_poses_remaining = len(task.goals)
        handle.publish_feedback(msg)

    async def _follow_waypoints(self, handle: ServerGoalHandle) -> FollowWaypoints.Result:
        """Go to one waypoint after another; a missed one ends it, or is passed over where so configured."""
        request, result, feedback = handle.request, FollowWaypoints.Result(), FollowWaypoints.Feedback()
        if request.goal_index >= len(request.poses):
            why = "there is no waypoint" if not request.poses else f"there is no waypoint {request.goal_index}"
            return failed(handle, result, Ending(UNKNOWN[FollowWaypoints], why))
        rounds = range(request.number_of_loops + 1)
        order = [i for turn in rounds for i in range(0 if turn else request.goal_index, len(request.poses))]
        for number in order:
            feedback.current_waypoint = number
            finish, ending = await self._to_waypoint(handle, request.poses[number], feedback)
            if finish is not Finish.ENDED:
                return filled(result, self._settle(handle, finish, ending))
            if ending.code:
                missed = MissedWaypoint(index=number, goal=request.poses[number], error_code=ending.code)
                result.missed_waypoints.append(missed)
                self._node.get_logger().warning(f"waypoint {number} is missed: {ending.sentence}")
                if self._stop_on_failure:
                    sentence = f"waypoint {number} was missed: {ending.sentence}"
                    return failed(handle, result, Ending(UNKNOWN[FollowWaypoints], sentence))
        handle.succeed()
        return result

    async def _to_waypoint(
        self, handle: ServerGoalHandle, pose: PoseStamped, feedback: FollowWaypoints.Feedback
    ) -> tuple[Finish, Ending]:
        goal = self._parts.place(pose)
        if isinstance(goal, Ending):
            return Finish.ENDED, goal
        task = Navigator(goal, self._controller, self._drive, self._params)
        return await self._loop.run(task, handle, lambda s: handle.publish_feedback(feedback))

    async def _follow_path(self, handle: ServerGoalHandle) -> FollowPath.Result:
        result, feedback = FollowPath.Result(), FollowPath.Feedback()
        poses = self._parts.places(handle.request.path)
        if not poses:
            why = "the path has no pose" if poses is not None else "the path has a pose that has no place on the map"
            return failed(handle, result, Ending(FollowPath.Result.INVALID_PATH, why))
        points = np.array([(pose.x, pose.y) for pose in poses])
        length = float(np.hypot(*np.diff(points, axis=0).T).sum())
        path = Path(points, length, length, 0.0)
        task = PathFollower(path, poses[-1], self._controller, self._drive, self._params)

        def tell(s: Situation) -> None:
            feedback.distance_to_goal, feedback.speed = float(task.remaining), float(s.v)
            handle.publish_feedback(feedback)

        return filled(result, await self._run(task, handle, tell))

    async def _spin(self, handle: ServerGoalHandle) -> Spin.Result:
        feedback, begun = Spin.Feedback(), self._parts.now()
        task = behaviours.Spin(handle.request.target_yaw, seconds(handle.request.time_allowance), self._drive)

        def tell(s: Situation) -> None:
            feedback.angular_distance_traveled = float(task.turned)
            handle.publish_feedback(feedback)

        return self._timed(Spin.Result(), await self._run(task, handle, tell), begun)

    async def _back_up(self, handle: ServerGoalHandle) -> BackUp.Result:
        distance = -abs(handle.request.target.x)
        return await self._straight(handle, BackUp, distance, behaviours.BACK_UP)

    async def _drive_on_heading(self, handle: ServerGoalHandle) -> DriveOnHeading.Result:
        distance, speed, codes = handle.request.target.x, handle.request.speed, behaviours.DRIVE_ON_HEADING
        if distance * speed < 0.0:
            why = f"target.x {distance:.2f} m and speed {speed:.2f} m/s must have the same sign"
            return failed(handle, DriveOnHeading.Result(), Ending(codes.invalid_input, why))
        return await self._straight(handle, DriveOnHeading, distance, codes)

    async def _straight(
        self, handle: ServerGoalHandle, kind: Any, distance: float, codes: behaviours.StraightCodes
    ) -> Any:
        request, feedback, begun = handle.request, kind.Feedback(), self._parts.now()
        if request.target.y or request.target.z or not math.isfinite(distance + request.speed):
            why = "the robot drives straight only: target.x and speed are numbers, target.y and target.z are 0"
            return failed(handle, kind.Result(), Ending(codes.invalid_input, why))
        task = behaviours.Straight(distance, request.speed, seconds(request.time_allowance), self._drive, codes)

        def tell(s: Situation) -> None:
            feedback.distance_traveled = float(task.travelled)
            handle.publish_feedback(feedback)

        return self._timed(kind.Result(), await self._run(task, handle, tell), begun)

    async def _wait(self, handle: ServerGoalHandle) -> Wait.Result:
        feedback, begun = Wait.Feedback(), self._parts.now()
        task = behaviours.Wait(seconds(handle.request.time), self._drive)

        def tell(s: Situation) -> None:
            feedback.time_left = Duration(seconds=task.left).to_msg()
            handle.publish_feedback(feedback)

        return self._timed(Wait.Result(), await self._run(task, handle, tell), begun)

    async def _run(self, task: Task, handle: ServerGoalHandle, tell: Callable[[Situation], None]) -> Ending:
        finish, ending = await self._loop.run(task, handle, tell)
        return self._settle(handle, finish, ending)

    def _settle(self, handle: ServerGoalHandle, finish: Finish, ending: Ending) -> Ending:
        """Tell the truth of a goal's end: cancelled, aborted or succeeded."""
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

    def _timed(self, result: Any, ending: Ending, begun: float) -> Any:
        result.total_elapsed_time = Duration(seconds=max(self._parts.now() - begun, 0.0)).to_msg()
        return filled(result, ending)


def through_poses(ending: Ending) -> Ending:
    """Give a planner's code the number that it has where a path through poses was asked for."""
    result = ComputePathToPose.Result
    planner = result.UNKNOWN <= ending.code <= result.NO_VALID_PATH
    return Ending(ending.code + THROUGH_POSES, ending.sentence) if planner else ending


def _kind(handle: ServerGoalHandle) -> type:
    return next(kind for kind in UNKNOWN if isinstance(handle.request, kind.Goal))
