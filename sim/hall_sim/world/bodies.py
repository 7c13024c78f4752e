"""Bodies of people: a torso and two legs that swing with every step, rest on a chair, or kneel.

A lidar near the floor sees legs as circles and the large wheels of a wheelchair
as lines.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from hall_sim.people.kinds import ADULT, KINDS, WHEEL_CHORD, WHEEL_TRACK, Kind

LEG_RADIUS = ADULT.leg_radius
LEG_HEIGHT = 0.8
TORSO_RADIUS = 0.17
TORSO_TOP = ADULT.height
LAP = 0.38
"""m from the torso of somebody who sits to their shins."""
KNEEL = 0.16
"""m by which the feet of somebody who kneels are apart, along the way they face."""
KNEELING_RADIUS = 0.11
"""m: thigh and shin together."""
OUTSIDE = -1000.0
"""m: where bodies wait that are not in the hall."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


STANDING, SITTING, KNEELING = 0, 1, 2
"""Postures."""


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
        self.dark = np.zeros(count, dtype=bool)
        """Who wears black shoes and trousers."""
        self.kinds: list[Kind] = [ADULT] * count
        self.postures = np.zeros(count, np.int8)
        self._phase = np.zeros(count)
        self._figures = np.tile(_figures(ADULT), (count, 1))
        self.chairs = np.zeros(count, dtype=bool)
        """Who sits in a wheelchair."""

    def embody(self, index: int, kind: Kind, dark: bool = False) -> None:
        """Give a body to a kind of person; `dark` for somebody in black shoes."""
        self.kinds[index] = kind
        self._figures[index] = _figures(kind)
        self.chairs[index] = kind is KINDS["wheelchair"]
        self.dark[index] = dark

    def place(self, index: int, x: float, y: float, heading: float, dt: float, posture: int = STANDING) -> None:
        """Put a body where it stands after `dt` seconds, facing `heading` (rad); the legs swing by the way gone.

        Of somebody who sits, (x, y) is where the feet are.
        """
        poses = np.array([[x, y, heading]])
        self.place_all(np.array([index]), poses, np.array([posture], dtype=np.int8), dt)

    def place_all(self, who: npt.NDArray[np.intp], poses: Floats, postures: npt.NDArray[np.int8], dt: float) -> None:
        """Put the bodies `who` where they stand after `dt` seconds: rows of x, y (m) and heading (rad)."""
        steps = self._figures[:, 2]
        place_bodies(
            who, poses, postures, dt, steps,
            self.torsos, self.velocities, self.headings, self._phase, self.postures, self.present,
        )  # fmt: skip

    def remove(self, index: int) -> None:
        """Take a body out of the hall."""
        self.present[index] = False
        self.velocities[index] = 0.0
        self.postures[index] = STANDING
        self.torsos[index] = self._away[index]

    def legs(self) -> Floats:
        """Return (2·count)x2 positions of legs: the left ones first, then the right ones."""
        legs = np.empty((2 * self.count, 2))
        place_legs(self.torsos, self.velocities, self.headings, self._phase, self.postures, self._figures, legs)
        return legs

    def leg_circles(self) -> Floats:
        """Return Nx3 of x, y, radius (m) of the legs of those who are present: what a lidar sees."""
        seen = np.tile(self.present, 2)
        radii = np.where(self.postures == KNEELING, KNEELING_RADIUS, self._figures[:, 0])
        return np.column_stack([self.legs()[seen], np.tile(radii, 2)[seen]])

    def dark_legs(self) -> Bools:
        """Tell for each of the leg circles whether it is dark."""
        return np.tile(self.dark[self.present], 2)

    def chair_lines(self) -> Floats:
        """Return Mx4 of x1, y1, x2, y2 (m) of the large wheels of the wheelchairs present: what a lidar sees."""
        who = np.flatnonzero(self.present & self.chairs)
        c, s = np.cos(self.headings[who]), np.sin(self.headings[who])
        along = WHEEL_CHORD * np.stack([c, s], axis=1)
        aside = WHEEL_TRACK * np.stack([-s, c], axis=1)
        middles = np.concatenate([self.torsos[who] + aside, self.torsos[who] - aside])
        along = np.concatenate([along, along])
        return np.concatenate([middles - along, middles + along], axis=1)


def _figures(kind: Kind) -> Floats:
    return np.array([kind.leg_radius, kind.hip, kind.step, kind.feet])


@njit(cache=True, nogil=True)
def place_bodies(
    who: npt.NDArray[np.intp],
    poses: Floats,
    new_postures: npt.NDArray[np.int8],
    dt: float,
    steps: Floats,
    torsos: Floats,
    velocities: Floats,
    headings: Floats,
    phases: Floats,
    postures: npt.NDArray[np.int8],
    present: Bools,
) -> None:
    """Move the bodies `who`; who was outside, or changes posture, does not move but appear."""
    for row in range(len(who)):
        index = who[row]
        x, y, heading = poses[row]
        if new_postures[row] == SITTING:
            x, y = x - LAP * math.cos(heading), y - LAP * math.sin(heading)
        velocities[index] = 0.0
        if present[index] and postures[index] == new_postures[row]:
            dx, dy = x - torsos[index, 0], y - torsos[index, 1]
            if steps[index] > 0.0:
                phases[index] += math.pi * math.hypot(dx, dy) / steps[index]
            velocities[index, 0], velocities[index, 1] = dx / dt, dy / dt
        torsos[index, 0], torsos[index, 1] = x, y
        headings[index] = heading
        postures[index] = new_postures[row]
        present[index] = True


@njit(cache=True, nogil=True)
def place_legs(
    torsos: Floats,
    velocities: Floats,
    headings: Floats,
    phases: Floats,
    postures: npt.NDArray[np.int8],
    figures: Floats,
    legs: Floats,
) -> None:
    """Fill the positions of the legs; `figures` holds leg radius, hip, step and feet of each body."""
    count = len(headings)
    for index in range(count):
        hip, step, feet = figures[index, 1], figures[index, 2], figures[index, 3]
        swing = 0.0
        if postures[index] == SITTING:
            feet = LAP
        elif postures[index] == KNEELING:
            swing = KNEEL
        else:
            speed = math.hypot(velocities[index, 0], velocities[index, 1])
            swing = 0.5 * step * min(speed, 1.0) * math.sin(phases[index])
        c, s = math.cos(headings[index]), math.sin(headings[index])
        x, y = torsos[index, 0] + c * feet, torsos[index, 1] + s * feet
        legs[index, 0], legs[index, 1] = x - s * hip + c * swing, y + c * hip + s * swing
        legs[count + index, 0], legs[count + index, 1] = x + s * hip - c * swing, y - c * hip - s * swing
