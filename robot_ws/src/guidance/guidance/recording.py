"""Write what goes over topics into an MCAP file with ROS 2 schemas, which Foxglove and rosbag2 open. Free of ROS.

A file is written in small chunks, each on the disk soon after it is full, so that what was recorded before a
crash can be read.
"""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from mcap.writer import CompressionType, Writer

from guidance.errors import RecordingError
from guidance.recording_schemas import schema_name, schema_of

TOPICS = (
    "ground_truth/*",
    "scan",
    "cmd_vel",
    "cmd_vel_nav",
    "odom",
    "tf",
    "tf_static",
    "map",
    "plan",
    "people",
    "captions",
    "utterance",
    "touch",
    "dialogue_state",
    "amcl_pose",
    "speed_limit",
    "collision_monitor_state",
    "counter_map",
    "e_stop",
    "guide_visitor/_action/feedback",
)
AUDIO_TOPICS = ("microphone/audio", "speaker/audio")
CHUNK_SIZE = 64 * 1024
"""bytes: about a second of a robot's topics."""
SYNC_PERIOD = 1.0
"""s of wall time that a finished chunk stays in memory at most."""


def wanted(topic: str, patterns: Sequence[str], namespace: str = "/") -> bool:
    """Tell whether a topic's full name matches one of the patterns, which are relative to a namespace."""
    prefix = namespace.rstrip("/") + "/"
    return any(
        fnmatch.fnmatchcase(topic, pattern if pattern.startswith("/") else prefix + pattern) for pattern in patterns
    )


class Recording:
    """Hold an MCAP file that is being written; a context manager.

    Raises:
        RecordingError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("wb")
        except OSError as error:
            raise RecordingError(f"{path}: cannot be written ({error.strerror}); name another file") from None
        self._writer = Writer(self._file, chunk_size=CHUNK_SIZE, compression=CompressionType.ZSTD)
        self._writer.start(profile="ros2", library="guide-robot")
        self._schemas: dict[str, int] = {}
        self._channels: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._synced_at = time.monotonic()

    def add_channel(self, topic: str, type_name: str, qos: str = "") -> None:
        """Announce a topic with its full type name; `qos` is kept as metadata."""
        if topic in self._channels:
            return
        if type_name not in self._schemas:
            definition = schema_of(type_name).encode()
            self._schemas[type_name] = self._writer.register_schema(schema_name(type_name), "ros2msg", definition)
        self._channels[topic] = self._writer.register_channel(
            topic, "cdr", self._schemas[type_name], {"offered_qos_profiles": qos}
        )
        self._counts[topic] = 0

    def write(self, topic: str, data: bytes, time_ns: int) -> None:
        """Write one serialised message of an announced topic, at a time of the ROS clock in ns."""
        self._writer.add_message(self._channels[topic], time_ns, data, time_ns, self._counts[topic])
        self._counts[topic] += 1
        self.messages += 1

    def sync(self) -> None:
        """Bring what was written to the disk when it is time; call it now and then."""
        if time.monotonic() - self._synced_at < SYNC_PERIOD:
            return
        self._synced_at = time.monotonic()
        self._file.flush()

    def close(self) -> None:
        """Write the index and close the file."""
        if not self._file.closed:
            self._writer.finish()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> Recording:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
