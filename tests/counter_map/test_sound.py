"""What the lookup makes of misheard sentences: learned confusions, alignment with phrases, several readings."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_map.confusions_fit import align, learn, read_pairs
from counter_map.lookup import Lookup
from counter_map.lookup_sound import SoundIndex
from counter_map.site import load_site
from counter_map.text_confusions import SaidWords, from_data, load_confusions
from counter_map.text_phonetics import likeness

ROOT = Path(__file__).parents[2]
SYLLABLES = ["lý", "lịch", "tư", "pháp", "cư", "kết", "hôn", "xanh", "hành", "anh", "động", "công", "ty", "nước", "như"]
HEARD = [
    ("tôi sân cấp giấy cho doanh quyền chứ vuông đó lon", "dat-cap-so-lan-dau-ca-nhan"),
    ("đăng ký anh lâm tâm bi cô phần về hào ơi", "2.002043"),
    ("cấp mấy nhớ phép anh ơi khám hơn thiếu vương", "1.012289"),
    ("ký cái hôm đó biết cố yếu qua", "2.000806"),
    ("nhà có nốt thêm chi tố đi cô trợ viên không", "1.014036"),
    ("vì bớt không la giùm cho lý linh cư phát số hai", "3.000333"),
    ("xanh luận thôi cấp thành phố", "1.012929"),
    ("giấy phép quốc bao ca liệu công kinh doanh", "1.003868"),
]
"""What viet-asr wrote of espeak-ng's questions, and what was asked."""


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    site = load_site(ROOT / "maps/hcmc_center")
    return Lookup(site.procedures, site.places)


@pytest.fixture(scope="module")
def confusions():
    found = load_confusions("vi")
    assert found is not None
    return found


class TestConfusions:
    def test_a_syllable_speaks_most_for_itself(self, confusions) -> None:
        for word in ("lý", "lịch", "xây", "đất", "thuế"):
            odds = SaidWords([word, *(other for other in SYLLABLES if other != word)], confusions).odds(word)
            assert int(np.argmax(odds)) == 0 and odds[0] > 0

    def test_a_frequent_slip_speaks_for_what_was_said(self, confusions) -> None:
        assert confusions.odds("hành", "xanh") > 1.0 > confusions.odds("thuế", "xanh")
        assert confusions.odds("chứng", "chú") > confusions.odds("chứng", "nhà")

    def test_slips_are_not_symmetric(self, confusions) -> None:
        assert confusions.odds("hành", "anh") != pytest.approx(confusions.odds("anh", "hành"), abs=0.05)

    def test_other_words_speak_only_for_themselves(self, confusions) -> None:
        assert confusions.odds("fdi", "fdi") > 0 > confusions.odds("fdi", "irc")

    @given(st.sampled_from(SYLLABLES), st.sampled_from(SYLLABLES))
    @settings(max_examples=60, deadline=None)
    def test_likeness_is_symmetric_and_between_0_and_1(self, one: str, two: str) -> None:
        assert 0.0 <= likeness(one, two) <= 1.0
        assert likeness(one, two) == pytest.approx(likeness(two, one), abs=1e-6)
        assert likeness(one, one) == 1.0

    def test_what_is_learned_is_what_was_shown(self, tmp_path: Path) -> None:
        file = tmp_path / "pairs.tsv"
        file.write_text("lý lịch tư pháp\tlý lịch cư pháp\n" * 30 + "không có gì\t\n", encoding="utf-8")
        pairs = read_pairs(file)
        assert len(pairs) == 30
        learned = from_data(learn(pairs))
        assert learned.pairs["tư", "cư"] == 30
        assert learned.odds("tư", "cư") > 1.0 > learned.odds("pháp", "cư")

    @given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
    @settings(max_examples=40, deadline=None)
    def test_alignment_keeps_the_order(self, rows: int, columns: int, seed: int) -> None:
        places = align(np.random.default_rng(seed).normal(size=(rows, columns)))
        assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(places))


class TestSoundIndex:
    def test_the_same_phrase_scores_best(self, confusions) -> None:
        phrases = ["lý lịch tư pháp", "đăng ký kết hôn", "giấy phép xây dựng", "bảo hiểm xã hội một lần"]
        index = SoundIndex(phrases, range(4), 4, confusions)
        for owner, phrase in enumerate(phrases):
            assert int(np.argmax(index.scores(phrase.split()))) == owner

    def test_nothing_heard_or_nothing_known_scores_nothing(self, confusions) -> None:
        assert (SoundIndex([], [], 2, confusions).scores(["lý"]) < -1000).all()
        assert (SoundIndex(["lý lịch"], [0], 1, confusions).scores([]) < -1000).all()


class TestHeardQuestions:
    @pytest.mark.parametrize(("heard", "code"), HEARD)
    def test_finds_what_was_said(self, lookup: Lookup, heard: str, code: str) -> None:
        assert lookup.find_heard([heard]).candidates[0].code == code

    def test_beats_the_lookup_of_the_letters_alone(self, lookup: Lookup) -> None:
        typed = [lookup.find(heard).candidates[:1] for heard, _ in HEARD]
        right = sum(bool(found) and found[0].code == code for found, (_, code) in zip(typed, HEARD, strict=True))
        assert right <= len(HEARD) // 2

    def test_lines_are_readings(self, lookup: Lookup) -> None:
        readings = ["đăng ký kết hôn có đi mô", "ký kết hôn có đi mô nhưline"]
        assert lookup.find("\n".join(readings)) == lookup.find_heard(readings)

    def test_well_heard_questions_keep_their_answer(self, lookup: Lookup) -> None:
        with (ROOT / "tests/counter_map/utterances.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["kind"] == "direct" and row["lang"] == "vi"]
        typed = [lookup.find(row["utterance"]) for row in rows]
        heard = [lookup.find_heard([row["utterance"]]) for row in rows]
        same = sum(
            one.candidates[0].code in {match.code for match in two.candidates}
            for one, two in zip(typed, heard, strict=True)
            if one.candidates
        )
        assert same >= 0.95 * sum(bool(one.candidates) for one in typed)

    def test_commands_and_places_are_still_understood(self, lookup: Lookup) -> None:
        assert lookup.find_heard(["nhà vệ sinh ở đâu", "nhà vệ sinh ở đâu"]).decision == "facility"
        assert lookup.find_heard(["dừng lại"]).decision == "command"

    @given(st.lists(st.text(max_size=40), max_size=4))
    @settings(max_examples=40, deadline=None)
    def test_never_fails(self, lookup: Lookup, readings: list[str]) -> None:
        answer = lookup.find_heard(readings)
        assert all(0.0 <= match.probability <= 1.0 for match in answer.candidates)
