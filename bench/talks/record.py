"""What happened in a talk, in order: who said what, what was touched, which state, where the robot was."""

from __future__ import annotations

from dataclasses import dataclass, field

LANES = ("visitor", "robot", "screen", "shows", "state", "motion")
"""Words of both, touches, what the screen shows of them, the state of the talk, how the robot moves."""


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one thing that happened: when (s since the beginning), in which lane, what, and for how long (s)."""

    at: float
    lane: str
    text: str
    lasts: float = 0.0
    language: str = "vi"


@dataclass
class Record:
    """Hold a talk."""

    events: list[Event] = field(default_factory=list)
    led_to: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """The procedures (or places) that the robot spoke of, as they were shown, each once in a row."""

    def add(self, event: Event) -> None:
        """Take what happened."""
        self.events.append(event)

    def lines(self, lane: str, since: float = 0.0) -> list[str]:
        """Return what was in a lane."""
        return [event.text for event in self.events if event.lane == lane and event.at >= since]

    @property
    def said(self) -> str:
        """Return all that the robot said."""
        return " ".join(self.lines("robot"))

    @property
    def turns(self) -> list[Event]:
        """Return what the visitor said or touched."""
        return [event for event in self.events if event.lane in ("visitor", "screen")]

    def script(self) -> str:
        """Return the talk as text, a line an event."""
        names = {"visitor": "visitor  ", "robot": "robot    ", "screen": "touches  "}
        return "\n".join(f"{e.at:7.1f}  {names.get(e.lane, f'  {e.lane}')} {e.text}" for e in self.events)
