"""The faults of a run, in one object without ROS: a filter on streams, a clock, and what a harness has to do.

Whoever moves the samples puts each stream through `filter`, and asks `due` when time goes on without a sample.
Streams from the base and to it, with the type of their values:

scan        float32 ranges of a lidar that goes round once, m
odom        hall_sim.faults.values.Odometry
microphone  int16 samples of one chunk
speaker     int16 samples of one chunk: what the loudspeaker is to sound
speaking    bool, as often as the caller likes: whether the robot can be heard to speak
command     anything: what the base is told to do
battery     anything

`docs/faults.md` lists what each verb does to each target. Everything random comes from the generator, so the same
seed and the same questions give the same faults.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from hall_sim.faults.clock import ClockReading, read_clock
from hall_sim.faults.rig import DiskAction, DiskFaults, ProcessAction, ProcessFault
from hall_sim.faults.streams import Sample, Stage, make_stage
from hall_sim.faults.timing import Timing
from hall_sim.scenarios.settings_faults import FaultSettings
from hall_sim.visitor.mind import tells

STREAMS = {
    "scan": "scan",
    "odom": "odom",
    "microphone": "microphone",
    "speaker": "speaker",
    "speaking": "speaker",
    "command": "",
    "battery": "",
}
"""Stream → the target that it belongs to. All of them cross the boundary of the base: the target `network`."""
RANDOM_STREAM = 20
"""Number of the random stream that faults are drawn from: `default_rng([seed, RANDOM_STREAM])`."""
OF_THE_WALL = ("node", "disk", "clock")
"""Targets whose faults are felt by watchdogs on the steady clock too."""
RECOVERY = 20.0
"""s after such a fault in which the robot may still be mending what it broke."""
LONGEST_HANG = 40.0
"""s after which a hanging process was surely started again."""


class FaultEvent(NamedTuple):
    """Tell that a fault begins or ends, and when, in s since the start of the run."""

    time: float
    text: str


class Faults:
    """Make things go wrong as the settings say.

    Args:
        settings: the faults of the scenario.
        rng: of everything random.
    """

    def __init__(self, settings: Sequence[FaultSettings], rng: np.random.Generator) -> None:
        self._settings = settings
        self.restart(rng)

    def restart(self, rng: np.random.Generator) -> None:
        """Begin anew, as at the start of the run; `rng` as it was then."""
        settings, generators = self._settings, rng.spawn(len(self._settings))
        self._timings = [Timing(fault, own) for fault, own in zip(settings, generators, strict=True)]
        self._chains: dict[str, list[Stage]] = {stream: [] for stream in STREAMS}
        for timing, own in zip(self._timings, generators, strict=True):
            for stream, of_stream in zip(STREAMS, own.spawn(len(STREAMS)), strict=True):
                if timing.settings.target in (STREAMS[stream], "network"):
                    self._chains[stream].append(make_stage(timing, stream, of_stream))
        self._clocks = self._of("clock")
        self._processes = [ProcessFault(timing) for timing in self._of("node")]
        self._disk = DiskFaults(self._of("disk"))
        self._told: set[tuple[int, str]] = set()

    def notice(self, state: str, time: float) -> None:
        """Take the robot's dialogue state, which says when faults begin that wait for it; time in s since the start."""
        for timing in self._timings:
            if tells("ready", state):
                timing.anchor("ready", time)
            if state.split(".", 1)[0] == "guiding":
                timing.anchor("guiding", time)

    def filter(self, stream: str, time: float, value: Any) -> list[Sample]:
        """Take a value measured now (s since the start); return what gets through now, oldest first.

        Each sample says when it was measured: a late one keeps its time.
        """
        return self._pass(stream, time, [Sample(time, value)])

    def due(self, stream: str, time: float) -> list[Sample]:
        """Return what gets through now (s) though nothing new came: what was held up."""
        return self._pass(stream, time, [])

    def clock(self, time: float) -> ClockReading:
        """Return what the robot's clock shows at a true time, in s since the start."""
        return read_clock(self._clocks, time)

    def due_processes(self, time: float) -> list[ProcessAction]:
        """Return the signals that a harness has to send by now (s), each once."""
        return [action for fault in self._processes for action in fault.due(time)]

    def due_disk(self, time: float) -> list[DiskAction]:
        """Return what a harness has to do to the state folder by now (s), each once."""
        return self._disk.due(time)

    def news(self, time: float) -> list[FaultEvent]:
        """Return which faults began or ended since the last call; time in s since the start."""
        return [event for index, timing in enumerate(self._timings) for event in self._news_of(index, timing, time)]

    @property
    def nodes(self) -> set[str]:
        """Return the names of the nodes that have faults."""
        return {timing.settings.node for timing in self._of("node")}

    def of_the_wall(self, time: float) -> bool:
        """Tell whether a fault is felt now (s) that watchdogs on the steady clock have to deal with.

        Simulated time must then not run faster than theirs.
        """
        return any(_felt(timing, time) for timing in self._timings if timing.settings.target in OF_THE_WALL)

    def _of(self, target: str) -> list[Timing]:
        return [timing for timing in self._timings if timing.settings.target == target]

    def _pass(self, stream: str, time: float, samples: list[Sample]) -> list[Sample]:
        for stage in self._chains[stream]:
            samples = stage.step(time, samples)
        return samples

    def _news_of(self, index: int, timing: Timing, time: float) -> list[FaultEvent]:
        begin, settings, events = timing.begin, timing.settings, []
        if begin is None or time < begin:
            return []
        ends = begin + settings.length
        if (index, "begins") not in self._told:
            self._told.add((index, "begins"))
            events.append(FaultEvent(begin, f"{settings.do} {settings.to} begins"))
        if time >= ends > begin and (index, "ends") not in self._told:
            self._told.add((index, "ends"))
            events.append(FaultEvent(ends, f"{settings.do} {settings.to} ends"))
        return events


def _felt(timing: Timing, time: float) -> bool:
    if timing.begin is None or time < timing.begin:
        return False
    lasts = timing.settings.length
    if timing.settings.target == "node" and timing.settings.do == "stuck":
        lasts = min(lasts, LONGEST_HANG)
    return time < timing.begin + lasts + RECOVERY or math.isinf(lasts)
