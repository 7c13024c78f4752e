"""What has stood somewhere for long is part of the ways known ahead, and gone from them when it is seen gone."""

import math
from pathlib import Path

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from navigation.cost_to_go import CostToGo
from navigation.costmap import INSCRIBED, InflationParams, inflate
from navigation.costmap_lasting import LastingObstacles
from navigation.grid import GridMap
from navigation.navigator_floor import Floor
from navigation.one_way import ANY_WAY
from tests.navigation.kinematic_world import RESOLUTION, room
from tests.navigation.one_way_lines import path_against
from tests.navigation.test_cost_to_go import ORIGIN, boxes, costs_of, fields, free_points, refreshed

ANGLES = np.linspace(-math.pi, math.pi, 720, endpoint=False)
ROBOT = Pose2D(5.0, 4.0)
START, GOAL = Pose2D(1.0, 4.0), Pose2D(11.0, 4.0)
TROLLEY = (8.5, 4.0, 1.5)
"""Middle and half side of a square, m."""


def scan(trolley: bool) -> np.ndarray:
    """Ranges from the robot to the trolley, nothing elsewhere."""
    ranges = np.full(len(ANGLES), np.inf)
    if trolley:
        x, y, half = TROLLEY
        away = (x - half - ROBOT.x) / np.cos(ANGLES)
        seen = (np.abs(ANGLES) < 1.0) & (np.abs(away * np.sin(ANGLES)) <= half)
        ranges[seen] = away[seen]
    return ranges


class Hall:
    """A floor with one place, whose fields are made between scans as a thread would."""

    def __init__(self, folder: Path | None = None) -> None:
        self.floor = Floor(InflationParams(), folder)
        self.floor.take_map(GridMap(room(12.0, 8.0, []), RESOLUTION, Pose2D(0.0, 0.0)))
        self.floor.take_places({"Q1": (GOAL.x, GOAL.y)})
        self.now = 100.0

    def look(self, seconds: float, trolley: bool, people: list[tuple[float, float]] | None = None) -> None:
        near = np.array(people or []).reshape(-1, 2)
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            self.floor.take_scan(scan(trolley), ANGLES, ROBOT, self.now, near)
            self.refresh()

    def refresh(self) -> None:
        while self.floor.refresh_fields():
            pass


def known_length(hall: Hall) -> float:
    """Length of a way on the costs of walls alone: long only where the fields lead round something."""
    path = hall.floor.plan(START, GOAL, without_obstacles=True)
    assert hall.floor.fields_ready == 1
    return path.length


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_trolley_that_stays_is_in_the_fields_until_it_is_seen_gone(on_disk: bool, tmp_path: Path) -> None:
    hall = Hall(tmp_path if on_disk else None)
    hall.look(5.0, trolley=True)
    assert known_length(hall) == pytest.approx(10.0, rel=0.001), "it has not stood for long"
    hall.look(6.0, trolley=True)
    round_it = known_length(hall)
    assert round_it > 10.05
    path = hall.floor.plan(START, GOAL)
    assert path.length == pytest.approx(round_it, rel=0.01)
    costs, _, _ = hall.floor.costs_now()
    columns, rows = (path.points / RESOLUTION).astype(int).T
    assert costs[rows, columns].max() < INSCRIBED
    hall.look(1.0, trolley=False)
    assert known_length(hall) == pytest.approx(10.0, rel=0.001)


def test_a_person_who_stands_for_long_is_not() -> None:
    hall = Hall()
    hall.look(12.0, trolley=True, people=[(TROLLEY[0] - TROLLEY[2], TROLLEY[1])])
    assert known_length(hall) == pytest.approx(10.0, rel=0.001)


def test_a_stale_field_is_never_used() -> None:
    hall = Hall()
    hall.look(11.0, trolley=True)
    zone = np.zeros((160, 240), bool)
    zone[20:60, 100:104] = True
    hall.floor.take_keepout(zone)
    assert hall.floor.fields_ready == 0
    hall.refresh()
    assert known_length(hall) > 10.05, "a zone that is drawn does not make the trolley forgotten"


