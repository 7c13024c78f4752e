"""The centre that comes with the product is what the public facts say, and a robot can work in it."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from counter_map.exchange import places_text, procedures_text
from counter_map.floor_drawing import draw_floor_image, plan_places, plan_zones
from counter_map.floor_plan import read_plan
from counter_map.model import FACILITY_KINDS, Site
from counter_map.site import load_site
from guide_common.geometry import wrap_angle

CATALOGUE = "28c1792f38a9780a700f8a75d1984b21fdb970c42496833fb12dcae59ff5b3aa"
"""SHA-256 of code, name and field of every procedure of the public catalogue extract."""


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(__file__).resolve().parents[2] / "maps" / "hcmc_center"


@pytest.fixture(scope="module")
def site(folder: Path) -> Site:
    return load_site(folder)


class TestFacts:
    def test_67_counters_in_six_zones_on_two_floors_61_open(self, site: Site) -> None:
        counters = list(site.places_of("counter"))
        assert sorted(int(counter.number) for counter in counters) == list(range(1, 68))
        assert sum(counter.open for counter in counters) == 61
        assert {(c.floor, c.zone) for c in counters} == {
            ("1", "A"), ("1", "A1"), ("1", "A2"), ("2", "B"), ("2", "B1"), ("2", "B2"),
        }  # fmt: skip

    def test_agencies_sit_on_the_floors_that_the_press_names(self, site: Site) -> None:
        floors = {}
        for counter in site.places_of("counter"):
            floors.setdefault(counter.department, set()).add(counter.floor)
        first = (
            "Sở Xây dựng", "Sở An toàn thực phẩm", "Sở Nội vụ", "Sở Dân tộc và Tôn giáo", "Sở Tư pháp",
            "Sở Quy hoạch - Kiến trúc", "Sở Du lịch", "Sở Y tế", "Sở Văn hóa và Thể thao",
            "Ban Quản lý các khu chế xuất và công nghiệp (HEPZA)",
        )  # fmt: skip
        second = (
            "Sở Nông nghiệp và Môi trường", "Sở Công Thương", "Sở Khoa học và Công nghệ", "Sở Tài chính",
            "Sở Giáo dục và Đào tạo", "Bảo hiểm xã hội Thành phố",
        )  # fmt: skip
        assert all(floors[name] == {"1"} for name in first)
        assert all(floors[name] == {"2"} for name in second)
        largest = Counter(counter.department for counter in site.places_of("counter")).most_common(2)
        assert {name for name, _ in largest} == {"Sở Nông nghiệp và Môi trường", "Sở Xây dựng"}

    def test_every_procedure_of_the_catalogue_with_its_code_and_name_untouched(self, folder: Path, site: Site) -> None:
        with (folder / "procedures.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(site.procedures) == 322
        lines = "\n".join(f"{row['code']}\t{row['name_vi']}\t{row['field']}" for row in rows)
        assert hashlib.sha256(lines.encode()).hexdigest() == CATALOGUE
        assert sum(procedure.status == "elsewhere" for procedure in site.procedures.values()) == 14
        assert all(p.notice["vi"] and p.notice["en"] for p in site.procedures.values() if p.status != "active")

    def test_a_procedure_is_taken_where_its_agency_sits(self, site: Site) -> None:
        for procedure in site.procedures.values():
            agencies = {site.places[counter].department for counter in procedure.counters}
            if procedure.status == "active":
                assert agencies == {procedure.department}, procedure.code

    def test_it_is_spoken_of_in_both_languages(self, site: Site) -> None:
        assert site.settings.languages == ("vi", "en")
        assert all(place.names.keys() == {"vi", "en"} for place in site.places.values())
        assert all(procedure.names.keys() >= {"vi", "en"} for procedure in site.procedures.values())
        papers = [p for p in site.procedures.values() if p.papers]
        assert len(papers) >= 80
        assert all(len(p.papers["vi"]) == len(p.papers["en"]) for p in papers)
        assert site.procedures["3.000333"].fee == {"vi": "200.000 đồng", "en": "200,000 dong"}

    def test_it_says_that_it_is_invented(self, site: Site) -> None:
        assert "invented" in site.settings.notes["en"]

    def test_mornings_and_afternoons_not_sundays(self, site: Site) -> None:
        assert site.settings.is_open(datetime(2026, 3, 2, 9, 0))
        assert not site.settings.is_open(datetime(2026, 3, 2, 12, 0))
        assert not site.settings.is_open(datetime(2026, 3, 1, 9, 0))

    def test_each_floor_has_what_visitors_ask_for(self, site: Site) -> None:
        assert {place.kind for place in site.places.values()} == {*FACILITY_KINDS, "counter", "post", "dock"}
        for floor in site.floors:
            kinds = {place.kind for place in site.places_of(floor=floor)}
            assert {"wc", "lift", "stairs", "exit", "ticket", "reception", "post", "dock", "seat"} <= kinds
        assert sum(place.priority for place in site.places_of("counter")) == 6


class TestFloors:
    def test_a_robot_has_room_at_every_stand_pose(self, site: Site) -> None:
        for place in site.places.values():
            free = site.floors[place.floor].map.clearance_at(place.stand.x, place.stand.y)
            assert free >= (0.6 if place.kind == "counter" else 0.5), place.id

    def test_a_wide_robot_reaches_everything_from_its_post(self, site: Site) -> None:
        """With 0.5 m around its middle there is no place it has to squeeze in to."""
        for floor in site.floors.values():
            regions = floor.map.regions(0.5)
            post = site.post(floor.id).stand
            here = regions[floor.map.cell(post.x, post.y)]
            for place in site.places_of(floor=floor.id):
                assert regions[floor.map.cell(place.stand.x, place.stand.y)] == here, place.id

    def test_it_faces_the_desk_from_a_metre(self, site: Site) -> None:
        desks = {zone.id: zone.polygon for zone in site.zones_of("furniture") if zone.id.startswith("desk_")}
        for counter in site.places_of("counter"):
            desk = desks[f"desk_{counter.id}"].astype(np.float32)
            at = np.array([counter.stand.x, counter.stand.y])
            assert 0.9 <= -cv2.pointPolygonTest(desk, at.tolist(), True) <= 1.0
            towards = desk.mean(axis=0) - at
            assert abs(wrap_angle(np.arctan2(towards[1], towards[0]) - counter.stand.yaw)) < 1e-3

    def test_counters_stand_in_their_zone(self, site: Site) -> None:
        zones = {(zone.floor, zone.id): zone.polygon.astype(np.float32) for zone in site.zones_of("zone")}
        for place in site.places.values():
            if place.zone:
                at = (place.stand.x, place.stand.y)
                assert cv2.pointPolygonTest(zones[place.floor, place.zone], at, False) >= 0, place.id

    def test_nobody_stands_in_a_keepout_and_the_post_has_three_metres(self, site: Site) -> None:
        for zone in site.zones_of("keepout"):
            for place in site.places_of(floor=zone.floor):
                at = (place.stand.x, place.stand.y)
                assert cv2.pointPolygonTest(zone.polygon.astype(np.float32), at, False) < 0, place.id
        post = site.post("1").stand
        assert site.floors["1"].map.clearance_at(post.x, post.y) >= 3.0

    def test_walls_have_no_leaks(self, site: Site) -> None:
        """Neither the outside nor a closed room can be reached, even by something with no width."""
        for floor in site.floors.values():
            _, regions = cv2.connectedComponents((~floor.map.occupied).astype(np.uint8), connectivity=8)
            post = site.post(floor.id).stand
            here = regions == regions[floor.map.cell(post.x, post.y)]
            assert not (here[0].any() or here[-1].any() or here[:, 0].any() or here[:, -1].any())
            assert not (here & ~floor.map.free).any()

    def test_the_first_demo_walk_is_15_to_22_metres(self, site: Site) -> None:
        counter = site.places[site.procedures["3.000333"].counters[0]]
        assert counter.floor == "1"
        assert 15.0 <= counter.stand.distance(site.post("1").stand) <= 22.0


class TestDrawing:
    def test_the_committed_images_are_those_of_the_plan(self, folder: Path) -> None:
        plan = read_plan(folder / "plan.yaml")
        for floor, floor_plan in plan.floors.items():
            committed = cv2.imread(str(folder / f"floor_{floor}.png"), cv2.IMREAD_GRAYSCALE)
            assert np.array_equal(committed, draw_floor_image(plan, floor_plan))

    def test_the_committed_places_and_procedures_are_in_the_exchange_format(self, folder: Path, site: Site) -> None:
        plan = read_plan(folder / "plan.yaml")
        places = (folder / "places.geojson").read_text(encoding="utf-8")
        assert places == places_text(plan_places(plan), plan_zones(plan))
        assert places == places_text(site.places.values(), site.zones)
        procedures = (folder / "procedures.csv").read_text(encoding="utf-8")
        assert procedures == procedures_text(site.procedures.values())
