"""Whether a sentence may be over, and what the end-pointing makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dialogue.hearing import Endpointer, EndpointerParams
from dialogue.hearing.ending import COMPLETE, UNFINISHED, USUAL, Endings
from dialogue.hearing.vocabulary import site_vocabulary
from tests.dialogue.sounds import visitor_says


@pytest.fixture(scope="module")
def vietnamese(root: Path) -> Endings:
    return Endings("vi", site_vocabulary(root / "maps" / "hcmc_center", "vi"))


@pytest.mark.parametrize(
    "text", ["nhà vệ sinh ở đâu", "có", "không cần đâu ạ", "tôi muốn làm phiếu lý lịch tư pháp giúp tôi", "dừng lại"]
)
def test_a_whole_request_or_answer_is_complete(vietnamese: Endings, text: str) -> None:
    assert vietnamese(text) == COMPLETE


@pytest.mark.parametrize("text", ["tôi muốn", "tôi muốn làm", "dạ", "cho tôi hỏi", "đăng ký", "làm khai sinh và", "ừm"])
def test_a_sentence_left_in_the_air_is_unfinished(vietnamese: Endings, text: str) -> None:
    assert vietnamese(text) == UNFINISHED


@pytest.mark.parametrize("text", ["", "hôm nay trời mưa", "tôi bị mất"])
def test_of_anything_else_nothing_is_known(vietnamese: Endings, text: str) -> None:
    assert vietnamese(text) == USUAL


def test_the_beginning_of_a_longer_phrase_is_not_complete() -> None:
    endings = Endings("vi", ["kết hôn", "kết hôn với người nước ngoài"])
    assert endings("tôi xin kết hôn") == USUAL
    assert endings("tôi xin kết hôn với người nước ngoài") == COMPLETE


@pytest.mark.parametrize(("text", "ending"), [("i pay", USUAL), ("where is", UNFINISHED), ("a visa please", COMPLETE)])
def test_other_languages_have_endings_of_their_own(text: str, ending: str) -> None:
    assert Endings("en")(text) == ending


def silence_until_the_end(ending: str) -> float:
    """Return s of silence after which an utterance is ended when this is expected of it."""
    endpointer = Endpointer(EndpointerParams())
    sound = np.concatenate([visitor_says("Nhà vệ sinh ở đâu"), np.zeros(32_000, np.int16)])
    for first in range(0, len(sound), 512):
        if endpointer.in_speech:
            endpointer.expect(ending)
        for utterance in endpointer.accept(sound[first : first + 512], first / 16_000):
            return (first + 512) / 16_000 - utterance.end
    raise AssertionError("never ended")


def test_the_more_complete_the_sooner_it_ends() -> None:
    params = EndpointerParams()
    for ending, silence in (
        (COMPLETE, params.sure_silence),
        (USUAL, params.end_silence),
        (UNFINISHED, params.unfinished_silence),
    ):
        assert silence_until_the_end(ending) == pytest.approx(silence, abs=0.033)


def test_what_was_expected_of_one_utterance_is_forgotten_with_the_next() -> None:
    endpointer = Endpointer(EndpointerParams())
    endpointer.expect(UNFINISHED)
    endpointer.reset()
    assert endpointer.patience == endpointer.params.end_silence
