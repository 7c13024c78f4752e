from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall_sim.runs.summary import junit, summarise, wilson
from hall_sim.runs.verdict import EXIT_CODES, Verdict, exit_code


def run(seed: int, verdict: Verdict = Verdict.PASSED, scenario: str = "a", **metrics: Any) -> dict[str, Any]:
    outcome = "arrived" if verdict in (Verdict.PASSED, Verdict.REQUIREMENT_MISSED) else "time_out"
    missed = [] if verdict is Verdict.PASSED else ["the robot stood 0.35 m <off>"]
    return {"scenario": scenario, "seed": seed, "verdict": verdict.value, "outcome": outcome, "missed": missed,
            "metrics": {"guide_wanted": True} | metrics,
            "success": not missed, "performance": {"wall_s": 1.5}}  # fmt: skip


class TestFigures:
    def test_rates_and_means(self) -> None:
        reports = [run(1, waiting_s=2.0, assists=0, wrong_counter=False), run(2, waiting_s=4.0, assists=0)]
        reports += [run(3, Verdict.ROBOT_FAILED, waiting_s=6.0, assists=1, wrong_counter=True), run(1, scenario="b")]
        summary = summarise(reports)
        assert (summary["runs"], summary["passed"]["share"]) == (4, 0.75)
        figures = summary["scenarios"]["a"]
        assert figures["metrics"]["waiting_s"]["mean"] == 4.0
        assert figures["metrics"]["waiting_s"]["low"] < 4.0 < figures["metrics"]["waiting_s"]["high"]
        assert figures["assists_per_100_guides"] == pytest.approx(33.33)
        assert figures["wrong_counter"]["share"] == pytest.approx(0.3333)

    def test_no_runs_and_one_run(self) -> None:
        assert summarise([])["passed"]["share"] == 0.0
        assert summarise([run(1, waiting_s=2.0)])["metrics"]["waiting_s"]["low"] == 2.0

    @given(trials=st.integers(1, 500), data=st.data())
    def test_the_interval_of_a_share_holds_it_and_narrows(self, trials: int, data: st.DataObject) -> None:
        successes = data.draw(st.integers(0, trials))
        low, high = wilson(successes, trials)
        assert 0.0 <= low <= successes / trials <= high <= 1.0
        narrower = wilson(4 * successes, 4 * trials)
        assert narrower[1] - narrower[0] < high - low


class TestVerdicts:
    def test_each_has_its_own_exit_code_and_the_worst_counts(self) -> None:
        assert len(set(EXIT_CODES.values())) == len(Verdict)
        assert exit_code([run(1)]) == 0
        assert exit_code([run(1), run(2, Verdict.REQUIREMENT_MISSED)]) == 4
        assert exit_code([run(1, Verdict.REQUIREMENT_MISSED), run(2, Verdict.ROBOT_FAILED)]) == 1
        assert exit_code([run(1, Verdict.RIG_BROKE), run(2, Verdict.ROBOT_FAILED)]) == 3
        assert exit_code([run(1, Verdict.SCENARIO_WRONG), run(2, Verdict.RIG_BROKE)]) == 2

    def test_junit_keeps_failures_of_the_robot_and_of_the_rig_apart(self) -> None:
        text = junit("suite", [run(1), run(2, Verdict.ROBOT_FAILED), run(3, Verdict.RIG_BROKE)])
        root = ET.fromstring(text)
        assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
        assert [case.get("name") for case in root.iter("testcase")] == ["seed 1", "seed 2", "seed 3"]
        assert root.find("testcase/failure").get("type") == "robot_failed"  # type: ignore[union-attr]
