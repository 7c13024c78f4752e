"""Made-up visitors against the real conversation, reception, lookup and site; all 550 of them are `make talks`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.talks.cases import OPEN
from bench.talks.hall import Hall, View
from bench.talks.kinds import KINDS, draw
from bench.talks.pictures import captions
from bench.talks.record import Event, Record
from bench.talks.report import BEGIN, END, SUCCESS, TURNS, row, transcripts, write_page
from bench.talks.run import Verdict, generated, unanswered
from bench.talks.scripted import Script, load_scripts, play
from counter_map.lookup import Lookup
from counter_map.model import Site
from counter_map.site import load_site

SEEDS = 60

Centre = tuple[Site, Lookup]


@pytest.fixture(scope="module")
def centre(root: Path) -> Centre:
    site = load_site(root / "maps" / "hcmc_center")
    return site, Lookup(site.procedures, site.places)


@pytest.mark.parametrize("script", load_scripts(), ids=lambda script: script.name)
def test_a_talk_that_is_written_down(centre: Centre, script: Script) -> None:
    verdict = play(script, *centre)
    assert not verdict.fault, f"{verdict.fault}\n{verdict.record.script()}"


def test_there_are_fifty_four_of_them() -> None:
    assert len(load_scripts()) == len({script.name for script in load_scripts()}) == 54


def test_visitors_from_seeds_are_served(centre: Centre) -> None:
    verdicts = list(generated(*centre, SEEDS))
    total = row("all", verdicts)
    assert total.share >= SUCCESS, transcripts(verdicts)
    assert 1.0 <= total.turns <= TURNS
    assert total.dead_ends == 0, transcripts(verdicts)


def test_a_seed_makes_the_same_visitor_again(centre: Centre) -> None:
    first, second = (next(generated(*centre, 1, "two_wishes", 7)).record.script() for _ in range(2))
    assert first == second


def test_five_hundred_seeds_have_every_kind(centre: Centre) -> None:
    assert sum(share for _, share in KINDS.values()) == 500
    assert {draw(*centre, seed).kind for seed in range(1, 501)} == set(KINDS)


class Loiterer:
    """Stands there and says nothing, for ever."""

    near = True

    def step(self, view: View) -> None:
        return None


def test_who_stays_after_the_goodbye_is_not_greeted_again(centre: Centre) -> None:
    hall = Hall(*centre, OPEN)
    assert not hall.run(Loiterer(), longest=200.0)
    assert hall.record.lines("state").count("greeting") == 1 and hall.record.lines("state")[-1] == "idle"


class TestJudging:
    """A judge that calls everything good would be of no use."""

    def test_a_visitor_who_is_led_to_the_wrong_place_was_not_served(self, centre: Centre) -> None:
        case = draw(*centre, 3, "procedure")
        hall = case.hall(*centre)
        assert hall.run(case.visitor) and not case.fault(hall.record)
        hall.record.reached[-1] = "wc_1"
        assert "was led to wc_1" in case.fault(hall.record)

    def test_a_robot_that_is_deaf_serves_nobody(self, centre: Centre) -> None:
        case = draw(*centre, 3, "procedure")
        hall = case.hall(*centre)
        hall.reception.heard = lambda *words, **more: None  # type: ignore[method-assign]
        hall.run(case.visitor, longest=120.0)
        assert "was not told" in case.fault(hall.record)

    def test_words_that_nothing_follows_are_a_dead_end(self) -> None:
        record = Record([Event(1.0, "state", "asking"), Event(2.0, "visitor", "xin chào", 0.6)])
        assert unanswered(record) == "no answer to 'xin chào'"
        record.add(Event(4.0, "robot", "Dạ"))
        assert unanswered(record) == ""


class TestReport:
    def test_the_table_goes_between_its_markers(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(f"before\n{BEGIN}\nof before\n{END}\nafter\n", encoding="utf-8")
        served = Verdict("person", "seed 1", "", 2, "", Record())
        verdicts = [served, Verdict("person", "seed 2", "lost", None, "", Record())]
        write_page(page, [], verdicts)
        text = page.read_text(encoding="utf-8")
        assert "| person | 2 | 1 (50.0%) | 2.00 | 0 |" in text and "- person, seed 2: lost" in text
        assert text.startswith("before\n") and text.endswith("after\n") and "of before" not in text

    def test_captions_are_webvtt(self) -> None:
        record = Record([Event(61.25, "robot", "Chào quý khách ạ.", 1.5), Event(62.0, "state", "idle")])
        cue = "00:01:01.250 --> 00:01:02.750\n<v Robot>Chào quý khách ạ."
        assert captions(record) == f"WEBVTT\n\n{cue}\n"
