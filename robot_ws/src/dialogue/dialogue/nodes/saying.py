"""Say lines one after another through the action `say`; a speaker that has died must not hold up the talk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from guide_interfaces.action import Say
from guide_interfaces.msg import Caption
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.parameter import Parameter

from dialogue.masking import masked
from dialogue.nodes.pulses import Pulses
from guide_common.qos import EVENTS

READING_TIME = 0.07
"""s a letter: how long a line is left standing when nobody speaks it."""

GRACE = 4.0
"""s a line may take beyond three times its reading time."""


class Saying:
    """Hold the lines that wait and the one that sounds; caption each as it begins."""

    def __init__(self, node: Node, pulses: Pulses, now: Callable[[], float]) -> None:
        self._client = ActionClient(node, Say, "say")
        self._parameters = node.create_client(SetParameters, "speaker/set_parameters")
        self._captions = node.create_publisher(Caption, "captions", EVENTS)
        self._node, self._pulses, self._now = node, pulses, now
        self._lines: deque[tuple[str, str]] = deque()
        self._current: tuple[str, str] | None = None
        self._handle: Any = None
        self._captioned = self._spoken = False
        self._ends = 0.0
        self._turn = 0

    @property
    def busy(self) -> bool:
        """Tell whether a line sounds or waits."""
        return self._current is not None or bool(self._lines)

    def say(self, text: str, language: str) -> None:
        """Put a line at the end."""
        self._lines.append((text, language))
        self._next()

    def hush(self) -> None:
        """Stop at once and forget the lines that wait."""
        self._lines.clear()
        self._turn += 1
        if self._handle is not None:
            self._handle.cancel_goal_async()
        self._handle = self._current = None

    def tune(self, gain: float, tempo: float) -> None:
        """Set how loud and how fast the speaker speaks."""
        if self._parameters.service_is_ready():
            values = {"gain": gain, "tempo": tempo}
            parameters = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
            self._parameters.call_async(SetParameters.Request(parameters=parameters))

    def caption(self, speaker: str, text: str, language: str) -> None:
        """Publish a caption; captions are recorded, so numbers that a visitor has told are masked."""
        shown = text if speaker == "robot" else masked(text)
        msg = Caption(speaker=speaker, text=shown, language=language)
        msg.header.stamp = self._node.get_clock().now().to_msg()
        self._captions.publish(msg)

    def tick(self) -> None:
        """Give up on a line that has taken too long, or whose speaker is gone."""
        if self._current is None:
            self._next()
            return
        if self._spoken and self._pulses.failed("speaker"):
            self._leave_standing()
        if self._now() > self._ends:
            handle = self._handle
            self._finish(self._turn)
            if handle is not None:
                handle.cancel_goal_async()

    def _next(self) -> None:
        if self._current is not None or not self._lines:
            return
        self._current = self._lines.popleft()
        self._captioned = False
        self._turn += 1
        text, language = self._current
        if not self._client.server_is_ready() or self._pulses.failed("speaker"):
            self._leave_standing()
            return
        self._spoken = True
        self._ends = self._now() + GRACE + 3.0 * READING_TIME * len(text)
        goal = Say.Goal(text=text, language=language, interruptible=True)
        turn = self._turn
        sent = self._client.send_goal_async(goal, feedback_callback=lambda _: self._begun(turn))
        sent.add_done_callback(lambda future: self._accepted(future.result(), turn))

    def _leave_standing(self) -> None:
        """Show the line for as long as it takes to read, as nobody can speak it."""
        assert self._current is not None
        self._spoken = False
        self._show()
        self._ends = self._now() + READING_TIME * len(self._current[0])

    def _accepted(self, handle: Any, turn: int) -> None:
        if turn != self._turn:
            if handle is not None and handle.accepted:
                handle.cancel_goal_async()
        elif handle is None or not handle.accepted:
            self._leave_standing()
        else:
            self._handle = handle
            handle.get_result_async().add_done_callback(lambda _: self._finish(turn))

    def _begun(self, turn: int) -> None:
        if turn == self._turn:
            self._show()

    def _show(self) -> None:
        if self._current is not None and not self._captioned:
            self._captioned = True
            self.caption("robot", *self._current)

    def _finish(self, turn: int) -> None:
        if turn != self._turn or self._current is None:
            return
        self._show()
        self._handle = self._current = None
        self._next()
