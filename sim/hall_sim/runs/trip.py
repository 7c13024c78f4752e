"""Run a trip: the robot alone is told to drive to a pose, as a goal of `navigate_to_pose` would, and judged by that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from counter_map.model import Site
from dialogue.reception import Shown
from guide_common.errors import UserError
from hall_sim.runs.inprocess import InProcessRun
from hall_sim.runs.report import verdict_of
from hall_sim.runs.trip_metrics import TripLog, measure_trip, missed_of
from hall_sim.scenarios.drawn_hall import goal_of
from hall_sim.scenarios.scenario import Scenario
from hall_sim.stack.trip import TripStack
from navigation.planner import Path as Plan


class TripRun(InProcessRun):
    """Hold one trip; it is over when the navigator tells an end, or the time is up.

    Attributes:
        trip: what it adds to the log.
    """

    stack_kind = TripStack

    def __init__(self, scenario: Scenario, root: Path, site: Site | None = None) -> None:
        if scenario.trip is None:
            raise UserError(f"{scenario.name}: it has no trip; add trip: {{to: [x, y, yaw]}}")
        super().__init__(scenario, root, site)
        self.trip = TripLog(goal_of(scenario.trip.to))
        self.stack.pilot.on_plan = self._on_plan

    @property
    def over(self) -> bool:
        """Tell whether the robot is there, has given up, or the time is up."""
        return self.trip.ended is not None or self.hall.time > self.scenario.time_limit

    def begin(self) -> None:
        """Tell the robot where to drive."""
        super().begin()
        self.trip.begun = self.now
        self.stack.pilot.navigate(self.trip.goal, self._on_end)

    def judge(self) -> dict[str, Any]:
        """Return how it ended, what it is worth, what happened, and the metrics."""
        trip, log, scenario = self.trip, self.log, self.scenario
        metrics = measure_trip(trip, log, self.site, scenario.floor, self.hall)
        missed = missed_of(trip, log, scenario.expect.outcome)
        return verdict_of(scenario, trip.outcome, missed, metrics, log.events())

    def _on_state(self, shown: Shown) -> None:
        """Show nobody anything: the visitor stays outside."""

    def _on_plan(self, plan: Plan) -> None:
        self.trip.plans.append(np.array(plan.points, np.float64))

    def _on_end(self, succeeded: bool, sentence: str) -> None:
        self.trip.ended, self.trip.succeeded, self.trip.sentence = self.now, succeeded, sentence
        self.log.add_happening(self.now, "navigator", sentence or "is there")


def make_run(scenario: Scenario, root: Path, site: Site | None = None) -> InProcessRun:
    """Return the run of a scenario: a trip, or a visit."""
    kind = InProcessRun if scenario.trip is None else TripRun
    return kind(scenario, root, site)
