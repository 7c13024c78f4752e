"""The robot's battery: what standing and driving take out of it."""

from __future__ import annotations

from guide_common.robot import Battery as BatteryFigures

GRAVITY = 9.81
VOLTAGE_SPAN = 0.25
"""Share of the nominal voltage by which a lithium-ion pack falls from full to empty (4.1 to 3.2 V a cell)."""


class Battery:
    """Count down a battery.

    Args:
        figures: capacity (Wh), voltage (V), idle power (W), rolling resistance and the drive's efficiency.
        mass: kg that are driven about.
        charge: 0..1 at the start.
    """

    def __init__(self, figures: BatteryFigures, mass: float, charge: float = 1.0) -> None:
        self.figures = figures
        self.charge = charge
        self.power = figures.idle
        self._mass = mass
        self._speed = 0.0

    @property
    def empty(self) -> bool:
        """Tell whether nothing is left to drive with."""
        return self.charge <= 0.0

    @property
    def voltage(self) -> float:
        """Return V at the terminals, falling in a line with the charge."""
        return self.figures.voltage * (1.0 + VOLTAGE_SPAN * (self.charge - 0.5))

    @property
    def current(self) -> float:
        """Return A that flow out."""
        return self.power / self.voltage

    def draw(self, speed: float, seconds: float) -> None:
        """Take out what the last `seconds` cost, at whose end the robot went at `speed` m/s; nothing is got back."""
        figures = self.figures
        rolling = figures.rolling_resistance * self._mass * GRAVITY * abs(speed)
        gained = self._mass * (speed * speed - self._speed * self._speed) / (2.0 * seconds)
        self._speed = speed
        self.power = figures.idle + (rolling + max(gained, 0.0)) / figures.efficiency
        self.charge = max(0.0, self.charge - self.power * seconds / (figures.capacity * 3600.0))
