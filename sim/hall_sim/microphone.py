"""The robot's microphone: the hall's murmur, and voices by their distance, in chunks of 100 ms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hall_sim.voice import SAMPLE_RATE

CHUNK = 0.1
"""s of one chunk."""
CHUNK_SAMPLES = round(CHUNK * SAMPLE_RATE)
MURMUR = 0.002
"""RMS of the hall's noise, as a share of full scale (-54 dBFS)."""
NEAREST, FARTHEST = 0.8, 6.0
"""m: between them a voice gets quieter with one over its distance."""


@dataclass(slots=True)
class _Voice:
    samples: npt.NDArray[np.float32]
    begun: int = 0


class Microphone:
    """Mix what the robot hears.

    Args:
        rng: of the noise.
        murmur: RMS of the noise, as a share of full scale.
    """

    def __init__(self, rng: np.random.Generator, murmur: float = MURMUR) -> None:
        self._rng = rng
        self._murmur = murmur
        self._voices: list[_Voice] = []
        self._tail = 0.0

    def begin(self, samples: npt.NDArray[np.float32]) -> float:
        """Let a voice speak from the next chunk on; return its length in s."""
        self._voices.append(_Voice(samples))
        return len(samples) / SAMPLE_RATE

    def chunk(self, distance: float) -> npt.NDArray[np.int16]:
        """Return the next 100 ms as int16; `distance` in m to who speaks."""
        sound = self._noise()
        gain = 1.0 / min(max(distance, NEAREST), FARTHEST)
        for voice in self._voices:
            part = voice.samples[voice.begun : voice.begun + CHUNK_SAMPLES]
            sound[: len(part)] += gain * part
            voice.begun += CHUNK_SAMPLES
        self._voices = [voice for voice in self._voices if voice.begun < len(voice.samples)]
        return (np.clip(sound, -1.0, 1.0) * 32767.0).astype(np.int16)

    def _noise(self) -> npt.NDArray[np.float64]:
        # A hall murmurs in low tones: white noise is smoothed a little.
        white = self._rng.standard_normal(CHUNK_SAMPLES + 1) * self._murmur
        white[0], self._tail = self._tail, white[-1]
        smooth: npt.NDArray[np.float64] = (white[1:] + white[:-1]) / np.sqrt(2.0)
        return smooth
