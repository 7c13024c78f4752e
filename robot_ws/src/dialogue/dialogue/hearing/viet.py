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


_living: WeakSet[VietRecogniser] = WeakSet()


class VietRecogniser:
    """Recognise Vietnamese; the first pass streams, further passes give the alternatives."""

    def __init__(self, language: str = "vi", lead_ins: tuple[float, ...] = LEAD_INS) -> None:
        if language.split("-")[0] != "vi":
            raise BackendError(f"{language}: viet-asr hears Vietnamese only; use --backend vosk with a model folder")
        self.language = language
        self._lead_ins = lead_ins
        self._pipeline = _pipeline()
        self._begin()
        _living.add(self)

    def close(self) -> None:
        """Let go of the native session."""
        self._session.close()

    def accept(self, samples: npt.NDArray[np.int16]) -> None:
        """Take the next samples of the utterance."""
        samples = np.ascontiguousarray(samples, np.int16)
        self._heard.append(samples)
        self._session.accept(samples)

    def partial(self) -> str:
        """Return what has been understood so far."""
        return str(self._session.partial().partial)

    def final(self) -> Transcript:
        """End the utterance, return its transcript, and be ready for the next."""
        first = _clean(self._session.final().text)
        heard = np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)
        texts = [first]
        for lead_in in self._lead_ins[1:] if len(heard) else ():
            texts.append(self._again(heard, lead_in))
        self.reset()
        return _vote(texts)

    def reset(self) -> None:
        """Forget the utterance under way."""
        self._session.close()
        self._begin()

    def _begin(self) -> None:
        self._session = self._pipeline.stream(SAMPLE_RATE)
        self._heard: list[npt.NDArray[np.int16]] = []
        self._session.accept(_silence(self._lead_ins[0]))

    def _again(self, heard: npt.NDArray[np.int16], lead_in: float) -> str:
        return _clean(self._pipeline.transcribe(np.concatenate([_silence(lead_in), heard]), SAMPLE_RATE).text)


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
