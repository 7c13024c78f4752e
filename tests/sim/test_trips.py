"""Trips of the robot alone: halls drawn in a file, people and boxes with a script, figures, and whole runs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counter_map.site import load_site
from guide_common.errors import UserErrors
from guide_common.geometry import Pose2D
from hall_sim.hall import Hall
from hall_sim.runs.flip_flops import count_flip_flops
from hall_sim.runs.metrics import by_robot
from hall_sim.runs.suite import Job, find_scenarios, run_job
from hall_sim.scenarios.drawn_hall import as_it_is
from hall_sim.scenarios.scenario import Scenario, load_scenario
from hall_sim.world.floor import load_floor
from navigation.grid import load_map
from tests.sim import halls

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "sim" / "scenarios" / "navigation"
EMPTY = """
name: test
hall: {size: [10, 6], post: [1.5, 3, 0]}
trip: {to: [8.5, 3, 0]}
"""


def scenario(folder: Path, text: str) -> Scenario:
    file = folder / "trip.yaml"
    file.write_text(EMPTY + text, encoding="utf-8")
    return load_scenario(file, seed=1)


def hall_of(wanted: Scenario) -> Hall:
    floor = as_it_is(load_floor(wanted.site, wanted.floor), wanted.hall)
    return Hall(floor, halls.robot(), wanted, wanted.seed)


def wait(hall: Hall, seconds: float) -> None:
    for _ in range(round(seconds / 0.02)):
        hall.tick()


def somebody(hall: Hall) -> tuple[float, float]:
    walker = hall.scripted.actors[0].walker
    assert walker is not None
    return walker.position


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path / "home"))


class TestFile:
    def test_a_trip_needs_neither_site_nor_visitor_nor_end(self, tmp_path: Path) -> None:
        wanted = scenario(tmp_path, "")
        assert (wanted.expect.outcome, wanted.crowd.people, wanted.sound.mode) == ("reached", 0, "text")
        assert load_site(wanted.site).post("1").stand == Pose2D(1.5, 3.0, 0.0)
        assert scenario(tmp_path, "").site == wanted.site, "the same hall is drawn once"

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("mode: graph", "a trip runs in one process"),
            ("expect: {outcome: arrived, place: Q1}", "a trip ends as reached, gave_up"),
            ("walkers: [{way: [[1, 1]], begins: {after_s: 1, robot_within_m: 2}}]", "one of after_s and robot_within"),
            ("boxes: [{id: box, at: [4, 3, 0]}]", "boxes.0.size is missing"),
        ],
    )
    def test_mistakes_are_told(self, tmp_path: Path, text: str, sentence: str) -> None:
        with pytest.raises(UserErrors, match=sentence):
            scenario(tmp_path, text)

    @pytest.mark.parametrize("file", find_scenarios(SUITE), ids=lambda file: file.stem)
    def test_the_committed_suite_is_good_and_its_halls_are_sites(self, file: Path) -> None:
        wanted = load_scenario(file, seed=1)
        assert wanted.name == file.stem
        assert load_site(wanted.site).floors.keys() == {"1"}


class TestHall:
    PIECES = """
    furniture:
      - {id: gone, low: [3, 1], high: [4, 2], only: map}
      - {id: come, low: [6, 1], high: [7, 2], only: hall}
      - {id: stays, low: [5, 4], high: [6, 5], height: 0.7}
    """

    def test_map_and_hall_differ_where_the_file_says_so(self, tmp_path: Path) -> None:
        file = tmp_path / "trip.yaml"
        drawn = "hall:\n    size: [10, 6]\n    post: [1.5, 3, 0]\n    walls: [[[8, 0], [8, 2]]]"
        file.write_text("name: t\ntrip: {to: [9, 3, 0]}\n" + drawn + self.PIECES)
        wanted = load_scenario(file)
        mapped = load_map(load_site(wanted.site).floors["1"].map_file)
        real = as_it_is(load_floor(wanted.site, "1"), wanted.hall)
        points = np.array([[3.5, 1.5], [6.5, 1.5], [5.5, 4.5], [8.0, 1.0], [0.05, 3.0], [5.0, 3.0]])
        column, row = mapped.to_cells(points).T
        assert mapped.lethal[row, column].tolist() == [True, False, True, True, True, False]
        assert real.heights[row, column].tolist() == [0.0, 1.1, 0.7, 2.6, 2.6, 0.0]


class TestScript:
    def test_somebody_sets_off_when_the_robot_comes_near_and_walks_to_the_end(self, tmp_path: Path) -> None:
        text = "walkers: [{way: [[6, 1], [6, 5]], pace: 1.0, begins: {robot_within_m: 3}, then: leave}]"
        hall = hall_of(scenario(tmp_path, text))
        wait(hall, 2.0)
        assert somebody(hall) == pytest.approx((6.0, 1.0))
        hall.world.put_robot(Pose2D(4.0, 2.5, 0.0))
        wait(hall, 2.0)
        assert 2.0 < somebody(hall)[1] < 4.5
        wait(hall, 4.0)
        assert hall.scripted.actors[0].walker is None
        assert not hall.bodies.present.any()

    def test_who_heeds_the_robot_stops_before_it_and_then_walks_round(self, tmp_path: Path) -> None:
        text = "walkers: [{way: [[5, 3], [0.6, 3]], pace: 1.0}]"
        hall = hall_of(scenario(tmp_path, text))
        nearest = math.inf
        for _ in range(600):
            assert not hall.tick().contacts
            nearest = min(nearest, math.dist(somebody(hall), (1.5, 3.0)))
        assert nearest > 0.45
        assert somebody(hall)[0] < 1.0

    def test_who_does_not_heed_it_runs_into_it_and_that_is_not_the_robots_doing(self, tmp_path: Path) -> None:
        text = "walkers: [{kind: child, way: [[4, 3], [0.6, 3]], pace: 1.5, heeds: false}]"
        hall = hall_of(scenario(tmp_path, text))
        touched = [contact for _ in range(300) for contact in hall.tick().contacts]
        assert touched
        assert all(contact.thing.startswith("person_") for contact in touched)
        assert hall.world.pose.distance(Pose2D(1.5, 3.0)) < 0.2, "who ran into it does not push on"
        assert math.dist(somebody(hall), (1.5, 3.0)) > 0.6
        assert not any(by_robot({"closing": contact.closing}) for contact in touched)

    def test_somebody_walks_back_and_forth(self, tmp_path: Path) -> None:
        text = "walkers: [{way: [[6, 2], [6, 4]], pace: 1.0, then: back, heeds: false}]"
        hall = hall_of(scenario(tmp_path, text))
        heights = []
        for _ in range(9):
            wait(hall, 1.0)
            heights.append(somebody(hall)[1])
        turns = np.diff(np.sign(np.diff(heights)))
        assert np.count_nonzero(turns) >= 2
        assert min(heights) >= 2.0
        assert max(heights) <= 4.0

    def test_a_box_comes_on_its_cue_is_seen_and_never_lands_on_the_robot(self, tmp_path: Path) -> None:
        text = "boxes: [{id: pallet, at: [4, 3, 0], size: [1.0, 1.0, 1.0], begins: {after_s: 1}}]"
        hall = hall_of(scenario(tmp_path, text))
        hall.world.put_robot(Pose2D(4.0, 3.5, 0.0))
        wait(hall, 2.0)
        assert not hall.boxes.standing
        hall.world.put_robot(Pose2D(1.5, 3.0, 0.0))
        assert hall.tick().set_down == ["pallet"]
        ahead = hall.world.scan()[np.abs(hall.world.lidar.angles).argmin()]
        assert ahead == pytest.approx(2.0, abs=0.1)


class TestFigures:
    LEFT = np.array([[0.0, 0.0], [2.0, 1.0], [4.0, 1.0], [8.0, 0.0]])
    RIGHT = LEFT * (1.0, -1.0)

    def test_going_back_to_a_plan_that_was_left_counts(self) -> None:
        assert count_flip_flops([]) == 0
        assert count_flip_flops([self.LEFT, self.LEFT + 0.2, self.LEFT[1:]]) == 0
        assert count_flip_flops([self.LEFT, self.RIGHT]) == 0
        assert count_flip_flops([self.LEFT, self.RIGHT, self.LEFT]) == 1
        assert count_flip_flops([self.LEFT, self.RIGHT, self.LEFT, self.RIGHT, self.RIGHT]) == 2

    def test_a_way_back_along_the_present_plan_to_one_that_was_left_counts(self) -> None:
        back = np.vstack([self.RIGHT[1::-1], self.LEFT])
        assert count_flip_flops([self.LEFT, self.RIGHT, self.RIGHT[1:], back]) == 1
        assert count_flip_flops([self.LEFT, self.RIGHT, self.RIGHT[1:], back + np.array([0.0, 3.0])]) == 0

    def test_what_lies_behind_does_not_count(self) -> None:
        ahead = np.array([[6.0, 0.5], [8.0, 0.0]])
        assert count_flip_flops([self.LEFT, ahead, self.LEFT[-2:]]) == 0

    def test_making_room_and_going_on_by_the_same_way_does_not_count(self) -> None:
        assert count_flip_flops([self.RIGHT, self.LEFT, self.LEFT[2:] + 0.3, self.LEFT[1:]]) == 0
        assert count_flip_flops([self.RIGHT, self.LEFT, self.LEFT[2:] + 0.3, self.LEFT[1:], self.RIGHT[1:]]) == 1

    def test_coming_back_to_the_present_way_from_beside_it_does_not_count(self) -> None:
        astray = np.array([[1.0, 0.5], [1.0, -0.5]])
        assert count_flip_flops([self.LEFT, self.RIGHT, np.vstack([astray, self.RIGHT[1:]])]) == 0
        assert count_flip_flops([self.LEFT, self.RIGHT, np.vstack([astray, self.RIGHT[1:]]), self.LEFT[1:]]) == 1


def run(name: str, seed: int = 1) -> dict[str, Any]:
    return run_job(Job(SUITE / f"{name}.yaml", seed), ROOT)


class TestRuns:
    @pytest.mark.parametrize("name", ["doorway", "child_darting", "glass_wall", "wheelchair"])
    def test_the_robot_gets_there_and_touches_nobody(self, name: str) -> None:
        told = run(name)
        assert told["verdict"] == "passed", told["missed"]
        figures = told["metrics"]
        assert figures["reached"]
        assert figures["contacts_by_robot"] == 0
        assert 0.9 <= figures["spl"] <= 1.0
        assert figures["plans"] >= 1
        assert figures["reached_after_s"] > 8.0

    def test_a_closed_aisle_is_gone_round(self) -> None:
        told = run("blocked_aisle")
        assert told["verdict"] == "passed", told["missed"]
        assert [event for event in told["events"] if event.get("box") == "pallet is set down"]
        assert told["metrics"]["plans"] >= 2

    def test_the_same_seed_is_the_same_run(self) -> None:
        first, second = run("crossing", 3), run("crossing", 3)
        for report in (first, second):
            report.pop("performance")
        assert first == second

    def test_a_goal_that_cannot_be_reached_is_given_up_and_told(self, tmp_path: Path) -> None:
        text = "hall: {size: [10, 6], post: [1.5, 3, 0], walls: [[[5, 0], [5, 6]]]}\ntrip: {to: [8.5, 3, 0]}\n"
        file = tmp_path / "shut.yaml"
        file.write_text("name: shut\n" + text)
        told = run_job(Job(file, 1), ROOT)
        assert (told["verdict"], told["outcome"], told["metrics"]["spl"]) == ("robot_failed", "gave_up", None)
        assert "gave_up, not as reached" in told["missed"][0]
        file.write_text("name: shut\nexpect: {outcome: gave_up}\n" + text)
        assert run_job(Job(file, 1), ROOT)["verdict"] == "passed"
