"""Clean what the microphone hears: the robot's own voice taken out (echo cancellation), noise made less."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError
from dialogue.hearing.wav import SAMPLE_RATE, resample

Samples = npt.NDArray[np.int16]

STEPS = {0: None, 6: 0, 12: 1, 18: 2, 21: 3}
"""The suppressor's levels by how many dB the noise becomes less."""
KEPT, MOST = 3.0, 1000
"""s for which the robot's voice is kept for the microphone's sound that belongs to it; its chunks at most."""


@dataclass(frozen=True, slots=True)
class CleaningParams:
    """Set whether the robot's voice is taken out (`barge_in`), and by how many dB noise is made less: 0, 6, 12, 18, 21.

    Noise is left as it is by default: the recognisers hear words in it as well, or better, without (bench.noise).
    """

    barge_in: bool = False
    less_noise: int = 0


class Cleaner:
    """Clean 16 kHz mono int16 sound, chunk by chunk, with WebRTC's audio processing; safe for several threads.

    Raises BackendError where `less_noise` is none of the steps.
    """

    def __init__(self, params: CleaningParams) -> None:
        if params.less_noise not in STEPS:
            raise BackendError(f"less_noise: {params.less_noise} dB; use one of {', '.join(map(str, STEPS))}")
        level = STEPS[params.less_noise]
        self._echo = params.barge_in
        self._voice: deque[tuple[float, Samples]] = deque(maxlen=MOST)
        self._lock = threading.Lock()
        self._processor = None
        if params.barge_in or level is not None:
            from pywebrtc_audio import AudioProcessor

            self._processor = AudioProcessor(
                SAMPLE_RATE, echo_cancellation=self._echo, noise_suppression=level is not None, ns_level=level or 0
            )

    def robot_says(self, samples: Samples, rate: int, time: float) -> None:
        """Take what the loudspeaker sounds from `time` (s) on; `rate` in Hz."""
        if not self._echo:
            return
        with self._lock:
            self._voice.append((time, resample(samples, rate)))

    def clean(self, samples: Samples, time: float) -> Samples:
        """Return the sound cleaned, as long as it is; its first sample was heard at `time` (s)."""
        if self._processor is None or not len(samples):
            return samples
        with self._lock:
            far = (self._reference(time, len(samples)),) if self._echo else ()
            return np.asarray(self._processor.process(np.ascontiguousarray(samples), *far), np.int16)

    def _reference(self, time: float, count: int) -> Samples:
        """Return what the loudspeaker sounded while so many samples were heard; silence where it did not."""
        while self._voice and self._voice[0][0] < time - KEPT:
            self._voice.popleft()
        far = np.zeros(count, np.int16)
        for begun, voice in self._voice:
            at = round((begun - time) * SAMPLE_RATE)
            first, last = max(0, at), min(count, at + len(voice))
            if first < last:
                far[first:last] = voice[first - at : last - at]
        return far
