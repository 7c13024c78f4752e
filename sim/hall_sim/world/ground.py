"""The floor under the wheels: how much of a wheel's turning becomes way, where it slips more, how the robot leans.

A wheel of radius R that climbs a sill of height h, and comes down again, rolls
along two arcs of phi = acos(1 - h/R) and gets R sin(phi) ahead by each, so near
a sill it makes sin(phi)/phi of the way that it turns: a few millimetres are
lost, and the robot turns a little when the other wheel does not climb at the
same time. On a floor that rises and falls each wheel meets its own slopes. What
matters most is the lean: a lidar 0.25 m above the floor that leans by 2 degrees
sees the floor 7 m away.
"""

from __future__ import annotations

import math

import numpy as np

from guide_common.robot import Drive
from hall_sim.scenarios.settings_body import Bump, DriveSettings, Point

WAVE = 0.25
"""m over which the slope of an uneven floor is alike."""


class Ground:
    """Tell what the wheels make of the floor.

    Args:
        settings: of the drive.
        drive: wheel radius and separation.
        slip: one sigma of a wheel's scale error on an ordinary floor.
        rng: of the uneven floor.
    """

    def __init__(self, settings: DriveSettings, drive: Drive, slip: float, rng: np.random.Generator) -> None:
        self._uneven = settings.uneven
        self._slippery = settings.slippery
        self._usual_slip = slip
        self._separation = drive.wheel_separation
        self._sills = [(bump, *_sill(bump, drive.wheel_radius)) for bump in settings.bumps]
        self._rng = rng
        self._slopes = [0.0, 0.0]
        self.lean = (0.0, 0.0)
        """rad: nose down, and left side down."""
        self.even = not (settings.uneven or settings.slippery or settings.bumps)
        """Whether nothing here depends on where the robot is."""

    def slip(self, x: float, y: float) -> float:
        """Return one sigma of a wheel's scale error at a point (m, map frame)."""
        found = [part.slip for part in self._slippery if _inside(part.area, x, y)]
        return max(found, default=self._usual_slip)

    def shares(self, x: float, y: float, yaw: float, way: float) -> tuple[float, float]:
        """Return how much of their turning the left and the right wheel make good, `way` m after the last call."""
        half = self._separation / 2.0
        sx, sy = -math.sin(yaw) * half, math.cos(yaw) * half
        left, left_up = self._over_sills(x + sx, y + sy)
        right, right_up = self._over_sills(x - sx, y - sy)
        if self._uneven > 0.0 and way > 0.0:
            self._roll_on(way)
            left *= math.cos(math.atan(self._slopes[0]))
            right *= math.cos(math.atan(self._slopes[1]))
        nose_up = (self._slopes[0] + self._slopes[1]) / 2.0 + (left_up + right_up) / self._separation
        left_side_up = (self._slopes[0] - self._slopes[1]) / 2.0 + (left_up - right_up) / self._separation
        self.lean = (-nose_up, -left_side_up)
        return left, right

    def _roll_on(self, way: float) -> None:
        keep = math.exp(-way / WAVE)
        kick = math.sqrt(1.0 - keep * keep) * self._uneven / WAVE
        for wheel, draw in enumerate(self._rng.standard_normal(2).tolist()):
            self._slopes[wheel] = keep * self._slopes[wheel] + kick * draw

    def _over_sills(self, x: float, y: float) -> tuple[float, float]:
        """Return the share made good by a wheel at a point, and m by which it is lifted."""
        share, lifted = 1.0, 0.0
        for bump, nearer, made_good in self._sills:
            off = _distance(bump.at, x, y)
            if off < nearer:
                share, lifted = min(share, made_good), max(lifted, bump.height * (1.0 - off / nearer))
        return share, lifted


def _sill(bump: Bump, radius: float) -> tuple[float, float]:
    """Return m from a sill within which a wheel climbs it, and the share of its turning that it makes good there."""
    phi = math.acos(max(1.0 - bump.height / radius, -1.0))
    return radius * math.sin(phi), math.sin(phi) / phi


def _distance(line: tuple[Point, Point], x: float, y: float) -> float:
    (x1, y1), (x2, y2) = line
    ex, ey = x2 - x1, y2 - y1
    share = ((x - x1) * ex + (y - y1) * ey) / (ex * ex + ey * ey)
    share = min(max(share, 0.0), 1.0)
    return math.hypot(x - x1 - share * ex, y - y1 - share * ey)


def _inside(area: tuple[Point, ...], x: float, y: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(area, area[1:] + area[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside
