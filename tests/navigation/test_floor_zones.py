import math
from pathlib import Path

import numpy as np
import pytest

from counter_map.model import Zone
from guide_common.errors import UserError
from guide_common.geometry import Pose2D
from navigation.floor_zones import BESIDE_LANES, load_floor, with_zones
from navigation.grid import GridMap
from navigation.one_way import SECTORS

SITE = Path(__file__).parents[2] / "maps" / "hcmc_center"


def square(low: float, high: float) -> np.ndarray:
    return np.array([(low, low), (high, low), (high, high), (low, high)])


class TestMasks:
    grid = GridMap(np.zeros((100, 100), np.uint8), 0.1)

    def test_keepout_and_speed_are_drawn_and_others_are_not(self) -> None:
        zones = [
            Zone("k", "keepout", "1", square(1.0, 2.0)),
            Zone("s", "speed_limit", "1", square(4.0, 6.0), max_speed=0.4),
            Zone("slow", "speed_limit", "1", square(5.0, 6.0), max_speed=0.2),
            Zone("fast", "speed_limit", "1", square(4.0, 5.0), max_speed=0.8),
            Zone("f", "furniture", "1", square(7.0, 8.0)),
        ]
        floor = with_zones(Path("floor.yaml"), self.grid, zones)
        assert floor.keepout.values_at([(1.5, 1.5), (3.0, 3.0), (7.5, 7.5)]).tolist() == [100, 0, 0]
        assert floor.speed.values_at([(4.5, 5.5), (5.5, 5.5), (4.5, 4.5), (7.5, 7.5)]).tolist() == [40, 20, 40, 0]

    def test_beside_a_preferred_lane_the_floor_is_dearer_but_never_forbidden(self) -> None:
        zones = [Zone("lane", "preferred", "1", square(2.0, 6.0)), Zone("k", "keepout", "1", square(5.0, 7.0))]
        floor = with_zones(Path("floor.yaml"), self.grid, zones)
        assert floor.keepout.values_at([(3.0, 3.0), (5.5, 5.5), (8.0, 8.0)]).tolist() == [0, 100, BESIDE_LANES]
        assert not with_zones(Path("floor.yaml"), self.grid, []).keepout.data.any()

    def test_a_one_way_is_drawn_in_the_grid_s_frame(self) -> None:
        turned = GridMap(self.grid.data, 0.1, Pose2D(0.0, 0.0, math.pi / 2))
        zone = Zone("out", "one_way", "1", square(1.0, 2.0) * (-1.0, 1.0), direction=math.pi)
        floor = with_zones(Path("floor.yaml"), turned, [zone])
        assert floor.one_way.values_at([(-1.5, 1.5), (-3.0, 3.0)]).tolist() == [1 + SECTORS // 4, 0]

    def test_the_slowest_zone_can_still_be_left(self) -> None:
        zone = Zone("s", "speed_limit", "1", square(1.0, 2.0), max_speed=0.001)
        assert with_zones(Path("floor.yaml"), self.grid, [zone]).speed.values_at([(1.5, 1.5)]).tolist() == [5]

    def test_masks_without_a_zone_are_one_cell_that_says_nothing(self) -> None:
        for mask in with_zones(Path("floor.yaml"), self.grid, []).grids[1:]:
            assert mask.data.tolist() == [[0]]
            assert mask.values_at([(9.9, 9.9)]).tolist() == [0]

    def test_a_moved_zone_makes_another_floor(self) -> None:
        one, same, moved = (
            with_zones(Path("floor.yaml"), self.grid, [Zone("k", "keepout", "1", square(low, 2.0))])
            for low in (1.0, 1.0, 1.2)
        )
        assert one.same_as(same)
        assert not one.same_as(moved)

    @pytest.mark.parametrize("kind", ["preferred", "one_way"])
    def test_a_new_lane_makes_another_floor(self, kind: str) -> None:
        lane = Zone("lane", kind, "1", square(1.0, 2.0), direction=0.0)
        bare, laned = (with_zones(Path("floor.yaml"), self.grid, zones) for zones in ([], [lane]))
        assert not bare.same_as(laned)


@pytest.mark.parametrize("floor", ["1", "2"])
def test_the_committed_site_is_read(floor: str) -> None:
    data = load_floor(SITE, floor)
    assert data.grid.lethal.any()
    assert data.keepout.data.any()


def test_an_unknown_floor_is_named() -> None:
    with pytest.raises(UserError, match="no floor '9'"):
        load_floor(SITE, "9")
