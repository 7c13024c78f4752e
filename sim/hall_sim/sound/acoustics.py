"""How a hall sounds from one point to another: room impulse responses by pyroomacoustics.

The hall is a box. Early echoes are mirror images of the source (Allen and Berkley 1979), the rest is traced by rays
(Scheibler, Bezzam and Dokmanić, "Pyroomacoustics", ICASSP 2018). A flat hall does not follow Sabine's formula, so the
walls' absorption is corrected until the decay in the octaves about 500 Hz and 1 kHz takes the time asked for.
Distances are rounded to a few, each computed once a process. The random numbers have fixed seeds: the same hall
sounds the same, bit for bit.
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, oaconvolve, sosfilt

from hall_sim.sound.cache import kept
from hall_sim.sound.voice import SAMPLE_RATE

Sound = npt.NDArray[np.float32]

DISTANCES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0)
"""m between mouth and microphone for which the hall is computed."""
MOUTH, EAR = 1.5, 1.2
"""m above the floor: a standing visitor's mouth, the robot's microphone."""
MIRRORED, RAYS, RECEIVER = 3, 20000, 1.0
"""Order of the mirror images; number of rays; m of the sphere that catches them."""
SCATTERING = 0.2
"""Share of a ray's energy that a wall scatters."""
CORRECTIONS = 4
"""Rounds in which the absorption is brought to the reverberation time."""
BAND = (354.0, 1414.0)
"""Hz: the octaves about 500 Hz and 1 kHz, which a single figure of reverberation time stands for (ISO 3382-2)."""
DIRECT = 0.002
"""s after the first sound that still count as direct: the floor's echo comes later."""


class Room(NamedTuple):
    """Hold a hall's length, width and height in m, and its reverberation time in s."""

    length: float
    width: float
    height: float
    rt60: float


def rounded(distance: float) -> float:
    """Return the distance (m) of `DISTANCES` that is nearest in level."""
    wanted = math.log(min(max(distance, DISTANCES[0]), DISTANCES[-1]))
    return min(DISTANCES, key=lambda known: abs(math.log(known) - wanted))


def heard(sound: Sound, room: Room, distance: float) -> Sound:
    """Return a sound as the microphone gets it from a distance (m): weaker, and with the hall's echo.

    At 1 m the direct sound is as loud as the sound given. Without reverberation only the level changes.
    """
    if room.rt60 == 0.0:
        return (sound / rounded(distance)).astype(np.float32)
    return oaconvolve(sound, impulse_response(room, rounded(distance))).astype(np.float32)


@lru_cache(maxsize=64)
def impulse_response(room: Room, distance: float) -> Sound:
    """Return what comes of a click at a distance (m), from its first sound on, at 16 kHz."""
    key = f"{room} {distance} {version('pyroomacoustics')}"
    return kept(
        key, [Path(__file__)], lambda: (_computed(room, _absorption(room), distance) / _unit(room)).astype(np.float32)
    )


def decay_time(response: npt.NDArray[Any]) -> float:
    """Return the reverberation time (s) of a response: its decay from -5 to -25 dB, times three (ISO 3382-2's T20)."""
    band = sosfilt(butter(4, BAND, btype="band", fs=SAMPLE_RATE, output="sos"), response)
    left = np.cumsum(np.square(band)[::-1])[::-1]
    level = 10.0 * np.log10(left / left[0] + 1e-12)
    times = np.flatnonzero((level <= -5.0) & (level >= -25.0)) / SAMPLE_RATE
    return float(-60.0 / np.polyfit(times, level[(level <= -5.0) & (level >= -25.0)], 1)[0])


@lru_cache(maxsize=8)
def _unit(room: Room) -> float:
    """Return the level of the direct sound at 1 m, by which every response is divided."""
    response = _computed(room, _absorption(room), 1.0)
    return float(np.sqrt(np.sum(np.square(response[: round(DIRECT * SAMPLE_RATE)]))))


@lru_cache(maxsize=8)
def _absorption(room: Room) -> float:
    """Return the walls' absorption (share of energy) with which the hall has its reverberation time."""
    length, width, height, rt60 = room
    surface = 2.0 * (length * width + length * height + width * height)
    exponent = 0.161 * length * width * height / (rt60 * surface)  # Eyring's formula, to begin with
    tried: dict[float, float] = {}
    for _ in range(CORRECTIONS):
        absorption = 1.0 - math.exp(-exponent)
        found = decay_time(_computed(room, absorption, DISTANCES[-1]))
        tried[absorption] = abs(found - rt60)
        exponent *= found / rt60
    return min(tried, key=lambda absorption: tried[absorption])


def _computed(room: Room, absorption: float, distance: float) -> npt.NDArray[np.float64]:
    # the import takes seconds, and many runs need no sound
    import pyroomacoustics

    pyroomacoustics.random.seed(numpy=1, libroom=1)
    box = pyroomacoustics.ShoeBox(
        room[:3],
        fs=SAMPLE_RATE,
        materials=pyroomacoustics.Material(min(absorption, 0.99), SCATTERING),
        max_order=MIRRORED,
        air_absorption=True,
    )
    box.set_ray_tracing(n_rays=RAYS, receiver_radius=RECEIVER)
    middle = room.length / 2.0, room.width / 2.0
    box.add_microphone([*middle, EAR])
    box.add_source([middle[0] + distance, middle[1], MOUTH])
    box.compute_rir()
    response = np.asarray(box.rir[0][0], np.float64)
    first = int(np.argmax(np.abs(response) > 0.1 * np.abs(response).max()))
    return response[first:]
