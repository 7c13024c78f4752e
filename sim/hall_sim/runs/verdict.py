"""What a run is worth: the five verdicts, kept apart, each with its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any


class Verdict(Enum):
    """Say what came of a run."""

    PASSED = "passed"
    ROBOT_FAILED = "robot_failed"
    """It did not end as the scenario expects, or touched something."""
    SCENARIO_WRONG = "scenario_wrong"
    """The file asks for what there is not."""
    RIG_BROKE = "rig_broke"
    """The simulator or the machine under it failed: nothing is known of the robot."""
    REQUIREMENT_MISSED = "requirement_missed"
    """It ended as expected, but something that must hold did not."""


EXIT_CODES = {
    Verdict.PASSED: 0,
    Verdict.ROBOT_FAILED: 1,
    Verdict.SCENARIO_WRONG: 2,
    Verdict.RIG_BROKE: 3,
    Verdict.REQUIREMENT_MISSED: 4,
}
WORST_FIRST = (Verdict.SCENARIO_WRONG, Verdict.RIG_BROKE, Verdict.ROBOT_FAILED, Verdict.REQUIREMENT_MISSED)


def exit_code(reports: list[Mapping[str, Any]]) -> int:
    """Return the exit code of a row of runs: that of the worst verdict among them."""
    found = {report["verdict"] for report in reports}
    worst = next((verdict for verdict in WORST_FIRST if verdict.value in found), Verdict.PASSED)
    return EXIT_CODES[worst]


def exit_code_of_suite(reports: list[Mapping[str, Any]], missed: list[str]) -> int:
    """Return the exit code of a suite with thresholds, of which some are `missed`; single runs may fall short."""
    found = {report["verdict"] for report in reports}
    for verdict in (Verdict.SCENARIO_WRONG, Verdict.RIG_BROKE):
        if verdict.value in found:
            return EXIT_CODES[verdict]
    return EXIT_CODES[Verdict.REQUIREMENT_MISSED if missed else Verdict.PASSED]
