"""Recognition of any language that a Vosk model is there for."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError
from dialogue.hearing.recogniser import Transcript
from dialogue.hearing.vosk_grammar import Grammar
from dialogue.hearing.wav import SAMPLE_RATE


class VoskRecogniser:
    """Recognise with a Vosk model; `grammar` narrows it to the phrases given, where the model allows."""

    def __init__(self, model: str | None, language: str, grammar: tuple[str, ...] = ()) -> None:
        if not model:
            raise BackendError("vosk needs a model folder; give one with --model DIR (see alphacephei.com/vosk/models)")
        folder = model_folder(model)
        import vosk

        vosk.SetLogLevel(-1)
        self.language = language
        try:
            loaded = vosk.Model(str(folder))
        except Exception:  # vosk raises the bare class
            raise BackendError(f"{folder}: the Vosk model does not load; unpack it again") from None
        self._grammar = Grammar(grammar, lambda word: loaded.vosk_model_find_word(word) >= 0)
        entries = self._grammar.entries
        if grammar and not entries:
            raise BackendError(f"{folder}: the model knows no phrase of the grammar; is it a model of '{language}'?")
        words = (json.dumps(entries, ensure_ascii=False),) if entries else ()
        self._recogniser = vosk.KaldiRecognizer(loaded, SAMPLE_RATE, *words)
        self._recogniser.SetWords(True)
        self._parts: list[dict[str, Any]] = []

    def accept(self, samples: npt.NDArray[np.int16]) -> None:
        """Take the next samples of the utterance."""
        if self._recogniser.AcceptWaveform(np.ascontiguousarray(samples, np.int16).tobytes()):
            self._parts.append(json.loads(self._recogniser.Result()))

    def partial(self) -> str:
        """Return what has been understood so far."""
        now = json.loads(self._recogniser.PartialResult()).get("partial", "")
        return self._text([part.get("text", "") for part in self._parts] + [now])

    def final(self, silence: float = 0.0) -> Transcript:
        """End the utterance and return its transcript; the next may be accepted."""
        parts = [*self._parts, json.loads(self._recogniser.FinalResult())]
        self.reset()
        words = [word for part in parts for word in part.get("result", [])]
        confidence = sum(word.get("conf", 0.0) for word in words) / len(words) if words else 0.0
        text = self._text([part.get("text", "") for part in parts])
        return Transcript(text, round(confidence, 3), self._grammar.nearest(text))

    def reset(self) -> None:
        """Forget the utterance under way, and be ready to hear the next without delay."""
        self._parts = []
        self._recogniser.Reset()

    def _text(self, texts: list[str]) -> str:
        return self._grammar.as_written(" ".join(texts).replace("[unk]", " "))


def model_folder(model: str) -> Path:
    """Find a Vosk model: a folder, or an installed package with the folder `model` in it; raise BackendError."""
    folders = [Path(model)]
    if model.isidentifier() and (spec := find_spec(model)) is not None:
        folders += [Path(place) / "model" for place in spec.submodule_search_locations or ()]
    for folder in folders:
        if (folder / "am").is_dir() or (folder / "final.mdl").is_file():
            return folder
    raise BackendError(f"{model}: no Vosk model there; give the unpacked folder that holds am/ and conf/")
