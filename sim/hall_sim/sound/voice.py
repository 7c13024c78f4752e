"""The visitor's voice: espeak-ng, made at run time, as samples at the microphone's rate."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from hall_sim.errors import HallError, ProgramMissing

SAMPLE_RATE = 16_000
"""Hz."""
PEAK = 0.45
"""Loudest sample of a voice at 1 m, as a share of full scale."""
VOICE_LEVEL = 0.08
"""Root mean square of a voice at 1 m while it speaks, as a share of full scale."""
LETTER_TIME = 0.07
"""s a letter at espeak-ng's 150 words a minute in Vietnamese."""
RECOGNISING = 0.9
"""s from the last word to its text: the end-pointer's silence, and a recogniser faster than speech."""
VOICES = {"vi": "vi+f2", "en": "en+f2"}


@lru_cache(maxsize=128)
def speak(text: str, voice: str, rate: int, pitch: int) -> npt.NDArray[np.float32]:
    """Return the sound of a sentence at 16 kHz, mono, peak 0.45 of full scale.

    Args:
        text: what is said.
        voice: espeak-ng's name of the voice.
        rate: words a minute.
        pitch: 0..99.
    """
    command = [_program(), "-v", voice, "-s", str(rate), "-p", str(pitch), "--stdout"]
    made = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if made.returncode != 0 or len(made.stdout) < 100:
        reason = made.stderr.decode(errors="replace").strip() or "no sound came"
        raise HallError(f"espeak-ng could not say “{text}” with voice {voice}: {reason}")
    return _samples(made.stdout)


@cache
def espeak_version() -> str:
    """Return what espeak-ng says that it is."""
    told = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=False)
    return told.stdout.split("Data at")[0].strip()


def _program() -> str:
    program = shutil.which("espeak-ng")
    if program is None:
        raise ProgramMissing("espeak-ng is not installed; the simulated visitor needs it to speak (run the set-up)")
    return program


def reading_time(text: str) -> float:
    """Return how long a sentence takes to say, by its letters, in s."""
    return LETTER_TIME * len(text)


def resample(samples: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.float64]:
    """Bring samples from a higher rate (Hz) to 16 kHz by cutting their spectrum: exact for a sound between silences."""
    quiet = np.zeros(rate // 10)
    padded = np.concatenate([quiet, samples, quiet])
    count = round(len(padded) * SAMPLE_RATE / rate)
    return np.fft.irfft(np.fft.rfft(padded)[: count // 2 + 1], count) * (count / len(padded))


def _samples(wav: bytes) -> npt.NDArray[np.float32]:
    with wave.open(io.BytesIO(wav)) as sound:
        rate = sound.getframerate()
        # espeak-ng cannot know the length when it writes to a pipe, so the header's is not believed
        data = np.frombuffer(sound.readframes(1 << 30), dtype=np.int16).astype(np.float64)
    samples = resample(data, rate)
    loudest = np.abs(samples).max()
    return (samples * (PEAK / loudest if loudest > 0 else 0.0)).astype(np.float32)
