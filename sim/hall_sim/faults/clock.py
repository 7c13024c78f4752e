"""Faults of the clock: which time the nodes are told, and which stands in the stamps, at each true time."""

from __future__ import annotations

from typing import NamedTuple

from hall_sim.faults.timing import Timing

NOISE_PERIOD = 0.1
"""s for which a clock that talks nonsense keeps to one error."""


class ClockReading(NamedTuple):
    """Hold what a clock shows, in s since the start of the run.

    `shown` is what the nodes are told, `stamp` what measurements made now are stamped with; `silent`: nobody tells.
    """

    shown: float
    stamp: float
    silent: bool


def read_clock(timings: list[Timing], time: float) -> ClockReading:
    """Return what the clock shows at a true time (s); several faults add up."""
    shown = stamp = time
    silent = False
    for timing in timings:
        if not timing.holds(time):
            continue
        error = _error(timing, time)
        shown += error
        if timing.settings.do == "off":
            silent = True
        elif timing.settings.do != "delayed":
            stamp += error
    return ClockReading(shown, stamp, silent)


def _error(timing: Timing, time: float) -> float:
    """Return by how much (s) a clock that has this fault is ahead."""
    since, size = timing.since(time), timing.settings.size
    match timing.settings.do:
        case "off" | "stuck":
            return -since
        case "wrong":
            return size
        case "slow":
            return (size - 1.0) * since
        case "garbage":
            return (2.0 * timing.draw(time, NOISE_PERIOD) - 1.0) * size
        case "delayed":
            return -size
        case "intermittent":
            return -max(timing.in_cycle(time), 0.0)
