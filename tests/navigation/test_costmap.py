import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from guide_common.geometry import Pose2D
from navigation.costmap import (
    INSCRIBED,
    LETHAL,
    NO_INFORMATION,
    NOBODY,
    InflationParams,
    LayeredCostmap,
    ObstacleParams,
    inflate,
)
from navigation.grid import GridMap

RESOLUTION = 0.05
ANGLES = np.linspace(-math.pi, math.pi, 720, endpoint=False)


def nav2_costs(lethal: np.ndarray, params: InflationParams) -> np.ndarray:
    """Nav2's formula, cell by cell, over all pairs."""
    rows, columns = np.indices(lethal.shape)
    costs = np.zeros(lethal.shape, np.uint8)
    walls = np.argwhere(lethal)
    if not len(walls):
        return costs
    squared = ((rows[..., None] - walls[:, 0]) ** 2 + (columns[..., None] - walls[:, 1]) ** 2).min(axis=2)
    for index, value in np.ndenumerate(squared):
        cells = math.sqrt(value)
        metres = cells * RESOLUTION
        if cells > math.ceil(params.inflation_radius / RESOLUTION):
            continue
        if value == 0:
            costs[index] = 254
        elif metres <= params.robot_radius:
            costs[index] = 253
        else:
            costs[index] = int(252 * math.exp(-params.cost_scaling * (metres - params.robot_radius)))
    return costs


def room(size: int = 120) -> GridMap:
    data = np.zeros((size, size), np.uint8)
    data[0], data[-1], data[:, 0], data[:, -1] = 100, 100, 100, 100
    return GridMap(data, RESOLUTION)


def scan_of(points: list[tuple[float, float]], pose: Pose2D, free: float = 5.0) -> np.ndarray:
    """A scan that sees `free` metres everywhere, but the points (map frame) with the five beams nearest to each."""
    ranges = np.full(720, free)
    for x, y in points:
        bearing = math.atan2(y - pose.y, x - pose.x) - pose.yaw
        nearest = round((bearing + math.pi) / math.tau * 720)
        ranges[np.arange(nearest - 2, nearest + 3) % 720] = math.hypot(x - pose.x, y - pose.y)
    return ranges


