"""Drive by asking the navigator: one goal at a time, taken back at once, robust against a navigator that dies."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from action_msgs.msg import GoalStatus
from action_msgs.srv import CancelGoal
from nav2_msgs.action import NavigateToPose, Spin
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.task import Future
from unique_identifier_msgs.msg import UUID

from guide_common.conversions import pose_stamped, seconds
from guide_common.geometry import Pose2D

ACCEPT_LIMIT = 2.0
"""s of the steady clock after which a goal that nobody accepted is sent again."""

OnEnd = Callable[[bool, str], None]


class Driving:
    """Hold at most one drive and at most one turn on the spot.

    `on_end(succeeded, message)` is called when a drive ends that was not taken back.
    The id of the goal is kept in `memory`, so that a restarted guide can take back what its predecessor left.
    """

    def __init__(self, node: Node, on_end: OnEnd, memory: Path | None) -> None:
        self._node, self._on_end, self._memory = node, on_end, memory
        self._navigate = ActionClient(node, NavigateToPose, "navigate_to_pose")
        self._spin = ActionClient(node, Spin, "spin")
        self._cancel_client = node.create_client(CancelGoal, "navigate_to_pose/_action/cancel_goal")
        self._forget()

    def _forget(self) -> None:
        self._turn = 0
        self._target: Pose2D | None = None
        self._sent_at = 0.0
        self._handle: Any = None
        self._spin_handle: Any = None
        self._spinning_until = 0.0
        self.distance_remaining = float("nan")
        self.seconds_remaining = 0.0

    @property
    def driving(self) -> bool:
        """Tell whether a drive was asked for and has not ended."""
        return self._target is not None

    @property
    def spinning(self) -> bool:
        """Tell whether a turn on the spot is going on (or was asked for and may be)."""
        return time.monotonic() < self._spinning_until

    def drive(self, target: Pose2D) -> None:
        """Have the robot drive there; call it again and again, it sends what is needed."""
        if self._target == target:
            lost = self._handle is None and time.monotonic() - self._sent_at > ACCEPT_LIMIT
            if not lost:
                return
        if not self._navigate.server_is_ready():
            return
        self._stop_spin()
        self._take_back()
        self._turn += 1
        self._target, self._sent_at = target, time.monotonic()
        goal = NavigateToPose.Goal(pose=pose_stamped(target, "map", self._node.get_clock().now()))
        uuid = UUID(uuid=list(os.urandom(16)))
        self._remember(uuid)
        sent = self._navigate.send_goal_async(
            goal, feedback_callback=partial(self._on_feedback, self._turn), goal_uuid=uuid
        )
        sent.add_done_callback(partial(self._on_accepted, self._turn))

    def halt(self) -> None:
        """Take the drive back; the navigator stops the robot."""
        self._take_back()
        self._turn += 1
        self._target = None
        self.distance_remaining = float("nan")
        self._remember(None)

    def spin(self, angle: float) -> None:
        """Turn on the spot by an angle in rad."""
        if not self._spin.server_is_ready():
            return
        self._spinning_until = time.monotonic() + 15.0
        goal = Spin.Goal(target_yaw=float(angle))
        goal.time_allowance.sec = 15
        self._spin.send_goal_async(goal).add_done_callback(self._on_spin_accepted)

    def reset(self) -> None:
        """Forget everything: the navigator that knew of it is gone."""
        turn = self._turn
        self._forget()
        self._turn = turn + 1
        self._remember(None)

    def stop(self) -> None:
        """Take back whatever moves."""
        self._stop_spin()
        if self.driving:
            self.halt()

    def take_back_strays(self) -> None:
        """Cancel what a predecessor left: its goal if its id was kept, all goals if ids are not kept."""
        request = CancelGoal.Request()
        if self._memory is not None:
            try:
                request.goal_info.goal_id.uuid = list(bytes.fromhex(self._memory.read_text(encoding="ascii")))
            except (OSError, ValueError):
                return  # it left nothing
            self._remember(None)
        self._cancel_client.call_async(request)

    def _remember(self, uuid: UUID | None) -> None:
        if self._memory is None:
            return
        try:
            if uuid is None:
                self._memory.unlink(missing_ok=True)
            else:
                self._memory.write_text(bytes(uuid.uuid.tolist()).hex(), encoding="ascii")
        except OSError as error:  # a disk that is full or gone costs a restart its memory, not the visitor the way
            self._node.get_logger().warning(f"the goal cannot be kept: {error}", throttle_duration_sec=30.0)

    def _take_back(self) -> None:
        if self._handle is not None:
            self._handle.cancel_goal_async()
            self._handle = None

    def _stop_spin(self) -> None:
        self._spinning_until = 0.0
        if self._spin_handle is not None:
            self._spin_handle.cancel_goal_async()
            self._spin_handle = None

    def _on_accepted(self, turn: int, answer: Future) -> None:
        handle = answer.result()
        if turn != self._turn:
            if handle.accepted:
                handle.cancel_goal_async()
            return
        if not handle.accepted:
            self._end(False, "the navigator refused the goal")
            return
        self._handle = handle
        handle.get_result_async().add_done_callback(partial(self._on_result, turn))

    def _on_feedback(self, turn: int, msg: Any) -> None:
        if turn == self._turn:
            self.distance_remaining = msg.feedback.distance_remaining
            self.seconds_remaining = seconds(msg.feedback.estimated_time_remaining)

    def _on_result(self, turn: int, answer: Future) -> None:
        if turn != self._turn:
            return
        result = answer.result()
        succeeded = result.status == GoalStatus.STATUS_SUCCEEDED
        cancelled = "the drive was cancelled" if result.status == GoalStatus.STATUS_CANCELED else ""
        self._end(succeeded, result.result.error_msg or cancelled)

    def _end(self, succeeded: bool, message: str) -> None:
        self._target, self._handle = None, None
        self._remember(None)
        self._on_end(succeeded, message)

    def _on_spin_accepted(self, answer: Future) -> None:
        handle = answer.result()
        if not handle.accepted:
            self._spinning_until = 0.0
        elif not self.spinning:
            handle.cancel_goal_async()
        else:
            self._spin_handle = handle
            handle.get_result_async().add_done_callback(self._on_spin_end)

    def _on_spin_end(self, _: Future) -> None:
        self._spin_handle, self._spinning_until = None, 0.0
