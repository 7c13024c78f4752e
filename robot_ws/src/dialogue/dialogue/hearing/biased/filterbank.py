"""Log-mel features of 16 kHz sound: 25 ms frames every 10 ms, 80 bands, as Kaldi computes them (no dither)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FRAME, STEP, BANDS, FFT, RATE = 400, 160, 80, 512, 16000
LOWEST, HIGHEST, PREEMPHASIS, FLOOR = 20.0, 8000.0, 0.97, 1.19e-7
Features = npt.NDArray[np.float32]


def _mel(hertz: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz) / 700.0))


def _bands() -> npt.NDArray[np.float64]:
    edges = np.linspace(_mel(LOWEST), _mel(HIGHEST), BANDS + 2)
    at = _mel(np.arange(FFT // 2 + 1) * RATE / FFT)
    rising = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights[:, -1] = 0.0
    return np.asarray(weights.T)


_BANDS = _bands()
_WINDOW = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(FRAME) / (FRAME - 1))) ** 0.85


def features(samples: npt.NDArray[np.int16]) -> Features:
    """Return the log energies of every whole frame, shape (frames, 80), nat; int16 samples are not scaled."""
    count = max(0, 1 + (len(samples) - FRAME) // STEP)
    if not count:
        return np.zeros((0, BANDS), np.float32)
    starts = np.arange(count)[:, None] * STEP
    frames = samples.astype(np.float64)[starts + np.arange(FRAME)]
    frames -= frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft((frames - PREEMPHASIS * before) * _WINDOW, FFT)) ** 2
    return np.asarray(np.log(np.maximum(power @ _BANDS, FLOOR)), np.float32)