class TestInflation:
    @settings(max_examples=30, deadline=None)
    @given(
        arrays(bool, st.tuples(st.integers(1, 25), st.integers(1, 25)), elements=st.booleans(), fill=st.just(False)),
        st.sampled_from([(0.25, 0.55, 3.0), (0.22, 0.55, 3.0), (0.1, 0.33, 10.0), (0.3, 0.3, 1.0), (0.2, 0.0, 3.0)]),
    )
    def test_equals_nav2_to_the_byte(self, lethal: np.ndarray, numbers: tuple[float, float, float]) -> None:
        params = InflationParams(*numbers)
        assert np.array_equal(inflate(lethal, RESOLUTION, params), nav2_costs(lethal, params))

    @pytest.mark.parametrize("shape", [(300, 600), (256, 256), (1, 700), (520, 30)])
    def test_a_map_of_several_tiles_is_inflated_as_one(self, shape: tuple[int, int]) -> None:
        lethal = np.random.default_rng(5).random(shape) < 0.003
        params = InflationParams()
        distance = cv2.distanceTransform((~lethal).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        squared = np.rint(distance * distance).astype(int)
        table, reach = params.table(RESOLUTION), params.cells(RESOLUTION)
        expected = np.where(squared <= reach**2, table[np.minimum(squared, reach**2)], 0)
        assert np.array_equal(inflate(lethal, RESOLUTION, params), expected)

    def test_unknown_stays_unknown_but_beside_walls(self) -> None:
        lethal = np.zeros((1, 20), bool)
        lethal[0, 0] = True
        costs = inflate(lethal, RESOLUTION, InflationParams(), unknown=~lethal)
        assert costs[0, :6].tolist() == [LETHAL] + [INSCRIBED] * 5
        assert (costs[0, 6:] == NO_INFORMATION).all()


class TestObstacles:
    pose = Pose2D(3.0, 3.0, 0.4)

    def test_a_hit_is_lethal_and_inflated(self) -> None:
        costmap = LayeredCostmap(room())
        window = costmap.update_scan(scan_of([(4.025, 3.525)], self.pose), ANGLES, self.pose)
        assert window is not None
        assert costmap.cost_at(4.025, 3.525) == LETHAL
        assert costmap.cost_at(3.825, 3.525) == INSCRIBED
        assert 0 < costmap.cost_at(3.625, 3.525) < INSCRIBED

    def test_nobody_leaves_a_ghost_once_seen_free(self) -> None:
        costmap = LayeredCostmap(room())
        clean = costmap.costs.copy()
        for step in range(20):
            costmap.update_scan(scan_of([(4.0, 2.0 + 0.1 * step)], self.pose), ANGLES, self.pose, step * 0.1)
        for step in range(3):
            costmap.update_scan(np.full(720, np.inf), ANGLES, self.pose, 2.0 + step * 0.1)
        assert np.array_equal(costmap.costs, clean)

    def test_what_is_never_seen_again_decays_within_3_s(self) -> None:
        costmap = LayeredCostmap(room())
        clean = costmap.costs.copy()
        blind = np.full(720, np.nan)
        for step in range(41):  # it stands there for 4 s
            costmap.update_scan(scan_of([(4.025, 3.525)], self.pose), ANGLES, self.pose, 10.0 + 0.1 * step)
        costmap.update_scan(blind, ANGLES, self.pose, 16.6)
        assert costmap.cost_at(4.025, 3.525) == LETHAL
        costmap.update_scan(blind, ANGLES, self.pose, 17.0)
        assert np.array_equal(costmap.costs, clean)

    def test_what_was_hit_for_a_moment_is_forgotten_after_a_moment(self) -> None:
        costmap = LayeredCostmap(room(), obstacles=ObstacleParams(decay=3.0, brief=0.5))
        costmap.update_scan(scan_of([(4.025, 3.525)], self.pose), ANGLES, self.pose, 10.0)
        hidden = np.full(720, 0.5)  # somebody stands before it
        costmap.update_scan(hidden, ANGLES, self.pose, 10.4)
        assert costmap.cost_at(4.025, 3.525) == LETHAL
        costmap.update_scan(hidden, ANGLES, self.pose, 10.6)
        assert costmap.cost_at(4.025, 3.525) < INSCRIBED

    @pytest.mark.parametrize("clockwise", [False, True])
    def test_a_cell_between_two_beams_that_see_beyond_is_free(self, clockwise: bool) -> None:
        costmap = LayeredCostmap(room(400))
        pose = Pose2D(10.0, 10.0)
        clean = costmap.costs.copy()
        angles = -ANGLES if clockwise else ANGLES
        between = angles + math.radians(0.25)
        ranges = np.full(720, np.inf)
        ranges[::20] = 5.9  # 0.5 degrees are 5.1 cm there: a cell is narrower than the gap
        costmap.update_scan(ranges, angles, pose, 1.0)
        assert len(costmap.obstacle_cells) == 36
        costmap.update_scan(np.full(720, np.inf), between, pose, 1.1)
        assert np.array_equal(costmap.costs, clean)

    def test_what_lies_outside_the_scanner_s_field_stays(self) -> None:
        costmap = LayeredCostmap(room())
        behind = Pose2D(3.0, 3.0, math.pi)
        costmap.update_scan(scan_of([(4.025, 3.025)], behind), ANGLES, behind, 1.0)
        ahead = np.linspace(-2.3, 2.3, 460)  # of a scanner that does not see behind itself
        costmap.update_scan(np.full(460, np.inf), ahead, behind, 1.1)
        assert costmap.cost_at(4.025, 3.025) == LETHAL

    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_whatever_comes_only_the_floor_changes_and_the_window_is_complete(self, data: st.DataObject) -> None:
        origin = Pose2D(-1.0, 2.0, data.draw(st.floats(-3.0, 3.0)))
        costmap = LayeredCostmap(GridMap(room(60).data, RESOLUTION, origin))
        walls, stamp = costmap.grid.lethal, 0.0
        for _ in range(data.draw(st.integers(1, 6))):
            seed, count = data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(0, 200))
            rng = np.random.default_rng(seed)
            ranges = rng.uniform(-1.0, 8.0, count)
            ranges[rng.random(count) < 0.1] = rng.choice([np.nan, np.inf, -np.inf, 0.0])
            angles = np.sort(rng.uniform(-math.pi, math.pi, count))
            pose = Pose2D(data.draw(st.floats(-9.0, 9.0)), data.draw(st.floats(-9.0, 9.0)), rng.uniform(-3.0, 3.0))
            stamp += data.draw(st.sampled_from([0.1, 0.5, 3.0, -1.0]))
            before = costmap.costs.copy()
            window = costmap.update_scan(ranges, angles, pose, max(stamp, 0.0))
            marked = costmap.obstacle_cells
            assert costmap.grid.inside(marked).all() if len(marked) else True
            lethal = walls.copy()
            lethal[marked[:, 1], marked[:, 0]] = True
            assert np.array_equal(costmap.costs, inflate(lethal, RESOLUTION, costmap.inflation))
            rows, columns = np.nonzero(before != costmap.costs)
            if window is None:
                assert not len(rows)
            elif len(rows):
                assert window[0] <= rows.min() and rows.max() < window[1]
                assert window[2] <= columns.min() and columns.max() < window[3]

    def test_mapped_walls_are_neither_marked_nor_cleared(self) -> None:
        costmap = LayeredCostmap(room())
        clean = costmap.costs.copy()
        bearing = ANGLES + self.pose.yaw
        ranges = 2.96 / np.maximum(np.abs(np.cos(bearing)), np.abs(np.sin(bearing)))  # from the middle of the room
        noise = np.random.default_rng(2).normal(0.0, 0.015, 720)
        costmap.update_scan(ranges + noise, ANGLES, self.pose)
        costmap.update_scan(np.full(720, np.inf), ANGLES, self.pose)
        assert np.array_equal(costmap.costs, clean)

    def test_the_window_equals_a_fresh_inflation(self) -> None:
        rng = np.random.default_rng(3)
        costmap = LayeredCostmap(room())
        for _ in range(15):
            pose = Pose2D(*rng.uniform(1.0, 5.0, 2), rng.uniform(-3, 3))
            costmap.update_scan(rng.uniform(0.3, 8.0, 720), ANGLES, pose)
        lethal = costmap.grid.lethal
        lethal[costmap.obstacle_cells[:, 1], costmap.obstacle_cells[:, 0]] = True
        assert np.array_equal(costmap.costs, inflate(lethal, RESOLUTION, costmap.inflation))

    def test_a_turned_map_marks_the_same_place(self) -> None:
        data = np.zeros((80, 80), np.uint8)
        costmap = LayeredCostmap(GridMap(data, RESOLUTION, Pose2D(10.0, -4.0, 0.7)))
        middle = Pose2D(10.0, -4.0, 0.7) @ Pose2D(2.0, 2.0, 0.1)
        point = (middle.x + 0.8, middle.y + 0.3)
        costmap.update_scan(scan_of([point], middle), ANGLES, middle)
        assert costmap.cost_at(*point) == LETHAL

    def test_a_clock_set_back_forgets(self) -> None:
        costmap = LayeredCostmap(room())
        costmap.update_scan(scan_of([(4.025, 3.525)], self.pose), ANGLES, self.pose, 100.0)
        costmap.update_scan(np.full(720, np.nan), ANGLES, self.pose, 1.0)
        assert len(costmap.obstacle_cells) == 0

    def test_a_square_is_cleared_or_all_but_a_square(self) -> None:
        near, far = (3.525, 3.025), (4.525, 3.025)
        for inside in (True, False):
            costmap = LayeredCostmap(room())
            costmap.update_scan(scan_of([near, far], self.pose), ANGLES, self.pose, 1.0)
            costmap.clear(self.pose, 2.0, inside)
            assert (costmap.cost_at(*near) == LETHAL) != inside
            assert (costmap.cost_at(*far) == LETHAL) == inside
            lethal = costmap.grid.lethal
            lethal[costmap.obstacle_cells[:, 1], costmap.obstacle_cells[:, 0]] = True
            assert np.array_equal(costmap.costs, inflate(lethal, RESOLUTION, costmap.inflation))
            costmap.clear()
            assert len(costmap.obstacle_cells) == 0


