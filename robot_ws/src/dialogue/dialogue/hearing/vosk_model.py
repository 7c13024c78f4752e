"""Recognition of any language that a Vosk model folder is there for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError
from dialogue.hearing.recogniser import Transcript
from dialogue.hearing.wav import SAMPLE_RATE


class VoskRecogniser:
    """Recognise with a Vosk model; `grammar` narrows it to the words given, where the model allows."""

    def __init__(self, model: str | None, language: str, grammar: tuple[str, ...] = ()) -> None:
        if not model:
            raise BackendError("vosk needs a model folder; give one with --model DIR (see alphacephei.com/vosk/models)")
        folder = Path(model)
        if not (folder / "am").is_dir() and not (folder / "final.mdl").is_file():
            raise BackendError(f"{folder}: no Vosk model there; give the unpacked folder that holds am/ and conf/")
        import vosk

        vosk.SetLogLevel(-1)
        self.language = language
        try:
            loaded = vosk.Model(str(folder))
        except Exception:  # vosk raises the bare class
            raise BackendError(f"{folder}: the Vosk model does not load; unpack it again") from None
        words = (json.dumps([*grammar, "[unk]"], ensure_ascii=False),) if grammar else ()
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
        return _join([part.get("text", "") for part in self._parts] + [now])

    def final(self, silence: float = 0.0) -> Transcript:
        """End the utterance and return its transcript; the next may be accepted."""
        parts = [*self._parts, json.loads(self._recogniser.FinalResult())]
        self.reset()
        words = [word for part in parts for word in part.get("result", [])]
        confidence = sum(word.get("conf", 0.0) for word in words) / len(words) if words else 0.0
        return Transcript(_join([part.get("text", "") for part in parts]), round(confidence, 3))

    def reset(self) -> None:
        """Forget the utterance under way."""
        self._parts = []
        self._recogniser.Reset()


def _join(texts: list[str]) -> str:
    return " ".join(" ".join(texts).replace("[unk]", " ").split())
