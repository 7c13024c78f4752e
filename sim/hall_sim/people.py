"""Bodies of people: a torso and two legs that swing with every step."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

LEG_RADIUS = 0.07
LEG_HEIGHT = 0.8
TORSO_RADIUS = 0.17
TORSO_TOP = 1.6
HIP_HALF_WIDTH = 0.1
"""m, from the middle of the body to the middle of a leg."""
STEP_LENGTH = 0.65
"""m from one foot to the other at an ordinary walk (Murray et al., 1964: 0.7–0.8 m for men)."""
OUTSIDE = -1000.0
"""m: where bodies wait that are not in the hall."""

Floats = npt.NDArray[np.float64]


class Bodies:
    """Keep where everybody's torso and legs are.

    Args:
        count: how many people there can be; those who are not in the hall wait outside.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.torsos = np.full((count, 2), OUTSIDE)
        self.torsos[:, 1] -= np.arange(count) * 2.0
        self._away = self.torsos.copy()
        self.velocities = np.zeros((count, 2))
        self.headings = np.zeros(count)
        self.present = np.zeros(count, dtype=bool)
        self._phase = np.zeros(count)

    def place(self, index: int, x: float, y: float, heading: float, dt: float) -> None:
        """Put a body where it stands after `dt` seconds, facing `heading` (rad); the legs swing by the way gone."""
        old = self.torsos[index]
        moved = (x - old[0], y - old[1]) if self.present[index] else (0.0, 0.0)
        self._phase[index] += math.pi * math.hypot(*moved) / STEP_LENGTH
        self.velocities[index] = moved[0] / dt, moved[1] / dt
        self.torsos[index] = x, y
        self.headings[index] = heading
        self.present[index] = True

    def remove(self, index: int) -> None:
        """Take a body out of the hall."""
        self.present[index] = False
        self.velocities[index] = 0.0
        self.torsos[index] = self._away[index]

    def legs(self) -> Floats:
        """Return (2·count)x2 positions of legs: the left ones first, then the right ones."""
        speed = np.hypot(self.velocities[:, 0], self.velocities[:, 1])
        swing = 0.5 * STEP_LENGTH * np.minimum(speed, 1.0) * np.sin(self._phase)
        c, s = np.cos(self.headings), np.sin(self.headings)
        ahead = np.stack([c * swing, s * swing], axis=1)
        aside = HIP_HALF_WIDTH * np.stack([-s, c], axis=1)
        return np.concatenate([self.torsos + aside + ahead, self.torsos - aside - ahead])

    def leg_circles(self) -> Floats:
        """Return Nx3 of x, y, radius (m) of the legs of those who are present: what a lidar sees."""
        legs = self.legs()[np.tile(self.present, 2)]
        return np.column_stack([legs, np.full(len(legs), LEG_RADIUS)])
