from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guide_common.errors import UserError
from hall_sim.runs.summary import summarise
from hall_sim.runs.thresholds import missed_thresholds, read_thresholds
from hall_sim.runs.verdict import Verdict, exit_code_of_suite


def run(scenario: str, verdict: Verdict, waiting: float) -> dict[str, Any]:
    metrics = {"waiting_s": waiting, "spl": None, "wrong_counter": False, "assists": 0, "guide_wanted": True}
    return {"scenario": scenario, "verdict": verdict.value, "outcome": "arrived", "metrics": metrics}


RUNS = [run("a", Verdict.PASSED, 2.0), run("a", Verdict.PASSED, 4.0), run("b", Verdict.ROBOT_FAILED, 30.0)]


def test_figures_of_one_scenario_and_of_all() -> None:
    held = ["passed('a') == 1", "passed() > 0.6", "mean('waiting_s', 'a') == 3", "p95('waiting_s') == 30"]
    assert missed_thresholds([*held, "wrong_counter() == 0", "assists_per_100_guides() < 1"], summarise(RUNS)) == []


def test_what_is_missed_is_said_with_the_figure() -> None:
    (told,) = missed_thresholds(["passed('b') >= 0.9", "passed('a') >= 0.9"], summarise(RUNS))
    assert told == "passed('b') >= 0.9 does not hold (passed of b = 0.0)"


@pytest.mark.parametrize(
    "expression", ["passed('c') > 0", "mean('speed') > 0", "passd() > 0", "passed() >", "open('x')"]
)
def test_what_the_suite_does_not_have_is_told(expression: str) -> None:
    with pytest.raises(UserError, match="threshold"):
        missed_thresholds([expression], summarise(RUNS))


def test_a_metric_that_no_run_had_is_missed() -> None:
    (told,) = missed_thresholds(["mean('spl') > 0.5"], summarise(RUNS))
    assert told == "mean('spl') > 0.5 does not hold (mean spl = nan)"


def test_a_file_is_a_list_of_expressions(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.yaml"
    file.write_text("- passed() > 0.5\n")
    assert read_thresholds(file) == ["passed() > 0.5"]
    for wrong in ("a: 1", "- 1", "[", "", "- passed() >", "- passd() > 1", "- open('x')"):
        file.write_text(wrong)
        with pytest.raises(UserError, match=str(file)):
            read_thresholds(file)
    with pytest.raises(UserError, match="No such file"):
        read_thresholds(tmp_path / "none.yaml")


def test_single_runs_may_fall_short_but_a_broken_rig_may_not() -> None:
    assert exit_code_of_suite(RUNS, []) == 0
    assert exit_code_of_suite(RUNS, ["passed() > 1 does not hold"]) == 4
    assert exit_code_of_suite([*RUNS, run("a", Verdict.RIG_BROKE, 0.0)], []) == 3
    assert exit_code_of_suite([*RUNS, run("a", Verdict.SCENARIO_WRONG, 0.0)], []) == 2
