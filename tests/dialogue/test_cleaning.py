"""The robot does not hear itself, also while visitors may speak into its words; noise is made less where asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from guide_interfaces.msg import AudioChunk, Utterance
from std_msgs.msg import Bool

from counter_map.nodes.counter_map import CounterMapNode
from dialogue.conversions import audio_chunk
from dialogue.errors import BackendError
from dialogue.hearing import SAMPLE_RATE, Endpointer
from dialogue.hearing.cleaning import Cleaner, CleaningParams
from dialogue.nodes.dialogue import Dialogue
from dialogue.nodes.listener import Listener
from dialogue.nodes.speaker import Speaker
from dialogue.speaking import EspeakVoice, Sound
from guide_common.qos import EVENTS, LATCHED
from hall_sim.sound.acoustics import Room, impulse_response
from tests.dialogue.graph import Graph
from tests.dialogue.neighbours import Neighbours
from tests.dialogue.sounds import noise, visitor_says
from tests.dialogue.test_nodes import Visitor

CHUNK = 1600
DELAY = 0.06
"""s from the loudspeaker's order to the microphone."""
QUESTION = "Tôi muốn đăng ký kết hôn"


@pytest.fixture(scope="module")
def own_voice() -> Sound:
    line = "Mời quý khách tới quầy mười hai, khu B. Quý khách nhớ mang theo căn cước và giấy khai sinh. "
    return EspeakVoice().render(line * 2, "vi")


@pytest.fixture(scope="module")
def echo(own_voice: Sound) -> np.ndarray:
    """The robot's voice as its microphone hears it in the hall, half as loud, with a little noise."""
    from dialogue.hearing import resample

    said = resample(own_voice.samples, own_voice.rate).astype(np.float64)
    response = impulse_response(Room(56.0, 34.0, 6.0, 0.88), 0.4)
    heard = np.convolve(said, response[: SAMPLE_RATE // 4])[: len(said)]
    heard *= 0.5 * np.sqrt(np.mean(said**2)) / np.sqrt(np.mean(heard**2))
    late = round(DELAY * SAMPLE_RATE)
    sound = np.concatenate([np.zeros(late), heard, np.zeros(SAMPLE_RATE)])
    return np.clip(sound + noise(len(sound) / SAMPLE_RATE)[: len(sound)], -32768, 32767).astype(np.int16)


def cleaned(near: np.ndarray, own_voice: Sound) -> np.ndarray:
    cleaner, step, out = Cleaner(CleaningParams(barge_in=True)), own_voice.rate // 5, []
    for first in range(0, len(own_voice.samples), step):
        begun = 50.0 + first / own_voice.rate
        cleaner.robot_says(own_voice.samples[first : first + step], own_voice.rate, begun)
        while len(out) * CHUNK < (first + step) / own_voice.rate * SAMPLE_RATE:
            at = len(out) * CHUNK
            out.append(cleaner.clean(near[at : at + CHUNK], 50.0 + at / SAMPLE_RATE))
    return np.concatenate(out)


def level(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


class TestCleaner:
    def test_the_robots_own_voice_is_taken_out(self, own_voice: Sound, echo: np.ndarray) -> None:
        out = cleaned(echo, own_voice)
        after = slice(SAMPLE_RATE, len(out))
        assert level(out[after]) < level(echo[after]) / 10
        assert len(Endpointer().accept(np.concatenate([echo, noise(1.0)]))) >= 1
        assert Endpointer().accept(np.concatenate([out, noise(1.0)])) == []

    def test_a_visitor_is_heard_through_it(self, own_voice: Sound, echo: np.ndarray) -> None:
        said, both = visitor_says(QUESTION), echo.astype(np.int32)
        at = 4 * SAMPLE_RATE
        both[at : at + len(said)] += said
        out = cleaned(np.clip(both, -32768, 32767).astype(np.int16), own_voice)
        (utterance,) = Endpointer().accept(np.concatenate([out, noise(1.0)]), 0.0)
        assert utterance.start == pytest.approx(4.0, abs=0.4)
        assert utterance.end == pytest.approx(4.0 + len(said) / SAMPLE_RATE, abs=0.6)

    def test_nothing_is_changed_where_nothing_is_asked(self) -> None:
        sound = noise(0.5, 500.0)
        assert Cleaner(CleaningParams()).clean(sound, 0.0) is sound

    def test_noise_becomes_less(self) -> None:
        sound = noise(4.0, 500.0)
        levels = [level(Cleaner(CleaningParams(less_noise=db)).clean(sound, 0.0)[-SAMPLE_RATE:]) for db in (6, 12, 18)]
        assert 500.0 > levels[0] > levels[1] > levels[2]
        with pytest.raises(BackendError, match="use one of 0, 6, 12, 18, 21"):
            Cleaner(CleaningParams(less_noise=7))


@pytest.fixture
def listening(ros_domain: int) -> Iterator[Graph]:
    with Graph(Listener, source="topic", **{"cleaning.barge_in": True}) as graph:
        yield graph


def test_a_visitor_may_speak_into_the_robots_words(listening: Graph, own_voice: Sound, echo: np.ndarray) -> None:
    visitor = Visitor(listening)
    voice = listening.tester.create_publisher(AudioChunk, "speaker/audio", EVENTS)
    assert listening.spin_until(lambda: voice.get_subscription_count() == 1)
    visitor.speaking.publish(Bool(data=True))
    step, told, begun = own_voice.rate // 5, 0, 0.0

    def robot_speaks(time: float) -> None:
        nonlocal told, begun
        begun = begun or time
        while told < len(own_voice.samples) and told / own_voice.rate < time - begun + 0.1:
            chunk = own_voice.samples[told : told + step]
            voice.publish(audio_chunk(chunk, own_voice.rate, begun + told / own_voice.rate))
            told += step

    said, both = visitor_says(QUESTION), echo.astype(np.int32)
    at = 4 * SAMPLE_RATE
    both[at : at + len(said)] += said
    first_sample = visitor.says(np.clip(both, -32768, 32767).astype(np.int16), robot_speaks)
    assert listening.spin_until(lambda: bool(visitor.heard))
    (utterance,) = visitor.heard
    ended = utterance.header.stamp.sec + utterance.header.stamp.nanosec * 1e-9
    assert utterance.text and ended == pytest.approx(first_sample + 4.0 + len(said) / SAMPLE_RATE, abs=0.6)


def test_the_robot_falls_silent_for_words_but_not_for_a_cough(ros_domain: int, root: Path, tmp_path: Path) -> None:
    parameters = {"site_dir": str(root / "maps" / "hcmc_center"), "floor": "1"}
    parameters |= {"state_dir": str(tmp_path), "store": str(tmp_path)}
    with Graph(Speaker, CounterMapNode, Dialogue, Neighbours, rate=8.0, **parameters) as graph:
        neighbours: Neighbours = graph.nodes[-1]  # type: ignore[assignment]
        sounding: list[bool] = []
        graph.tester.create_subscription(Bool, "speaking", lambda msg: sounding.append(msg.data), LATCHED)
        heard = graph.tester.create_publisher(Utterance, "utterance", EVENTS)
        assert graph.spin_until(lambda: heard.get_subscription_count() == 1)
        neighbours.stands_before_the_robot()
        assert graph.spin_until(lambda: sounding[-1:] == [True])
        heard.publish(Utterance(text="", language="vi", source="voice"))
        graph.spin_for(0.4)
        assert sounding[-1]
        begin = graph.now
        heard.publish(Utterance(text="tôi muốn", language="vi", source="voice"))
        assert graph.spin_until(lambda: not sounding[-1])
        assert graph.now - begin < 1.0
