"""Ways to known places come from fields: as good as searched ones, never through walls, right after every change."""

from pathlib import Path

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from navigation.cost_to_go import CostToGo
from navigation.costmap import INSCRIBED, LETHAL, InflationParams, inflate
from navigation.errors import PlanError
from navigation.one_way import ANY_WAY
from navigation.planner import Planner
from tests.navigation.one_way_lines import path_against

RESOLUTION = 0.05
INFLATION = InflationParams(0.22, 0.55, 3.0)
ORIGIN = Pose2D(0.0, 0.0)
Point = tuple[float, float]


def boxes(size: int, seed: int, share: float = 0.15) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lethal = np.zeros((size, size), bool)
    while lethal.mean() < share:
        width, height = rng.integers(5, 40, 2)
        x, y = rng.integers(0, size, 2)
        lethal[y : y + height, x : x + width] = True
    return lethal


def costs_of(lethal: np.ndarray) -> np.ndarray:
    return inflate(lethal, RESOLUTION, INFLATION)


def free_points(costs: np.ndarray, seed: int, count: int) -> list[Point]:
    rng = np.random.default_rng(seed)
    cells = np.argwhere(costs < 200)
    return [((c + 0.5) * RESOLUTION, (r + 0.5) * RESOLUTION) for r, c in cells[rng.integers(0, len(cells), count)]]


def fields(costs: np.ndarray, goals: list[Point], folder: Path | None = None, origin: Pose2D = ORIGIN) -> CostToGo:
    made = CostToGo(folder, RESOLUTION, origin)
    made.set_places({str(i): goal for i, goal in enumerate(goals)})
    made.set_costs(costs)
    return made


def refreshed(made: CostToGo) -> int:
    count = 0
    while made.refresh():
        count += 1
    return count


def highest_cost_on(costs: np.ndarray, points: np.ndarray) -> int:
    share = np.linspace(0.0, 1.0, 200)[:, None, None]
    cells = ((points[:-1] + share * np.diff(points, axis=0)) / RESOLUTION).astype(int)
    return int(costs[cells[..., 1], cells[..., 0]].max())


@pytest.mark.parametrize("seed", range(5))
def test_a_looked_up_path_is_as_good_as_a_searched_one(seed: int) -> None:
    costs = costs_of(boxes(300, seed))
    goals, starts = free_points(costs, seed, 4), free_points(costs, seed + 100, 12)
    made, planner = fields(costs, goals), Planner(costs, RESOLUTION)
    assert refreshed(made) == 4
    ratios = []
    for goal in goals:
        for start in starts:
            path = made.plan(costs, start, goal)
            try:
                searched = planner.plan(start, goal)
            except PlanError:
                assert path is None
                continue
            if path is None:
                continue  # a gap too narrow for half the resolution: it is left to the search
            assert tuple(path.points[0]) == pytest.approx(start)
            assert tuple(path.points[-1]) == pytest.approx(goal)
            assert highest_cost_on(costs, path.points) < INSCRIBED
            assert path.length == pytest.approx(np.hypot(*np.diff(path.points, axis=0).T).sum())
            ratios.append(path.cost / searched.cost)
    assert len(ratios) > 0.7 * len(goals) * len(starts)
    assert np.mean(ratios) < 1.01


@pytest.mark.parametrize("seed", range(3))
def test_after_a_change_the_ways_are_those_of_fields_made_anew(seed: int) -> None:
    lethal = boxes(300, seed)
    built = lethal.copy()
    built[140:150, 60:240] = True
    costs, changed = costs_of(lethal), costs_of(built)
    goals = [g for g in free_points(changed, seed, 6) if not 6.0 < g[1] < 8.5]
    made = fields(costs, goals)
    refreshed(made)
    for now in (changed, costs):  # a wall is built and taken away again
        made.set_costs(now)
        assert made.ready == 0
        assert refreshed(made) == len(goals)
        fresh = fields(now, goals)
        refreshed(fresh)
        for start in free_points(changed, seed + 50, 15):
            for goal in goals:
                path, other = made.plan(now, start, goal), fresh.plan(now, start, goal)
                assert (path is None) == (other is None)
                if path is not None and other is not None:
                    assert path.cost == pytest.approx(other.cost, rel=0.01, abs=0.05)


def test_what_stands_in_the_way_since_is_left_to_the_search() -> None:
    costs = np.zeros((200, 200), np.uint8)
    made = fields(costs, [(8.0, 5.0)])
    refreshed(made)
    assert made.plan(costs, (2.0, 5.0), (8.0, 5.0)) is not None
    lethal = np.zeros_like(costs, bool)
    lethal[60:140, 100] = True
    assert made.plan(costs_of(lethal), (2.0, 5.0), (8.0, 5.0)) is None


