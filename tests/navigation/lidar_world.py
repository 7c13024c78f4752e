"""A small synthetic world for localiser and tracker: a hall of grid cells, people on two legs, and a lidar."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numba
import numpy as np

from guide_common.geometry import Pose2D

RESOLUTION = 0.05
BEAMS = 720
ANGLES = (np.arange(BEAMS) * (2.0 * math.pi / BEAMS) - math.pi).astype(np.float32)
LEG_RADIUS = 0.07


def make_hall(width: float = 24.0, depth: float = 16.0) -> np.ndarray:
    """Return HxW bool: a hall with outer walls, a counter front with gaps, pillars, chairs' legs, an L of rooms."""
    rows, columns = round(depth / RESOLUTION), round(width / RESOLUTION)
    occupied = np.zeros((rows, columns), bool)

    def box(x0: float, y0: float, x1: float, y1: float) -> None:
        (c0, r0, c1, r1) = (round(v / RESOLUTION) for v in (x0, y0, x1, y1))
        occupied[r0:r1, c0:c1] = True

    box(0, 0, width, 0.2)
    box(0, depth - 0.2, width, depth)
    box(0, 0, 0.2, depth)
    box(width - 0.2, 0, width, depth)
    for k in range(6):  # counters along the north wall, of unequal spacing
        box(2.0 + 3.4 * k + 0.1 * k * k, depth - 2.0, 4.2 + 3.4 * k + 0.1 * k * k, depth - 1.3)
    for x, y in ((6.0, 5.0), (12.0, 5.0), (18.0, 5.5), (6.0, 10.0), (12.5, 10.0)):
        box(x, y, x + 0.5, y + 0.5)
    box(19.0, 0.2, 19.2, 3.5)  # a room in the south-east corner
    box(21.0, 3.5, width - 0.2, 3.7)
    box(0.2, 3.0, 2.6, 3.2)  # a stub of wall in the west
    for k in range(4):  # a row of chairs: thin legs
        for dx, dy in ((0.0, 0.0), (0.45, 0.0), (0.0, 0.45), (0.45, 0.45)):
            box(8.0 + 0.7 * k + dx, 1.5 + dy, 8.05 + 0.7 * k + dx, 1.55 + dy)
    return occupied


@numba.njit(cache=True)
def cast(occupied, x, y, yaw, angles, legs, radius, reach, out):
    """Write the exact ranges (m) from a pose to cell faces and to circles of `radius` at `legs` (Nx2)."""
    rows, columns = occupied.shape
    for k in range(angles.shape[0]):
        a = yaw + angles[k]
        ux, uy = math.cos(a), math.sin(a)
        best = reach
        for i in range(legs.shape[0]):
            ox, oy = legs[i, 0] - x, legs[i, 1] - y
            along = ox * ux + oy * uy
            off = ox * ox + oy * oy - along * along
            if along > 0.0 and off < radius * radius:
                best = min(best, along - math.sqrt(radius * radius - off))
        col, row = int(x / RESOLUTION), int(y / RESOLUTION)
        step_x, step_y = (1 if ux > 0 else -1), (1 if uy > 0 else -1)
        tdx = RESOLUTION / abs(ux) if abs(ux) > 1e-12 else 1e12
        tdy = RESOLUTION / abs(uy) if abs(uy) > 1e-12 else 1e12
        tx = ((col + (ux > 0)) * RESOLUTION - x) / ux if abs(ux) > 1e-12 else 1e12
        ty = ((row + (uy > 0)) * RESOLUTION - y) / uy if abs(uy) > 1e-12 else 1e12
        t = 0.0
        while t < best:
            if tx < ty:
                t, tx, col = tx, tx + tdx, col + step_x
            else:
                t, ty, row = ty, ty + tdy, row + step_y
            if col < 0 or row < 0 or col >= columns or row >= rows:
                break
            if occupied[row, col]:
                best = min(best, t)
                break
        out[k] = best


@dataclass
class Walker:
    """Be a person who walks along a polyline there and back, with feet that swing."""

    points: list[tuple[float, float]]
    speed: float = 1.1
    phase: float = 0.0
    travelled: float = 0.0

    def __post_init__(self) -> None:
        p = np.array(self.points, float)
        self._lengths = np.hypot(*np.diff(p, axis=0).T) if len(p) > 1 else np.zeros(0)
        self._points = p

    def step(self, dt: float) -> None:
        self.travelled += self.speed * dt

    @property
    def position(self) -> np.ndarray:
        return self._along()[0]

    def _along(self) -> tuple[np.ndarray, np.ndarray]:
        total = float(self._lengths.sum())
        if total == 0.0:
            return self._points[0], np.array([1.0, 0.0])
        s = self.travelled % (2.0 * total)
        back = s > total
        s = 2.0 * total - s if back else s
        i = 0
        while i < len(self._lengths) - 1 and s > self._lengths[i]:
            s -= self._lengths[i]
            i += 1
        u = (self._points[i + 1] - self._points[i]) / self._lengths[i]
        return self._points[i] + u * min(s, float(self._lengths[i])), -u if back else u

    def legs(self) -> np.ndarray:
        at, u = self._along()
        side = np.array([-u[1], u[0]]) * 0.135
        moving = 1.0 if self.speed > 0 and len(self._lengths) else 0.0
        swing = u * 0.22 * moving * math.sin(2.0 * math.pi * self.travelled / 1.3 + self.phase)
        return np.stack([at + side + swing, at - side - swing])


@dataclass
class World:
    """Hold hall, people and a robot with slipping wheels; step it and take scans."""

    occupied: np.ndarray = field(default_factory=make_hall)
    people: list[Walker] = field(default_factory=list)
    pose: Pose2D = field(default_factory=lambda: Pose2D(3.0, 7.5, 0.0))
    seed: int = 7
    noise: float = 0.015
    slip: float = 0.02
    leg_radius: float = LEG_RADIUS

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.odometry = Pose2D(0.0, 0.0, 0.0)
        self.time = 0.0
        self._scale = 1.0 + self.slip * self.random.standard_normal(2)

    @property
    def free(self) -> np.ndarray:
        return ~self.occupied

    def drive(self, v: float, w: float, dt: float) -> None:
        """Move robot and people by dt s; v in m/s, w in rad/s. Odometry errs by each wheel's scale."""
        half = 0.18
        left, right = (v - w * half) * dt, (v + w * half) * dt
        self.pose = self.pose @ _arc(left, right, half)
        jitter = 1.0 + 0.01 * self.random.standard_normal(2)
        left, right = left * self._scale[0] * jitter[0], right * self._scale[1] * jitter[1]
        self.odometry = self.odometry @ _arc(left, right, half)
        for walker in self.people:
            walker.step(dt)
        self.time += dt

    def scan(self) -> np.ndarray:
        """Return 720 noisy ranges (float32, m) from the robot's true pose."""
        legs = np.concatenate([w.legs() for w in self.people]) if self.people else np.zeros((0, 2))
        out = np.zeros(BEAMS)
        cast(
            self.occupied,
            self.pose.x,
            self.pose.y,
            self.pose.yaw,
            ANGLES.astype(float),
            legs,
            self.leg_radius,
            25.0,
            out,
        )
        noisy = out + self.noise * self.random.standard_normal(BEAMS)
        noisy[out >= 25.0] = np.inf
        return noisy.astype(np.float32)


def _arc(left: float, right: float, half: float) -> Pose2D:
    turn, way = (right - left) / (2.0 * half), (left + right) / 2.0
    return Pose2D(way * math.cos(turn / 2.0), way * math.sin(turn / 2.0), turn)


def follow(pose: Pose2D, goal: tuple[float, float]) -> tuple[float, float]:
    """Return (v, w) that drive towards a point at 0.7 m/s."""
    bearing = math.remainder(math.atan2(goal[1] - pose.y, goal[0] - pose.x) - pose.yaw, math.tau)
    return (0.7 if abs(bearing) < 0.6 else 0.15), max(-1.2, min(1.2, 2.0 * bearing))


LOOP = [(9.0, 7.5), (15.5, 7.5), (16.0, 3.0), (21.5, 8.0), (16.0, 12.0), (9.5, 12.5), (3.0, 12.0), (3.0, 7.5)]
"""A drive round the hall, clear of everything in it."""