def test_what_lasts_does_not_reach_the_disk(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    hall.look(11.0, trolley=True)
    assert known_length(hall) > 10.05
    again = Hall(tmp_path)
    assert again.floor.fields_ready == 1
    assert known_length(again) == pytest.approx(10.0, rel=0.001)


@pytest.mark.parametrize("seed", range(4))
def test_fields_with_lasting_obstacles_are_as_good_as_fields_made_of_them(seed: int, tmp_path: Path) -> None:
    lethal = boxes(300, seed)
    rng, more = np.random.default_rng(seed), lethal.copy()
    for x, y in rng.integers(20, 270, (6, 2)):
        more[y : y + 12, x : x + 16] = True
    costs, lasting = costs_of(lethal), costs_of(more)
    goals = free_points(lasting, seed, 6)
    made = CostToGo(tmp_path, RESOLUTION, ORIGIN)
    made.set_places({str(i): goal for i, goal in enumerate(goals)})
    made.set_costs(costs)
    refreshed(made)
    made.set_lasting(lasting)
    assert made.ready == 0
    assert refreshed(made) == len(goals)
    anew = fields(lasting, goals)
    refreshed(anew)
    compared = 0
    for start in free_points(lasting, seed + 50, 20):
        for goal in goals:
            path, other = made.plan(lasting, start, goal), anew.plan(lasting, start, goal)
            if path is None or other is None:
                continue  # near a gap that half the resolution closes, one of them may leave it to the search
            compared += 1
            assert path.cost <= 1.015 * other.cost + 0.08
    assert compared > 60
    made.set_lasting(None)
    assert made.ready == len(goals)


def test_a_things_cells_last_together_and_go_together() -> None:
    obstacles = LastingObstacles()
    cells = np.array([[10, 10], [11, 10], [40, 7]], np.int32)
    assert not obstacles.look(cells, np.array([9.0, 6.0, 1.0]), 10.0)
    assert obstacles.look(cells, np.array([10.0, 7.0, 2.0]), 10.0)
    assert obstacles.cells.tolist() == [[10, 10], [11, 10]]
    assert not obstacles.look(cells, np.array([13.5, 10.5, 5.5]), 10.0)
    assert obstacles.look(cells[1:], np.array([14.0, 6.0]), 10.0)
    assert obstacles.cells.tolist() == [[11, 10], [40, 7]]


def test_the_costs_of_what_lasts_are_those_of_walls_there() -> None:
    lethal = boxes(120, 3)
    obstacles = LastingObstacles()
    obstacles.look(np.array([[0, 0], [60, 70], [119, 5]], np.int32), np.full(3, 20.0), 10.0)
    params = InflationParams(0.22, 0.55, 3.0)
    costs = obstacles.costs_over(inflate(lethal, RESOLUTION, params), RESOLUTION, params)
    lethal[[0, 70, 5], [0, 60, 119]] = True
    assert np.array_equal(costs, inflate(lethal, RESOLUTION, params))
    assert LastingObstacles().costs_over(costs, RESOLUTION, params) is None


@pytest.mark.parametrize("on_disk", [True, False])
def test_places_may_change_while_something_lasts(on_disk: bool, tmp_path: Path) -> None:
    lethal = boxes(300, 2)
    more = lethal.copy()
    more[150:162, 100:140] = True
    costs, lasting = costs_of(lethal), costs_of(more)
    goals = free_points(lasting, 2, 8)
    made = CostToGo(tmp_path if on_disk else None, RESOLUTION, ORIGIN)
    made.set_places({str(i): goal for i, goal in enumerate(goals[:4])})
    made.set_costs(costs, lasting=lasting)
    refreshed(made)
    made.set_places({str(i): goal for i, goal in enumerate(goals[2:])})
    assert made.ready == 0
    refreshed(made)
    assert made.ready == 6
    anew = fields(lasting, goals[2:])
    refreshed(anew)
    for start in free_points(lasting, 60, 15):
        for goal in goals[2:]:
            path, other = made.plan(lasting, start, goal), anew.plan(lasting, start, goal)
            assert path is None or other is None or path.cost <= 1.015 * other.cost + 0.08
        assert made.plan(lasting, start, goals[0]) is None


def test_one_way_floor_is_kept_to_round_what_lasts() -> None:
    lethal = np.zeros((120, 200), bool)
    lethal[:2] = lethal[-2:] = lethal[:, :2] = lethal[:, -2:] = True
    lethal[50:70, 40:160] = True
    sectors = np.full(lethal.shape, ANY_WAY, np.int8)
    sectors[2:50, 80:120] = 0
    more = lethal.copy()
    more[26:36, 96:104] = True
    costs, lasting, left, right = costs_of(lethal), costs_of(more), (1.2, 1.5), (8.8, 1.5)
    made = CostToGo(None, RESOLUTION, ORIGIN)
    made.set_places({"left": left, "right": right})
    made.set_costs(costs, sectors)
    refreshed(made)
    made.set_lasting(lasting)
    refreshed(made)
    along, back = made.plan(lasting, left, right), made.plan(lasting, right, left)
    assert along is not None
    assert back is not None
    assert back.points[:, 1].max() > 3.5
    for path in (along, back):
        assert path_against(sectors, path.points / RESOLUTION) == -1
        columns, rows = (path.points / RESOLUTION).astype(int).T
        assert lasting[rows, columns].max() < INSCRIBED
