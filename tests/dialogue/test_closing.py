"""What is said of closed counters before anybody walks, in every language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dialogue.conversation import LookupAnswer
from dialogue.conversation.closing import closed_now, in_own_words
from dialogue.conversation.facts import load_site_facts
from tests.dialogue.talk import JUDICIAL, SITE, Talk, shut, sure

HOURS = {"monday": (("07:30", "11:30"), ("13:00", "17:00")), "saturday": (("07:30", "11:30"),)}
OPEN_SITE = replace(SITE, hours=HOURS, timezone="Asia/Ho_Chi_Minh", phrases={**SITE.phrases, "site_closed": {"vi": ""}})


def at(day: int, hour: int, minute: int = 0) -> float:
    """A moment in March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()


@pytest.mark.parametrize("language", ["vi", "en", "ko"])
def test_lunch_is_called_lunch_and_says_when_it_ends(language: str) -> None:
    said = closed_now(OPEN_SITE, language, at(2, 12, 10))
    assert "13:00" in said and any(word in said for word in ("nghỉ trưa", "lunch", "점심"))


@pytest.mark.parametrize("moment", [at(2, 7), at(2, 17), at(7, 12), at(8, 9)])
def test_the_rest_is_outside_hours(moment: float) -> None:
    assert closed_now(OPEN_SITE, "en", moment) == "It is outside working hours now."


@pytest.mark.parametrize("moment", [at(2, 7, 30), at(2, 11, 29), at(2, 13), at(7, 9)])
def test_an_open_site_says_nothing(moment: float) -> None:
    assert closed_now(OPEN_SITE, "ko", moment) == ""


def test_the_sites_own_words_are_kept_in_its_languages() -> None:
    answer = sure(replace(shut(JUDICIAL), notice="Giờ nghỉ trưa."))
    assert in_own_words(answer, OPEN_SITE, "vi", at(2, 12)) is answer
    assert in_own_words(answer, OPEN_SITE, "ko", at(2, 12)).candidates[0].notice.startswith("지금은 점심시간")


def test_what_is_no_longer_done_keeps_its_notice() -> None:
    gone = LookupAnswer("answer", "", (replace(JUDICIAL, counters=(), notice="không còn"),))
    assert in_own_words(gone, OPEN_SITE, "ko", at(2, 12)).candidates[0].notice == "không còn"


def test_lunch_is_said_first_and_nobody_is_led() -> None:
    notice = "Bây giờ đang là giờ nghỉ trưa, các quầy mở lại lúc 13:00."
    talk = Talk().near().hears("lý lịch tư pháp", sure(replace(shut(JUDICIAL), notice=notice)))
    assert talk.texts[1] == notice and talk.state == "anything_else" and talk.conversation.place_id == ""


def test_the_hours_of_the_site_are_read(root: Path) -> None:
    site = load_site_facts(root / "maps" / "hcmc_center", "1")
    assert site.hours["saturday"] == (("07:30", "11:30"),) and site.timezone == "Asia/Ho_Chi_Minh"
