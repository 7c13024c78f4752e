"""Read sound files of any rate and channel count as 16 kHz mono int16."""

from __future__ import annotations

from math import gcd
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dialogue.errors import SoundFileError

SAMPLE_RATE = 16_000
"""Hz, what every recogniser and the voice activity detector take."""

MAX_DURATION = 600.0
"""s; longer files are refused before they are decoded."""

SILENCE_PEAK = 60
"""int16 peak under which a file is called silent (about -55 dBFS)."""


def resample(samples: npt.NDArray[np.int16], rate: int, target: int = SAMPLE_RATE) -> npt.NDArray[np.int16]:
    """Resample int16 mono from `rate` to `target` Hz with a polyphase filter."""
    if rate == target or not len(samples):
        return samples
    from scipy.signal import resample_poly

    divisor = gcd(rate, target)
    out = resample_poly(samples.astype(np.float32), target // divisor, rate // divisor)
    clipped: npt.NDArray[np.int16] = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
    return clipped


def load_wav(path: Path | str, max_duration: float = MAX_DURATION) -> npt.NDArray[np.int16]:
    """Read a sound file as 16 kHz mono int16; raise SoundFileError when missing, broken, silent or too long (s)."""
    import soundfile

    path = Path(path)
    if not path.is_file():
        raise SoundFileError(f"{path}: no such file; give the path of a WAV file")
    try:
        info = soundfile.info(str(path))
        if info.samplerate <= 0 or info.frames <= 0:
            raise SoundFileError(f"{path}: holds no sound; record it again")
        if info.frames / info.samplerate > max_duration:
            raise SoundFileError(
                f"{path}: {info.frames / info.samplerate / 60:.0f} minutes long; "
                f"give a recording of at most {max_duration / 60:.0f} minutes"
            )
        sound, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, MemoryError) as error:
        raise SoundFileError(f"{path}: not a readable sound file ({_first(error)}); save it as 16-bit WAV") from None
    mono = np.nan_to_num(sound.mean(axis=1))
    samples = resample(np.clip(mono * 32767.0, -32768, 32767).astype(np.int16), int(rate))
    if not len(samples) or int(np.abs(samples.astype(np.int32)).max()) < SILENCE_PEAK:
        raise SoundFileError(f"{path}: only silence; check the microphone and record it again")
    return samples


def _first(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return text[0].rstrip(".") if text else type(error).__name__
