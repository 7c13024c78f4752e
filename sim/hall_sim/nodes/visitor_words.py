"""What the visitor answers, where it is not sound: touches of the screen, and words given as text."""

from __future__ import annotations

from collections import deque
from typing import Any

from guide_interfaces.msg import Utterance
from rclpy.node import Node

from guide_common.qos import EVENTS
from hall_sim.sound.voice import RECOGNISING, reading_time
from hall_sim.visitor.mind import Answer


class VisitorWords:
    """Publish answers; `aloud` tells whether words are spoken, which is the microphone's matter."""

    def __init__(self, node: Node, language: str, aloud: bool) -> None:
        self._language = language
        self._touch = node.create_publisher(Utterance, "touch", EVENTS)
        # with sound this topic is the listener's alone
        self._text = None if aloud else node.create_publisher(Utterance, "utterance", EVENTS)
        self._said: deque[tuple[float, str]] = deque()

    def restart(self) -> None:
        """Forget what was said before the hall began anew."""
        self._said.clear()

    def take(self, answer: Answer, time: float, stamp: Any) -> None:
        """Take an answer given now, in s since the start; a text is finished as late as if it had been recognised."""
        if answer.touch:
            self._touch.publish(self._message(answer.text, stamp, True, "touch"))
        elif self._text is not None:
            self._text.publish(self._message("", stamp, False, "voice"))
            self._said.append((time + reading_time(answer.text) + RECOGNISING, answer.text))

    def tick(self, time: float, stamp: Any) -> None:
        """Publish the texts that are finished by now."""
        while self._said and self._said[0][0] <= time:
            self._text.publish(self._message(self._said.popleft()[1], stamp, True, "voice"))

    def _message(self, text: str, stamp: Any, final: bool, source: str) -> Utterance:
        msg = Utterance(text=text, language=self._language, confidence=1.0, is_final=final, source=source)
        msg.header.stamp = stamp
        return msg
