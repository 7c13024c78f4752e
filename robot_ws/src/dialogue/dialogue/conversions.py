"""Turn messages into the dialogue's core types, and back."""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Time as TimeMsg
from guide_interfaces.msg import AudioChunk


def time_msg(seconds: float) -> TimeMsg:
    """Return a stamp from seconds of the ROS clock."""
    whole = int(seconds // 1)
    return TimeMsg(sec=whole, nanosec=min(999_999_999, int((seconds - whole) * 1e9)))


def samples_of(chunk: AudioChunk) -> npt.NDArray[np.int16]:
    """Return the samples of a chunk as int16."""
    return np.asarray(chunk.samples, dtype=np.int16)


def audio_chunk(samples: npt.NDArray[np.int16], rate: int, stamp: float) -> AudioChunk:
    """Return a chunk of mono int16 samples whose first one was (or is) heard at `stamp` (s)."""
    msg = AudioChunk(sample_rate=rate)
    msg.header.stamp = time_msg(stamp)
    msg.samples = array("h", np.ascontiguousarray(samples, np.int16).tobytes())
    return msg
