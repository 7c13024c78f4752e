"""The verbs on streams of samples: each stage takes what comes at a time and returns what gets through then."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hall_sim.faults.timing import HAIR, Timing
from hall_sim.faults.values import GARBAGE, WRONG, Miscount


class Sample(NamedTuple):
    """Hold one value of a stream and when it was measured, in s since the start of the run."""

    time: float
    value: Any


class Stage:
    """Let everything through: what each fault does to a stream when it does not hold."""

    def __init__(self, timing: Timing) -> None:
        self.timing = timing

    def step(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Return what gets through at `now` (s)."""
        return self.faulty(now, samples) if self.timing.holds(now) else self.sound(samples)

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Return what gets through while the fault holds."""
        raise NotImplementedError

    def sound(self, samples: list[Sample]) -> list[Sample]:
        """Return what gets through otherwise."""
        return samples


class Off(Stage):
    """Let nothing through."""

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Return nothing."""
        return []


class Stuck(Stage):
    """Repeat the last value from before, freshly stamped."""

    _last: Any = None

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Return the held value once for each that came."""
        if self._last is None and samples:
            self._last = samples[0].value
        return [Sample(sample.time, self._last) for sample in samples]

    def sound(self, samples: list[Sample]) -> list[Sample]:
        """Remember the newest value."""
        if samples:
            self._last = samples[-1].value
        return samples


class Slow(Stage):
    """Let every n-th sample through, the first of them included."""

    _count = 0

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Return the n-th ones."""
        every, passed = round(self.timing.settings.size), []
        for sample in samples:
            if self._count % every == 0:
                passed.append(sample)
            self._count += 1
        return passed


class Changed(Stage):
    """Change every value."""

    def __init__(self, timing: Timing, change: Callable[[Any], Any]) -> None:
        super().__init__(timing)
        self._change = change

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Return the changed values."""
        return [Sample(sample.time, self._change(sample.value)) for sample in samples]


class Miscounted(Stage):
    """Miscount the wheels while it holds, and carry the error along afterwards."""

    def __init__(self, timing: Timing) -> None:
        super().__init__(timing)
        self._count = Miscount()

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Count each step so many times."""
        return [Sample(sample.time, self._count(sample.value, self.timing.settings.size)) for sample in samples]

    def sound(self, samples: list[Sample]) -> list[Sample]:
        """Count each step once."""
        return [Sample(sample.time, self._count(sample.value, 1.0)) for sample in samples]


class Held(Stage):
    """Hold each sample up for a time, in order; when it ends, what is held comes at once."""

    def __init__(self, timing: Timing, hold: Callable[[], float]) -> None:
        super().__init__(timing)
        self._hold = hold
        self._queue: deque[tuple[float, Sample]] = deque()

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Queue what came; return what is due."""
        for sample in samples:
            last = self._queue[-1][0] if self._queue else -math.inf
            self._queue.append((max(now + self._hold(), last), sample))
        due = []
        while self._queue and self._queue[0][0] <= now + HAIR:
            due.append(self._queue.popleft()[1])
        return due

    def sound(self, samples: list[Sample]) -> list[Sample]:
        """Return what was held, then what came."""
        held = [sample for _, sample in self._queue]
        self._queue.clear()
        return held + samples


class Intermittent(Stage):
    """Lose everything in some periods."""

    def faulty(self, now: float, samples: list[Sample]) -> list[Sample]:
        """Return all or nothing."""
        settings = self.timing.settings
        return [] if self.timing.draw(now, settings.cycle) < settings.size else samples


def make_stage(timing: Timing, stream: str, rng: np.random.Generator) -> Stage:
    """Make what a fault does to one stream."""
    settings = timing.settings
    size = settings.size
    match settings.do:
        case "off":
            return Off(timing)
        case "stuck" if settings.target == "network":
            return Held(timing, lambda: math.inf)
        case "stuck":
            return Stuck(timing)
        case "slow" if settings.target == "network":
            return Held(timing, lambda: float(rng.uniform(0.0, size)))
        case "slow":
            return Slow(timing)
        case "delayed":
            return Held(timing, lambda: size)
        case "intermittent":
            return Intermittent(timing)
        case "wrong" if stream == "odom":
            return Miscounted(timing)
        case "wrong":
            return Changed(timing, lambda value: WRONG[stream](value, size))
        case "garbage":
            return Changed(timing, lambda value: GARBAGE[stream](value, size, rng))
