"""What happened in a talk, in order: who said what, what was touched, which state, where the robot was."""

from __future__ import annotations

from dataclasses import dataclass, field

LANES = ("visitor", "robot", "screen", "state", "motion")


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
    answered: list[float] = field(default_factory=list)
    """When a visitor's turn ended that the robot owes an answer to."""
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
        names = {"visitor": "visitor  ", "robot": "robot    ", "screen": "touches  ", "state": "  state", "motion": "  moves"}
        return "\n".join(f"{event.at:7.1f}  {names[event.lane]} {event.text}" for event in self.events)
