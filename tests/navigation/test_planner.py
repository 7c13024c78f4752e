import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from guide_common.geometry import Pose2D
from navigation.costmap import INSCRIBED, LETHAL, NO_INFORMATION, InflationParams, inflate
from navigation.errors import (
    GoalOccupiedError,
    GoalOutsideMapError,
    NoPathError,
    StartOccupiedError,
    StartOutsideMapError,
)
from navigation.one_way import ANY_WAY
from navigation.planner import COARSE_FROM, Planner, PlannerParams
from tests.navigation.one_way_lines import path_against

RESOLUTION = 0.05
INFLATION = InflationParams(0.22, 0.55, 3.0)


def boxes(size: int, seed: int, share: float = 0.2, largest: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    lethal = np.zeros((size, size), bool)
    while lethal.mean() < share:
        width, height = rng.integers(5, largest, 2)
        x, y = rng.integers(0, size, 2)
        lethal[y : y + height, x : x + width] = True
    return lethal


def free_points(costs: np.ndarray, seed: int, count: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    cells = np.argwhere(costs < INSCRIBED)
    return [((c + 0.5) * RESOLUTION, (r + 0.5) * RESOLUTION) for r, c in cells[rng.integers(0, len(cells), count)]]


def highest_cost_on(costs: np.ndarray, points: np.ndarray) -> int:
    """Sample every segment at 200 places: each half a millimetre on a path that is dense."""
    share = np.linspace(0.0, 1.0, 200)[:, None, None]
    cells = ((points[:-1] + share * np.diff(points, axis=0)) / RESOLUTION).astype(int)
    return int(costs[cells[..., 1], cells[..., 0]].max())


def exhaustive_cost(costs: np.ndarray, start: tuple[int, int], goal: tuple[int, int], clearance: float) -> float:
    """Dijkstra over all cells with every step of up to five cells: directions so dense that it stands for any angle.

    A step's cost is the mean weight along it, sampled finely; it may not touch a blocked cell.
    """
    rows, columns = costs.shape
    weights = np.pad(np.where(costs < INSCRIBED, 1.0 + clearance * costs / 252.0, np.inf), 5, constant_values=np.inf)
    numbers = np.arange(costs.size).reshape(costs.shape)
    edges = []
    for step in ((r, c) for r in range(-5, 6) for c in range(-5, 6) if math.gcd(r, c) == 1):
        along = np.zeros(costs.shape)
        for share in (np.arange(30) + 0.5) / 30:
            r, c = (5 + math.floor(0.5 + share * part) for part in step)
            along += weights[r : r + rows, c : c + columns] / 30
        to = np.pad(numbers, 5)[5 + step[0] : 5 + step[0] + rows, 5 + step[1] : 5 + step[1] + columns]
        open_ = np.isfinite(along)
        edges.append((along[open_] * math.hypot(*step), numbers[open_], to[open_]))
    price, source, target = (np.concatenate(part) for part in zip(*edges, strict=True))
    graph = csr_matrix((price, (source, target)), shape=(costs.size, costs.size))
    return float(dijkstra(graph, indices=numbers[start])[numbers[goal]]) * RESOLUTION


class TestPaths:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 2.0]), st.sampled_from([60, 140]))
    def test_never_touches_lethal_or_inscribed_cells(self, seed: int, clearance: float, size: int) -> None:
        costs = inflate(boxes(size, seed, 0.12, 20), RESOLUTION, INFLATION)
        assume((costs < INSCRIBED).sum() > 50)
        start, goal = free_points(costs, seed, 2)
        try:
            path = Planner(costs, RESOLUTION, params=PlannerParams(clearance=clearance)).plan(start, goal)
        except NoPathError:
            return
        assert tuple(path.points[0]) == pytest.approx(start)
        assert tuple(path.points[-1]) == pytest.approx(goal)
        assert highest_cost_on(costs, path.points) < INSCRIBED
        assert path.length == pytest.approx(np.hypot(*np.diff(path.points, axis=0).T).sum())
        assert math.dist(start, goal) - 1e-9 <= path.length <= path.cost + 1e-9

    def test_large_maps_too_and_as_good_in_the_corridor_as_anywhere(self) -> None:
        costs = inflate(boxes(600, 4), RESOLUTION, INFLATION)
        assert costs.size > COARSE_FROM
        planner, everywhere = Planner(costs, RESOLUTION), Planner(costs, RESOLUTION)
        everywhere._coarse = False
        points = free_points(costs, 4, 24)
        ratios = []
        for start, goal in zip(points[::2], points[1::2], strict=True):
            path = planner.plan(start, goal)
            assert highest_cost_on(costs, path.points) < INSCRIBED
            ratios.append(path.cost / everywhere.plan(start, goal).cost)
        assert max(ratios) < 1.05
        assert np.mean(ratios) < 1.005

    @pytest.mark.parametrize("seed", range(12))
    @pytest.mark.parametrize("clearance", [0.1, 2.0])
    def test_cost_is_within_a_hundredth_of_an_exhaustive_search(self, seed: int, clearance: float) -> None:
        costs = inflate(boxes(70, seed, 0.1, 16), RESOLUTION, INFLATION)
        rng = np.random.default_rng(seed)
        free = np.argwhere(costs < INSCRIBED)
        start, goal = (tuple(int(v) for v in cell) for cell in free[rng.integers(0, len(free), 2)])
        best = exhaustive_cost(costs, start, goal, clearance)
        # any bend: with a turning radius the best path is another one
        planner = Planner(costs, RESOLUTION, params=PlannerParams(clearance=clearance, turning_radius=1e-9))
        ends = [((c + 0.5) * RESOLUTION, (r + 0.5) * RESOLUTION) for r, c in (start, goal)]
        if math.isinf(best):
            with pytest.raises(NoPathError):
                planner.plan(*ends)
        else:
            assert planner.plan(*ends).cost <= 1.01 * best

    def test_open_floor_is_crossed_straight(self) -> None:
        path = Planner(np.zeros((200, 300), np.uint8), RESOLUTION).plan((1.0, 1.0), (13.7, 7.3))
        assert path.length == pytest.approx(math.dist((1.0, 1.0), (13.7, 7.3)), rel=1e-6)

    def test_bends_are_round(self) -> None:
        lethal = np.zeros((200, 200), bool)
        lethal[95:105, :120] = True
        path = Planner(inflate(lethal, RESOLUTION, INFLATION), RESOLUTION).plan((1.0, 1.0), (1.0, 9.0))
        turns = np.abs(np.diff(np.unwrap(path.headings[:-1])))
        assert turns.max() < math.radians(20)  # within 0.1 m

    def test_bends_are_no_tighter_than_the_turning_radius_where_there_is_room(self) -> None:
        sharpest, dearer = [], []
        for seed in range(40):
            costs = inflate(boxes(100, seed, 0.1, 20), RESOLUTION, INFLATION)
            start, goal = free_points(costs, seed, 2)
            try:
                path = Planner(costs, RESOLUTION).plan(start, goal)
                free = Planner(costs, RESOLUTION, params=PlannerParams(turning_radius=1e-9)).plan(start, goal)
            except NoPathError:
                continue
            lines = np.diff(path.points, axis=0)
            lengths = np.hypot(*lines.T)
            turns = np.abs(np.diff(np.unwrap(np.arctan2(lines[:, 1], lines[:, 0]))))
            sharpest.append((turns / (0.5 * (lengths[1:] + lengths[:-1]))).max(initial=0.0))
            dearer.append(path.cost / free.cost)
        assert len(sharpest) > 30
        assert np.mean(np.array(sharpest) <= 1.001 / PlannerParams().turning_radius) >= 0.9
        assert np.mean(dearer) < 1.01

    def test_more_clearance_keeps_farther_from_walls(self) -> None:
        costs = inflate(boxes(300, 9), RESOLUTION, INFLATION)
        start, goal = free_points(costs, 9, 2)
        mean = []
        for clearance in (0.05, 5.0):
            points = Planner(costs, RESOLUTION, params=PlannerParams(clearance=clearance)).plan(start, goal).points
            mean.append(costs[(points[:, 1] / RESOLUTION).astype(int), (points[:, 0] / RESOLUTION).astype(int)].mean())
        assert mean[1] < mean[0]

    def test_a_moved_and_turned_map_gives_the_same_path(self) -> None:
        costs = inflate(boxes(150, 5), RESOLUTION, INFLATION)
        start, goal = free_points(costs, 5, 3)[::2]
        origin = Pose2D(-7.0, 3.0, 0.8)
        plain = Planner(costs, RESOLUTION).plan(start, goal)
        ends = [origin @ Pose2D(*p) for p in (start, goal)]
        turned = Planner(costs, RESOLUTION, origin).plan((ends[0].x, ends[0].y), (ends[1].x, ends[1].y))
        assert turned.length == pytest.approx(plain.length, rel=0.01)
        back = [origin.inverse() @ Pose2D(*p) for p in turned.points]
        assert highest_cost_on(costs, np.array([(p.x, p.y) for p in back])) < INSCRIBED

    def test_buffers_are_clean_after_failures(self) -> None:
        costs = inflate(boxes(200, 6), RESOLUTION, INFLATION)
        start, goal = free_points(costs, 6, 2)
        planner = Planner(costs, RESOLUTION)
        before = planner.plan(start, goal)
        walled = costs.copy()
        walled[:, 100] = LETHAL
        planner.update(walled)
        with pytest.raises(NoPathError):
            planner.plan((0.5, 0.5) if costs[10, 10] < INSCRIBED else start, (9.5, 9.5))
        planner.update(costs)
        assert np.array_equal(planner.plan(start, goal).points, before.points)


