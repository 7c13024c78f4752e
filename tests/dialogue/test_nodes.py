"""Listener and speaker over real DDS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from guide_interfaces.action import Say
from guide_interfaces.msg import AudioChunk, Utterance
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from std_msgs.msg import Bool

from dialogue.conversions import audio_chunk
from dialogue.hearing import load_wav
from dialogue.nodes.listener import Listener
from dialogue.nodes.speaker import Speaker
from guide_common.qos import EVENTS, LATCHED
from tests.dialogue.graph import Graph
from tests.dialogue.sounds import in_noise, visitor_says

CHUNK = 1600


@pytest.fixture
def speaking(ros_domain: int, tmp_path: Path) -> Iterator[Graph]:
    with Graph(Speaker, output=str(tmp_path / "speech.wav")) as graph:
        yield graph


def _say(graph: Graph, text: str, interruptible: bool = True):
    client = ActionClient(graph.tester, Say, "say")
    assert graph.spin_until(client.server_is_ready)
    sent = client.send_goal_async(Say.Goal(text=text, language="vi", interruptible=interruptible))
    assert graph.spin_until(sent.done)
    return sent.result()


def test_saying_lasts_as_long_as_the_sound(speaking: Graph, tmp_path: Path) -> None:
    chunks: list[AudioChunk] = []
    states: list[tuple[float, bool]] = []
    speaking.tester.create_subscription(AudioChunk, "speaker/audio", chunks.append, EVENTS)
    speaking.tester.create_subscription(Bool, "speaking", lambda msg: states.append((speaking.now, msg.data)), LATCHED)
    result = _say(speaking, "Mời quý khách tới quầy 27.").get_result_async()
    assert speaking.spin_until(result.done)
    assert result.result().result.completed
    assert speaking.spin_until(lambda: len(states) >= 3)
    assert [data for _, data in states[-2:]] == [True, False]
    duration = sum(len(chunk.samples) for chunk in chunks) / chunks[0].sample_rate
    assert duration > 1.0
    assert states[-1][0] - states[-2][0] == pytest.approx(duration, abs=0.5)
    written = len(load_wav(tmp_path / "speech.wav")) / 16_000
    assert written == pytest.approx(duration + 0.5, abs=0.05)


def test_louder_and_slower_hold_from_the_next_sentence(speaking: Graph) -> None:
    chunks: list[AudioChunk] = []
    speaking.tester.create_subscription(AudioChunk, "speaker/audio", chunks.append, EVENTS)
    client = speaking.tester.create_client(SetParameters, "speaker/set_parameters")
    assert speaking.spin_until(client.service_is_ready)

    def sound_of(text: str) -> np.ndarray:
        chunks.clear()
        ended = _say(speaking, text).get_result_async()
        assert speaking.spin_until(ended.done) and ended.result().result.completed
        return np.concatenate([np.asarray(chunk.samples, np.float64) for chunk in chunks])

    before = sound_of("Mời quý khách tới quầy 27.")
    values = [Parameter("gain", value=2.0).to_parameter_msg(), Parameter("tempo", value=0.6).to_parameter_msg()]
    asked = client.call_async(SetParameters.Request(parameters=values))
    assert speaking.spin_until(asked.done) and all(each.successful for each in asked.result().results)
    after = sound_of("Mời quý khách tới quầy 27.")
    assert len(after) > 1.3 * len(before)
    assert np.sqrt(np.mean(after**2)) > 1.3 * np.sqrt(np.mean(before**2))


def test_cancelling_stops_at_once_and_the_next_line_follows(speaking: Graph) -> None:
    long = _say(speaking, "Đây là một câu rất dài, " * 12)
    ended = long.get_result_async()
    following = _say(speaking, "Dạ.").get_result_async()
    speaking.spin_for(1.0)
    assert not ended.done() and not following.done()
    begin = speaking.now
    long.cancel_goal_async()
    assert speaking.spin_until(ended.done)
    assert speaking.now - begin < 1.0
    assert not ended.result().result.completed
    assert speaking.spin_until(following.done)
    assert following.result().result.completed


def test_an_inactive_speaker_refuses(speaking: Graph) -> None:
    speaking.nodes[0].trigger_deactivate()
    assert not _say(speaking, "Dạ.").accepted


@pytest.fixture
def listening(ros_domain: int) -> Iterator[Graph]:
    with Graph(Listener, source="topic") as graph:
        yield graph


class Visitor:
    """Speaks into the microphone's topic in step with the clock."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.heard: list[Utterance] = []
        self.noticed: list[Utterance] = []
        self._audio = graph.tester.create_publisher(AudioChunk, "microphone/audio", EVENTS)
        self.speaking = graph.tester.create_publisher(Bool, "speaking", LATCHED)
        graph.tester.create_subscription(Utterance, "utterance", self._take, EVENTS)
        for publisher in (self._audio, self.speaking):
            assert graph.spin_until(lambda p=publisher: p.get_subscription_count() >= 1)
        graph.spin_for(0.2)

    def _take(self, msg: Utterance) -> None:
        (self.heard if msg.is_final else self.noticed).append(msg)

    def says(self, sound: np.ndarray, meanwhile: Callable[[float], None] = lambda time: None) -> float:
        """Play the sound; return the time of its first sample. `meanwhile` is told the time each chunk begins at."""
        begin = self.graph.now
        for first in range(0, len(sound), CHUNK):
            assert self.graph.spin_until(lambda at=begin + first / 16_000: self.graph.now >= at)
            meanwhile(begin + first / 16_000)
            self._audio.publish(audio_chunk(sound[first : first + CHUNK], 16_000, begin + first / 16_000))
        return begin


def test_a_question_by_sound_becomes_an_utterance(listening: Graph) -> None:
    visitor = Visitor(listening)
    sound = visitor_says("Tôi muốn đăng ký kết hôn")
    begin = visitor.says(in_noise(sound, before=0.5))
    assert listening.spin_until(lambda: bool(visitor.heard))
    said = visitor.heard[0]
    assert "kết hôn" in said.text and said.language == "vi" and said.source == "voice" and said.is_final
    partials = [said.text for said in visitor.noticed]
    assert partials[0] == "" and len(set(partials)) >= 2  # how much of it they have is a matter of the machine
    end = said.header.stamp.sec + said.header.stamp.nanosec * 1e-9
    assert end == pytest.approx(begin + 0.5 + len(sound) / 16_000, abs=0.5)


def test_the_robot_does_not_hear_itself(listening: Graph) -> None:
    visitor = Visitor(listening)
    listener = listening.nodes[0]
    visitor.speaking.publish(Bool(data=True))
    assert listening.spin_until(lambda: listener.shut)
    visitor.says(in_noise(visitor_says("Tôi muốn đăng ký kết hôn")))
    visitor.speaking.publish(Bool(data=False))
    assert listening.spin_until(lambda: not listener.shut)
    listening.spin_for(0.5)
    visitor.says(in_noise(visitor_says("có ạ")))
    assert listening.spin_until(lambda: bool(visitor.heard))
    assert [said.text for said in visitor.heard] == ["có"]
