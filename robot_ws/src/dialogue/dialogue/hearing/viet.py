"""Vietnamese recognition with viet-asr: a streaming transducer whose model is inside the wheel."""

from __future__ import annotations

import atexit
import contextlib
import os
from collections.abc import Iterator
from functools import cache
from typing import Any
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError
from dialogue.hearing.recogniser import Transcript
from dialogue.hearing.wav import SAMPLE_RATE

LEAD_INS = (0.1, 1.0, 0.5)
"""s of silence put before the sound in each pass. The model cuts sound into blocks; moving the cuts gives it another
look, and where looks agree the text is surer. All are taken: two passes over the demo's question can agree on the same
mistake, while of three one was right for each of 24 noises."""

SETTLED = 0.6
"""s of silence, as the end-pointing hears it, after which every word has been told: blocks of 0.44 s are decoded."""


_living: WeakSet[VietRecogniser] = WeakSet()


class VietRecogniser:
    """Recognise Vietnamese in several passes at once; the first gives the text, the others the alternatives.

    The passes take turns, so that a chunk of sound waits for the blocks of one of them, not of all.
    """

    def __init__(self, language: str = "vi", lead_ins: tuple[float, ...] = LEAD_INS) -> None:
        if language.split("-")[0] != "vi":
            raise BackendError(f"{language}: viet-asr hears Vietnamese only; use --backend vosk with a model folder")
        self.language = language
        self._lead_ins = lead_ins
        self._pipeline = _pipeline()
        self._passes: list[Any] = []
        self._behind: list[list[npt.NDArray[np.int16]]] = []
        self._turn = 0
        self._fresh = True
        self.reset()
        _living.add(self)

    def close(self) -> None:
        """Let go of the native sessions."""
        for session in self._passes:
            session.close()
        self._passes = []
        self._fresh = True

    def accept(self, samples: npt.NDArray[np.int16]) -> None:
        """Take the next samples of the utterance."""
        if not self._passes:
            self.reset()
        if not len(samples):
            return
        self._fresh = False
        for behind in self._behind:
            behind.append(np.ascontiguousarray(samples, np.int16))
        self._catch_up(self._turn)
        self._turn = (self._turn + 1) % len(self._passes)

    def partial(self) -> str:
        """Return what has been understood so far."""
        return _clean(self._passes[0].partial().partial) if self._passes else ""

    def final(self, silence: float = 0.0) -> Transcript:
        """End the utterance and return its transcript; the next may be accepted."""
        if self._fresh:
            return Transcript("", 0.0)
        for index in range(len(self._passes)):
            self._catch_up(index)
        if silence >= SETTLED:
            texts = [session.partial().partial for session in self._passes]
        else:
            texts = [session.final().text for session in self._passes]
        self.close()
        return _vote([_clean(text) for text in texts])

    def reset(self) -> None:
        """Forget the utterance under way, and be ready to hear the next without delay."""
        if self._passes and self._fresh:
            return
        self.close()
        self._behind, self._turn = [[] for _ in self._lead_ins], 0
        for lead_in in self._lead_ins:
            session = self._pipeline.stream(SAMPLE_RATE)
            session.accept(_silence(lead_in))
            self._passes.append(session)

    def _catch_up(self, index: int) -> None:
        if self._behind[index]:
            self._passes[index].accept(np.concatenate(self._behind[index]))
            self._behind[index].clear()


def _vote(texts: list[str]) -> Transcript:
    """Take the first text that is not empty; how far the passes agree is the confidence."""
    from rapidfuzz.fuzz import ratio

    found = [text for text in texts if text]
    if not found:
        return Transcript("", 0.0)
    agreement = sum(ratio(found[0], text) for text in texts) / (100.0 * len(texts))
    others = tuple(dict.fromkeys(text for text in found if text != found[0]))
    return Transcript(found[0], round(agreement, 3), others)


def _silence(seconds: float) -> npt.NDArray[np.int16]:
    return np.zeros(round(seconds * SAMPLE_RATE), np.int16)


def _clean(text: str) -> str:
    return " ".join(text.split())


@cache
def _pipeline() -> Any:
    with _quiet_stderr():
        try:
            import vietasr
        except (ImportError, OSError) as error:
            raise BackendError(f"viet-asr cannot be loaded ({error}); run the set-up again") from None
        vietasr.pipeline.native.lib.vietasr_set_log_level(3)
        pipeline = vietasr.Pipeline.preset("transcribe")
    atexit.register(_let_go, pipeline)
    return pipeline


def _let_go(pipeline: Any) -> None:
    """Free sessions before the model, and both before the interpreter takes the library's own means away."""
    for recogniser in _living:
        recogniser.close()
    pipeline.close()


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep the native library's loading messages off the terminal."""
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
