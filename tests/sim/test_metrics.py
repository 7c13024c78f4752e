from __future__ import annotations

import math
from pathlib import Path

import pytest

from counter_map.site import load_site
from guide_common.geometry import Pose2D
from hall_sim.runs.log import RunLog
from hall_sim.runs.report import report
from hall_sim.scenarios.scenario import Expectation, Scenario
from hall_sim.scenarios.settings_people import VisitorSettings

SITE = load_site(Path(__file__).resolve().parents[2] / "maps" / "hcmc_center")
START = 1_772_416_800.0


def scenario(outcome: str = "arrived", place: str = "Q27") -> Scenario:
    expect = Expectation(outcome=outcome, place=place)  # type: ignore[arg-type]
    return Scenario(name="test", site=SITE.folder, visitor=VisitorSettings(say="…"), expect=expect)


def led(place: str = "Q27", off: float = 0.0, turned: float = 0.0, behind: float = 1.1) -> RunLog:
    """A run in which the robot drives for 20 s straight to a place, with the visitor behind it."""
    log, post, goal = RunLog(), SITE.post("1").stand, SITE.places[place].stand
    states = {0: "idle", 2: "greeting", 4: "asking", 8: "offering", 10: "guiding.leading", 15: "guiding.waiting"}
    states |= {16: "guiding.leading", 30: "arrived", 34: "goodbye", 40: "idle"}
    for second in range(45):
        share = min(max((second - 10) / 20.0, 0.0), 1.0)
        x = post.x + share * (goal.x + off - post.x)
        y = post.y + share * (goal.y - post.y)
        log.add_pose(START + second, Pose2D(x, y, goal.yaw + turned))
        log.add_visitor(START + second, (x - behind, y))
        log.add_people(START + second, [(x - behind, y), (x, y + 2.5)])
        if second in states:
            log.add_state(START + second, states[second], place)
    return log


class TestSuccess:
    def test_all_that_is_asked_for_is_a_success(self) -> None:
        log = led()
        result = report(log, SITE, scenario())
        assert result["success"], result["missed"]
        assert result["outcome"] == "arrived"
        assert log.ended

    @pytest.mark.parametrize(
        ("wrong", "word"),
        [({"off": 0.35}, "0.35 m from"), ({"turned": math.radians(12)}, "faced 12°"), ({"behind": 2.5}, "2.5 m away")],
    )
    def test_what_fell_short_is_said(self, wrong: dict[str, float], word: str) -> None:
        result = report(led(**wrong), SITE, scenario())  # type: ignore[arg-type]
        assert not result["success"]
        assert word in " ".join(result["missed"])

    def test_a_contact_is_a_failure(self) -> None:
        log = led()
        log.add_contact(START + 20, {"thing": "person_3_left", "robot_speed": 0.0})
        result = report(log, SITE, scenario())
        assert not result["success"]
        assert result["metrics"]["contacts"] == 1
        assert result["metrics"]["contacts_by_robot"] == 0

    def test_another_counter_than_expected_is_a_failure(self) -> None:
        assert not report(led("Q28"), SITE, scenario())["success"]


class TestOutcomes:
    def outcome(self, states: list[str]) -> str:
        log = RunLog()
        for second, state in enumerate(states):
            log.add_pose(START + second, Pose2D(0.0, 0.0))
            log.add_state(START + second, state)
        return str(report(log, SITE, scenario())["outcome"])

    def test_are_told_apart(self) -> None:
        end = ["goodbye", "returning", "idle"]
        assert self.outcome(["idle", "asking", "informing", "offering", *end]) == "refused"
        assert self.outcome(["idle", "asking", "informing", "anything_else", *end]) == "told_closed"
        assert self.outcome(["idle", "asking", *end]) == "not_understood"
        assert self.outcome(["idle", "offering", "guiding.leading", "guiding.searching", *end]) == "given_up"
        assert self.outcome(["idle", "asking"]) == "time_out"

    def test_a_lift_on_the_way_to_another_floor_is_a_hand_over(self) -> None:
        result = report(led("lift_1"), SITE, scenario("handover", "lift_1"))
        assert result["outcome"] == "handover"
        assert result["success"], result["missed"]


class TestFigures:
    def test_ways_waits_and_distances(self) -> None:
        metrics = report(led(), SITE, scenario())["metrics"]
        way = SITE.post("1").stand.distance(SITE.places["Q27"].stand)
        assert metrics["path_length_m"] == pytest.approx(way, abs=0.01)
        assert metrics["nearest_person_m"] == pytest.approx(2.25), "the visitor does not count"
        assert (metrics["waits"], metrics["waiting_s"]) == (1, 1.0)
        assert metrics["visitor_in_range"] == 1.0
        assert metrics["arrived_after_s"] == 34.0

    def test_events_are_in_order_and_count_from_the_start(self) -> None:
        log = led()
        log.add_caption(START + 5, "visitor", "có ạ")
        times = [event["t"] for event in report(log, SITE, scenario())["events"]]
        assert times == sorted(times)
        assert times[0] == 0.0

    def test_an_empty_run_is_reported_too(self) -> None:
        result = report(RunLog(), SITE, scenario())
        assert (result["outcome"], result["success"]) == ("time_out", False)
