"""The report of a run: how it ended, what it is worth, what happened, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hall_sim.people.figures import METRICS as CROWD
from hall_sim.runs.ending import Ending
from hall_sim.runs.log import RunLog
from hall_sim.runs.metrics import measure
from hall_sim.runs.verdict import Verdict
from hall_sim.scenarios.requirements import broken
from hall_sim.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from counter_map.model import Site


def report(log: RunLog, site: Site, scenario: Scenario, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Judge a run: `success`, `verdict`, `outcome`, `missed` (sentences), `events`, `metrics`.

    A requirement that names no metric makes the scenario wrong. `more` are metrics that the log does not hold.
    """
    ending = Ending(log, site, scenario)
    metrics = measure(log, ending, site, scenario) | dict.fromkeys(CROWD) | dict(more or {})
    return verdict_of(scenario, ending.outcome, ending.missed, metrics, log.events())


def verdict_of(
    scenario: Scenario, outcome: str, missed: Sequence[str], metrics: Mapping[str, Any], events: list[dict[str, Any]]
) -> dict[str, Any]:
    """Judge a run by what fell short at its end and by what its scenario wants to hold."""
    verdict, told = Verdict.PASSED, list(missed)
    try:
        unmet = broken(scenario.hold, metrics, events)
    except ValueError as error:
        verdict, unmet = Verdict.SCENARIO_WRONG, [f"hold: {error}"]
    else:
        verdict = Verdict.REQUIREMENT_MISSED if unmet else verdict
        verdict = Verdict.ROBOT_FAILED if told else verdict
    told += unmet
    return {
        "success": not told,
        "verdict": verdict.value,
        "outcome": outcome,
        "missed": told,
        "events": events,
        "metrics": metrics,
    }
