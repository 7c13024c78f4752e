"""Kalman filters of many people at once: constant velocity, state (x, y, vx, vy) in m and m/s, map frame."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SECOND_LEG = 1.0
"""What a second leg costs more than the first: everybody gets one before anybody gets two."""


@numba.njit(cache=True, nogil=True)
def predict(state: Array, cov: Array, count: int, dt: float, acceleration: float) -> None:
    """Move the first `count` states (Nx4) and covariances (Nx4x4) on by dt s; white noise of `acceleration` m/s^2."""
    q = acceleration * acceleration
    q11, q13, q33 = q * dt**4 / 4.0, q * dt**3 / 2.0, q * dt * dt
    for k in range(count):
        s, p = state[k], cov[k]
        s[0] += dt * s[2]
        s[1] += dt * s[3]
        for j in range(4):  # P = F P
            p[0, j] += dt * p[2, j]
            p[1, j] += dt * p[3, j]
        for i in range(4):  # P = P F'
            p[i, 0] += dt * p[i, 2]
            p[i, 1] += dt * p[i, 3]
        for a in range(2):
            p[a, a] += q11
            p[a, a + 2] += q13
            p[a + 2, a] += q13
            p[a + 2, a + 2] += q33


@numba.njit(cache=True, nogil=True)
def assignment_costs(
    state: Array, cov: Array, count: int, xy: Array, sigma: Array, gate: float, reach: float, out: Array
) -> None:
    """Write what it costs to give detection j to track i: Mahalanobis distance squared plus log det S; inf if gated."""
    for i in range(count):
        for j in range(xy.shape[0]):
            r = sigma[j] * sigma[j]
            a, b, d = cov[i, 0, 0] + r, cov[i, 0, 1], cov[i, 1, 1] + r
            det = a * d - b * b
            dx, dy = xy[j, 0] - state[i, 0], xy[j, 1] - state[i, 1]
            far = (d * dx * dx - 2.0 * b * dx * dy + a * dy * dy) / det
            if far > gate or dx * dx + dy * dy > reach * reach:
                out[i, j] = np.inf
            else:
                out[i, j] = far + math.log(det)


@numba.njit(cache=True, nogil=True)
def leg_costs(
    state: Array,
    cov: Array,
    rows: NDArray[np.int64],
    xy: Array,
    wide: NDArray[np.bool_],
    sigma_leg: float,
    sigma_body: float,
    gate: float,
    reach: float,
    out: Array,
) -> None:
    """Write what it costs to take segment j for the first (row 2i) or second (2i + 1) leg of track `rows[i]`.

    As `assignment_costs`; a second leg costs a little more, and whoever shows as one wide segment has no second one.
    """
    for i in range(rows.shape[0]):
        k = rows[i]
        for j in range(xy.shape[0]):
            r = (sigma_body if wide[j] else sigma_leg) ** 2
            a, b, d = cov[k, 0, 0] + r, cov[k, 0, 1], cov[k, 1, 1] + r
            det = a * d - b * b
            dx, dy = xy[j, 0] - state[k, 0], xy[j, 1] - state[k, 1]
            far = (d * dx * dx - 2.0 * b * dx * dy + a * dy * dy) / det
            out[2 * i, j] = out[2 * i + 1, j] = np.inf
            if far <= gate and dx * dx + dy * dy <= reach * reach:
                out[2 * i, j] = far + math.log(det)
                if not wide[j]:
                    out[2 * i + 1, j] = far + math.log(det) + SECOND_LEG


@numba.njit(cache=True, nogil=True)
def correct(s: Array, p: Array, zx: float, zy: float, sigma: float) -> None:
    """Correct one state (4) and covariance (4x4) by a position with one-sigma error `sigma` m.

    A surprise beyond 2.4 sigma is taken for a turn or a stop: the velocity is held less certain first.
    """
    r = sigma * sigma
    a, b, d = p[0, 0] + r, p[0, 1], p[1, 1] + r
    det = a * d - b * b
    ux, uy = zx - s[0], zy - s[1]
    if (d * ux * ux - 2.0 * b * ux * uy + a * uy * uy) / det > 6.0:
        for k in range(2):
            p[k, k] += 0.02
            p[k + 2, k + 2] += 0.5
            p[k, k + 2] += 0.08
            p[k + 2, k] += 0.08
        a, b, d = p[0, 0] + r, p[0, 1], p[1, 1] + r
        det = a * d - b * b
    ia, ib, dd = d / det, -b / det, a / det
    dx, dy = zx - s[0], zy - s[1]
    gain = np.empty((4, 2))
    for i in range(4):
        gain[i, 0] = p[i, 0] * ia + p[i, 1] * ib
        gain[i, 1] = p[i, 0] * ib + p[i, 1] * dd
    rows = p[:2].copy()
    for i in range(4):
        s[i] += gain[i, 0] * dx + gain[i, 1] * dy
        for j in range(4):
            p[i, j] -= gain[i, 0] * rows[0, j] + gain[i, 1] * rows[1, j]


@numba.njit(cache=True, nogil=True)
def seen_through(
    state: Array,
    count: int,
    x: float,
    y: float,
    yaw: float,
    ranges: NDArray[np.float32],
    angle_min: float,
    increment: float,
    out: NDArray[np.uint8],
) -> None:
    """Write 1 for each track whose place the lidar looks through, so that nobody can stand there.

    The lidar's pose is in the map frame; beams within 0.2 m of the place count, all must pass 0.4 m behind it.
    """
    n = ranges.shape[0]
    for k in range(count):
        dx, dy = state[k, 0] - x, state[k, 1] - y
        r = math.hypot(dx, dy)
        out[k] = 0
        if r < 0.3:
            continue
        bearing = math.atan2(dy, dx) - yaw - angle_min
        middle = round((bearing - 2.0 * math.pi * math.floor(bearing / (2.0 * math.pi))) / increment)
        half = int(math.atan2(0.2, r) / increment)
        if half < 1:
            continue
        through = True
        for i in range(middle - half, middle + half + 1):
            if i < 0 or i >= n:
                i %= n
            if not ranges[i] > r + 0.4:
                through = False
                break
        out[k] = 1 if through else 0