class TestEnds:
    lethal = np.zeros((100, 100), bool)
    lethal[40:60, 40:60] = True
    costs = inflate(lethal, RESOLUTION, INFLATION)

    def plan(self, start: tuple[float, float], goal: tuple[float, float], **params: float) -> np.ndarray:
        return Planner(self.costs, RESOLUTION, params=PlannerParams(**params)).plan(start, goal).points

    @pytest.mark.parametrize(
        ("start", "goal", "error", "code"),
        [
            ((-0.1, 1.0), (1.0, 1.0), StartOutsideMapError, 203),
            ((1.0, 1.0), (1.0, 5.1), GoalOutsideMapError, 204),
            ((2.5, 2.5), (1.0, 1.0), StartOccupiedError, 205),
            ((1.0, 1.0), (2.5, 2.5), GoalOccupiedError, 206),
        ],
    )
    def test_refusals_have_nav2_codes(
        self, start: tuple[float, float], goal: tuple[float, float], error: type, code: int
    ) -> None:
        with pytest.raises(error) as raised:
            self.plan(start, goal, escape=0.0)
        assert raised.value.error_code == code
        assert str(raised.value).count("\n") == 0

    def test_an_enclosed_goal_has_no_path(self) -> None:
        costs = self.costs.copy()
        costs[20, :30] = costs[:20, 30] = LETHAL
        with pytest.raises(NoPathError) as raised:
            Planner(costs, RESOLUTION).plan((4.0, 4.0), (0.5, 0.5))
        assert raised.value.error_code == 208

    def test_unknown_is_not_free(self) -> None:
        costs = np.zeros((50, 50), np.uint8)
        costs[:, 25] = NO_INFORMATION
        with pytest.raises(NoPathError):
            Planner(costs, RESOLUTION).plan((0.5, 0.5), (2.0, 2.0))
        with pytest.raises(GoalOccupiedError, match="unknown"):
            Planner(costs, RESOLUTION).plan((0.5, 0.5), (1.27, 2.0))

    def test_a_goal_beside_a_wall_snaps_to_room_to_stand(self) -> None:
        path = Planner(self.costs, RESOLUTION).plan((1.0, 1.0), (1.9, 2.5))
        assert path.snapped
        assert math.dist(path.points[-1], (1.9, 2.5)) < 0.2
        assert highest_cost_on(self.costs, path.points) < INSCRIBED

    def test_a_start_in_inscribed_cost_leaves(self) -> None:
        points = self.plan((1.9, 2.5), (1.0, 1.0))
        assert tuple(points[0]) == pytest.approx((1.9, 2.5))
        assert highest_cost_on(self.costs, points) == INSCRIBED
        outside = np.hypot(*(points - points[0]).T) > 0.25
        assert highest_cost_on(self.costs, points[outside]) < INSCRIBED

    def test_a_robot_inside_a_keepout_leaves_it_and_none_enters(self) -> None:
        costs = np.zeros((200, 200), np.uint8)
        costs[50:150, 50:150] = INSCRIBED
        planner = Planner(costs, RESOLUTION)
        inside = planner.plan((3.0, 5.0), (9.0, 5.0)).points
        assert np.hypot(*np.diff(inside[:12], axis=0).T).sum() < 1.0  # out by the near side, 0.5 m
        around = planner.plan((1.0, 5.0), (9.0, 5.0)).points
        assert highest_cost_on(costs, around) < INSCRIBED
        with pytest.raises(GoalOccupiedError):
            planner.plan((1.0, 5.0), (5.0, 5.0))

    def test_a_leg_seen_where_the_robot_stands_does_not_trap_it(self) -> None:
        lethal = np.zeros((100, 100), bool)
        lethal[49:52, 49:52] = True
        planner = Planner(inflate(lethal, RESOLUTION, INFLATION), RESOLUTION)
        assert planner.plan((2.525, 2.525), (4.0, 4.0)).length < 2.5

    def test_same_cell(self) -> None:
        points = self.plan((1.01, 1.01), (1.04, 1.03))
        assert points.tolist() == [pytest.approx([1.01, 1.01]), pytest.approx([1.04, 1.03])]


