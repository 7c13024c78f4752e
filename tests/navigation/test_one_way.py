"""One-way floor: which steps and lines go against it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from navigation.one_way import ANY_WAY, SECTORS, forbidden_steps, sector_of, sectors_of_mask
from navigation.planner_search import STEP_COLUMNS, STEP_ROWS
from tests.navigation.one_way_lines import goes_against, path_against

EAST, NORTH = 0, SECTORS // 4
OFF_THE_EDGES = st.integers(-2000, 14000).map(lambda thousandth: (thousandth + 0.3) / 1000.0)


@pytest.mark.parametrize(("direction", "sector"), [(0.0, 0), (math.pi / 2, 4), (-math.pi / 2, 12), (6.2, 0), (-3.2, 8)])
def test_a_direction_has_the_nearest_sector(direction: float, sector: int) -> None:
    assert sector_of(direction) == sector


def test_a_mask_without_a_way_is_none() -> None:
    assert sectors_of_mask(np.zeros((3, 3), np.uint8)) is None


def test_a_mask_s_ways_are_sectors_and_what_is_unknown_is_any_way() -> None:
    mask = np.array([[0, 1, 16], [17, 100, 255]], np.uint8)
    sectors = sectors_of_mask(mask)
    assert sectors is not None
    assert sectors.tolist() == [[ANY_WAY, 0, 15], [ANY_WAY, ANY_WAY, ANY_WAY]]


def test_steps_back_are_forbidden_and_crossing_is_not() -> None:
    forbidden = forbidden_steps(STEP_ROWS, STEP_COLUMNS)
    assert forbidden.shape == (SECTORS + 1, len(STEP_ROWS))
    assert np.array_equal(forbidden[EAST], STEP_COLUMNS < 0)
    assert np.array_equal(forbidden[NORTH], STEP_ROWS < 0)
    assert not forbidden[ANY_WAY].any()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 20), st.lists(OFF_THE_EDGES, min_size=4, max_size=4))
def test_a_line_goes_against_what_its_points_go_against(seed: int, ends: list[float]) -> None:
    rng = np.random.default_rng(seed)
    sectors = rng.integers(-1, SECTORS, (12, 12)).astype(np.int8)
    sectors[rng.random((12, 12)) < 0.8] = ANY_WAY
    x0, y0, x1, y1 = ends
    against = False
    heading = math.atan2(y1 - y0, x1 - x0)
    near = False
    for part in np.linspace(0.0, 1.0, 4001):
        x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
        row, column = math.floor(y), math.floor(x)
        if not (0 <= row < 12 and 0 <= column < 12) or sectors[row, column] == ANY_WAY:
            continue
        along = math.cos(heading - sectors[row, column] * math.tau / SECTORS)
        near |= abs(along) < 1e-4
        against |= along < -1e-4
    found = goes_against(sectors, *ends)
    if math.hypot(x1 - x0, y1 - y0) < 1e-6 or near:
        return
    assert found >= against
    if found and not against:  # the points miss a corner that the line cuts by less than they are apart
        parts = np.linspace(0.0, 1.0, 4001)
        off = [np.abs(v - np.rint(v)) for v in (x0 + parts * (x1 - x0), y0 + parts * (y1 - y0))]
        assert np.hypot(*off).min() < 0.01


def test_a_path_s_first_wrong_stretch_is_told() -> None:
    sectors = np.full((20, 20), ANY_WAY, np.int8)
    sectors[5:8, :] = EAST
    assert path_against(sectors, [(2.5, 2.5), (2.5, 6.5), (9.5, 6.5), (9.5, 9.5)]) == -1
    assert path_against(sectors, [(9.5, 2.5), (9.5, 6.5), (2.5, 6.5)]) == 1
