"""The compiled part of the MPPI controller: drive every sampled command sequence ahead and price it."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

INSCRIBED = 253
"""Costs from here on (inscribed, lethal, unknown) touch something with the robot's centre there."""

COLLISION = np.float32(1e4)
"""Price of a sequence that touches something; the later it does, the less it adds."""


@njit(cache=True, nogil=True, fastmath=True)
def roll_out(
    costs: np.ndarray,
    resolution: float,
    start: np.ndarray,
    nominal: np.ndarray,
    noise: np.ndarray,
    first: int,
    path: np.ndarray,
    path_count: int,
    to_go: float,
    people: np.ndarray,
    people_count: int,
    limits: np.ndarray,
    weights: np.ndarray,
    dt: float,
    controls: np.ndarray,
    prices: np.ndarray,
) -> int:
    """Price S sampled sequences of T commands; return how many of them touch nothing.

    Args:
        costs: HxW uint8 costmap; row 0 is y = 0 of the grid frame.
        resolution: m a cell.
        start: float32 x, y, yaw in the grid frame, v, w, and how fast both change.
        nominal: Tx2 float32, the sequence the samples scatter about: m/s, rad/s.
        noise: Bx2T float32 bank of perturbations, B >= S.
        first: the row of the bank to begin at.
        path: Px3 float32 points ahead: x, y, metres along; the first `path_count` are valid.
        path_count: number of valid points, at least 1.
        to_go: m of path from its first point here to its true end, before which the robot must be slow.
        people: Kx9 float32 x, y, vx, vy, unit vector they walk along, how much nearer one who stands before them
            counts (a factor on metres, at most 1), how much they count, m/s; the first `people_count` are valid.
        people_count: number of valid people.
        limits: max forward, max reverse, acceleration, deceleration, yaw rate, yaw acceleration, calm deceleration,
            jerk, yaw jerk.
        weights: see `controller.MppiParams.weights`.
        dt: s a step.
        controls: SxTx2 float32 out, within the limits.
        prices: S float32 out.
    """
    samples, steps = controls.shape[0], controls.shape[1]
    bank = noise.shape[0]
    rows, columns = costs.shape
    per_metre = np.float32(1.0 / resolution)
    h = np.float32(dt)
    top, reverse, gain, loss = limits[0], -limits[1], limits[2] * h, limits[3] * h
    turn, swing = limits[4], limits[5] * h
    jolt, twist = limits[7] * h * h, limits[8] * h * h
    w_align, w_progress, w_obstacle, w_person = weights[0], weights[1], weights[2], weights[3]
    w_touch, w_reverse, w_smooth, w_turn, w_speed = weights[4], weights[5], weights[6], weights[7], weights[8]
    touch, personal = weights[9] * weights[9], weights[10]
    # held inside something already: let it out, price what stays in, forbid to come back
    held = costs[_row(start[1] * per_metre, rows), _row(start[0] * per_metre, columns)] >= INSCRIBED
    c0, s0 = np.float32(math.cos(start[2])), np.float32(math.sin(start[2]))
    free = 0
    for k in range(samples):
        x, y, c, s, v, w = start[0], start[1], c0, s0, start[3], start[4]
        rise, veer = start[5] * h, start[6] * h  # how much v and w changed in the step before
        row = (first + k) % bank
        scale = np.float32(1.0) if k > 0 else np.float32(0.0)  # the plan itself is always among them
        price, leaving, touched, nearest = np.float32(0.0), held, False, 0
        for t in range(steps):
            low, high = v + max(-loss, rise - jolt), v + min(gain, rise + jolt)
            want = min(max(nominal[t, 0] + scale * noise[row, 2 * t], low), high)
            left = max(np.float32(to_go) - path[nearest, 2] + path[0, 2], np.float32(0.02))
            most = min(top, np.float32(math.sqrt(np.float32(2.0) * limits[6] * left)))
            if want > most:
                want = max(most, low)  # a lower limit is reached by braking, not by a jump
            elif want < reverse:
                want = min(reverse, high)
            least, largest = w + max(-swing, veer - twist), w + min(swing, veer + twist)
            spin = min(max(nominal[t, 1] + scale * noise[row, 2 * t + 1], least), largest)
            spin = min(max(spin, -turn), turn)
            rise, veer = want - v, spin - w
            controls[k, t, 0], controls[k, t, 1] = want, spin
            if touched:
                v, w = want, spin
                continue
            price += w_smooth * ((want - v) * (want - v) + np.float32(0.3) * (spin - w) * (spin - w))
            price += w_turn * spin * spin
            v, w = want, spin
            # half the turn, the way, the other half: the chord of the arc
            half = np.float32(0.5) * w * h
            sin, cos = half - half * half * half / np.float32(6.0), np.float32(1.0) - np.float32(0.5) * half * half
            c, s = c * cos - s * sin, s * cos + c * sin
            x += v * h * c
            y += v * h * s
            c, s = c * cos - s * sin, s * cos + c * sin
            if v < np.float32(0.0):
                price -= w_reverse * v
            column, line = int(x * per_metre), int(y * per_metre)
            cost = 255
            if 0 <= line < rows and 0 <= column < columns and x > 0.0 and y > 0.0:
                cost = costs[line, column]
            if cost >= INSCRIBED:
                if leaving:
                    price += np.float32(5.0)
                else:
                    touched = True
                    price += COLLISION * (np.float32(2.0) - np.float32(t) / np.float32(steps))
                    continue
            else:
                leaving = False
                share = np.float32(cost) * np.float32(1.0 / 252.0)
                price += w_obstacle * share * share
            if t & 1:
                at = np.float32(t + 1) * h
                fade = np.float32(1.0) - np.float32(0.5) * np.float32(t) / np.float32(steps)
                closest = np.float32(0.0)
                for p in range(people_count):
                    px, py = x - people[p, 0] - people[p, 2] * at, y - people[p, 1] - people[p, 3] * at
                    square = px * px + py * py
                    if square < touch:
                        price += w_touch * fade
                    along = px * people[p, 4] + py * people[p, 5]
                    if along > np.float32(0.0):  # in their way: the space before a walking person reaches further
                        square += along * along * (people[p, 6] * people[p, 6] - np.float32(1.0))
                    if square < personal * personal:
                        near = np.float32(1.0) - math.sqrt(square) / personal
                        # by the metre where all is slow: else a slow robot would never pass who stands there
                        pace = min(np.float32(1.0), np.float32(2.0) * (abs(v) + people[p, 8]))
                        closest = max(closest, people[p, 7] * pace * near * near)
                price += w_person * fade * closest  # one person's space counts: a group is not five times as forbidden
            away = _square(path, nearest, x, y)
            while nearest + 1 < path_count:
                onward = _square(path, nearest + 1, x, y)
                if onward > away:
                    break
                nearest, away = nearest + 1, onward
            # beyond 1 m as a straight line: steep enough to lead back, not so steep that nothing else counts
            price += w_align * (away if away < np.float32(1.0) else np.float32(2.0) * math.sqrt(away) - np.float32(1.0))
        if not touched:
            free += 1
            price -= w_progress * (path[nearest, 2] - path[0, 2])
            end = _square(path, path_count - 1, x, y)
            if nearest == path_count - 1:
                price += w_speed * end
        prices[k] = price
    return free


