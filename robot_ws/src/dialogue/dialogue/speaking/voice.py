"""What a voice is, and how one is chosen by name."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError

BACKENDS = ("pyttsx3", "espeak-ng", "piper")


@dataclass(frozen=True, slots=True)
class Sound:
    """Hold mono int16 samples and their rate in Hz."""

    samples: npt.NDArray[np.int16]
    rate: int

    @property
    def duration(self) -> float:
        """Return how long it lasts, in s."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Set how the robot sounds: espeak-ng voices by language, words a minute, pitch and volume 0..100.

    `piper_models` names a Piper voice file (.onnx) for a language, as "vi=/path/voice.onnx".
    """

    backend: str = "pyttsx3"
    voices: tuple[str, ...] = ("vi=vi", "en=en-us")
    rate: int = 150
    pitch: int = 45
    volume: int = 90
    piper_models: tuple[str, ...] = ("",)

    def voice_of(self, language: str) -> str:
        """Return the espeak-ng voice of a language; the language's own name when none is set."""
        pairs = dict(entry.split("=", 1) for entry in self.voices if "=" in entry)
        return pairs.get(language, pairs.get(language.split("-")[0], language))

    def piper_model_of(self, language: str) -> str:
        """Return the Piper voice file of a language, empty when none is set."""
        pairs = dict(entry.split("=", 1) for entry in self.piper_models if "=" in entry)
        return pairs.get(language, pairs.get(language.split("-")[0], ""))


class Voice(Protocol):
    """Turn text into sound; safe to call from one worker thread."""

    def render(self, text: str, language: str) -> Sound:
        """Return the sound of a text; raise BackendError when the voice cannot speak."""

    def close(self) -> None:
        """Let go of processes and models."""


def make_voice(settings: VoiceSettings) -> Voice:
    """Make the voice that is set; raise BackendError when its name is unknown."""
    from dialogue.speaking.espeak import EspeakVoice
    from dialogue.speaking.piper import PiperVoice
    from dialogue.speaking.pyttsx import PyttsxVoice

    makers = {"pyttsx3": PyttsxVoice, "espeak-ng": EspeakVoice, "piper": PiperVoice}
    if settings.backend not in makers:
        raise BackendError(f"{settings.backend}: no such voice; use one of {', '.join(BACKENDS)}")
    voice: Voice = makers[settings.backend](settings)
    return voice


def read_wav(data: bytes) -> Sound:
    """Read a WAV that a synthesiser wrote (streamed ones carry no length) as mono int16."""
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise BackendError(f"the synthesiser gave no sound ({error}); check that espeak-ng is installed") from None
    return Sound(np.ascontiguousarray(samples[:, 0]), int(rate))


def save_wav(sound: Sound, path: Path | str) -> None:
    """Write a sound as a 16-bit mono WAV; raise BackendError when the place cannot be written."""
    import soundfile

    try:
        soundfile.write(str(path), sound.samples, sound.rate, format="WAV", subtype="PCM_16")
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        raise BackendError(f"{path}: cannot be written ({error}); give another --out") from None
