"""When a fault holds: from an anchor in the run, for a while, and in which of its windows."""

from __future__ import annotations

import numpy as np

from hall_sim.scenarios.settings_faults import FaultSettings

HAIR = 1e-6
"""s: two moments nearer than this are one."""


class Timing:
    """Tell when a fault holds; times in s since the start of the run.

    Attributes:
        settings: the fault.
        begin: when it begins; None while what it waits for has not happened.
    """

    def __init__(self, settings: FaultSettings, rng: np.random.Generator) -> None:
        self.settings = settings
        self.begin: float | None = settings.at if settings.since == "start" else None
        self._rng = rng
        self._draws: list[float] = []

    def anchor(self, moment: str, time: float) -> None:
        """Take that the run has come to a moment (`ready` or `guiding`); only its first time counts."""
        if self.begin is None and self.settings.since == moment:
            self.begin = time + self.settings.at

    def since(self, time: float) -> float:
        """Return for how long (s) it has held; negative when it does not."""
        if self.begin is None or time < self.begin - HAIR or self.over(time):
            return -1.0
        return max(time - self.begin, 0.0)

    def holds(self, time: float) -> bool:
        """Tell whether it holds at a time."""
        return self.since(time) >= 0.0

    def over(self, time: float) -> bool:
        """Tell whether it has been and gone."""
        return self.begin is not None and time >= self.begin + self.settings.length - HAIR

    def draw(self, time: float, period: float) -> float:
        """Return a random number 0..1 that stays the same within each period (s) since its begin.

        Whoever asks, and however often, gets the same numbers.
        """
        window = int((self.since(time) + HAIR) / period)
        while len(self._draws) <= window:
            self._draws.append(float(self._rng.random()))
        return self._draws[window]

    def in_cycle(self, time: float) -> float:
        """Return how far (s) it is into the part of its cycle in which it shows; negative outside."""
        since = self.since(time)
        if since < 0.0:
            return -1.0
        phase = (since + HAIR) % self.settings.cycle
        return max(phase - HAIR, 0.0) if phase < self.settings.size * self.settings.cycle else -1.0
