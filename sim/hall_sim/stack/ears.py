"""Hearing and speaking aloud in one process: the recogniser on the microphone, the voice on the loudspeaker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dialogue.hearing import Endpointer, Recognizer, Transcript, Utterance, make_recogniser
from dialogue.hearing.listening import Listening
from dialogue.speaking.cache import CachedVoice
from dialogue.speaking.voice import Sound, VoiceSettings, make_voice

Samples = npt.NDArray[np.int16]
TAIL = 0.2
"""s after the robot has spoken in which it does not listen, as the listener does not."""
RECOGNISING = 0.3
"""s from the end-point to the text."""

Heard = Callable[[str, tuple[str, ...], str], None]


class Ears:
    """Hear the visitor, but not the robot.

    Args:
        heard: takes text, other readings and language, some time after the end-point.
        noticed: takes the language when somebody speaks.
        phrases: gives the folder of the site whose phrases are expected.
    """

    def __init__(self, heard: Heard, noticed: Callable[[str], None], phrases: Callable[[], Path]) -> None:
        self._heard, self._phrases = heard, phrases
        self._listening = Listening(Endpointer(), self._recogniser, self._recognised, lambda text, lang: noticed(lang))
        self._shut = False
        self._silent_since = self._now = -np.inf
        self._waiting: list[tuple[float, Transcript, str]] = []

    def robot_speaks(self, speaks: bool, now: float) -> None:
        """Shut the ears while the robot speaks."""
        if speaks and not self._shut:
            self._listening.forget()
        if self._shut and not speaks:
            self._silent_since = now
        self._shut = speaks

    def speak_in(self, language: str) -> None:
        """Take the language that the visitor will speak next."""
        self._listening.language = language.split("-")[0]

    def take(self, samples: Samples, begun: float, now: float) -> None:
        """Hear samples whose first one is of `begun` (s), and give what was recognised by `now`."""
        self._now = now
        while self._waiting and self._waiting[0][0] <= now:
            _, transcript, language = self._waiting.pop(0)
            self._heard(transcript.text, tuple(transcript.alternatives), language)
        if not self._shut and begun >= self._silent_since + TAIL:
            self._listening.accept(samples, begun)

    def _recogniser(self, _: str) -> Recognizer:
        return make_recogniser("viet-phrases", "vi", phrases=str(self._phrases()))

    def _recognised(self, _: Utterance, transcript: Transcript, language: str) -> None:
        self._waiting.append((self._now + RECOGNISING, transcript, language))


class Loudspeaker:
    """Know how long lines last and how they sound."""

    def __init__(self) -> None:
        self._voice = CachedVoice(make_voice(VoiceSettings(backend="espeak-ng")), 256)

    def length(self, text: str, language: str) -> float:
        """Return how long a line lasts, in s."""
        return self.sound(text, language).duration

    def sound(self, text: str, language: str) -> Sound:
        """Return a line as it sounds."""
        return self._voice.render(text, language)
