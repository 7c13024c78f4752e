"""What a person following a run wants to see, gathered from topics; free of ROS."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LINES_KEPT = 9


@dataclass
class Live:
    """Hold the run as it stands now: times in s, distances in m, speeds in m/s."""

    start: float | None = None
    now: float = 0.0
    wall: float = 0.0
    lines: deque[tuple[float, str, str]] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    state: str = "starting"
    reason: str = ""
    guiding: str = ""
    place: str = ""
    distance_left: float | None = None
    visitor_distance: float | None = None
    speed: float = 0.0
    contacts: int = 0

    @property
    def elapsed(self) -> float:
        """Return the simulated seconds since the run began."""
        return 0.0 if self.start is None else self.now - self.start

    @property
    def factor(self) -> float:
        """Return how much faster than real time the run has been."""
        return self.elapsed / self.wall if self.wall > 0 else 0.0

    def add_line(self, speaker: str, text: str) -> None:
        """Add a captioned line of the conversation."""
        self.lines.append((self.elapsed, speaker, text))
