"""One task from its first cycle to its end: cancelled or ended, the robot comes to a stand first. Free of ROS."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from guide_common.geometry import Pose2D
from guide_common.robot import Drive
from navigation.behaviours import Stop
from navigation.errors import PlanError
from navigation.motion import stop
from navigation.navigator import TF_ERROR, Navigator
from navigation.navigator_floor import Floor
from navigation.path_work import plan_through
from navigation.planner import Path
from navigation.task_step import Ending, Situation, Step

CYCLE = 0.05
"""s between commands while driving."""
PATIENCE_WITHOUT_POSE = 10.0
"""s that a task waits for map and position to be known."""
MOVING = 0.05
"""m/s: at an end, what is faster is brought to a stand before the end is told."""


class Task(Protocol):
    """Be something that moves the robot cycle by cycle."""

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""


class TaskRun:
    """Step a task; `ending` says how it ended once `finished`."""

    def __init__(self, task: Task, drive: Drive) -> None:
        self.task = task
        self.cancelled = self.finished = False
        self.ending: Ending | None = None
        self._drive = drive
        self._blind_since: float | None = None
        self._paused_at: float | None = None
        self._paused_for = 0.0

    def cancel(self) -> None:
        """Come to a stand and end."""
        if not self.cancelled:
            self.cancelled, self.task, self.ending = True, Stop(self._drive), None

    def step(self, now: float, situation: Situation | None, paused: bool = False) -> Step:
        """Decide the cycle at `now` (s); `situation` is None while map or position are not known.

        While `paused` the robot comes to a stand and the task's own time rests; a cancel still ends it.
        """
        if paused and not self.cancelled:
            return self._rest(now, situation)
        if self._paused_at is not None:
            self._paused_for, self._paused_at = self._paused_for + now - self._paused_at, None
        if situation is not None and self._paused_for:
            situation = replace(situation, now=situation.now - self._paused_for)
        step = self.task.step(situation) if situation is not None else self._wait_blindly(now)
        if step.ending is not None and self.ending is None:
            self.ending = step.ending
            if abs(step.v) > MOVING:
                self.task, step.ending = Stop(self._drive), None
        self.finished = self.ending is not None and step.ending is not None
        return step

    def _rest(self, now: float, situation: Situation | None) -> Step:
        self._paused_at = now if self._paused_at is None else self._paused_at
        if situation is None:
            return Step(0.0, 0.0, "paused")
        after = stop(situation.motion, self._drive, CYCLE)
        return Step(after.v, after.w, "paused")

    def _wait_blindly(self, now: float) -> Step:
        self._blind_since = now if self._blind_since is None else self._blind_since
        step = Step(0.0, 0.0, "the map or the position is not known yet")
        if self.cancelled or now - self._blind_since > PATIENCE_WITHOUT_POSE:
            step.ending = Ending(TF_ERROR, step.why)
        return step


def find_plan(floor: Floor, start: Pose2D, task: Navigator) -> tuple[Path | PlanError, bool]:
    """Plan for a task; return the plan, or why there is none and whether there never will be."""
    goals = task.goals
    try:
        return floor.with_spots(plan_through(floor, start, goals, task.bystanders)), False
    except PlanError as error:
        legs = pairwise((start, *goals)) if task.path is None else ()
        never = next((why for leg in legs if (why := floor.standing_room(*leg)) is not None), None)
        return never or error, never is not None
