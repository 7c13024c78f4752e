"""Drive one path through several poses: only the last is stopped at, the others are passed."""

from __future__ import annotations

from collections.abc import Sequence

from guide_common.geometry import Pose2D
from guide_common.robot import Drive
from navigation.controller import Controller
from navigation.navigator import Navigator
from navigation.navigator_params import NavigatorParams
from navigation.task_step import Situation, Step

PASSED = 0.7
"""m from a pose at which it counts as passed, as Nav2's behaviour tree has it."""


class ThroughPoses(Navigator):
    """Bring the robot through poses, in order; `goals` are those that are left.

    Every path leads through all of them, so at its end none is left out.
    """

    def __init__(self, goals: Sequence[Pose2D], controller: Controller, drive: Drive, params: NavigatorParams) -> None:
        """Take one pose at least."""
        super().__init__(goals[-1], controller, drive, params)
        self._left = tuple(goals)

    @property
    def goals(self) -> tuple[Pose2D, ...]:
        """Return the poses that are left, in order."""
        return self._left

    def step(self, s: Situation) -> Step:
        """Decide one cycle."""
        while len(self._left) > 1 and s.pose.distance(self._left[0]) <= PASSED:
            self._left = self._left[1:]
        return super().step(s)
