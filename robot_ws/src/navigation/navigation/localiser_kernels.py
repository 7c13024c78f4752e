"""The particle filter's inner loops on plain float32 arrays; nothing here allocates per cycle.

Poses are in the map image's frame (m, rad). Sources: Thrun, Burgard, Fox, Probabilistic Robotics:
odometry motion model table 5.6, low-variance resampling table 4.4, KLD sampling table 8.4
(D. Fox, Adapting the sample size in particle filters through KLD-sampling, 2003).
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BIN_XY = 0.2
"""m, side of a bin when counting how spread the particles are."""

BIN_YAW = math.radians(10.0)
"""rad, the same for heading."""

BIN_SLOTS = 1 << 15
"""Slots of the hash table of bins."""


@numba.njit(cache=True, nogil=True)
def seed_noise(seed: int) -> None:
    """Seed the generator that the kernels below draw from."""
    np.random.seed(seed)


@numba.njit(cache=True, nogil=True)
def wrap(angle: float) -> float:
    """Wrap an angle to [-pi, pi)."""
    return angle - 2.0 * math.pi * math.floor((angle + math.pi) / (2.0 * math.pi))


@numba.njit(cache=True, nogil=True)
def end_points(
    ranges: Floats, angles: Floats, mx: float, my: float, myaw: float, range_max: float, bx: Floats, by: Floats
) -> int:
    """Write the end points of beams that hit something, in base_link (m), and return how many.

    mx, my, myaw: the laser in base_link. Ranges outside 0.05..range_max or not finite are left out.
    """
    n = 0
    for i in range(ranges.shape[0]):
        r = ranges[i]
        if math.isfinite(r) and 0.05 < r < range_max - 0.01 and n < bx.shape[0]:
            bx[n], by[n] = mx + r * math.cos(myaw + angles[i]), my + r * math.sin(myaw + angles[i])
            n += 1
    return n


@numba.njit(cache=True, nogil=True)
def pick_beams(
    gap: Floats, total: int, gate: float, start: float, bx: Floats, by: Floats, to_x: Floats, to_y: Floats
) -> int:
    """Copy as many end points as `to_x` holds, evenly taken from those within `gate` m of a wall; return how many.

    gap: distance of each end point to the nearest wall. When less than 40 % are within the gate it does not
    count. `start`, 0..1, shifts which of them are taken.
    """
    good = 0
    for j in range(total):
        if abs(gap[j]) < gate:
            good += 1
    if good < 0.4 * total:
        gate, good = math.inf, total
    pace = max(good / to_x.shape[0], 1.0)
    used, seen, due = 0, 0, start * pace if pace > 1.0 else 0.0
    for j in range(total):
        if abs(gap[j]) < gate:
            if seen >= math.floor(due) and used < to_x.shape[0]:
                to_x[used], to_y[used] = bx[j], by[j]
                used += 1
                due += pace
            seen += 1
    return used


@numba.njit(cache=True, nogil=True)
def move(x: Floats, y: Floats, yaw: Floats, count: int, dx: float, dy: float, dyaw: float, noise: Floats) -> None:
    """Move particles by an odometry step (m, m, rad in the old base frame) and blur them.

    noise: alpha1..alpha4 of the motion model (variances per squared motion), then the standard
    deviations added at every step, m and rad.
    """
    trans = math.hypot(dx, dy)
    rot1 = math.atan2(dy, dx) if trans > 0.003 else 0.0
    rot2 = wrap(dyaw - rot1)
    # driving backwards is a half turn to the model; its noise must not count as one
    turn1 = min(abs(wrap(rot1)), abs(wrap(rot1 - math.pi)))
    turn2 = min(abs(rot2), abs(wrap(rot2 - math.pi)))
    sd1 = math.sqrt(noise[0] * turn1 * turn1 + noise[1] * trans * trans) + noise[5]
    sdt = math.sqrt(noise[2] * trans * trans + noise[3] * (turn1 * turn1 + turn2 * turn2)) + noise[4]
    sd2 = math.sqrt(noise[0] * turn2 * turn2 + noise[1] * trans * trans) + noise[5]
    for i in range(count):
        a = rot1 + sd1 * np.random.normal()
        d = trans + sdt * np.random.normal()
        b = rot2 + sd2 * np.random.normal()
        heading = yaw[i] + a
        x[i] += d * math.cos(heading) + noise[4] * np.random.normal()
        y[i] += d * math.sin(heading) + noise[4] * np.random.normal()
        yaw[i] = wrap(heading + b)


@numba.njit(cache=True, nogil=True)
def scatter(
    x: Floats, y: Floats, yaw: Floats, start: int, stop: int, px: float, py: float, pyaw: float, sxy: float, syaw: float
) -> None:
    """Draw particles start..stop from a normal distribution about a pose; deviations in m and rad."""
    for i in range(start, stop):
        x[i] = px + sxy * np.random.normal()
        y[i] = py + sxy * np.random.normal()
        yaw[i] = wrap(pyaw + syaw * np.random.normal())


@numba.njit(cache=True, nogil=True)
def spread(
    x: Floats, y: Floats, yaw: Floats, start: int, stop: int, cells: NDArray[np.int32], resolution: float
) -> None:
    """Draw particles start..stop uniformly over the free cells and all headings."""
    for i in range(start, stop):
        k = np.random.randint(0, cells.shape[0])
        x[i] = (cells[k, 0] + np.random.random()) * resolution
        y[i] = (cells[k, 1] + np.random.random()) * resolution
        yaw[i] = (np.random.random() * 2.0 - 1.0) * math.pi


@numba.njit(cache=True, nogil=True)
def weigh(weight: Floats, log_likelihood: Floats, count: int, temper: float) -> tuple[float, float]:
    """Multiply weights by exp(temper * log-likelihood) and normalise; return (effective count, mean log-likelihood).

    `temper` < 1 because neighbouring beams err together: as independent ones they would make the filter too sure.
    """
    best, mean = -np.inf, 0.0
    for i in range(count):
        best = max(best, float(log_likelihood[i]))
        mean += weight[i] * log_likelihood[i]
    total = 0.0
    for i in range(count):
        weight[i] *= math.exp(temper * (log_likelihood[i] - best))
        total += weight[i]
    if not total > 0.0:
        weight[:count] = 1.0 / count
        return float(count), mean
    squares = 0.0
    for i in range(count):
        weight[i] /= total
        squares += weight[i] * weight[i]
    return 1.0 / squares, mean


@numba.njit(cache=True, nogil=True)
def resample(
    x: Floats,
    y: Floats,
    yaw: Floats,
    weight: Floats,
    count: int,
    to_x: Floats,
    to_y: Floats,
    to_yaw: Floats,
    wanted: int,
) -> None:
    """Draw `wanted` particles by weight with one random number (low variance) into the second arrays."""
    step = 1.0 / wanted
    pointer = np.random.random() * step
    i, reached = 0, float(weight[0])
    for k in range(wanted):
        while reached < pointer and i < count - 1:
            i += 1
            reached += weight[i]
        to_x[k], to_y[k], to_yaw[k] = x[i], y[i], yaw[i]
        pointer += step


@numba.njit(cache=True, nogil=True)
def count_bins(
    x: Floats, y: Floats, yaw: Floats, count: int, slots: NDArray[np.int64], marks: NDArray[np.int64], mark: int
) -> int:
    """Return how many pose bins hold a particle; `marks` and a new `mark` spare clearing the table."""
    used = 0
    for i in range(count):
        key = (
            np.int64(math.floor(x[i] / BIN_XY)) * 73856093
            ^ np.int64(math.floor(y[i] / BIN_XY)) * 19349663
            ^ np.int64(math.floor(yaw[i] / BIN_YAW)) * 83492791
        )
        slot = key & (BIN_SLOTS - 1)
        for _ in range(64):
            if marks[slot] != mark:
                marks[slot], slots[slot] = mark, key
                used += 1
                break
            if slots[slot] == key:
                break
            slot = (slot + 1) & (BIN_SLOTS - 1)
    return used


@numba.njit(cache=True, nogil=True)
def particles_needed(bins: int, error: float, z: float) -> int:
    """Return how many particles keep the KL divergence below `error` with upper quantile z (KLD sampling)."""
    if bins <= 1:
        return 1
    k = bins - 1.0
    a = 2.0 / (9.0 * k)
    b = 1.0 - a + math.sqrt(a) * z
    return math.ceil(k / (2.0 * error) * b * b * b)


@numba.njit(cache=True, nogil=True)
def cluster_mean(
    x: Floats, y: Floats, yaw: Floats, weight: Floats, count: int, reach: float, out: NDArray[np.float64]
) -> None:
    """Write mean pose, mass and covariance of the cluster about the best particle into `out`.

    out: x, y, yaw, mass, then xx, xy, yy, yaw-yaw (m^2, rad^2); `reach` m (and rad) bounds the cluster.
    """
    top = 0
    for i in range(count):
        if weight[i] > weight[top]:
            top = i
    cx, cy, cyaw = float(x[top]), float(y[top]), float(yaw[top])
    for _ in range(2):
        mass, sx, sy, sa = 0.0, 0.0, 0.0, 0.0
        for i in range(count):
            dx, dy, da = x[i] - cx, y[i] - cy, wrap(yaw[i] - cyaw)
            if dx * dx + dy * dy < reach * reach and abs(da) < reach:
                mass += weight[i]
                sx += weight[i] * dx
                sy += weight[i] * dy
                sa += weight[i] * da
        if mass > 0.0:
            cx, cy, cyaw = cx + sx / mass, cy + sy / mass, wrap(cyaw + sa / mass)
    xx, xy, yy, aa, mass = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(count):
        dx, dy, da = x[i] - cx, y[i] - cy, wrap(yaw[i] - cyaw)
        if dx * dx + dy * dy < reach * reach and abs(da) < reach:
            w = float(weight[i])
            mass += w
            xx += w * dx * dx
            xy += w * dx * dy
            yy += w * dy * dy
            aa += w * da * da
    scale = 1.0 / mass if mass > 0.0 else 1.0
    out[0], out[1], out[2], out[3] = cx, cy, cyaw, mass
    out[4], out[5], out[6], out[7] = xx * scale, xy * scale, yy * scale, aa * scale


@numba.njit(cache=True, nogil=True, fastmath=True)
def search_grid(
    cells: NDArray[np.int32],
    stride: int,
    turned_x: Floats,
    turned_y: Floats,
    distance: NDArray[np.uint8],
    table: Floats,
    best_score: Floats,
    best_turn: NDArray[np.int32],
) -> None:
    """Score the scan at every free cell whose column and row divide by `stride`, in every heading given.

    turned_x, turned_y: TxB end points in cells, turned by each of T headings. Writes, for each free cell,
    the best mean log-likelihood of a beam and the index of its heading; cells left out get -inf.
    """
    rows, columns = distance.shape
    turns, beams = turned_x.shape
    nothing = table[table.shape[0] - 1]
    for i in range(cells.shape[0]):
        col, row = cells[i, 0], cells[i, 1]
        best_score[i], best_turn[i] = -np.inf, 0
        if col % stride != 0 or row % stride != 0:
            continue
        for t in range(turns):
            total = np.float32(0.0)
            for j in range(beams):
                cx = int(col + turned_x[t, j])
                cy = int(row + turned_y[t, j])
                if 0 <= cx < columns and 0 <= cy < rows:
                    total += table[4 * distance[cy, cx]]
                else:
                    total += nothing
            if total > best_score[i]:
                best_score[i], best_turn[i] = total, t
        best_score[i] /= beams
