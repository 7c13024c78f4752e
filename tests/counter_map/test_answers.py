"""What a visitor is told about a candidate: where, open or not, what to bring, and what to hear before walking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from counter_map.answers import Desk, Offer
from counter_map.model import Site
from counter_map.site import load_site
from tests.counter_map.small_site import features, make_site, place, write_places

MONDAY = datetime(2026, 3, 2, 9, 0)
SUNDAY = datetime(2026, 3, 1, 9, 0)


@dataclass(frozen=True)
class Found:
    code: str
    probability: float = 0.9
    evidence: tuple[str, ...] = ("khai sinh",)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = make_site(tmp_path / "tiny")
    write_places(folder, [*features(), place("wc_2", "wc", 5.0, 3.0)])
    return load_site(folder)


def offers(site: Site, *codes: str, label: str = "", language: str = "vi", at: datetime = MONDAY) -> list[Offer]:
    return list(Desk(site, "1", language, at).offers(label, [Found(code) for code in codes]))


def test_a_procedure_comes_with_papers_fee_and_evidence(site: Site) -> None:
    (offer,) = offers(site, "1.000001")
    assert (offer.name, offer.department, offer.fee) == ("Đăng ký khai sinh", "UBND phường", "miễn phí")
    assert offer.papers == ("tờ khai", "giấy chứng sinh")
    assert offer.evidence == ("khai sinh",)
    assert offer.ticket_first
    assert offer.notice == ""
    assert [(stop.place.id, stop.open) for stop in offer.stops] == [("Q1", True)]


def test_open_counters_come_first_and_a_closed_one_says_who_takes_over(site: Site) -> None:
    (offer,) = offers(site, "1.000002")
    assert [(stop.place.id, stop.open) for stop in offer.stops] == [("Q1", True), ("Q2", False)]
    assert offer.notice == ""
    (offer,) = offers(site, "Q2", label="counter:Q2")
    assert [(stop.place.id, stop.open) for stop in offer.stops] == [("Q2", False), ("Q1", True)]
    assert offer.notice == "chỗ Q2 chưa mở, mời qua chỗ Q1."


def test_outside_hours_counters_are_closed_and_toilets_are_not(site: Site) -> None:
    (offer,) = offers(site, "1.000001", language="en", at=SUNDAY)
    assert not offer.stops[0].open
    assert offer.notice == "Outside hours: in the morning."
    assert all(stop.open for offer in offers(site, label="facility:wc", at=SUNDAY) for stop in offer.stops)


def test_at_lunch_it_is_the_lunch_break_and_not_outside_hours(site: Site) -> None:
    for minute, opened in (((11, 29), True), ((11, 30), False), ((12, 59), False), ((13, 0), True)):
        (offer,) = offers(site, "1.000001", language="en", at=MONDAY.replace(hour=minute[0], minute=minute[1]))
        assert offer.stops[0].open == opened
        assert offer.notice == ("" if opened else "Lunch break until 13:00.")


def test_after_a_half_day_there_is_no_lunch_break(site: Site) -> None:
    (offer,) = offers(site, "1.000001", language="en", at=MONDAY.replace(hour=17, minute=5))
    assert offer.notice == "Outside hours: in the morning."
    (offer,) = offers(site, "1.000001", language="en", at=MONDAY.replace(day=MONDAY.day + 5, hour=12))
    assert offer.notice == "Outside hours: in the morning."


def test_what_is_no_longer_done_is_said_before_anything_else(site: Site) -> None:
    (offer,) = offers(site, "giay-la")
    assert offer.notice.startswith("Không còn làm ở đây.")
    assert not offer.ticket_first


def test_facilities_come_nearest_first_even_those_the_lookup_did_not_list(site: Site) -> None:
    found = offers(site, "wc_1", label="facility:wc")
    assert [offer.code for offer in found] == ["wc_2", "wc_1"]
    assert found[0].evidence == ("khai sinh",)


def test_a_candidate_that_left_the_site_is_left_out(site: Site) -> None:
    assert offers(site, "2.000000") == []
