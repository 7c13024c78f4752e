"""What the lookup decides for sentences it has not been shown, on the committed site."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from counter_map.lookup import Answer, Lookup
from counter_map.model import Site
from counter_map.site import load_site

ROOT = Path(__file__).parents[2]
DECISIONS = {"answer", "confirm", "clarify", "facility", "command", "chitchat", "reject"}


def utterances(*kinds: str) -> list[dict[str, str]]:
    with (ROOT / "tests/counter_map/utterances.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] in kinds]


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(ROOT / "maps/hcmc_center")


@pytest.fixture(scope="module")
def lookup(site: Site) -> Lookup:
    return Lookup(site.procedures, site.places)


def names_right(expected: str, code: str, name: str) -> bool:
    return any(name.lower().find(e[1:].lower()) >= 0 if e[0] == "*" else e == code for e in expected.split("|"))


def is_right(answer: Answer, row: dict[str, str], depth: int = 1) -> bool:
    return any(names_right(row["expected"], match.code, match.name) for match in answer.candidates[:depth])


PROCEDURE_KINDS = ("direct", "colloquial", "southern", "noise", "no_diacritics", "english")


class TestProcedures:
    def test_there_are_enough_sentences(self) -> None:
        assert len(utterances(*PROCEDURE_KINDS, "facility", "command", "chitchat", "reject")) >= 80

    def test_nearly_all_are_found_first(self, lookup: Lookup) -> None:
        rows = utterances(*PROCEDURE_KINDS)
        wrong = [row["utterance"] for row in rows if not is_right(lookup.find(row["utterance"], row["lang"]), row)]
        assert len(wrong) <= 0.05 * len(rows), wrong

    def test_practically_all_are_among_three(self, lookup: Lookup) -> None:
        rows = utterances(*PROCEDURE_KINDS)
        wrong = [row["utterance"] for row in rows if not is_right(lookup.find(row["utterance"], row["lang"]), row, 3)]
        assert len(wrong) <= 0.02 * len(rows), wrong

    def test_nine_of_ten_are_answered_or_confirmed(self, lookup: Lookup) -> None:
        rows = utterances(*PROCEDURE_KINDS)
        sure = [lookup.find(row["utterance"], row["lang"]).decision in ("answer", "confirm") for row in rows]
        assert sum(sure) >= 0.9 * len(rows)

    def test_names_alone_find_most(self, lookup: Lookup) -> None:
        rows = utterances(*PROCEDURE_KINDS)
        right = [is_right(lookup.find(row["utterance"], row["lang"], names_only=True), row) for row in rows]
        assert sum(right) >= 0.75 * len(rows)

    def test_what_the_recogniser_hears_of_the_demo_question(self, lookup: Lookup) -> None:
        answer = lookup.find("tôi muốn làm phiếu lý lịch cư pháp", "vi")
        assert answer.decision in ("answer", "confirm")
        assert answer.candidates[0].code == "3.000333"
        assert "lý lịch" in " ".join(answer.candidates[0].evidence)

    def test_an_open_question_offers_several(self, lookup: Lookup) -> None:
        answer = lookup.find("xin giấy phép", "vi")
        assert answer.decision in ("clarify", "confirm", "reject")
        assert len(answer.candidates) == 3

    def test_candidates_carry_counters_words_and_falling_probabilities(self, lookup: Lookup, site: Site) -> None:
        answer = lookup.find("đăng ký khai sinh cho con", "vi")
        probabilities = [match.probability for match in answer.candidates]
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(0.0 <= value <= 1.0 for value in probabilities)
        assert sum(probabilities) <= 1.0 + 1e-3
        assert answer.candidates[0].counters == site.procedures[answer.candidates[0].code].counters
        assert all(match.evidence for match in answer.candidates)

    def test_one_misheard_syllable_changes_little(self, lookup: Lookup) -> None:
        pairs = [("giải thể công ty", "dải thể công ty"), ("sang tên sổ đỏ", "xang tên số đỏ"),
                 ("đăng ký kết hôn", "đăng ký kết hông"), ("cấp lại sổ bảo hiểm", "cấp nại sổ bảo hiểm")]  # fmt: skip
        for said, heard in pairs:
            assert lookup.find(said).candidates[0].code == lookup.find(heard).candidates[0].code


class TestPlacesAndCommands:
    def test_the_label_of_a_procedure_as_a_screen_gives_it_is_that_procedure(self, lookup: Lookup) -> None:
        answer = lookup.find("procedure:3.000333")
        assert answer.decision == "answer" and [match.code for match in answer.candidates] == ["3.000333"]
        assert lookup.find("procedure:no-such-code").decision != "answer"

    @pytest.mark.parametrize("kind", ["facility", "command", "chitchat"])
    def test_labels(self, lookup: Lookup, kind: str) -> None:
        for row in utterances(kind):
            answer = lookup.find(row["utterance"], row["lang"])
            assert (answer.decision, answer.label) == (kind, row["expected"]), row["utterance"]

    def test_a_counter_comes_with_its_place(self, lookup: Lookup) -> None:
        answer = lookup.find("dẫn tôi tới quầy 27", "vi")
        assert answer.label == "counter:Q27"
        assert [match.code for match in answer.candidates] == ["Q27"]
        assert answer.candidates[0].evidence == ("quầy 27",)

    def test_a_department_comes_with_its_counters(self, lookup: Lookup, site: Site) -> None:
        answer = lookup.find("quầy của Sở Tư pháp ở đâu", "vi")
        assert answer.candidates
        assert all(site.places[match.code].department == "Sở Tư pháp" for match in answer.candidates)


class TestRefusals:
    def test_most_of_what_is_not_ours_is_declined(self, lookup: Lookup) -> None:
        rows = utterances("reject")
        declined = [lookup.find(row["utterance"], row["lang"]).decision in ("reject", "chitchat") for row in rows]
        assert sum(declined) >= 0.85 * len(rows)

    def test_an_unknown_counter_says_so(self, lookup: Lookup) -> None:
        assert lookup.find("dẫn tôi tới quầy 99", "vi") == Answer("reject", "counter:unknown")

    def test_an_emergency_is_named(self, lookup: Lookup) -> None:
        assert lookup.find("cháy rồi", "vi") == Answer("reject", "emergency")

    @pytest.mark.parametrize("text", ["", "   ", "\x00\x1b[31m", "🤖🎉", "\u200b\u200f", "???"])
    def test_nothing_said(self, lookup: Lookup, text: str) -> None:
        assert lookup.find(text, "vi").decision == "reject"

    def test_hostile_strings_never_raise(self, lookup: Lookup) -> None:
        for text in hostile(2000, Random(5)):
            assert lookup.find(text, "vi").decision in DECISIONS

    def test_a_megabyte_is_answered(self, lookup: Lookup) -> None:
        assert lookup.find("làm căn cước " * 80_000, "vi").decision in DECISIONS

    @pytest.mark.parametrize("language", ["", "xx", "VI", "en-US", "zh"])
    def test_any_language_code(self, lookup: Lookup, language: str) -> None:
        assert lookup.find("làm căn cước", language).decision in DECISIONS

    def test_no_procedures_at_all(self) -> None:
        assert Lookup([], []).find("làm căn cước", "vi") == Answer("reject")


def hostile(count: int, random: Random) -> Iterator[str]:
    alphabets = (
        "abc đường lý", "\x00\x07\x1b\n\t", "\u202e\u200b\u0301\ufeff", "🤖🎉👩‍⚖️", "'\";--()<>{}[]|\\%$",
        "0123456789", "汉字한국어עברית", "\U0001d4d0ﬁﬃ½Ⅳ", "İıßſ",
    )  # fmt: skip
    for _ in range(count):
        alphabet = "".join(random.sample(alphabets, random.randint(1, 4))) + " "
        yield "".join(random.choices(alphabet, k=random.randint(0, 80)))