class TestOneWay:
    lethal = np.zeros((120, 200), bool)
    lethal[:2] = lethal[-2:] = lethal[:, :2] = lethal[:, -2:] = True
    lethal[50:70, 40:160] = True  # a block between a corridor below and one above
    costs = inflate(lethal, RESOLUTION, INFLATION)
    sectors = np.full(lethal.shape, ANY_WAY, np.int8)
    sectors[2:50, 80:120] = 0  # the one below is driven to the right only
    left, right = (1.2, 1.5), (8.8, 1.5)

    def plan(self, start: tuple[float, float], goal: tuple[float, float]) -> np.ndarray:
        planner = Planner(self.costs, RESOLUTION)
        planner.update(self.costs, self.sectors)
        return planner.plan(start, goal).points

    def test_is_driven_its_way_and_gone_round_the_other(self) -> None:
        assert self.plan(self.left, self.right)[:, 1].max() < 2.5
        back = self.plan(self.right, self.left)
        assert back[:, 1].max() > 3.5
        assert path_against(self.sectors, back / RESOLUTION) == -1

    def test_may_be_crossed(self) -> None:
        sectors = np.full(self.lethal.shape, ANY_WAY, np.int8)
        sectors[70:118, 80:120] = 4  # up
        planner = Planner(self.costs, RESOLUTION)
        planner.update(self.costs, sectors)
        points = planner.plan((2.0, 4.5), (8.0, 4.5)).points
        assert path_against(sectors, points / RESOLUTION) == -1
        assert points[:, 1].min() > 3.5

    def test_without_another_way_there_is_none(self) -> None:
        sectors = self.sectors.copy()
        sectors[:, 80:120] = 0
        planner = Planner(self.costs, RESOLUTION)
        planner.update(self.costs, sectors)
        with pytest.raises(NoPathError):
            planner.plan(self.right, self.left)
        planner.update(self.costs)
        assert planner.plan(self.right, self.left).length > 7.0

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 10_000))
    def test_never_against(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        costs = inflate(boxes(120, seed, 0.08, 20), RESOLUTION, INFLATION)
        sectors = np.full(costs.shape, ANY_WAY, np.int8)
        for _ in range(4):
            x, y = rng.integers(0, 90, 2)
            sectors[y : y + 30, x : x + 30] = rng.integers(0, 16)
        start, goal = free_points(costs, seed, 2)
        planner = Planner(costs, RESOLUTION)
        planner.update(costs, sectors)
        try:
            path = planner.plan(start, goal)
        except NoPathError:
            return
        assert path_against(sectors, path.points / RESOLUTION) == -1
        assert highest_cost_on(costs, path.points) < INSCRIBED
