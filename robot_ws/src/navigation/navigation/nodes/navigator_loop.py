"""The control loop: one task at a time is stepped at 20 Hz of the ROS clock, in a worker thread, and carried out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

from geometry_msgs.msg import Twist
from rclpy.action.server import ServerGoalHandle
from rclpy.task import Future

from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.qos import STREAM
from guide_common.robot import Drive
from guide_common.waiting import in_thread
from navigation.errors import PlanError
from navigation.navigator import Navigator
from navigation.navigator_floor import Floor
from navigation.planner import Path
from navigation.senses import Senses
from navigation.task_run import CYCLE, Task, TaskRun, find_plan
from navigation.task_step import Ending, Situation, Step

FEEDBACK_CYCLES = 4


class Finish(Enum):
    """Name how a task left the loop."""

    ENDED = "ended"
    CANCELED = "canceled"
    PREEMPTED = "preempted"


class ControlLoop:
    """Run tasks; a new one takes over from the old without a jolt, and a cancelled one stops within the limits."""

    def __init__(
        self,
        node: ManagedNode,
        drive: Drive,
        senses: Senses,
        floor: Floor,
        workers: tuple[ThreadPoolExecutor, ThreadPoolExecutor],
    ) -> None:
        """Take the parts of the node; `workers` are a thread for control and one for planning."""
        self._node, self._drive, self._senses, self._floor = node, drive, senses, floor
        self._worker, self._planners = workers
        self._out = node.create_publisher(Twist, "cmd_vel_nav", STREAM)
        self._twist = Twist()
        self._v = self._w = 0.0
        self._owner: object | None = None
        self._planning: object | None = None
        self._waiting: list[Future] = []
        self._rings = 0
        node.create_timer(CYCLE, self._ring)
        self.worked_until: object | None = None
        self.paused = False
        self.on_path: Callable[[Path], None] = lambda path: None
        self.why = ""

    def release(self) -> None:
        """Take the robot from whatever task drives it; command zero once."""
        if self._owner is not None:
            self._owner = None
            self._publish(0.0, 0.0)
            self._rest()

    async def run(
        self, task: Task, goal: ServerGoalHandle, feedback: Callable[[Situation], None] | None = None
    ) -> tuple[Finish, Ending]:
        """Step a task until it ends, is cancelled or another takes over."""
        run = self._owner = TaskRun(task, self._drive)
        self._senses.driving = True
        cycle, heard = 0, self._rings
        while True:
            if self._rings == heard:  # else it rang while the last cycle was at work: a clock that waits for us stands
                ring = Future()
                self._waiting.append(ring)
                await ring
            heard = self._rings
            if self._owner is not run:
                return Finish.PREEMPTED, Ending()
            stamp = self._node.get_clock().now()
            now = stamp.nanoseconds * 1e-9
            if goal.is_cancel_requested:
                run.cancel()
            situation = self._senses.situation(now, CYCLE, self._v, self._w)
            step = await in_thread(self._node, self._worker, run.step, now, situation, self.paused)
            if self._owner is not run:
                return Finish.PREEMPTED, Ending()
            if situation is not None:
                self._serve(run.task, step, situation)
                if feedback is not None and cycle % FEEDBACK_CYCLES == 0:
                    feedback(situation)
            cycle += 1
            self._explain(step.why)
            if run.finished:
                self.release()
                return (Finish.CANCELED if run.cancelled else Finish.ENDED), run.ending or Ending()
            self._publish(step.v, step.w)
            self.worked_until = stamp.to_msg()
            self._node.beat()

    def _serve(self, task: Task, step: Step, situation: Situation) -> None:
        if step.wants_clear:
            self._floor.clear()
        if step.recovery and isinstance(task, Navigator):
            self._node.get_logger().warning(f"no progress: recovery {task.recoveries}, {step.recovery}")
        if step.wants_plan and isinstance(task, Navigator) and self._planning is not task:
            self._planning = task
            planning = self._node.executor.create_task(self._plan, task, situation.pose)
            planning.add_done_callback(self._report)

    async def _plan(self, task: Navigator, pose: Pose2D) -> None:
        try:
            plan, hopeless = await in_thread(self._node, self._planners, find_plan, self._floor, pose, task)
        finally:
            self._planning = None if self._planning is task else self._planning
        if isinstance(plan, PlanError):
            self._node.get_logger().info(f"no plan: {plan}")
        # the task is stepped in the worker's thread, so it is also told there
        if await in_thread(self._node, self._worker, task.take_plan, plan, pose, hopeless):
            self.on_path(plan)

    def _report(self, planning: Future) -> None:
        if planning.exception() is not None:
            self._node.get_logger().error(f"planning failed: {planning.exception()!r}")

    def _ring(self) -> None:
        self._rings += 1
        if self._owner is None:
            self._node.beat()  # idle, in step with the ROS clock: simulated time waits for no slower beat
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            future.set_result(None)

    def _rest(self) -> None:
        self._v = self._w = 0.0
        self._senses.driving = False
        self.worked_until = None
        self.why = ""

    def _explain(self, why: str) -> None:
        if why != self.why and why:
            self._node.get_logger().info(why)
        self.why = why

    def _publish(self, v: float, w: float) -> None:
        self._v, self._w = v, w
        self._twist.linear.x, self._twist.angular.z = float(v), float(w)
        self._out.publish(self._twist)
