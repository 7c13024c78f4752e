"""Nav2's questions about paths: to a pose, through poses, smoothed, still free. Nothing here moves the robot."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from nav2_msgs.action import ComputePathThroughPoses, ComputePathToPose, SmoothPath
from nav2_msgs.srv import IsPathValid
from nav_msgs.msg import Path as PathMsg
from rclpy.action.server import ServerGoalHandle
from rclpy.duration import Duration

from guide_common.geometry import Pose2D
from guide_common.waiting import in_thread, serve
from navigation.conversions import path_message
from navigation.errors import PlanError
from navigation.navigator_floor import Floor
from navigation.nodes.action_parts import ActionParts, failed, filled
from navigation.path_work import THROUGH_POSES, InvalidPathError, SmoothingError, blocked_points, plan_through, smooth
from navigation.planner import Path, PlannerParams
from navigation.task_step import Ending


class PathActions:
    """Answer from the costmap as it is now, in the thread that plans."""

    def __init__(self, parts: ActionParts, floor: Floor, planning: ThreadPoolExecutor) -> None:
        self._parts, self._node, self._floor, self._planning = parts, parts.node, floor, planning
        parts.serve(ComputePathToPose, "compute_path_to_pose", self._to_pose)
        parts.serve(ComputePathThroughPoses, "compute_path_through_poses", self._through_poses)
        parts.serve(SmoothPath, "smooth_path", self._smooth)
        serve(self._node, IsPathValid, "is_path_valid", self._is_valid)

    async def _to_pose(self, handle: ServerGoalHandle) -> ComputePathToPose.Result:
        return await self._compute(handle, ComputePathToPose.Result(), [handle.request.goal], 0)

    async def _through_poses(self, handle: ServerGoalHandle) -> ComputePathThroughPoses.Result:
        result, goals = ComputePathThroughPoses.Result(), list(handle.request.goals)
        if not goals:
            return failed(handle, result, Ending(result.NO_VIAPOINTS_GIVEN, "there is no pose to go through"))
        return await self._compute(handle, result, goals, THROUGH_POSES)

    async def _compute(self, handle: ServerGoalHandle, result: Any, goals: list[Any], offset: int) -> Any:
        """Plan for both kinds of goal; `offset` is between their error codes."""
        start = self._start(handle.request)
        places = [start, *map(self._parts.place, goals)]
        for place in places:
            if isinstance(place, Ending):
                return failed(handle, result, Ending(place.code + offset, place.sentence))
        plan = await in_thread(self._node, self._planning, _kept, plan_through, self._floor, start, places[1:])
        if handle.is_cancel_requested:
            handle.canceled()
            return filled(result, Ending(0, "canceled"))
        if isinstance(plan, PlanError):
            return failed(handle, result, Ending(plan.error_code + offset, str(plan)))
        result.path = self._message(plan, places[-1].yaw)
        result.planning_time = Duration(seconds=plan.seconds).to_msg()
        handle.succeed()
        return result

    def _start(self, request: Any) -> Pose2D | Ending:
        if request.use_start:
            return self._parts.place(request.start)
        here = self._parts.senses.pose()
        if here is None:
            return Ending(ComputePathToPose.Result.TF_ERROR, "the robot does not know yet where it is")
        return here[0]

    async def _smooth(self, handle: ServerGoalHandle) -> SmoothPath.Result:
        result, begun = SmoothPath.Result(), time.perf_counter()
        poses = self._parts.places(handle.request.path)
        must_be_free = handle.request.check_for_collisions

        def work() -> Any:
            if poses is None:
                raise InvalidPathError("the path has a pose that has no place on the map")
            points = np.array([(pose.x, pose.y) for pose in poses]).reshape(-1, 2)
            return smooth(*self._floor.costs_now(), points, must_be_free, PlannerParams())

        points = await in_thread(self._node, self._planning, _kept, work)
        if handle.is_cancel_requested:
            handle.canceled()
            return filled(result, Ending(0, "canceled"))
        if isinstance(points, PlanError):
            code = points.error_code if isinstance(points, SmoothingError) else result.UNKNOWN
            return failed(handle, result, Ending(code, str(points)))
        took = time.perf_counter() - begun
        result.path = self._message(Path(points, 0.0, 0.0, took), poses[-1].yaw)
        result.smoothing_duration, result.was_completed = Duration(seconds=took).to_msg(), True
        handle.succeed()
        return result

    async def _is_valid(self, request: IsPathValid.Request, response: IsPathValid.Response) -> IsPathValid.Response:
        poses, here = self._parts.places(request.path), self._parts.senses.pose()
        if not poses or self._floor.costmap is None:
            return response
        points = np.array([(pose.x, pose.y) for pose in poses])
        start = here[0] if here is not None else poses[0]
        costs = self._floor.costs_now()
        blocked = await in_thread(self._node, self._planning, blocked_points, *costs, points, start)
        response.is_valid, response.invalid_pose_indices = not blocked, blocked
        return response

    def _message(self, path: Path, yaw: float) -> PathMsg:
        headings = path.headings
        headings[-1:] = yaw
        return path_message(path.points, headings, self._parts.map_frame, self._node.get_clock().now())


def _kept(work: Callable[..., Any], *args: Any) -> Any:
    """Hand a PlanError back as a value, for callers across threads."""
    try:
        return work(*args)
    except PlanError as error:
        return error
