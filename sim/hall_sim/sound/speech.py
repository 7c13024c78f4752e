"""What is said between visitor and robot in one process: aloud through the hall, or as text for speed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from hall_sim.hall import Hall
from hall_sim.scenarios.settings_sound import SoundSettings
from hall_sim.sound.microphone import CHUNK
from hall_sim.sound.voice import RECOGNISING, reading_time
from hall_sim.stack.mouth import reading_length
from hall_sim.visitor.mind import Answer

if TYPE_CHECKING:
    from hall_sim.stack import RobotStack

Chunks = list[tuple[float, npt.NDArray[np.int16]]]


class TextSpeech:
    """Give the visitor's words to the robot when a recogniser would have them."""

    stack: RobotStack

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._language = "vi"
        self._heard: list[tuple[float, str]] = []

    def length(self, text: str, language: str) -> float:
        """Return how long the robot takes to say a line, in s."""
        return reading_length(text, language)

    def robot_speaks(self, speaks: bool) -> None:
        """Let the visitor hear that the robot begins or ends to speak."""
        self._hall.robot_speaks(speaks)

    def robot_says(self, text: str, language: str) -> None:
        """Say a line: nothing sounds."""

    def speak_in(self, language: str) -> None:
        """Take the language of the conversation."""
        self._language = language

    def hear(self, answer: Answer | None, sound: Chunks, now: float) -> None:
        """Take what the visitor says or touches, and the sound that came, each chunk with the stamp of its end.

        Stamps and `now` are s of the robot's clock.
        """
        time = self._hall.time
        if answer is not None and answer.touch:
            self.stack.take_touch(answer.text)
        elif answer is not None:
            self.stack.take_hearing(self._language)
            self._heard.append((time + reading_time(answer.text) + RECOGNISING, answer.text))
        while self._heard and self._heard[0][0] <= time:
            self.stack.take_utterance(self._heard.pop(0)[1], language=self._language)


class AloudSpeech(TextSpeech):
    """Let the robot hear through its microphone and speak through its loudspeaker."""

    def __init__(self, hall: Hall) -> None:
        from hall_sim.stack.ears import Ears, Loudspeaker

        super().__init__(hall)
        self._loudspeaker = Loudspeaker()
        self._ears = Ears(self._recognised, lambda language: self.stack.take_hearing(language), self._site_folder)
        self._now = 0.0

    def length(self, text: str, language: str) -> float:
        """Return how long the robot takes to say a line, in s."""
        return self._loudspeaker.length(text, language)

    def robot_speaks(self, speaks: bool) -> None:
        """Let the visitor hear the robot, and the robot not itself."""
        super().robot_speaks(speaks)
        self._ears.robot_speaks(speaks, self._now)
        if not speaks:
            self._hall.microphone.robot_falls_silent()

    def robot_says(self, text: str, language: str) -> None:
        """Say a line aloud: it leaks into the microphone."""
        sound = self._loudspeaker.sound(text, language)
        self._hall.microphone.robot_sounds(sound.samples, sound.rate)

    def speak_in(self, language: str) -> None:
        """Take the language of the conversation."""
        super().speak_in(language)
        self._ears.speak_in(language)

    def hear(self, answer: Answer | None, sound: Chunks, now: float) -> None:
        """Take what the visitor touches, and hear the sound."""
        self._now = now
        if answer is not None and answer.touch:
            self.stack.take_touch(answer.text)
        for end, samples in sound:
            self._ears.take(samples, end - CHUNK, now)

    def _site_folder(self) -> Path:
        return self.stack.site.folder

    def _recognised(self, text: str, alternatives: tuple[str, ...], language: str) -> None:
        self.stack.take_utterance(text, alternatives, language)


def make_speech(hall: Hall, settings: SoundSettings) -> TextSpeech:
    """Make what a scenario's sound asks for."""
    return AloudSpeech(hall) if settings.mode == "audio" else TextSpeech(hall)
