"""Where sound comes from when it is not a topic: the microphone, or a file played at its own pace."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError
from dialogue.hearing.wav import SAMPLE_RATE, load_wav

CHUNK = 800
"""Samples a chunk: 50 ms."""


class Microphone:
    """Put the microphone's sound, 50 ms at a time, where `take` may be called from another thread."""

    def __init__(self, take: Callable[[npt.NDArray[np.int16]], None], device: str = "") -> None:
        try:
            import sounddevice
        except OSError as error:  # PortAudio missing
            raise BackendError(f"no microphone ({error}); install the system package libportaudio2") from None
        self._take = take
        try:
            self._stream = sounddevice.InputStream(
                samplerate=SAMPLE_RATE,
                channels=1,
                dtype="int16",
                blocksize=CHUNK,
                device=device or None,
                callback=self._hear,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise BackendError(f"the microphone does not open ({error}); set source to topic or file") from None

    def _hear(self, data: npt.NDArray[np.int16], *_: Any) -> None:
        self._take(data[:, 0].copy())

    def close(self) -> None:
        """Stop listening."""
        self._stream.stop()
        self._stream.close()


class FileSource:
    """Hand out a sound file chunk by chunk, then silence, so that its last words end."""

    def __init__(self, path: str) -> None:
        sound = np.concatenate([load_wav(path), np.zeros(SAMPLE_RATE, np.int16)])
        self._chunks: queue.SimpleQueue[npt.NDArray[np.int16]] = queue.SimpleQueue()
        for first in range(0, len(sound), CHUNK):
            self._chunks.put(sound[first : first + CHUNK])

    def next(self) -> npt.NDArray[np.int16] | None:
        """Return the next 50 ms; None when the file has ended."""
        return None if self._chunks.empty() else self._chunks.get()
