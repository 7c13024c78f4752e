"""Faults of processes and of the disk: what a harness has to do to them, and when."""

from __future__ import annotations

import signal
from typing import Literal, NamedTuple

from hall_sim.faults.timing import HAIR, Timing

AGAIN = 1.0
"""s between two looks whether a node that shall be dead was started again."""

Condition = Literal["well", "full", "gone"]
"""How the disk is: well, full to the last byte, or come loose."""


class ProcessAction(NamedTuple):
    """Say which signal the process of a node gets now."""

    node: str
    number: signal.Signals


class DiskAction(NamedTuple):
    """Say what happens to the disk now: it gets into a condition, or a share of its files is `garbled`."""

    do: Literal["well", "full", "gone", "garble"]
    share: float = 0.0


class ProcessFault:
    """Turn a fault of a node into signals, each told once."""

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self._kill_at: float | None = None
        self._stopped = False

    def due(self, now: float) -> list[ProcessAction]:
        """Return the signals that are due by `now` (s)."""
        settings = self.timing.settings
        if settings.do == "off":
            return self._kill(now)
        stopped = self.timing.holds(now) if settings.do == "stuck" else self.timing.in_cycle(now) >= 0.0
        if stopped == self._stopped:
            return []
        self._stopped = stopped
        return [ProcessAction(settings.node, signal.SIGSTOP if stopped else signal.SIGCONT)]

    def _kill(self, now: float) -> list[ProcessAction]:
        begin = self.timing.begin
        if begin is None or now < begin - HAIR:
            return []
        first = self._kill_at is None
        if not first and (self.timing.over(now) or now < (self._kill_at or 0.0) - HAIR):
            return []
        self._kill_at = now + AGAIN
        return [ProcessAction(self.timing.settings.node, signal.SIGKILL)]


class DiskFaults:
    """Turn the faults of the disk into what happens to it, each told once."""

    def __init__(self, timings: list[Timing]) -> None:
        self._timings = timings
        self._condition: Condition = "well"
        self._garbled: set[int] = set()

    def due(self, now: float) -> list[DiskAction]:
        """Return what is due by `now` (s)."""
        actions = [
            DiskAction("garble", timing.settings.size)
            for index, timing in enumerate(self._timings)
            if timing.settings.do == "garbage" and timing.holds(now) and index not in self._garbled
        ]
        self._garbled |= {i for i, timing in enumerate(self._timings) if timing.holds(now)}
        conditions = [self._of(timing, now) for timing in self._timings]
        condition: Condition = "gone" if "gone" in conditions else "full" if "full" in conditions else "well"
        if condition != self._condition:
            self._condition = condition
            actions.append(DiskAction(condition))
        return actions

    def _of(self, timing: Timing, now: float) -> Condition:
        if timing.settings.do == "stuck":
            return "full" if timing.holds(now) else "well"
        if timing.settings.do == "off":
            return "gone" if timing.holds(now) else "well"
        if timing.settings.do == "intermittent":
            return "gone" if timing.in_cycle(now) >= 0.0 else "well"
        return "well"
