"""How soon the robot answers aloud: the end-point after the last word, the text and the first sound after that.

`python -m bench.answering`: listener, dialogue, counter map and speaker, each in a process of its own; questions are
played to them at real time's pace, 50 ms at a time as a microphone gives them, in a murmur 30 dB below the voice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bench.table import print_table

QUESTIONS = (
    "Tôi muốn làm phiếu lý lịch tư pháp",
    "Tôi muốn đăng ký kết hôn",
    "Nhà vệ sinh ở đâu",
    "Tôi muốn đổi giấy phép lái xe",
    "Cho tôi hỏi đăng ký thành lập doanh nghiệp ở quầy nào",
    "Tôi bị mất thẻ căn cước",
    "Tôi muốn làm giấy khai sinh cho con",
    "Quầy bảy ở đâu",
)
ROUNDS = 2
CHUNK, RATE = 800, 16_000
SILENT = 1.2
"""s after the robot has fallen silent until it is asked again."""
LIMITS = (("end-point after the last word", 0.7), ("text after the end-point", 0.3), ("sound after the end-point", 0.7))
NODES = {
    "counter_map": "counter_map.nodes.counter_map:CounterMapNode",
    "listener": "dialogue.nodes.listener:Listener",
    "speaker": "dialogue.nodes.speaker:Speaker",
    "dialogue": "dialogue.nodes.dialogue:Dialogue",
}


def serve(place: str) -> int:
    """Be one node: configured, active, until the process is ended."""
    import importlib

    from guide_common.running import run

    module, name = place.split(":")

    def make() -> Any:
        node = getattr(importlib.import_module(module), name)()
        node.trigger_configure()
        node.trigger_activate()
        return node

    return run(make, sys.argv)


@contextmanager
def running(folder: str) -> Iterator[None]:
    parameters = {"site_dir": "maps/hcmc_center", "floor": "1", "state_dir": folder, "store": folder}
    parameters["backend"] = "viet-phrases"  # as dialogue.launch.yaml starts it
    given = [word for name, value in parameters.items() for word in ("-p", f"{name}:='{value}'")]
    processes = [
        subprocess.Popen([sys.executable, "-m", "bench.answering", place, "--ros-args", *given])
        for place in NODES.values()
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


class Asker:
    """Play questions and note when what comes."""

    def __init__(self) -> None:
        import rclpy
        from guide_interfaces.msg import AudioChunk, Heartbeat, People, Utterance
        from std_msgs.msg import Bool
        from tf2_msgs.msg import TFMessage

        from guide_common.executor import PatientExecutor
        from guide_common.qos import EVENTS, LATCHED, STREAM, TF

        rclpy.init()
        self._node: Any = rclpy.create_node("asker")
        self._executor = PatientExecutor()
        self._executor.add_node(self._node)
        self._microphone = self._node.create_publisher(AudioChunk, "microphone/audio", EVENTS)
        self._people = self._node.create_publisher(People, "people", STREAM)
        self._tf = self._node.create_publisher(TFMessage, "tf", TF)
        self._node.create_timer(0.1, self._stand_before_the_robot)
        self.active: set[str] = set()
        self.noticed: list[float] = []
        self.texts: list[float] = []
        self.sounds: list[float] = []
        self.speaking, self.silent_since = False, time.monotonic()
        self._node.create_subscription(Heartbeat, "heartbeats", self._on_beat, STREAM)
        self._node.create_subscription(Utterance, "utterance", self._on_utterance, EVENTS)
        self._node.create_subscription(AudioChunk, "speaker/audio", self._on_sound, EVENTS)
        self._node.create_subscription(Bool, "speaking", self._on_speaking, LATCHED)

    def _stand_before_the_robot(self) -> None:
        from geometry_msgs.msg import Point
        from guide_interfaces.msg import People, Person
        from tf2_msgs.msg import TFMessage

        from guide_common.geometry import Pose2D
        from guide_common.transforms import make_transform

        now = self._node.get_clock().now()
        self._tf.publish(TFMessage(transforms=[make_transform("map", "base_link", Pose2D(20.0, 8.0, 0.0), now)]))
        people = People(people=[Person(id=1, position=Point(x=21.2, y=8.0))])
        people.header.stamp, people.header.frame_id = now.to_msg(), "map"
        self._people.publish(people)

    def _on_beat(self, msg: Any) -> None:
        if msg.state == 3:
            self.active.add(msg.node)

    def _on_utterance(self, msg: Any) -> None:
        (self.texts if msg.is_final else self.noticed).append(time.monotonic())

    def _on_sound(self, _: Any) -> None:
        self.sounds.append(time.monotonic())

    def _on_speaking(self, msg: Any) -> None:
        if self.speaking and not msg.data:
            self.silent_since = time.monotonic()
        self.speaking = msg.data

    def until(self, done: Callable[[], bool], within: float) -> bool:
        end = time.monotonic() + within
        while not done() and time.monotonic() < end:
            self._executor.spin_once(timeout_sec=0.005)
        return done()

    def may_speak(self) -> bool:
        """Whether the robot has said all it has to say."""
        return not self.speaking and time.monotonic() - self.silent_since > SILENT

    def ask(self, sound: np.ndarray, last_word: float) -> tuple[float, float, float] | None:
        """Play a question whose last word ends `last_word` s into it; return the times of LIMITS, if answered."""
        from dialogue.conversions import audio_chunk

        for seen in (self.noticed, self.texts, self.sounds):
            seen.clear()
        begin, clock = time.monotonic(), self._node.get_clock().now().nanoseconds * 1e-9
        for first in range(0, len(sound), CHUNK):
            self.until(lambda at=begin + (first + CHUNK) / RATE: time.monotonic() >= at, 1.0)
            self._microphone.publish(audio_chunk(sound[first : first + CHUNK], RATE, clock + first / RATE))
        if not self.until(lambda: bool(self.texts and self.sounds and self.sounds[-1] > self.texts[0]), 6.0):
            return None
        ended = max(at for at in self.noticed if at <= self.texts[0])
        answer = next(at for at in self.sounds if at > self.texts[0])
        return ended - begin - last_word, self.texts[0] - ended, answer - ended


def question(text: str, seed: int) -> tuple[np.ndarray, float]:
    """A visitor's question in a murmur, and when its last word ends, in s."""
    from dialogue.hearing import resample
    from dialogue.speaking import EspeakVoice, VoiceSettings

    voice = EspeakVoice(VoiceSettings(voices=("vi=vi+f2",), rate=150, pitch=70, volume=100))
    rendered = voice.render(text, "vi")
    said = resample(rendered.samples, rendered.rate).astype(np.float64)
    loud = np.flatnonzero(np.abs(said) > 0.03 * np.abs(said).max())
    level = np.sqrt(np.mean(np.square(said[loud[0] : loud[-1]]))) * 10 ** (-30 / 20)
    out = np.random.default_rng(seed).normal(0.0, level, len(said) + int(2.2 * RATE))
    out[RATE // 2 : RATE // 2 + len(said)] += said
    return np.clip(out, -32768, 32767).astype(np.int16), 0.5 + loud[-1] / RATE


def main() -> int:
    """Ask, and print the table."""
    from guidance.demo.session import own_domain

    rows = []
    with own_domain(), tempfile.TemporaryDirectory() as folder, running(folder):
        asker = Asker()
        if not asker.until(lambda: set(NODES) <= asker.active, 120.0):
            print(f"not all nodes came up: {sorted(asker.active)}")
            return 1
        asker.until(lambda: asker.speaking, 10.0)  # it greets who stands before it
        asker.until(asker.may_speak, 20.0)
        for turn in range(ROUNDS):
            for text in QUESTIONS:
                sound, last_word = question(text, turn)
                times = asker.ask(sound, last_word)
                if times is not None:
                    rows.append(times)
                asker.until(asker.may_speak, 40.0)
    figures = np.array(rows)
    table = [
        (name, *(f"{1000 * np.percentile(column, q):.0f}" for q in (50, 95)), f"{1000 * limit:.0f}")
        for (name, limit), column in zip(LIMITS, figures.T, strict=True)
    ]
    print_table(("ms", "median", "95 %", "limit"), table)
    load = os.getloadavg()[0]
    print(f"\n{len(rows)} of {ROUNDS * len(QUESTIONS)} questions answered aloud; load of the machine {load:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1]) if sys.argv[1:2] and ":" in sys.argv[1] else main())
