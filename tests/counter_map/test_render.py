"""The picture of a floor shows what stands where, and tells where a point in metres lies in it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from counter_map.errors import SiteError
from counter_map.model import Site
from counter_map.render import DESK, DESK_CLOSED, WALL, draw_floor, projection, render_site
from counter_map.site import load_site
from tests.counter_map.small_site import features, make_site, write_places, zone


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = make_site(tmp_path / "tiny")
    desks = [zone(f"desk_Q{i}", "furniture", x - 0.8, 6.9, x + 0.8, 7.6, height=1.0) for i, x in ((1, 3.0), (2, 7.0))]
    write_places(folder, [*features(), *desks])
    return load_site(folder)


def colour_at(image: np.ndarray, site: Site, x: float, y: float, ppm: float) -> tuple[int, ...]:
    column, row = projection(site.floors["1"], ppm).pixel(x, y)
    return tuple(int(value) for value in image[int(row), int(column)])


@pytest.mark.parametrize("ppm", [12.5, 20.0, 40.0])
def test_metres_and_pixels_agree_at_every_scale(site: Site, ppm: float) -> None:
    image = draw_floor(site, "1", ppm, labels=False)
    assert image.shape == (round(8 * ppm), round(10 * ppm), 3)
    assert colour_at(image, site, 0.1, 4.0, ppm) == WALL
    assert colour_at(image, site, 2.4, 7.2, ppm) == DESK
    assert colour_at(image, site, 6.4, 7.2, ppm) == DESK_CLOSED
    assert min(colour_at(image, site, 5.0, 5.0, ppm)) > 220


def test_a_page_has_every_floor_and_is_a_png(site: Site, tmp_path: Path) -> None:
    written = render_site(site, tmp_path / "page", "en", 16.0)
    assert written.name == "page.png"
    page = cv2.imread(str(written))
    assert page.shape[0] > 8 * 16
    assert page.shape[1] > 10 * 16


def test_wrong_floors_languages_and_files_are_one_sentence(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="no floor 9"):
        draw_floor(site, "9")
    with pytest.raises(SiteError, match="no language fr"):
        render_site(site, tmp_path / "x.png", "fr")
    with pytest.raises(SiteError, match="cannot be written"):
        render_site(site, tmp_path / "no" / "x.png")
