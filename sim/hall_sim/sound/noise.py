"""The noise of a hall: a low murmur, and people talking elsewhere, whom the walls blend into babble."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from hall_sim.sound.acoustics import Room, impulse_response
from hall_sim.sound.cache import kept
from hall_sim.sound.voice import SAMPLE_RATE, espeak_version, speak

SOURCES = [Path(__file__).with_name(name) for name in ("noise.py", "acoustics.py", "voice.py")]
"""What the babble is made by."""
LOOP = 20.0
"""s after which the babble comes again."""
PAUSE = 1.2
"""s between two lines of one person."""
AFAR = 5.6
"""m to the people who talk elsewhere."""
BABBLE_SHARE = 0.5
"""Share of the noise's power that is babble, where there is any."""


class HallNoise:
    """Make the hall's noise chunk by chunk, for ever.

    Args:
        rng: of the murmur, and of where in the babble to begin.
        level: root mean square of all of it, as a share of full scale.
        room: the hall.
        people: how many are heard talking; 0 for a murmur alone.
    """

    def __init__(self, rng: np.random.Generator, level: float, room: Room, people: int) -> None:
        self._rng, self._level = rng, level
        self._tail = 0.0
        self._loop = babble(room, people) if people else np.zeros(0, np.float32)
        self._at = int(rng.integers(len(self._loop))) if people else 0

    def next(self, count: int) -> npt.NDArray[np.float64]:
        """Return the next samples."""
        if not len(self._loop):
            return self._murmur(count) * self._level
        rows = (self._at + np.arange(count)) % len(self._loop)
        self._at = (self._at + count) % len(self._loop)
        both = np.sqrt(1.0 - BABBLE_SHARE) * self._murmur(count) + np.sqrt(BABBLE_SHARE) * self._loop[rows]
        return np.asarray(self._level * both, np.float64)

    def _murmur(self, count: int) -> npt.NDArray[np.float64]:
        # A hall murmurs in low tones: white noise is smoothed a little.
        white = self._rng.standard_normal(count + 1)
        white[0], self._tail = self._tail, white[-1]
        smooth: npt.NDArray[np.float64] = (white[1:] + white[:-1]) / np.sqrt(2.0)
        return smooth


@lru_cache(maxsize=8)
def babble(room: Room, people: int) -> npt.NDArray[np.float32]:
    """Return a loop of so many people talking at once in a hall, of root mean square 1."""
    key = f"{room} {people} {version('pyroomacoustics')} {espeak_version()} {_cast()}"
    return kept(key, SOURCES, lambda: _mixed(room, people))


def _mixed(room: Room, people: int) -> npt.NDArray[np.float32]:
    length = round(LOOP * SAMPLE_RATE)
    mixed = np.zeros(length)
    for person in range(people):
        mixed += _talk(person, length)
    if room.rt60 > 0.0:
        response = impulse_response(room, AFAR)[:length]
        # on a ring, so that the echo of the end is heard at the beginning
        mixed = np.fft.irfft(np.fft.rfft(mixed) * np.fft.rfft(response, length), length)
    return (mixed / np.sqrt(np.mean(np.square(mixed)))).astype(np.float32)


def _talk(person: int, length: int) -> npt.NDArray[np.float64]:
    """Return one person's lines on a ring of so many samples; each person begins with another line."""
    voices, lines = _cast()["voices"], _cast()["lines"]
    cast = voices[person % len(voices)]
    sound, at = np.zeros(length), (person * length) // 7
    end = at + length
    for line in range(len(lines)):
        said = speak(lines[(line + 3 * person) % len(lines)], cast["voice"], cast["rate"], cast["pitch"])
        if at + len(said) > end:
            break
        sound[(at + np.arange(len(said))) % length] += said
        at += len(said) + round(PAUSE * SAMPLE_RATE)
    return sound


@cache
def _cast() -> dict[str, Any]:
    text = resources.files("hall_sim").joinpath("data/babble.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
