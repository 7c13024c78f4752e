"""The mobile base's driver and wheels, as firmware and rubber would behave.

The driver limits speeds and accelerations and brakes by itself when no command
came for its time-out, counted in physics steps. Encoders see how the wheels
turn; the floor sees that times each wheel's slip, a small constant error and a
quickly changing one. So odometry drifts, and a robot pushed against a wall goes
on counting, as real ones do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive

SLIP_MEMORY = 0.2
"""s: correlation time of a wheel's changing slip."""
CONSTANT_SHARE = 0.1
"""Share of the slip figure that is a constant error of the wheel's size."""


@dataclass(slots=True)
class Twist2D:
    """Hold a forward speed in m/s and a yaw rate in rad/s."""

    speed: float = 0.0
    yaw_rate: float = 0.0


class Base:
    """Turn commands into wheel motion, odometry and the twist that the floor gets.

    Args:
        drive: limits and wheel geometry.
        slip: one sigma of each wheel's scale error.
        dt: s of one physics step.
        rng: where slip comes from.
    """

    def __init__(self, drive: Drive, slip: float, dt: float, rng: np.random.Generator) -> None:
        self.drive = drive
        self.dt = dt
        self.e_stop = False
        self.wheels = Twist2D()
        self.odometry = Pose2D(0.0, 0.0, 0.0)
        self.travelled = 0.0
        self._command = Twist2D()
        self._timeout_steps = round(drive.command_timeout / dt)
        self._steps_since = self._timeout_steps + 1
        self._constant = rng.normal(0.0, CONSTANT_SHARE * slip, 2)
        self._changing = np.zeros(2)
        self._keep = math.exp(-dt / SLIP_MEMORY)
        self._kick = slip * math.sqrt(1.0 - self._keep**2)
        self._rng = rng

    @property
    def timed_out(self) -> bool:
        """Tell whether the base brakes because no command came in time."""
        return self._steps_since > self._timeout_steps

    def command(self, speed: float, yaw_rate: float) -> None:
        """Take a command (m/s, rad/s); it is cut to the limits, and nonsense counts as stop."""
        if not (math.isfinite(speed) and math.isfinite(yaw_rate)):
            speed = yaw_rate = 0.0
        drive = self.drive
        self._command.speed = min(max(speed, -drive.max_reverse_speed), drive.max_speed)
        self._command.yaw_rate = min(max(yaw_rate, -drive.max_yaw_rate), drive.max_yaw_rate)
        self._steps_since = 0

    def step(self) -> Twist2D:
        """Advance one physics step; return the twist that the floor lets the body have."""
        self._steps_since += 1
        stop = self.e_stop or self.timed_out
        wheels, drive, dt = self.wheels, self.drive, self.dt
        wheels.speed = self._ramp_speed(0.0 if stop else self._command.speed)
        turn = (0.0 if stop else self._command.yaw_rate) - wheels.yaw_rate
        most = drive.max_yaw_acceleration * dt
        wheels.yaw_rate += min(max(turn, -most), most)
        self._count(wheels.speed * dt, wheels.yaw_rate * dt)
        return self._slip()

    def _ramp_speed(self, target: float) -> float:
        speed, drive = self.wheels.speed, self.drive
        speeding_up = abs(target) > abs(speed) and target * speed >= 0.0
        most = (drive.max_acceleration if speeding_up else drive.max_deceleration) * self.dt
        return speed + min(max(target - speed, -most), most)

    def _count(self, distance: float, turn: float) -> None:
        if distance == 0.0 and turn == 0.0:
            return
        at, middle = self.odometry, self.odometry.yaw + turn / 2.0
        self.odometry = Pose2D(
            at.x + distance * math.cos(middle), at.y + distance * math.sin(middle), wrap_angle(at.yaw + turn)
        )
        self.travelled += abs(distance)

    def _slip(self) -> Twist2D:
        if self.wheels.speed == 0.0 and self.wheels.yaw_rate == 0.0:
            return Twist2D()
        self._changing = self._keep * self._changing + self._kick * self._rng.standard_normal(2)
        half = self.drive.wheel_separation / 2.0
        left = (self.wheels.speed - half * self.wheels.yaw_rate) * (1.0 + self._constant[0] + self._changing[0])
        right = (self.wheels.speed + half * self.wheels.yaw_rate) * (1.0 + self._constant[1] + self._changing[1])
        return Twist2D((left + right) / 2.0, (right - left) / (2.0 * half))
