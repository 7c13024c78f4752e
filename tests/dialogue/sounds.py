"""Speech and noise for the tests, made at run time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dialogue.hearing import SAMPLE_RATE, resample
from dialogue.speaking import EspeakVoice, VoiceSettings

Samples = npt.NDArray[np.int16]

VISITOR = VoiceSettings(voices=("vi=vi+f2", "en=en-us+f2"), rate=150, pitch=70, volume=100)


def visitor_says(text: str, language: str = "vi") -> Samples:
    """The sound of a visitor's words, 16 kHz."""
    sound = EspeakVoice(VISITOR).render(text, language)
    return resample(sound.samples, sound.rate)


def noise(seconds: float, level: float = 20.0, seed: int = 1) -> Samples:
    """White noise of a standard deviation, 16 kHz."""
    return np.random.default_rng(seed).normal(0.0, level, round(seconds * SAMPLE_RATE)).astype(np.int16)


def in_noise(sound: Samples, before: float = 0.8, after: float = 1.2, level: float = 20.0, seed: int = 1) -> Samples:
    """A sound with noise before, under and after it."""
    total = round((before + after) * SAMPLE_RATE) + len(sound)
    out = noise(total / SAMPLE_RATE + 0.01, level, seed)[:total].astype(np.int32)
    first = round(before * SAMPLE_RATE)
    out[first : first + len(sound)] += sound
    return np.clip(out, -32768, 32767).astype(np.int16)
