"""The speaker: the action `say`, which lasts as long as the sentence sounds, by the ROS clock."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from guide_interfaces.action import Say
from guide_interfaces.msg import AudioChunk
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.clock import Clock, ClockType
from rclpy.parameter import Parameter
from std_msgs.msg import Bool

from dialogue.conversions import audio_chunk
from dialogue.errors import BackendError
from dialogue.masking import log_masked, masked
from dialogue.speaking import CachedVoice, Sound, VoiceSettings, make_voice
from dialogue.speaking.playing import Output, make_output
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED
from guide_common.running import run
from guide_common.waiting import sleep

CHUNK_TIME = 0.2
"""s of sound a message on `speaker/audio`."""

TURN_STEP = 0.05
"""s between looks whether the sentence before has ended."""

RENDER_STEP = 0.01
"""s of the steady clock between looks whether a sentence is rendered; rendering takes real time, not simulated."""


@dataclass(frozen=True)
class SpeakerParams:
    """Set where the voice goes: null, device (a sound card), or file and in `file` a WAV file or a folder for one.

    `gain` and `tempo` are factors of the voice's own loudness and speed; they may be set while it speaks, and hold from
    the next sentence on.
    """

    output: str = "null"
    file: str = ""
    device: str = ""
    cache_size: int = 64
    gain: float = 1.0
    tempo: float = 1.0


class Speaker(ManagedNode):
    """Say sentences one after another; `speaking` tells while one sounds."""

    def __init__(self) -> None:
        super().__init__("speaker")
        self._params = declare(self, SpeakerParams())
        self._voice_settings = declare(self, VoiceSettings(), "voice")
        self.add_post_set_parameters_callback(self._on_parameters)
        self._voice: CachedVoice | None = None
        self._output: Output | None = None
        self._row: deque[object] = deque()
        self._sounding: object | None = None
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._pool = ThreadPoolExecutor(1, "render")
        self._speaking = self.create_publisher(Bool, "speaking", LATCHED)
        self._audio = self.create_publisher(AudioChunk, "speaker/audio", EVENTS)
        self._server = ActionServer(
            self, Say, "say", self._execute, goal_callback=self._on_goal, cancel_callback=self._on_cancel
        )
        self._speaking.publish(Bool(data=False))

    def configure(self) -> None:
        """Make the voice and its output."""
        output = self._params.file if self._params.output == "file" else self._params.output
        self._output = make_output(output, self._params.device)
        self._voice = self._make_voice()
        self._pool.submit(self._voice.render, "a", "vi")  # starts the voice's process before the first sentence

    def _on_parameters(self, parameters: list[Parameter]) -> None:
        """Take a new gain or tempo."""
        wanted = {each.name: float(each.value) for each in parameters if each.name in ("gain", "tempo")}
        before, self._params = self._params, replace(self._params, **wanted)
        if self._voice is not None and self._params.tempo != before.tempo:
            self._pool.submit(self._revoice)

    def _revoice(self) -> None:
        """Make the voice anew at the tempo wanted; in the renderer's thread, so that no sentence is cut."""
        old, self._voice = self._voice, self._make_voice()
        if old is not None:
            old.close()

    def _make_voice(self) -> CachedVoice:
        settings = replace(self._voice_settings, rate=round(self._voice_settings.rate * self._params.tempo))
        return CachedVoice(make_voice(settings), self._params.cache_size)

    def activate(self) -> None:
        """Tell that nothing sounds yet."""
        self._speaking.publish(Bool(data=False))

    def deactivate(self) -> None:
        """Fall silent; a sentence under way is aborted."""
        if self._output is not None:
            self._output.stop()
        self._speaking.publish(Bool(data=False))

    def cleanup(self) -> None:
        """Let go of the voice and the sound card."""
        for part in (self._voice, self._output):
            if part is not None:
                part.close()
        self._voice = self._output = None

    def _on_goal(self, goal: Say.Goal) -> GoalResponse:
        return GoalResponse.ACCEPT if self.active and goal.text.strip() else GoalResponse.REJECT

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        if not handle.request.interruptible:
            return CancelResponse.REJECT
        if self._sounding is handle and self._output is not None:
            self._output.stop()  # now, not at the end of a chunk
        return CancelResponse.ACCEPT

    async def _execute(self, handle: ServerGoalHandle) -> Say.Result:
        self._row.append(handle)
        try:
            while self._row[0] is not handle and self.active and not handle.is_cancel_requested:
                await sleep(self, TURN_STEP)
            sound = await self._rendered(handle)
            completed = sound is not None and await self._play(handle, sound)
        except BackendError as error:
            self.get_logger().error(masked(str(error)))
            handle.abort()
            return Say.Result(completed=False, error_msg=str(error))
        finally:
            self._row.remove(handle)
        return _close(handle, completed)

    async def _rendered(self, handle: ServerGoalHandle) -> Sound | None:
        """Return the sound of the sentence; None when it was cancelled before it was rendered."""
        future = self._pool.submit(self._render, handle.request.text, handle.request.language)
        self.pending_since = self.get_clock().now().to_msg()
        try:
            while not future.done():
                if handle.is_cancel_requested or not self.active:
                    future.cancel()
                    return None
                await sleep(self, RENDER_STEP, self._steady)
        finally:
            self.pending_since = None
        return future.result()

    def _render(self, text: str, language: str) -> Sound:
        if self._voice is None:
            raise BackendError("the speaker is not configured")
        return _louder(self._voice.render(text, language or "vi"), self._params.gain)

    async def _play(self, handle: ServerGoalHandle, sound: Sound) -> bool:
        """Play a sound to its end by the ROS clock; return False when cancelled or deactivated before."""
        if handle.is_cancel_requested or not self.active or self._output is None:
            return False
        self._speaking.publish(Bool(data=True))
        self._sounding = handle
        self._output.play(sound)
        begin, step = self._now(), round(CHUNK_TIME * sound.rate)
        try:
            for first in range(0, len(sound.samples), step):
                handle.publish_feedback(Say.Feedback(progress=first / len(sound.samples)))
                chunk = sound.samples[first : first + step]
                self._audio.publish(audio_chunk(chunk, sound.rate, begin + first / sound.rate))
                await sleep(self, begin + (first + len(chunk)) / sound.rate - self._now())
                if handle.is_cancel_requested or not self.active:
                    if self._output is not None:
                        self._output.stop()
                    return False
            return True
        finally:
            self._sounding = None
            self._speaking.publish(Bool(data=False))

    def _now(self) -> float:
        return float(self.get_clock().now().nanoseconds * 1e-9)


def _louder(sound: Sound, gain: float) -> Sound:
    """Return a sound at a gain; peaks beyond full scale are cut."""
    if gain == 1.0:
        return sound
    return Sound(np.clip(sound.samples * np.float32(gain), -32_768, 32_767).astype(np.int16), sound.rate)


def _close(handle: ServerGoalHandle, completed: bool) -> Say.Result:
    if completed:
        handle.publish_feedback(Say.Feedback(progress=1.0))
        handle.succeed()
    elif handle.is_cancel_requested:
        handle.canceled()
    else:
        handle.abort()
    return Say.Result(completed=completed)


def main() -> int:
    """Run the node."""
    log_masked()
    return run(Speaker)


if __name__ == "__main__":
    raise SystemExit(main())
