"""The places and the post of a floor, as the navigation reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from guide_common.errors import UserError
from navigation.site_places import read_places, read_post


def test_each_floor_of_the_centre_has_a_post(root: Path) -> None:
    from counter_map.site import load_site

    places = load_site(root / "maps" / "hcmc_center").places
    for floor in ("1", "2"):
        assert read_post(root / "maps" / "hcmc_center", floor) == places[f"post_{floor}"].stand


def test_places_are_those_of_the_floor_where_the_site_has_them(root: Path) -> None:
    from counter_map.site import load_site

    site = load_site(root / "maps" / "hcmc_center")
    for floor in ("1", "2"):
        expected = {place.id: place.stand for place in site.places.values() if place.floor == floor}
        assert len(expected) > 20
        assert read_places(root / "maps" / "hcmc_center", floor) == expected


def test_a_floor_without_a_robot_has_none(root: Path) -> None:
    assert read_post(root / "maps" / "hcmc_center", "9") is None


@pytest.mark.parametrize(("site", "words"), [(None, "cannot be read"), ("robots: {'1': {post: x}}", "does not have")])
def test_a_broken_site_is_told(tmp_path: Path, site: str | None, words: str) -> None:
    if site is not None:
        (tmp_path / "site.yaml").write_text(site)
        (tmp_path / "places.geojson").write_text('{"features": []}')
    with pytest.raises(UserError, match=words):
        read_post(tmp_path, "1")
