"""The boundary between base and robot in one process, where faults come in: sensors, commands and the clock."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guide_common.errors import UserError
from hall_sim.faults.core import RANDOM_STREAM, Faults
from hall_sim.faults.values import Odometry
from hall_sim.hall import Hall, Tick
from hall_sim.scenarios.scenario import Scenario
from hall_sim.scenarios.settings_faults import check_sound
from hall_sim.stack import RobotStack

Samples = npt.NDArray[np.int16]
NOT_HERE = ("node", "disk", "speaker")
"""Targets that one process does not have."""


class Boundary:
    """Carry measurements to the robot and its command to the base, as the scenario's faults let them."""

    def __init__(self, scenario: Scenario, hall: Hall, stack: RobotStack) -> None:
        for fault in scenario.faults:
            if fault.target in NOT_HERE:
                raise UserError(f"{scenario.name}: {fault.do} {fault.to} needs nodes of their own; set mode: graph")
        check_sound(scenario.faults, scenario.sound.mode)
        self._hall, self._stack = hall, stack
        self._start = scenario.start.timestamp()
        self._faults = Faults(scenario.faults, np.random.default_rng([scenario.seed, RANDOM_STREAM]))
        self._troubled = bool(scenario.faults)

    def notice(self, state: str) -> None:
        """Take the dialogue's state, for which some faults wait."""
        self._faults.notice(state, self._hall.time)

    def news(self) -> list[str]:
        """Return which faults began or ended since the last call."""
        return [event.text for event in self._faults.news(self._hall.time)] if self._troubled else []

    def clock(self) -> float:
        """Return what the robot's clock shows now, in s since the epoch."""
        return self._start + (self._faults.clock(self._hall.time).shown if self._troubled else self._hall.time)

    def stamp(self, time: float) -> float:
        """Return the stamp (s since the epoch) of what was measured at a true time (s since the start)."""
        return self._start + (self._faults.clock(time).stamp if self._troubled else time)

    def command(self) -> None:
        """Give the robot's command to the base."""
        base, command = self._hall.world.base, self._stack.command
        if not self._troubled:
            base.command(*command)
            return
        for sample in self._faults.filter("command", self._hall.time, command):
            base.command(*sample.value)

    def sound(self, tick: Tick) -> list[tuple[float, Samples]]:
        """Return the sound that the robot gets now: chunks, each with the stamp of its end."""
        time = self._hall.time
        if not self._troubled:
            return [(self.stamp(time), tick.audio)] if tick.audio is not None else []
        heard = self._faults.due("microphone", time) if tick.audio is None else None
        chunks = heard if heard is not None else self._faults.filter("microphone", time, tick.audio)
        return [(self.stamp(sample.time), sample.value) for sample in chunks]

    def sense(self, tick: Tick, now: float) -> None:
        """Give odometry and scan of a tick to the robot, whose clock shows `now` (s)."""
        stack, lidar, base = self._stack, self._hall.world.lidar, self._hall.world.base
        stack.now = now
        beams = float(lidar.angles[0]), lidar.angle_increment
        if not self._troubled:
            stack.take_odometry(now, base.odometry)
            if tick.scan is not None:
                stack.take_scan(now, tick.scan, *beams)
            return
        time = self._hall.time
        measured = Odometry(base.odometry, base.wheels.speed, base.wheels.yaw_rate)
        for sample in self._faults.filter("odom", time, measured):
            stack.take_odometry(self.stamp(sample.time), sample.value.pose)
        scans = self._faults.due("scan", time) if tick.scan is None else self._faults.filter("scan", time, tick.scan)
        for sample in scans:
            stack.take_scan(self.stamp(sample.time), sample.value, *beams)
