"""The mobile base's driver and wheels, as firmware and rubber would behave.

The driver limits speeds and accelerations and brakes by itself when no command
came for its time-out, counted in physics steps. Encoders see how the wheels
turn; the floor sees that times each wheel's slip, a small constant error and a
quickly changing one. So odometry drifts, and a robot pushed against a wall goes
on counting, as real ones do.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive, Robot

SLIP_MEMORY = 0.2
"""s: correlation time of a wheel's changing slip."""
CONSTANT_SHARE = 0.1
"""Share of the slip figure that is a constant error of the wheel's size."""
DRAWS = 512
"""Random numbers that are drawn at once: numpy takes longer to begin than to draw."""


@dataclass(slots=True)
class Twist2D:
    """Hold a forward speed in m/s and a yaw rate in rad/s."""

    speed: float = 0.0
    yaw_rate: float = 0.0


def loaded(robot: Robot, payload: float) -> Robot:
    """Return a robot with kg more on board: what its motors can do to its speed shrinks as its mass grows."""
    if payload == 0.0:
        return robot
    body, drive = robot.body, robot.drive
    share = body.mass / (body.mass + payload)
    return replace(
        robot,
        body=replace(body, mass=body.mass + payload),
        drive=replace(
            drive,
            max_acceleration=drive.max_acceleration * share,
            max_deceleration=drive.max_deceleration * share,
            max_yaw_acceleration=drive.max_yaw_acceleration * share,
        ),
    )


class Base:
    """Turn commands into wheel motion, odometry and the twist that the floor gets.

    Args:
        drive: limits and wheel geometry.
        slip: one sigma of each wheel's scale error.
        dt: s of one physics step.
        rng: where slip comes from.
        delay: s after which the odometry is told.
    """

    def __init__(self, drive: Drive, slip: float, dt: float, rng: np.random.Generator, delay: float = 0.0) -> None:
        self.drive = drive
        self.dt = dt
        self.e_stop = False
        self.powerless = False
        self.wheels = Twist2D()
        self.slip = slip
        self.shares = (1.0, 1.0)
        """How much of their turning the left and the right wheel make good."""
        self.travelled = 0.0
        self._counted = Pose2D(0.0, 0.0, 0.0)
        self._told = deque([self._counted], maxlen=round(delay / dt) + 1)
        self._command = Twist2D()
        self._timeout_steps = round(drive.command_timeout / dt)
        self._steps_since = self._timeout_steps + 1
        constant = rng.normal(0.0, CONSTANT_SHARE * slip, 2)
        self._constant = (float(constant[0]), float(constant[1]))
        self._changing = (0.0, 0.0)
        self._keep = math.exp(-dt / SLIP_MEMORY)
        self._kick = math.sqrt(1.0 - self._keep**2)
        self._rng = rng
        self._draws: list[float] = []

    @property
    def timed_out(self) -> bool:
        """Tell whether the base brakes because no command came in time."""
        return self._steps_since > self._timeout_steps

    @property
    def odometry(self) -> Pose2D:
        """Return the pose that the wheels counted, in the frame odom, as old as the delay."""
        return self._told[0]

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
        stop = self.e_stop or self.powerless or self.timed_out
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
        if distance != 0.0 or turn != 0.0:
            at, middle = self._counted, self._counted.yaw + turn / 2.0
            self._counted = Pose2D(
                at.x + distance * math.cos(middle), at.y + distance * math.sin(middle), wrap_angle(at.yaw + turn)
            )
            self.travelled += abs(distance)
        self._told.append(self._counted)

    def _slip(self) -> Twist2D:
        if self.wheels.speed == 0.0 and self.wheels.yaw_rate == 0.0:
            return Twist2D()
        keep, kick = self._keep, self._kick * self.slip
        changing = (
            keep * self._changing[0] + kick * self._draw(),
            keep * self._changing[1] + kick * self._draw(),
        )
        self._changing = changing
        half = self.drive.wheel_separation / 2.0
        left = (self.wheels.speed - half * self.wheels.yaw_rate) * (1.0 + self._constant[0] + changing[0])
        right = (self.wheels.speed + half * self.wheels.yaw_rate) * (1.0 + self._constant[1] + changing[1])
        left, right = left * self.shares[0], right * self.shares[1]
        return Twist2D((left + right) / 2.0, (right - left) / (2.0 * half))

    def _draw(self) -> float:
        if not self._draws:
            self._draws = self._rng.standard_normal(DRAWS).tolist()[::-1]
        return self._draws.pop()
