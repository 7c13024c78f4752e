"""The loader reads a whole site, and tells every mistake at once with file, line and mend."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from counter_map.errors import SiteErrors
from counter_map.site import load_site
from tests.counter_map.small_site import MAP, PROCEDURES, SITE, features, make_site, place, write_places, zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_site(tmp_path / "tiny")


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(SiteErrors) as caught:
        load_site(folder)
    return [mistake.replace(f"{folder}/", "") for mistake in caught.value.mistakes]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


class TestReading:
    def test_lanes_are_read_with_their_direction(self, folder: Path) -> None:
        lanes = [
            zone("out", "one_way", 2.0, 3.0, 8.0, 4.0, direction=4.0),
            zone("mid", "preferred", 2.0, 4.5, 8.0, 5.0),
        ]
        write_places(folder, [*features(), *lanes])
        site = load_site(folder)
        (one_way,), (preferred,) = site.zones_of("one_way"), site.zones_of("preferred")
        assert one_way.direction == pytest.approx(4.0 - 2.0 * math.pi)
        assert preferred.direction is None

    def test_everything_is_there(self, folder: Path) -> None:
        site = load_site(folder)
        assert site.name == "tiny"
        assert list(site.floors) == ["1"]
        counter = site.places["Q2"]
        assert (counter.number, counter.open, counter.redirect_to, counter.zone) == ("2", False, "Q1", "A")
        assert counter.name("en") == "place Q2"
        birth = site.procedures["1.000001"]
        assert birth.papers["vi"] == ("tờ khai", "giấy chứng sinh")
        assert birth.phrases["vi"] == ("làm khai sinh",)
        assert site.procedures["1.000002"].counters == ("Q1", "Q2")
        assert not site.procedures["giay-la"].catalogued
        assert [zone.id for zone in site.zones] == ["A"]
        assert site.post("1").stand.yaw == pytest.approx(-math.pi / 2, abs=1e-3)

    def test_hours_are_the_sites_own_whatever_the_callers_zone(self, folder: Path) -> None:
        settings = load_site(folder).settings
        monday_9_there = datetime(2026, 3, 2, 2, 0, tzinfo=timezone.utc)  # noqa: UP017
        assert settings.is_open(monday_9_there)
        assert settings.is_open(monday_9_there.astimezone(timezone(timedelta(hours=-5))))
        assert settings.is_open(datetime(2026, 3, 2, 7, 30))
        assert not settings.is_open(datetime(2026, 3, 2, 11, 30))
        assert not settings.is_open(datetime(2026, 3, 3, 9, 0))
        assert settings.next_opening(datetime(2026, 3, 2, 12, 0)).replace(tzinfo=None) == datetime(2026, 3, 2, 13, 0)
        assert settings.next_opening(datetime(2026, 3, 2, 18, 0)).replace(tzinfo=None) == datetime(2026, 3, 7, 7, 30)

    def test_nav2s_thresholds_tell_free_unknown_and_occupied_apart(self, folder: Path) -> None:
        floor = load_site(folder).floors["1"].map
        assert floor.size == (10.0, 8.0)
        assert floor.occupied[0, 0]
        assert floor.free[80, 100]
        assert floor.cell(5.0, 4.0) == (80, 100)
        assert floor.cell(-0.01, 4.0) is None
        assert floor.clearance_at(5.0, 0.5) == pytest.approx(0.3, abs=0.06)


ONE_MISTAKE: dict[str, tuple[str, str | None, str, str]] = {
    "yaml syntax": ("site.yaml", "tickets: true", "tickets: [true", "site.yaml:9: not YAML"),
    "unknown key": ("site.yaml", "tickets: true", "tickets: true\nhour: 1", "site.yaml:9: unknown"),
    "doubled key": ("site.yaml", "tickets: true", "tickets: true\nid: x", "site.yaml:9: id stands"),
    "closing first": ("site.yaml", '"17:00"', '"12:00"', "site.yaml:6: hours of monday close"),
    "no such hour": ("site.yaml", '"17:00"', '"27:00"', "site.yaml:6: hours of monday"),
    "weekday": ("site.yaml", "saturday", "caturday", "site.yaml:7: hours of 'caturday'"),
    "zone of time": ("site.yaml", "Asia/Ho_Chi_Minh", "Asia/Saigonn", "site.yaml:3: timezone"),
    "language": ("site.yaml", ", en: floor 1", "", "site.yaml:10: floors.0.name has no text in en"),
    "post": ("site.yaml", "post: post_1", "post: Q1", "site.yaml:12: the post of floor 1, Q1"),
    "no map": ("floor_1.yaml", None, "", "floor_1.yaml:1: no such file"),
    "no image": ("floor_1.png", None, "", "floor_1.yaml:1: the image floor_1.png is not there"),
    "broken image": ("floor_1.png", "", "PNG", "floor_1.png:1: cannot be read"),
    "resolution": ("floor_1.yaml", "0.05", "-1", "floor_1.yaml:3: resolution is -1"),
    "no places": ("places.geojson", None, "", "places.geojson:1: no such file"),
    "json": ("places.geojson", '"kind": "wc",', '"kind": "wc"', "places.geojson:6: not JSON"),
    "kind": ("places.geojson", '"wc",', '"loo",', "places.geojson:6: wc_1: kind is 'loo'"),
    "floor": ("places.geojson", '"wc", "floor": "1"', '"wc", "floor": "9"', "places.geojson:6: wc_1"),
    "zone": ("places.geojson", '{"id": "A"', '{"id": "B"', "places.geojson:2: Q1: there is no zone A"),
    "redirect": ("places.geojson", '"redirect_to": "Q1"', '"redirect_to": "Q7"', "geojson:3: Q2"),
    "wall": ("places.geojson", "[9.0, 2.0]", "[9.9, 2.0]", "places.geojson:6: wc_1: its stand pose"),
    "outside": ("places.geojson", "[9.0, 2.0]", "[99, 2.0]", "geojson:6: wc_1: its stand pose (99, 2)"),
    "narrow": ("places.geojson", "[9.0, 2.0]", "[9.7, 2.0]", "wc_1: its stand pose (9.7, 2) has 0.1"),
    "closet": ("places.geojson", "[9.0, 2.0]", "[9.0, 7.0]", "geojson:6: wc_1: a robot cannot drive"),
    "csv quotes": ("procedures.csv", "Cấp hộ chiếu", '"Cấp "hộ chiếu', "procedures.csv:3: not CSV"),
    "cells": ("procedures.csv", "Hộ tịch", "Hộ,tịch", "procedures.csv:2: 1.000001: 13 cells"),
    "column": ("procedures.csv", "fee_vi", "price", "procedures.csv:1: unknown column 'price'"),
    "counter": ("procedures.csv", "Q1;Q2", "Q1;Q9", "csv:3: 1.000002: there is no counter Q9"),
    "twice": ("procedures.csv", "1.000002", "1.000001", "csv:3: 1.000001: this code stands"),
    "no key": ("procedures.csv", "giay-la", "", "procedures.csv:4: a procedure: it has neither"),
    "status": ("procedures.csv", "elsewhere", "gone", "procedures.csv:4: giay-la: status is 'gone'"),
}


"""File, what is replaced in it (None: the file is removed, empty: all of it) and by what, part of the sentence."""


def break_site(folder: Path, name: str) -> str:
    """Make one mistake and return what the loader should say."""
    file, old, new, expected = ONE_MISTAKE[name]
    path = folder / file
    if old is None:
        path.unlink()
    elif old:
        change(path, old, new)
    else:
        path.write_text(new)
    return expected


class TestTranslations:
    """Further languages stand in files of their own."""

    def write(self, folder: Path, text: str, name: str = "procedures.ko.csv") -> None:
        (folder / name).write_text(text, encoding="utf-8")

    def test_what_a_language_has_is_added_and_the_rest_stays(self, folder: Path) -> None:
        self.write(
            folder, "code,name,colloquial,fee\n1.000001,출생 신고,아기 출생;아기 신고,\ngiay-la,,이상한 서류,무료\n"
        )
        site = load_site(folder)
        birth, strange = site.procedures["1.000001"], site.procedures["giay-la"]
        assert (birth.name("ko"), birth.name("vi")) == ("출생 신고", "Đăng ký khai sinh")
        assert birth.phrases == {"vi": ("làm khai sinh",), "ko": ("아기 출생", "아기 신고")}
        assert (strange.name("ko"), strange.fee["ko"]) == ("Cấp giấy lạ", "무료")

    @pytest.mark.parametrize(
        ("text", "name", "sentence"),
        [
            ("code,name\n1.000001,a\n9,b\n", "procedures.ko.csv", "procedures.ko.csv:3: there is no procedure 9"),
            (
                "code,name\n1.000001,a\n1.000001,b\n",
                "procedures.ko.csv",
                "csv:3: 1.000001: this code stands there twice",
            ),
            ("code,name\n1.000001,a,b\n", "procedures.ko.csv", "csv:2: 1.000001: not as many cells"),
            ("code,name\n1.000001\n", "procedures.ko.csv", "csv:2: 1.000001: not as many cells"),
            ("code,price\n1.000001,a\n", "procedures.ko.csv", "csv:1: the columns are code,price"),
            ("", "procedures.ko.csv", "csv:1: the columns are"),
            ('code,name\n1.000001,"a"b\n', "procedures.ko.csv", "not CSV"),
            ("code,name\n", "procedures.vi.csv", "procedures.vi.csv:1: vi has columns in procedures.csv"),
            ("code,name\n", "procedures.korean.csv", "procedures.korean.csv names no language"),
        ],
    )
    def test_mistakes(self, folder: Path, text: str, name: str, sentence: str) -> None:
        self.write(folder, text, name)
        (found,) = mistakes(folder)
        assert sentence in found
        assert "; " in found


class TestMistakes:
    @pytest.mark.parametrize("name", ONE_MISTAKE)
    def test_one_mistake_is_told_with_its_line_and_a_mend(self, folder: Path, name: str) -> None:
        expected = break_site(folder, name)
        found = mistakes(folder)
        assert any(expected in mistake for mistake in found), found
        assert all("; " in mistake for mistake in found)

    def test_mistakes_of_all_files_are_told_in_one_go(self, folder: Path) -> None:
        names = ("no such hour", "resolution", "redirect", "status", "counter", "zone of time", "kind")
        expected = [break_site(folder, name) for name in names]
        found = mistakes(folder)
        assert all(any(part in mistake for mistake in found) for part in expected), found

    def test_without_site_yaml_the_other_files_are_still_checked(self, folder: Path) -> None:
        (folder / "site.yaml").unlink()
        change(folder / "procedures.csv", "elsewhere", "gone")
        assert [mistake.split(": ")[0] for mistake in mistakes(folder)] == ["site.yaml:1", "procedures.csv:4"]

    def test_a_missing_folder_is_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(SiteErrors, match="no such folder"):
            load_site(tmp_path / "nowhere")

    @pytest.mark.parametrize(
        ("kind", "more", "sentence"),
        [
            ("one_way", {}, "geojson:8: lane: a one_way has no direction; write the way it is driven in radians"),
            ("one_way", {"direction": "east"}, "geojson:8: lane: direction is 'east'; write the way"),
            ("preferred", {"direction": 0.0}, "geojson:8: lane: a preferred has a direction; make its kind one_way"),
        ],
    )
    def test_a_lane_s_direction_is_asked_for(
        self, folder: Path, kind: str, more: dict[str, object], sentence: str
    ) -> None:
        write_places(folder, [*features(), zone("lane", kind, 2.0, 3.0, 8.0, 4.0, **more)])
        (found,) = mistakes(folder)
        assert sentence in found

    def test_the_same_id_twice_names_the_other_line(self, folder: Path) -> None:
        write_places(folder, [*features(), place("Q1", "counter", 4.0, 6.0, number="3")])
        assert any("places.geojson:8: Q1" in each and "line 2" in each for each in mistakes(folder))

    def test_two_counters_with_one_number_are_told(self, folder: Path) -> None:
        write_places(folder, [*features(), place("Q3", "counter", 4.0, 6.0, number="2")])
        assert any("Q3: number 2 is also that of Q2" in each for each in mistakes(folder))

    def test_no_garbling_of_any_file_ends_in_anything_but_mistakes(self, folder: Path) -> None:
        """Cut and shuffle the texts at random: the loader either accepts or tells, it never falls over."""
        rng = random.Random(7)
        texts = {"site.yaml": SITE, "floor_1.yaml": MAP, "procedures.csv": PROCEDURES}
        texts["places.geojson"] = (folder / "places.geojson").read_text(encoding="utf-8")
        for _ in range(150):
            name = rng.choice(sorted(texts))
            text = texts[name]
            start, length = rng.randrange(len(text)), rng.randrange(1, 30)
            garbage = rng.choice(["", "null", "[]", "{", "1e999", '"', "\t", "é"])
            (folder / name).write_text(text[:start] + garbage + text[start + length :], encoding="utf-8")
            try:
                load_site(folder)
            except SiteErrors as errors:
                assert errors.mistakes
            (folder / name).write_text(text, encoding="utf-8")