class TestLasting:
    pose = Pose2D(3.0, 3.0, 0.2)
    thing = (4.025, 3.025)
    blind = np.full(720, np.nan)

    def hit(self, seconds: float, people: np.ndarray = NOBODY) -> LayeredCostmap:
        costmap = LayeredCostmap(room())
        for i in range(round(seconds / 0.1) + 1):
            costmap.update_scan(scan_of([self.thing], self.pose), ANGLES, self.pose, 1.0 + 0.1 * i, people)
        return costmap

    def later(self, costmap: LayeredCostmap, seconds: float) -> bool:
        costmap.update_scan(self.blind, ANGLES, self.pose, costmap.stamp + seconds)
        return costmap.cost_at(*self.thing) == LETHAL

    def test_what_stood_for_long_is_remembered_until_it_is_seen_free(self) -> None:
        limits = ObstacleParams()
        costmap = self.hit(limits.lasting + 0.5)
        assert self.later(costmap, 60.0)
        costmap.update_scan(scan_of([], self.pose), ANGLES, self.pose, costmap.stamp + 0.1)
        assert costmap.cost_at(*self.thing) == 0

    def test_nothing_is_remembered_for_ever(self) -> None:
        costmap = self.hit(10.5)
        assert not self.later(costmap, ObstacleParams().memory + 1.0)

    def test_what_stood_for_a_while_only_is_forgotten_as_ever(self) -> None:
        assert not self.later(self.hit(8.0), 3.0)

    def test_a_person_does_not_last_however_long_they_stand(self) -> None:
        costmap = self.hit(15.0, np.array([[self.thing[0] + 0.3, self.thing[1]]]))
        assert self.later(costmap, 2.0)
        assert not self.later(costmap, 1.0)


class TestKeepout:
    square = ((2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0))

    def test_cells_inside_cost_253_and_are_not_inflated(self) -> None:
        costmap = LayeredCostmap(room(), keepouts=[self.square])
        assert costmap.cost_at(3.0, 3.0) == INSCRIBED
        assert costmap.cost_at(1.95, 3.0) == 0

    def test_changes_live(self) -> None:
        costmap = LayeredCostmap(room(), keepouts=[self.square])
        costmap.set_keepouts([])
        assert costmap.cost_at(3.0, 3.0) == 0


@pytest.mark.parametrize("ranges", [np.array([]), np.array([np.nan, -1.0, 0.0])])
def test_empty_scans_change_nothing(ranges: np.ndarray) -> None:
    costmap = LayeredCostmap(room())
    assert costmap.update_scan(ranges, np.zeros(len(ranges)), Pose2D(3.0, 3.0)) is None
