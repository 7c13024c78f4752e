"""Comparing two suites: what got better, what worse, and how sure that is."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import html

from guide_common.errors import UserError
from hall_sim.pictures import intervals
from hall_sim.pictures.comparison import Change, Comparison, Row, compare_suites, figures, load_suite
from hall_sim.pictures.comparison_page import page, write_page
from hall_sim.pictures.comparison_words import Teller
from tests.sim.halls import ROOT


def run(scenario: str, seed: int, passed: bool = True, **metrics: Any) -> dict[str, Any]:
    verdict = "passed" if passed else "robot_failed"
    return {"scenario": scenario, "seed": seed, "verdict": verdict, "metrics": metrics}


def suite(name: str, faster: float = 0.0, waits: float = 0.0, first: int = 1, count: int = 20) -> dict[str, Any]:
    """Two scenarios; visitors differ much from one another, so that only pairs show a small difference."""
    runs = []
    for scenario, length in (("hall", 60.0), ("stairs", 40.0)):
        for seed in range(first, first + count):
            drawn = np.random.default_rng([seed, len(scenario)])
            slow, noise = drawn.normal(0.0, 15.0), np.random.default_rng([seed, *name.encode()]).normal(0.0, 0.5)
            figures = {
                "guiding_s": length + slow + noise - faster,
                "waiting_s": 5.0 + abs(slow) / 10.0 + noise / 10.0 + waits,
                "path_length_m": 30.0,
                "visitor_in_range": 0.9 + 0.001 * noise,
                "wrong_counter": False,
                "spl": None,
            }
            runs.append(run(scenario, seed, seed % 10 != 0, **figures))
    return {"suite": name, "runs": runs}


def rows(comparison: Comparison) -> dict[str, Row]:
    return {row.metric: row for row in comparison.together}


@pytest.fixture(scope="module")
def moved() -> Comparison:
    """Visitors walk 3 s less and wait 1 s more."""
    return compare_suites(suite("today"), suite("moved", faster=3.0, waits=1.0))


class TestIntervals:
    def test_students_interval_of_a_mean(self) -> None:
        found = intervals.mean([1.0, 2.0, 3.0, 4.0])
        half = 3.182446 * math.sqrt(5.0 / 3.0) / 2.0  # the quantile for three degrees of freedom
        assert (found.value, found.low, found.high) == pytest.approx((2.5, 2.5 - half, 2.5 + half), abs=1e-5)

    def test_one_value_has_no_interval(self) -> None:
        assert not intervals.mean([3.0]).known
        assert not intervals.welch([1.0], [2.0, 3.0]).known

    def test_pairs_take_out_what_they_share(self) -> None:
        before = [10.0, 50.0, 90.0, 130.0]
        after = [each - 2.0 + shift for each, shift in zip(before, (0.1, -0.1, 0.2, -0.2), strict=True)]
        assert intervals.paired(before, after).high < 0.0
        assert intervals.welch(before, after).low < 0.0 < intervals.welch(before, after).high

    def test_newcombes_example(self) -> None:
        # 56/70 against 48/80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10).
        first, second = intervals.share([1.0] * 48 + [0.0] * 32), intervals.share([1.0] * 56 + [0.0] * 14)
        found = intervals.apart(first, second)
        assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)

    def test_no_event_in_many_runs_leaves_room_for_some(self) -> None:
        found = intervals.rate([0.0] * 100)
        assert (found.low, found.high) == pytest.approx((0.0, 0.036889), abs=1e-6)  # -ln(0.025) / 100

    def test_strata_are_surer_together(self) -> None:
        parts = [intervals.mean([1.0, 2.0, 3.0]), intervals.mean([2.0, 3.0, 4.0])]
        both = intervals.together(parts)
        assert both.value == 2.5
        assert both.high - both.low == pytest.approx((parts[0].high - parts[0].low) / math.sqrt(2.0))


class TestChange:
    def test_less_walking_is_better_and_more_waiting_worse(self, moved: Comparison) -> None:
        found = rows(moved)
        assert found["guiding_s"].change is Change.BETTER
        assert found["guiding_s"].difference.value == pytest.approx(-3.0, abs=0.5)
        assert found["waiting_s"].change is Change.WORSE
        assert found["path_length_m"].change is Change.SAME
        assert found["visitor_in_range"].change is Change.UNCLEAR

    def test_the_other_way_round_it_is_the_contrary(self) -> None:
        found = rows(compare_suites(suite("moved", faster=3.0, waits=1.0), suite("today")))
        assert found["guiding_s"].change is Change.WORSE
        assert found["waiting_s"].change is Change.BETTER

    def test_other_seeds_are_not_paired_and_show_less(self, moved: Comparison) -> None:
        pairs = rows(moved)["guiding_s"]
        means = rows(compare_suites(suite("today"), suite("moved", faster=3.0, first=101)))["guiding_s"]
        assert (pairs.paired, means.paired) == (True, False)
        widths = [row.difference.high - row.difference.low for row in (pairs, means)]
        assert widths[1] > 10.0 * widths[0]

    def test_yes_or_no_is_told_as_a_share_and_never_paired(self, moved: Comparison) -> None:
        wrong = rows(moved)["wrong_counter"]
        assert (wrong.before.value, wrong.change, wrong.paired) == (0.0, Change.UNCLEAR, False)
        assert rows(moved)["passed"].before.value == pytest.approx(0.9)

    def test_what_nobody_judges_is_only_different(self) -> None:
        before, after = suite("a"), suite("b")
        for number, each in enumerate(after["runs"]):
            each["metrics"] |= {"path_length_m": 33.0 + 0.01 * (number % 3), "new_figure": 2.0}
        for each in before["runs"]:
            each["metrics"]["new_figure"] = 1.0
        found = rows(compare_suites(before, after))
        assert found["path_length_m"].change is found["new_figure"].change is Change.CHANGED

    def test_a_run_without_the_figure_leaves_its_pair_out(self) -> None:
        before, after = suite("a"), suite("b", faster=3.0)
        before["runs"][3]["metrics"]["guiding_s"] = None
        found = compare_suites(before, after)
        assert [row.before.n for row in found.scenarios["hall"] if row.metric == "guiding_s"] == [19]

    def test_broken_rigs_do_not_count(self) -> None:
        before = suite("a")
        before["runs"][0] |= {"verdict": "rig_broke", "metrics": {}}
        assert compare_suites(before, suite("b")).passed == ((35, 39), (36, 40))

    def test_one_run_is_too_few(self) -> None:
        found = compare_suites(suite("a", count=1), suite("b", count=1))
        assert found.left_out == []  # shares have an interval even so
        assert {row.change for row in found.scenarios["hall"] if row.metric == "guiding_s"} == {Change.TOO_FEW}
        assert "guiding_s" not in rows(found)

    def test_scenarios_of_one_suite_only_are_named(self) -> None:
        after = suite("b")
        after["runs"] = [each for each in after["runs"] if each["scenario"] == "hall"] + [run("lift", 1, x_s=1.0)]
        assert compare_suites(suite("a"), after).only == (["stairs"], ["lift"])
        with pytest.raises(UserError, match="no scenario in common"):
            compare_suites(suite("a"), {"suite": "c", "runs": [run("lift", 1)]})


class TestWords:
    @pytest.mark.parametrize("language", ["en", "vi"])
    def test_every_known_figure_has_words(self, moved: Comparison, language: str) -> None:
        told = Teller(moved, language).words["metrics"]
        assert set(told) == set(figures())
        assert all(set(words) == {"name", "less", "more"} for words in told.values())

    def test_a_clerk_can_read_what_changed(self, moved: Comparison) -> None:
        told = dict(reversed(Teller(moved).sentences()))
        assert told[""] == "36 of 40 runs went as they should with today, 36 of 40 with moved."
        assert told["better"].startswith("With moved, visitors are on their way ")
        assert " s less: " in told["better"]
        assert told["worse"].startswith("With moved, the robot waits for its visitor 1.0 s longer: ")

    def test_in_vietnamese_with_a_comma(self, moved: Comparison) -> None:
        told = dict(reversed(Teller(moved, "vi").sentences()))
        assert told["worse"].startswith("Với moved, robot chờ khách lâu hơn 1,0 s: ")

    def test_nothing_to_tell_is_said(self) -> None:
        told = Teller(compare_suites(suite("a"), suite("b"))).sentences()
        assert [change for change, _ in told] == ["", "unclear"]

    def test_an_unknown_language_is_refused(self, moved: Comparison) -> None:
        with pytest.raises(UserError, match="--language de: give one of en, vi"):
            Teller(moved, "de")


class TestPage:
    def test_better_and_worse_carry_their_signs(self, moved: Comparison) -> None:
        told = html.fromstring(page(moved))
        items = {item.get("class"): item.text_content() for item in told.xpath("//ul[@class='short']/li")}
        assert items["better"].strip().startswith("▲ Better")
        assert items["worse"].strip().startswith("▼ Worse")
        table = told.xpath("//table")[0]
        cells = {row[0].text_content().split("\xa0")[0].strip(): row for row in table.xpath(".//tbody/tr")}
        waits = cells["the robot waits for the visitor s"]
        assert waits[-1].text_content().strip() == "▼ Worse"
        assert waits[3].text_content().startswith("+1.0")
        assert cells["time on the way with the robot s"][-1].get("class") == "better"

    def test_it_needs_nothing_beside_it(self, moved: Comparison, tmp_path: Path) -> None:
        site = ROOT / "maps" / "hcmc_center"
        write_page(tmp_path / "report.html", moved, [site, site])
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        told = html.fromstring(text)
        images = told.xpath("//img/@src")
        assert len(images) == 2
        assert all(image.startswith("data:image/png;base64,") for image in images)
        assert "http" not in text
        assert not told.xpath("//script | //link")
        assert len(told.xpath("//details")) == 2  # one a scenario
        assert len(text) < 600_000

    def test_names_are_text_and_not_markup(self) -> None:
        assert "<b>x" not in page(compare_suites(suite("a"), suite("b"), ("<b>x", "y")))

    def test_queues_of_both_are_set_side_by_side(self) -> None:
        before, after = suite("a"), suite("b")
        for told, wait in ((before, 60.0), (after, 30.0)):
            for each in told["runs"]:
                each["crowd"] = {
                    "queues": {"Q27": {"served": 2, "wait_s": wait, "longest": 4}},
                    "jams": [[1.5, 2.5, 3.0]],
                }
        row = html.fromstring(page(compare_suites(before, after))).xpath("//table[@class='queues']/tbody/tr")[0]
        assert [cell.text for cell in row] == ["Q27", "80", "60 s", "4", "80", "30 s", "4"]

    def test_a_folder_in_place_of_the_page_is_refused(self, moved: Comparison, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="cannot be written"):
            write_page(tmp_path, moved)


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [("{", "not JSON"), ("[]", "has no runs"), ('{"runs": [{"seed": 1}]}', "run 0 has no scenario")],
    )
    def test_what_is_no_suite_is_refused(self, tmp_path: Path, text: str, sentence: str) -> None:
        (tmp_path / "suite.json").write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match=sentence):
            load_suite(tmp_path / "suite.json")
        with pytest.raises(UserError, match=r"none\.json: cannot be read"):
            load_suite(tmp_path / "none.json")

    def test_the_same_name_twice_is_told_apart_by_folders(self, tmp_path: Path) -> None:
        loaded = []
        for folder in ("before", "after"):
            (tmp_path / folder).mkdir()
            file = tmp_path / folder / "suite.json"
            file.write_text(json.dumps(suite("scenarios")), encoding="utf-8")
            loaded.append(load_suite(file))
        assert compare_suites(*loaded).names == ("before", "after")

    def test_the_comparison_is_plain_json(self, moved: Comparison) -> None:
        told = json.loads(json.dumps(moved.as_json(), allow_nan=False))
        assert told["names"] == ["today", "moved"]
        assert {row["metric"]: row["change"] for row in told["together"]}["guiding_s"] == "better"