@njit(cache=True, nogil=True, fastmath=True)
def blend(controls: np.ndarray, prices: np.ndarray, temperature: float, nominal: np.ndarray) -> None:
    """Write into `nominal` (Tx2) the mean of the sequences, each weighted by exp(-price / temperature)."""
    steps = nominal.shape[0]
    least = prices.min()
    total = np.float32(0.0)
    nominal[:] = 0.0
    for k in range(len(prices)):
        exponent = (prices[k] - least) / np.float32(temperature)
        if exponent > np.float32(20.0):
            continue
        weight = np.float32(math.exp(-exponent))
        total += weight
        for t in range(steps):
            nominal[t, 0] += weight * controls[k, t, 0]
            nominal[t, 1] += weight * controls[k, t, 1]
    nominal /= total


@njit(cache=True, nogil=True)
def shift(nominal: np.ndarray, steps: float) -> None:
    """Move a Tx2 sequence on by a part (0 to 1) of a step, holding its last command."""
    count = nominal.shape[0]
    for t in range(count):
        after = min(t + 1, count - 1)
        for i in range(2):
            nominal[t, i] += steps * (nominal[after, i] - nominal[t, i])


@njit(cache=True, nogil=True)
def line_clear(costs: np.ndarray, resolution: float, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Tell whether the straight line between two points of the grid frame (m) touches nothing."""
    length = math.hypot(x1 - x0, y1 - y0)
    count = int(length / (0.5 * resolution)) + 1
    for i in range(count + 1):
        x, y = x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count
        row, column = math.floor(y / resolution), math.floor(x / resolution)
        if row < 0 or column < 0 or row >= costs.shape[0] or column >= costs.shape[1]:
            return False
        if costs[row, column] >= INSCRIBED:
            return False
    return True


@njit(cache=True, nogil=True)
def first_blocked(costs: np.ndarray, resolution: float, points: np.ndarray, start: int, reach: float) -> float:
    """Return the metres from point `start` of a Px2 path to its first touching cell within `reach`; -1 when clear.

    Cells that touch at the very beginning do not count until the path has left them: the robot may leave.
    """
    way, leaving = 0.0, True
    for i in range(start, len(points)):
        if i > start:
            way += math.hypot(points[i, 0] - points[i - 1, 0], points[i, 1] - points[i - 1, 1])
        if way > reach:
            break
        row, column = math.floor(points[i, 1] / resolution), math.floor(points[i, 0] / resolution)
        inside = 0 <= row < costs.shape[0] and 0 <= column < costs.shape[1]
        if inside and costs[row, column] < INSCRIBED:
            leaving = False
        elif not leaving:
            return way
    return -1.0


@njit(cache=True, nogil=True)
def nearest_index(points: np.ndarray, begin: int, reach: float, x: float, y: float) -> int:
    """Return the index of the nearest point of a Px3 path from `begin` on, looking at most `reach` m ahead."""
    best, least = begin, math.inf
    for i in range(begin, len(points)):
        if points[i, 2] - points[begin, 2] > reach:
            break
        square = (points[i, 0] - x) ** 2 + (points[i, 1] - y) ** 2
        if square < least:
            best, least = i, square
    return best


@njit(inline="always")
def _square(path: np.ndarray, i: int, x: float, y: float) -> float:
    dx, dy = path[i, 0] - x, path[i, 1] - y
    return dx * dx + dy * dy  # type: ignore[no-any-return]  # a plain number once compiled


@njit(inline="always")
def _row(value: float, count: int) -> int:
    return min(max(int(value), 0), count - 1)