def test_open_floor_is_crossed_straight() -> None:
    costs = np.zeros((300, 400), np.uint8)
    made = fields(costs, [(18.3, 12.9)])
    refreshed(made)
    for start in ((1.0, 1.0), (1.0, 12.9), (17.0, 0.5), (9.3, 14.0)):
        path = made.plan(costs, start, (18.3, 12.9))
        assert path is not None
        assert path.length <= 1.002 * np.hypot(18.3 - start[0], 12.9 - start[1])


def test_a_place_that_is_not_known_or_not_free_has_no_field() -> None:
    costs = np.zeros((100, 100), np.uint8)
    costs[40:60, 40:60] = LETHAL
    made = fields(costs, [(1.0, 1.0), (2.5, 2.5), (99.0, 1.0)])
    refreshed(made)
    assert made.plan(costs, (4.0, 4.0), (1.0, 1.0)) is not None
    assert made.plan(costs, (4.0, 4.0), (1.5, 1.0)) is None
    assert made.plan(costs, (4.0, 4.0), (2.5, 2.5)) is None
    assert made.plan(costs, (4.0, 4.0), (99.0, 1.0)) is None
    assert made.plan(costs, (2.5, 2.5), (1.0, 1.0)) is None
    assert made.plan(costs, (-1.0, 2.5), (1.0, 1.0)) is None


def test_a_moved_and_turned_map_gives_the_same_path() -> None:
    costs = costs_of(boxes(200, 5))
    start, goal = free_points(costs, 5, 2)
    origin = Pose2D(-7.0, 3.0, 0.8)
    ends = [origin @ Pose2D(*p) for p in (start, goal)]
    plain, turned = fields(costs, [goal]), fields(costs, [(ends[1].x, ends[1].y)], origin=origin)
    refreshed(plain), refreshed(turned)
    path = turned.plan(costs, (ends[0].x, ends[0].y), (ends[1].x, ends[1].y))
    expected = plain.plan(costs, start, goal)
    assert path is not None
    assert expected is not None
    assert path.length == pytest.approx(expected.length, rel=1e-3)
    assert tuple(path.points[-1]) == pytest.approx((ends[1].x, ends[1].y))


def test_fields_outlive_the_process_and_wait_for_zones_that_come_back(tmp_path: Path) -> None:
    costs = costs_of(boxes(200, 7))
    goals = free_points(costs, 7, 5)
    assert refreshed(fields(costs, goals, tmp_path)) == 5
    again = fields(costs, goals, tmp_path)
    assert again.ready == 5
    closed = costs.copy()
    closed[20:40, 20:40] = LETHAL
    again.set_costs(closed)
    assert refreshed(again) > 0
    again.set_costs(costs)
    assert again.ready == 5


def test_a_file_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    costs = costs_of(boxes(200, 7))
    goals = free_points(costs, 7, 2)
    refreshed(fields(costs, goals, tmp_path))
    for file in tmp_path.glob("*.fields"):
        file.write_bytes(file.read_bytes()[:1000])
    made = fields(costs, goals, tmp_path)
    refreshed(made)
    for goal in goals:
        path = made.plan(costs, free_points(costs, 8, 1)[0], goal)
        assert path is None or highest_cost_on(costs, path.points) < INSCRIBED
    assert any(made.plan(costs, start, goals[0]) is not None for start in free_points(costs, 9, 5))


def test_old_files_go_and_places_may_be_many(tmp_path: Path) -> None:
    costs = np.zeros((40, 40), np.uint8)
    goals = [(0.1 + 0.05 * i, 1.0) for i in range(34)]
    made = fields(costs, goals[:2], tmp_path)
    assert refreshed(made) == 2
    made.set_places({str(i): goal for i, goal in enumerate(goals)})
    refreshed(made)
    assert made.ready == 34
    for row in range(8):
        changed = costs.copy()
        changed[row] = LETHAL
        made.set_costs(changed)
        refreshed(made)
    assert len(list(tmp_path.glob("*.fields"))) <= 3
    assert len(list(tmp_path.glob("*.index"))) <= 3


def test_one_way_floor_is_driven_its_way_only() -> None:
    lethal = np.zeros((120, 200), bool)
    lethal[:2] = lethal[-2:] = lethal[:, :2] = lethal[:, -2:] = True
    lethal[50:70, 40:160] = True
    sectors = np.full(lethal.shape, ANY_WAY, np.int8)
    sectors[2:50, 80:120] = 0
    costs, left, right = costs_of(lethal), (1.2, 1.5), (8.8, 1.5)
    made = CostToGo(None, RESOLUTION, ORIGIN)
    made.set_places({"left": left, "right": right})
    made.set_costs(costs, sectors)
    refreshed(made)
    along, back = made.plan(costs, left, right), made.plan(costs, right, left)
    assert along is not None
    assert back is not None
    assert along.points[:, 1].max() < 2.5
    assert back.points[:, 1].max() > 3.5
    assert path_against(sectors, back.points / RESOLUTION) == -1
    made.set_costs(costs)
    refreshed(made)
    freed = made.plan(costs, right, left)
    assert freed is not None
    assert freed.points[:, 1].max() < 2.5
