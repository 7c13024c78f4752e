"""Navigation in one process: what the nodes bt_navigator and guide's action clients do between them."""

from __future__ import annotations

import math
from collections.abc import Callable

from guide_common.frames import FrameTree
from guide_common.geometry import Pose2D
from guide_common.robot import Robot
from navigation import behaviours
from navigation.controller import Controller
from navigation.navigator import Navigator
from navigation.navigator_floor import Floor
from navigation.navigator_params import NavigatorParams
from navigation.planner import Path
from navigation.senses import Senses
from navigation.task_run import CYCLE, Task, TaskRun, find_plan

SPIN_ALLOWANCE = 15.0
"""s for a look around."""

OnEnd = Callable[[bool, str], None]


class Pilot:
    """Drive to one goal at a time; `cycle` is one control cycle.

    A plan that is asked for in one cycle is there in the next, as it is in the graph.

    Attributes:
        v, w: the command of the last cycle, m/s and rad/s.
        why: why it waits or is slow; empty where nothing is to be said.
        command_fresh: whether a task gave a command in the last cycle.
        plan: the path taken last, None before the first.
    """

    def __init__(self, robot: Robot, floor: Floor, frames: FrameTree) -> None:
        self.senses = Senses(robot, floor, frames)
        self.v = self.w = 0.0
        self.why = ""
        self.command_fresh = False
        self.plan: Path | None = None
        self.on_plan: Callable[[Path], None] = lambda path: None
        self._drive, self._floor = robot.drive, floor
        self._controller = Controller(robot.drive)
        self._run: TaskRun | None = None
        self._target: Pose2D | None = None
        self._on_end: OnEnd | None = None
        self._planning: tuple[Navigator, Pose2D] | None = None

    @property
    def target(self) -> Pose2D | None:
        """Return where the robot is driving to; None when it is not."""
        return self._target

    @property
    def remaining(self) -> float:
        """Return m along the plan to go; NaN when there is none."""
        task = self._run.task if self._run is not None else None
        left = task.remaining if isinstance(task, Navigator) else math.nan
        return left if math.isfinite(left) else math.nan

    def navigate(self, target: Pose2D, on_end: OnEnd) -> None:
        """Drive to a pose in place of what was under way; its end is told unless it is taken back."""
        self._begin(Navigator(target, self._controller, self._drive, NavigatorParams()), on_end)
        self._target = target

    def spin(self, angle: float) -> None:
        """Turn on the spot by an angle (rad)."""
        self._begin(behaviours.Spin(angle, SPIN_ALLOWANCE, self._drive), None)

    def cancel(self) -> None:
        """Come to a stand within the limits."""
        self._target = self._on_end = None
        if self._run is not None:
            self._run.cancel()

    def cycle(self, now: float) -> None:
        """Step the task that is on at `now` (s)."""
        run, self.command_fresh = self._run, self._run is not None
        if run is None:
            return
        self._deliver_plan()
        situation = self.senses.situation(now, CYCLE, self.v, self.w)
        step = run.step(now, situation)
        if step.wants_clear:
            self._floor.clear()
        if step.wants_plan and situation is not None and isinstance(run.task, Navigator):
            self._planning = run.task, situation.pose
        self.v, self.w, self.why = float(step.v), float(step.w), step.why
        self._note_plan(run)
        if run.finished:
            self._end(run)

    def _note_plan(self, run: TaskRun) -> None:
        """Tell of a path that the task has taken."""
        path = run.task.path if isinstance(run.task, Navigator) else None
        if path is not None and path is not self.plan:
            self.plan = path
            self.on_plan(path)

    def _begin(self, task: Task, on_end: OnEnd | None) -> None:
        self._run, self._on_end, self._target = TaskRun(task, self._drive), on_end, None
        self._planning = None
        self.senses.driving = True

    def _deliver_plan(self) -> None:
        if self._planning is None:
            return
        (task, pose), self._planning = self._planning, None
        plan, hopeless = find_plan(self._floor, pose, task)
        task.take_plan(plan, pose, hopeless)

    def _end(self, run: TaskRun) -> None:
        on_end, ending = self._on_end, run.ending
        self._run = self._target = self._on_end = None
        self.v, self.w, self.why = 0.0, 0.0, ""
        self.senses.driving = False
        if on_end is not None and ending is not None:
            on_end(ending.code == 0, ending.sentence)


class PilotWheels:
    """Be the wheels of an escort (`guidance.leading.Wheels`)."""

    def __init__(self, pilot: Pilot, on_end: OnEnd) -> None:
        self._pilot, self._on_end = pilot, on_end

    @property
    def driving(self) -> bool:
        """Tell whether a drive was asked for and has not ended."""
        return self._pilot.target is not None

    @property
    def distance_remaining(self) -> float:
        """Return m to go; NaN when unknown."""
        return self._pilot.remaining

    def drive(self, target: Pose2D) -> None:
        """Have the robot drive there."""
        if self._pilot.target != target:
            self._pilot.navigate(target, self._on_end)

    def halt(self) -> None:
        """Take the drive back."""
        self._pilot.cancel()

    def spin(self, angle: float) -> None:
        """Turn on the spot."""
        self._pilot.spin(angle)

    def stop(self) -> None:
        """Take back whatever moves."""
        self._pilot.cancel()
