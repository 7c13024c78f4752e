"""Vietnamese recognition that expects a site's phrases; a sentence of something else is read as it sounds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError
from dialogue.hearing.biased.acoustics import Acoustics
from dialogue.hearing.biased.phrase_model import PhraseModel
from dialogue.hearing.biased.phrases import learn_phrases
from dialogue.hearing.biased.search import Search, SearchParams, plain_reading
from dialogue.hearing.recogniser import Transcript
from dialogue.hearing.wav import SAMPLE_RATE

LEAD_IN, LEAD_OUT = 0.1, 0.2
"""s of silence put before and after the sound; the model's first chunk needs a beginning and its last word an end."""
READINGS = 4


class BiasedRecogniser:
    """Recognise Vietnamese with one streaming pass; the next best readings and the plain one are alternatives."""

    def __init__(
        self, phrases: Iterable[str] | PhraseModel, language: str = "vi", params: SearchParams | None = None
    ) -> None:
        if language.split("-")[0] != "vi":
            raise BackendError(f"{language}: viet-asr hears Vietnamese only; use --backend vosk with a model folder")
        self.language = language
        self._acoustics = Acoustics()
        model = phrases if isinstance(phrases, PhraseModel) else learn_phrases(phrases)
        self._search = Search(model, params)
        self._begin()

    def accept(self, samples: npt.NDArray[np.int16]) -> None:
        """Take the next samples of the utterance."""
        self._read(self._acoustics.accept(np.ascontiguousarray(samples, np.int16)))

    def partial(self) -> str:
        """Return what has been understood so far."""
        readings = self._search.readings(1)
        return readings[0][0] if readings else ""

    def final(self, silence: float = 0.0) -> Transcript:
        """End the utterance, return its transcript, and be ready for the next; `silence` saves nothing here."""
        self._read(self._acoustics.accept(_silence(LEAD_OUT)))
        self._read(self._acoustics.finish())
        plain = plain_reading(np.concatenate(self._likeliest)) if self._likeliest else ""
        texts = [text for text, _ in self._search.readings(READINGS)] if plain else []
        self.reset()
        return _transcript(texts, plain)

    def reset(self) -> None:
        """Forget the utterance under way."""
        self._acoustics.reset()
        self._search.reset()
        self._begin()

    def close(self) -> None:
        """Hold nothing of its own: the model is shared."""

    def _begin(self) -> None:
        self._likeliest: list[npt.NDArray[np.int64]] = []
        self._read(self._acoustics.accept(_silence(LEAD_IN)))

    def _read(self, posteriors: npt.NDArray[np.float32]) -> None:
        if len(posteriors):
            self._likeliest.append(posteriors.argmax(axis=1))
            self._search.accept(posteriors)


def _transcript(texts: list[str], plain: str) -> Transcript:
    """Take the best reading; how alike the sound alone reads, and the other readings, is the confidence."""
    from rapidfuzz.fuzz import ratio

    if not texts:
        return Transcript("", 0.0)
    others = tuple(dict.fromkeys(text for text in (*texts[1:], plain) if text != texts[0]))
    agreement = sum(ratio(texts[0], text) for text in (texts[0], plain, *others)) / (100.0 * (2 + len(others)))
    return Transcript(texts[0], round(agreement, 3), others)


def _silence(seconds: float) -> npt.NDArray[np.int16]:
    return np.zeros(round(seconds * SAMPLE_RATE), np.int16)
