"""Languages are data: what holds for every folder of `lang/`, and Korean and Chinese as visitors speak them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from counter_map.answers import Desk
from counter_map.lookup import Lookup
from counter_map.lookup_language import languages, load_language
from counter_map.lookup_why import explain
from counter_map.patterns import Patterns
from counter_map.placeholders import Placeholders
from counter_map.site import load_site
from counter_map.text import join_words
from counter_map.text_numbers import digits_for_letters
from counter_map.unanswered_mask import masked

PASSPORT, RECORD, WORK, INVESTMENT = "1.001456", "3.000333", "1.014199", "1.009664"


@pytest.fixture(scope="module")
def center(root: Path) -> Lookup:
    site = load_site(root / "maps" / "hcmc_center")
    return Lookup(site.procedures, site.places)


@pytest.mark.parametrize("code", languages())
class TestEveryLanguage:
    def test_facilities_and_commands_are_known(self, code: str) -> None:
        vietnamese = {label for label in load_language("vi").patterns if label.split(":")[0] in ("facility", "choice")}
        assert vietnamese <= set(load_language(code).patterns)
        assert {"command:stop", "command:cancel", "command:yes", "command:no"} <= set(load_language(code).patterns)

    def test_no_sentence_means_two_things(self, code: str) -> None:
        language = load_language(code)
        patterns = Patterns(language, Placeholders(code))
        known = [(label, each) for label, sentences in language.patterns.items() for each in sentences[:200]]
        plain = [(label, sentence) for label, sentence in known if "{" not in " ".join(sentence)]
        found = [patterns.find(list(sentence), True) for _, sentence in plain]
        right = [each is not None and each.label == label for each, (label, _) in zip(found, plain, strict=True)]
        assert sum(right) >= 0.97 * len(right)

    def test_procedures_are_told_from_the_rest(self, code: str) -> None:
        assert {"procedure", "outside"} <= set(load_language(code).intents)


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("ko", "여권 만들러 왔어요", PASSPORT),
        ("ko", "여권을 잃어버려서 새로 신청하려고 해요", PASSPORT),
        ("ko", "범죄경력증명서 어디서 발급해요", RECORD),
        ("ko", "범죄 경력 증명서 좀 떼 주세요", RECORD),
        ("ko", "노동허가서 신청하러 왔어요", WORK),
        ("zh", "我想办理投资登记证", INVESTMENT),
        ("zh", "我想办护照", PASSPORT),
        ("vi", "여권 만들러 왔어요", PASSPORT),
    ],
)
def test_procedures(center: Lookup, language: str, text: str, code: str) -> None:
    answer = center.find(text, language)
    assert answer.decision in ("answer", "confirm")
    assert answer.candidates[0].code == code


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("ko", "화장실이 어디예요", "facility:wc"),
        ("ko", "27번 창구가 어디예요", "counter:Q27"),
        ("ko", "이십칠 번 창구가 어디예요", "counter:Q27"),
        ("ko", "이 층에 가고 싶어요", "facility:lift"),
        ("zh", "二十七号窗口在哪里", "counter:Q27"),
        ("zh", "上二楼", "facility:lift"),
        ("ko", "멈춰", "command:stop"),
        ("ko", "영어로 말해 주세요", "command:language:en"),
        ("zh", "洗手间在哪里", "facility:wc"),
        ("zh", "请问电梯在哪里", "facility:lift"),
        ("zh", "27号窗口", "counter:Q27"),
        ("zh", "停下", "command:stop"),
    ],
)
def test_facilities_and_commands(center: Lookup, language: str, text: str, label: str) -> None:
    assert center.find(text, language).label == label


@pytest.mark.parametrize(("language", "text"), [("ko", "맛집 추천해 주세요"), ("zh", "我想订机票"), ("ko", "ㅋㅋㅋㅋ")])
def test_what_no_counter_handles_is_declined(center: Lookup, language: str, text: str) -> None:
    assert center.find(text, language).decision in ("reject", "chitchat")


def test_the_words_that_decided_are_written_as_said(center: Lookup) -> None:
    assert "범죄경력증명서" in center.find("범죄경력증명서 어디서 발급해요", "ko").candidates[0].evidence
    assert "投资登记" in " ".join(said for said, _ in explain(center, "我想办理投资登记证", "zh").words)


@pytest.mark.parametrize(
    ("letters", "written"),
    [
        ("이 십 칠 번", "27 번"),
        ("십 번", "10 번"),
        ("백 이 번", "102 번"),
        ("일 이 삼 번", "123 번"),
        ("사 망 신 고", "사 망 신 고"),
        ("이 십 칠", "이 십 칠"),
        ("번", "번"),
        ("", ""),
    ],
)
def test_numbers_said_in_letters(letters: str, written: str) -> None:
    korean = load_language("ko")
    out, places = digits_for_letters(letters.split(), range(len(letters.split())), korean.numerals, korean.number_ends)
    assert " ".join(out) == written
    assert len(places) == len(out)


def test_answers_are_named_in_the_language_where_the_site_has_it(center: Lookup, root: Path) -> None:
    site = load_site(root / "maps" / "hcmc_center")
    desk = Desk(site, "1", "ko", datetime(2026, 3, 2, 9, tzinfo=UTC))
    (offer, *_) = desk.offers("", center.find("여권 만들러 왔어요", "ko").candidates)
    assert (offer.name, offer.stops[0].place.id) == ("일반 여권 발급", "Q28")


def test_letters_without_spaces_are_joined() -> None:
    assert join_words(["27", "번", "창", "구"]) == "27 번창구"
    assert join_words(["여권을", "만들러"]) == "여권을 만들러"
    assert join_words(["một", "hai"]) == "một hai"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("제 이름은 김철수 여권 만들어요", "제 이름은 *** 여권 만들어요"),
        ("我叫王小明我要护照", "我叫 ***"),
        ("전화번호 010-1234-5678 이에요", "전화번호 *** 이에요"),
    ],
)
def test_names_and_numbers_are_masked(said: str, kept: str) -> None:
    assert masked(said) == kept
