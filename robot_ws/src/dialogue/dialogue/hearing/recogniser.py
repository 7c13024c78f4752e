"""What a recogniser is, and how one is chosen by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError

BACKENDS = ("viet-asr", "viet-phrases", "vosk")


@dataclass(frozen=True, slots=True)
class Transcript:
    """Hold what was understood of one utterance: the text, how sure (0..1), and other readings, best first."""

    text: str
    confidence: float
    alternatives: tuple[str, ...] = ()


class Recognizer(Protocol):
    """Turn 16 kHz mono int16 sound into text, chunk by chunk; not for several threads at once."""

    language: str

    def accept(self, samples: npt.NDArray[np.int16]) -> None:
        """Take the next samples of the utterance."""

    def partial(self) -> str:
        """Return what has been understood so far."""

    def final(self, silence: float = 0.0) -> Transcript:
        """End the utterance and return its transcript; the next may be accepted.

        `silence`: s without speech at the end of what was accepted; after enough of it nothing is left to work out.
        """

    def reset(self) -> None:
        """Forget the utterance under way, and be ready to hear the next without delay."""


def make_recogniser(
    backend: str = "viet-asr",
    language: str = "vi",
    model: str | None = None,
    grammar: tuple[str, ...] = (),
    phrases: str = "",
) -> Recognizer:
    """Load a recogniser by name; raise BackendError when it is unknown or its model is missing.

    Args:
        backend: "viet-asr" (Vietnamese, its model is inside the wheel), "viet-phrases" (the same model, expecting a
            site's phrases) or "vosk" (any language).
        language: BCP 47 tag of what is spoken.
        model: the folder of a Vosk model, or the name of an installed package that brings one.
        grammar: the phrases that a Vosk model is narrowed to (see `site_vocabulary`); empty: it hears all it knows.
        phrases: for "viet-phrases": a text file, one a line, or a site's folder or procedures.csv.
    """
    if backend == "viet-asr":
        from dialogue.hearing.viet import VietRecogniser

        return VietRecogniser(language)
    if backend == "viet-phrases":
        from dialogue.hearing.biased import BiasedRecogniser
        from dialogue.hearing.biased.phrases import read_phrases

        return BiasedRecogniser(read_phrases(phrases), language)
    if backend == "vosk":
        from dialogue.hearing.vosk_model import VoskRecogniser

        return VoskRecogniser(model, language, grammar)
    raise BackendError(f"{backend}: no such recogniser; use one of {', '.join(BACKENDS)}")
