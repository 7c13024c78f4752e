"""The recorder: writes what goes over topics into an MCAP file, undecoded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from guidance.errors import RecordingError
from guidance.recording import AUDIO_TOPICS, TOPICS, Recording, wanted
from guide_common.params import declare
from guide_common.running import run

DISCOVERY_PERIOD = 0.5
"""s of the steady clock between two looks for new topics."""
DEPTH = 100


@dataclass(frozen=True, slots=True)
class RecorderParams:
    """Hold the node's parameters.

    `file` empty: a new file in `state_dir`; `topics` may hold `*`; sound is left out unless `audio`.
    """

    file: str = ""
    state_dir: str = ""
    topics: tuple[str, ...] = TOPICS
    audio: bool = False


class Recorder(Node):
    """Subscribe to what is wanted as it appears and write it down."""

    def __init__(self) -> None:
        super().__init__("recorder")
        params = declare(self, RecorderParams())
        self._patterns = params.topics + (AUDIO_TOPICS if params.audio else ())
        self._recording = Recording(_free_file(params))
        self._subscribed: dict[str, object] = {}
        self._ignored: set[str] = set()
        self._now = self.get_clock()
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(DISCOVERY_PERIOD, self._discover, clock=steady)
        self._discover()
        self.get_logger().info(f"writing {self._recording.path}")

    def destroy_node(self) -> None:
        """Close the file before the node goes."""
        self._recording.close()
        super().destroy_node()

    def _discover(self) -> None:
        self._recording.sync()
        for topic, types in self.get_topic_names_and_types():
            if (
                topic in self._subscribed
                or topic in self._ignored
                or not wanted(topic, self._patterns, self.get_namespace())
            ):
                continue
            publishers = self.get_publishers_info_by_topic(topic)
            if publishers:
                self._subscribe(topic, types[0], [info.qos_profile for info in publishers])

    def _subscribe(self, topic: str, type_name: str, offered: list[QoSProfile]) -> None:
        qos = matching_qos(offered)
        try:
            kind = message_class(type_name)
            self._recording.add_channel(topic, type_name, _qos_text(qos))
        except (RecordingError, ImportError, AttributeError) as error:
            self.get_logger().warning(f"{topic} ({type_name}) is not recorded: {error}")
            self._ignored.add(topic)
            return
        self._subscribed[topic] = self.create_subscription(kind, topic, partial(self._write, topic), qos, raw=True)

    def _write(self, topic: str, data: bytes) -> None:
        self._recording.write(topic, data, self._now.now().nanoseconds)


def matching_qos(offered: list[QoSProfile]) -> QoSProfile:
    """Return the profile that hears every publisher: asks for no more than the least of them offers."""
    reliable = all(qos.reliability == ReliabilityPolicy.RELIABLE for qos in offered)
    latched = all(qos.durability == DurabilityPolicy.TRANSIENT_LOCAL for qos in offered)
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=DEPTH,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


def message_class(type_name: str) -> Any:
    """Import the class of a type such as `nav_msgs/msg/Odometry` or `p/action/A_FeedbackMessage`."""
    package, group, name = type_name.split("/")
    module = import_module(f"{package}.{group}")
    if group == "action" and name.endswith("_FeedbackMessage"):
        return getattr(module, name.removesuffix("_FeedbackMessage")).Impl.FeedbackMessage
    return getattr(module, name)


def _qos_text(qos: QoSProfile) -> str:
    """Write the profile in the words of rosbag2's metadata."""
    return (
        f"- history: keep_last\n  depth: {qos.depth}\n"
        f"  reliability: {qos.reliability.name.lower()}\n  durability: {qos.durability.name.lower()}\n"
    )


def _free_file(params: RecorderParams) -> Path:
    """Return a file that does not exist yet: what a killed recorder wrote is kept."""
    if params.file:
        first = Path(params.file)
    elif params.state_dir:
        first = Path(params.state_dir) / f"{datetime.now():%Y%m%d-%H%M%S}.mcap"
    else:
        raise RecordingError("the recorder has no file to write; set its parameter file or state_dir")
    path, number = first, 1
    while path.exists():
        number += 1
        path = first.with_name(f"{first.stem}-{number}{first.suffix}")
    return path


def main() -> int:
    """Run the node."""
    return run(Recorder)
