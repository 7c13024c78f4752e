"""The robot's mouth in one process: lines one after another, each as long as it takes to say."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hall_sim.sound.voice import reading_time

Length = Callable[[str, str], float]
OnCaption = Callable[[str, str, str], None]


def reading_length(text: str, language: str) -> float:
    """Return how long a line takes to say, by its letters, in s."""
    return reading_time(text)


class TimedMouth:
    """Say lines (`dialogue.reception.Mouth`); `now` is the clock, `length` how long a line lasts in s.

    `begun` is called with each line that begins to sound.
    """

    def __init__(
        self,
        now: Callable[[], float],
        caption: OnCaption,
        length: Length = reading_length,
        begun: Callable[[str, str], None] = lambda text, language: None,
    ) -> None:
        self._now, self._caption, self._length, self._begun = now, caption, length, begun
        self._lines: deque[tuple[str, str]] = deque()
        self._ends: float | None = None
        self._tempo = 1.0

    @property
    def sounding(self) -> bool:
        """Tell whether a line sounds."""
        return self._ends is not None

    @property
    def busy(self) -> bool:
        """Tell whether a line sounds or waits."""
        return self.sounding or bool(self._lines)

    def say(self, text: str, language: str) -> None:
        """Put a line at the end."""
        self._lines.append((text, language))
        self._next()

    def hush(self) -> None:
        """Stop at once and forget the lines that wait."""
        self._lines.clear()
        self._ends = None

    def tune(self, gain: float, tempo: float) -> None:
        """Speak slower or faster from the next line on; how loud makes no difference to the clock."""
        self._tempo = tempo

    def caption(self, speaker: str, text: str, language: str) -> None:
        """Show a line."""
        self._caption(speaker, text, language)

    def tick(self) -> None:
        """End the line that has been said, begin the next."""
        if self._ends is not None and self._now() >= self._ends:
            self._ends = None
        self._next()

    def _next(self) -> None:
        if self._ends is not None or not self._lines:
            return
        text, language = self._lines.popleft()
        self._ends = self._now() + self._length(text, language) / self._tempo
        self._caption("robot", text, language)
        self._begun(text, language)
