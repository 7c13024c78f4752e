"""The robot's microphone: the hall's noise, voices by their distance and echo, and the robot's own; 100 ms a chunk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hall_sim.scenarios.settings_sound import SoundSettings
from hall_sim.sound.acoustics import Room, heard
from hall_sim.sound.noise import HallNoise
from hall_sim.sound.voice import SAMPLE_RATE, VOICE_LEVEL, reading_time, speak

CHUNK = 0.1
"""s of one chunk."""
CHUNK_SAMPLES = round(CHUNK * SAMPLE_RATE)
HALL = (56.0, 34.0)
"""m: length and width of a hall of which nothing is known, the first site's."""

Int16 = npt.NDArray[np.int16]


@dataclass(slots=True)
class _Voice:
    samples: npt.NDArray[np.float32]
    begun: int = 0
    placed: bool = False


class Microphone:
    """Mix what the robot hears.

    Args:
        rng: of the noise.
        settings: how the hall sounds.
        size: the hall's length and width in m.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        settings: SoundSettings | None = None,
        size: tuple[float, float] = HALL,
    ) -> None:
        self.settings = settings or SoundSettings()
        self._room = Room(*size, self.settings.ceiling_m, self.settings.rt60_s)
        self._voices: list[_Voice] = []
        self._own = np.zeros(0, np.float32)
        self._own_gain = 10.0 ** (self.settings.own_voice_leak_db / 20.0)
        self._noise: HallNoise | None = None
        if self.aloud:
            level = VOICE_LEVEL * 10.0 ** (-self.settings.snr_db / 20.0)
            self._noise = HallNoise(rng, level, self._room, self.settings.babble)

    @property
    def aloud(self) -> bool:
        """Tell whether there is any sound; without it words are given as text."""
        return self.settings.mode == "audio"

    def say(self, text: str, voice: str, rate: int, pitch: int) -> float:
        """Let a visitor say something from the next chunk on; return how long it takes, in s."""
        return self.begin(speak(text, voice, rate, pitch)) if self.aloud else reading_time(text)

    def begin(self, samples: npt.NDArray[np.float32]) -> float:
        """Let a voice, as it is at 1 m, speak from the next chunk on; return its length in s."""
        self._voices.append(_Voice(samples))
        return len(samples) / SAMPLE_RATE

    def robot_sounds(self, samples: Int16, rate: int) -> None:
        """Take what the robot's loudspeaker sounds next, at `rate` Hz; it leaks into the microphone."""
        sound = samples.astype(np.float64) / 32767.0
        if rate != SAMPLE_RATE:
            count = round(len(sound) * SAMPLE_RATE / rate)
            sound = np.interp(np.arange(count) * rate / SAMPLE_RATE, np.arange(len(sound)), sound)
        self._own = np.concatenate([self._own, (self._own_gain * sound).astype(np.float32)])

    def robot_falls_silent(self) -> None:
        """Forget what the loudspeaker has not sounded yet."""
        self._own = np.zeros(0, np.float32)

    def chunk(self, distance: float) -> Int16:
        """Return the next 100 ms as int16; `distance` in m to who speaks. Raises ValueError where there is no sound."""
        if self._noise is None:
            raise ValueError("the scenario gives words as text: there is nothing to hear")
        sound = self._noise.next(CHUNK_SAMPLES)
        for voice in self._voices:
            self._place(voice, distance)
            part = voice.samples[voice.begun : voice.begun + CHUNK_SAMPLES]
            sound[: len(part)] += part
            voice.begun += CHUNK_SAMPLES
        self._voices = [voice for voice in self._voices if voice.begun < len(voice.samples)]
        own, self._own = self._own[:CHUNK_SAMPLES], self._own[CHUNK_SAMPLES:]
        sound[: len(own)] += own
        return (np.clip(sound, -1.0, 1.0) * 32767.0).astype(np.int16)

    def _place(self, voice: _Voice, distance: float) -> None:
        """Put a voice where it begins: who speaks stands."""
        if not voice.placed:
            voice.samples, voice.placed = heard(voice.samples, self._room, distance), True
