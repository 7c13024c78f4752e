"""Hearing with a site's phrases in mind: the phrase model, the search, and whole utterances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dialogue.errors import BackendError
from dialogue.hearing import make_recogniser
from dialogue.hearing.biased import BiasedRecogniser
from dialogue.hearing.biased.acoustics import Acoustics, tokens
from dialogue.hearing.biased.phrase_model import learn, spell
from dialogue.hearing.biased.phrases import read_phrases
from dialogue.hearing.biased.search import Search
from tests.dialogue.sounds import visitor_says

ROOT = Path(__file__).parents[2]
SITE = ROOT / "maps/hcmc_center"
ASKED = "Tôi muốn làm phiếu lý lịch tư pháp"


@pytest.fixture(scope="module")
def recogniser() -> BiasedRecogniser:
    return make_recogniser("viet-phrases", "vi", phrases=str(SITE))


def peaks(*words: str) -> np.ndarray:
    """Log posteriors in which each word is likeliest on one frame, blanks between."""
    frames = []
    for word in words:
        for token in (*spell(word), 0):
            frame = np.full(len(tokens()), np.log(1e-6), np.float32)
            frame[token] = np.log(0.6)
            frames.append(frame)
    return np.array(frames)


class TestPhraseModel:
    def test_probabilities_sum_to_one_whatever_went_before(self) -> None:
        model = learn([["đăng", "ký", "kết", "hôn"], ["đăng", "ký", "khai", "sinh"]])
        assert model.single.sum() == pytest.approx(1.0)
        (dang,), (ky,) = spell("đăng"), spell("ký")
        size = len(tokens())
        follows = model.pairs[model.pair_keys // size == ky].sum()
        assert follows + model.pair_rest[ky] == pytest.approx(1.0)
        triples = model.triples[model.triple_keys // size == dang * size + ky].sum()
        assert triples + model.rests[model.rest_keys == dang * size + ky][0] == pytest.approx(1.0)

    def test_words_are_spelt_and_unspeakable_ones_are_not(self) -> None:
        assert "".join(tokens()[i] for i in spell("pháp")) == "▁pháp"
        assert spell("漢") == ()

    def test_phrases_come_from_a_site_or_a_list(self, tmp_path: Path) -> None:
        assert read_phrases(SITE) == read_phrases(SITE / "procedures.csv")
        (tmp_path / "list.txt").write_text("đăng ký kết hôn\n\nlý lịch tư pháp\n", encoding="utf-8")
        assert read_phrases(tmp_path / "list.txt") == ["đăng ký kết hôn", "lý lịch tư pháp"]

    @pytest.mark.parametrize("text", [None, "\n\n"])
    def test_no_phrases_is_a_clear_error(self, tmp_path: Path, text: str | None) -> None:
        path = tmp_path / "list.txt"
        if text is not None:
            path.write_text(text, encoding="utf-8")
        with pytest.raises(BackendError, match=r"list\.txt"):
            read_phrases(path)


class TestSearch:
    def test_reads_what_is_plain(self) -> None:
        search = Search(learn([["đăng", "ký", "kết", "hôn"]]))
        search.accept(peaks("xin", "chào", "anh"))
        assert search.readings(1)[0][0] == "xin chào anh"

    def test_a_phrase_settles_what_is_unsure(self) -> None:
        frames = peaks("lý", "lịch", "cư", "pháp")
        unsure = int(np.flatnonzero(frames.argmax(axis=1) == spell("cư")[0])[0])
        frames[unsure, spell("tư")[0]] = np.log(0.3)
        search = Search(learn([["lý", "lịch", "tư", "pháp"]]))
        search.accept(frames)
        assert search.readings(1)[0][0] == "lý lịch tư pháp"

    def test_readings_differ_and_fall(self) -> None:
        search = Search(learn([["lý", "lịch", "tư", "pháp"]]))
        search.accept(peaks("lý", "lịch", "tư", "pháp"))
        readings = search.readings(5)
        assert len({text for text, _ in readings}) == len(readings) == 5
        assert [score for _, score in readings] == sorted((score for _, score in readings), reverse=True)

    def test_pieces_read_as_the_whole(self) -> None:
        frames = peaks("đăng", "ký", "kết", "hôn")
        whole, pieces = (Search(learn([["đăng", "ký", "kết", "hôn"]])) for _ in range(2))
        whole.accept(frames)
        for frame in frames:
            pieces.accept(frame[None])
        assert whole.readings(3) == pieces.readings(3)


class TestRecogniser:
    def test_chunks_give_the_same_posteriors_as_the_whole(self) -> None:
        sound = visitor_says(ASKED)
        whole, pieces = Acoustics(), Acoustics()
        at_once = [whole.accept(sound), whole.finish()]
        parts = [pieces.accept(sound[i : i + 1111]) for i in range(0, len(sound), 1111)] + [pieces.finish()]
        assert np.concatenate(at_once) == pytest.approx(np.concatenate(parts), abs=1e-3)

    def test_hears_a_question_and_gives_other_readings(self, recogniser: BiasedRecogniser) -> None:
        recogniser.accept(visitor_says(ASKED))
        assert "lý lịch tư pháp" in recogniser.partial()
        found = recogniser.final()
        assert "lý lịch tư pháp" in found.text and 0.0 < found.confidence <= 1.0
        assert found.alternatives and found.text not in found.alternatives

    def test_silence_says_nothing_and_leaves_no_trace(self, recogniser: BiasedRecogniser) -> None:
        recogniser.accept(np.zeros(16000, np.int16))
        assert recogniser.final().text == ""
        recogniser.accept(visitor_says("Nhà vệ sinh ở đâu"))
        assert "vệ sinh" in recogniser.final().text

    def test_another_language_is_a_clear_error(self) -> None:
        with pytest.raises(BackendError, match="Vietnamese only"):
            make_recogniser("viet-phrases", "en", phrases=str(SITE))
