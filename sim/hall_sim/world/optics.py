"""What light does to a lidar's beams besides coming straight back: glass, mirrors, black shoes, sun.

A beam that meets glass is answered by the pane itself near the normal only,
where its mirror image of the sensor comes back; else it goes through, or off as
from a mirror, by the pane's reflectance (Fresnel's equations, n = 1.5, both
faces). What a beam finds behind a mirror is measured along the bent way, as a
real sensor does: it appears where nothing stands.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from hall_sim.scenarios.settings_body import Glass, LidarSettings, Mirror
from hall_sim.world.lidar_cast import (
    NOTHING,
    WALL,
    Cells,
    Floats,
    Ints,
    beams_of_line,
    cast_ray,
    meets_circle,
    meets_line,
)

BOUNCES = 4
"""Panes that one beam is followed through or off."""
NORMAL_CONE = math.radians(6.0)
"""rad, one sigma, of the angle of incidence within which a pane sends the beam back into the sensor."""
INDEX = 1.5
"""Refractive index of window glass at 905 nm."""
FADES_FROM = 0.6
"""Share of a dark thing's range from which its answers begin to fail."""
BEHIND_WINDOW = 0.3
"""m behind a window's line at which a range still counts as the window's."""
MIRROR = 2.0
"""As a pane's `seen`: it reflects everything."""


def panes(settings: LidarSettings) -> Floats:
    """Return Px5 of x1, y1, x2, y2 and how often the pane answers a normal beam (MIRROR for a mirror)."""
    rows = [(*glass.at[0], *glass.at[1], glass.seen) for glass in settings.glass]
    rows += [(*mirror.at[0], *mirror.at[1], MIRROR) for mirror in settings.mirrors]
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def pane_cells(
    pane: Glass | Mirror, shape: tuple[int, int], resolution: float, origin: tuple[float, float]
) -> npt.NDArray[np.bool_]:
    """Tell for each cell of a grid whether its middle lies within half a pane's thickness of its line."""
    (x1, y1), (x2, y2) = pane.at
    x = origin[0] + (np.arange(shape[1]) + 0.5) * resolution - x1
    y = origin[1] + (np.arange(shape[0]) + 0.5) * resolution - y1
    length = math.hypot(x2 - x1, y2 - y1)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    along = x[None, :] * ux + y[:, None] * uy
    across = np.abs(x[None, :] * uy - y[:, None] * ux)
    # A pane thinner than a cell still fills the cells it runs through.
    half = max(pane.thickness / 2, 0.75 * resolution)
    return (across <= half) & (along >= -half) & (along <= length + half)


def seconds_of(clock: str) -> int:
    """Return the seconds of the day of an "HH:MM"."""
    return int(clock[:2]) * 3600 + int(clock[3:]) * 60


class Optics:
    """Bend, lose and falsify a scan's ranges as a scenario's light does.

    Args:
        settings: of the lidar.
        rng: of everything random here.
    """

    def __init__(self, settings: LidarSettings, rng: np.random.Generator) -> None:
        self.settings = settings
        self.panes = panes(settings)
        self._rng = rng
        self._windows = [np.array([*sun.window[0], *sun.window[1]]) for sun in settings.sun]
        self._hours = [(seconds_of(sun.hours[0]), seconds_of(sun.hours[1])) for sun in settings.sun]

    def lose(self, ranges: Floats, struck: Ints, dark: npt.NDArray[np.bool_] | None) -> None:
        """Lose, in place, beams at random and those that dark circles swallow; `dark` tells which circles are."""
        settings = self.settings
        if settings.dropout > 0.0:
            ranges[self._rng.random(ranges.size) < settings.dropout] = np.inf
        if dark is not None and settings.black_shoes > 0.0:
            draws = self._rng.random(ranges.size)
            swallow(ranges, struck, dark, settings.shoe_range, draws)

    def blind(self, ranges: Floats, x: float, y: float, first: float, increment: float, clock: float) -> None:
        """Lose or falsify, in place, the beams that look through a window with the sun in it; `clock` in s of day."""
        for sun, window, (begin, end) in zip(self.settings.sun, self._windows, self._hours, strict=True):
            if begin <= clock % 86400.0 < end:
                draws = self._rng.random((ranges.size, 2))
                dazzle(ranges, x, y, first, increment, window, sun.lost, sun.spurious, draws)

    def bend(
        self,
        ranges: Floats,
        struck: Ints,
        at: tuple[float, float, float, float],
        grid: tuple[Cells, float, float, float],
        circles: Floats,
        lines: Floats,
        reach: float,
    ) -> None:
        """Follow, in place, the beams that meet a pane before anything else.

        Args:
            ranges: of the beams if no pane were there, m.
            struck: what they met.
            at: the sensor's x, y, first angle and increment.
            grid: clearances, m a cell, and the grid's lower left corner.
            circles: Nx3, lines: Mx4.
            reach: m that the sensor sees.
        """
        draws = self._rng.random((ranges.size, 2 * BOUNCES))
        follow_beams(ranges, struck, at, grid, circles, lines, self.panes, reach, draws)


@njit(cache=True, nogil=True)
def reflectance(cosine: float) -> float:
    """Return the share of unpolarised light that a pane reflects, by the cosine of the angle of incidence."""
    sine = math.sqrt(max(1.0 - cosine * cosine, 0.0)) / INDEX
    inner = math.sqrt(1.0 - sine * sine)
    across = (cosine - INDEX * inner) / (cosine + INDEX * inner)
    along = (inner - INDEX * cosine) / (inner + INDEX * cosine)
    one = 0.5 * (across * across + along * along)
    return 2.0 * one / (1.0 + one)


@njit(cache=True, nogil=True)
def nearest_thing(
    x: float,
    y: float,
    dx: float,
    dy: float,
    grid: tuple[Cells, float, float, float],
    circles: Floats,
    lines: Floats,
    reach: float,
) -> tuple[float, int]:
    """Return how far a single ray goes and what it strikes; panes do not count."""
    clear, resolution, left, low = grid
    nearest = resolution * cast_ray(clear, (x - left) / resolution, (y - low) / resolution, dx, dy, reach / resolution)
    struck = NOTHING if nearest == np.inf else WALL
    for c in range(circles.shape[0]):
        hit = meets_circle(x, y, dx, dy, circles[c])
        if hit < nearest:
            nearest, struck = hit, c
    for s in range(lines.shape[0]):
        hit = meets_line(x, y, dx, dy, lines[s])
        if hit < nearest:
            nearest, struck = hit, WALL
    return nearest, struck


@njit(cache=True, nogil=True)
def nearest_pane(x: float, y: float, dx: float, dy: float, panes: Floats) -> tuple[float, int]:
    """Return how far a ray goes to the nearest pane, and which; inf and -1 when it meets none."""
    nearest, which = np.inf, -1
    for p in range(panes.shape[0]):
        hit = meets_line(x, y, dx, dy, panes[p])
        if 1e-6 < hit < nearest:
            nearest, which = hit, p
    return nearest, which


@njit(cache=True, nogil=True)
def follow_beam(
    x: float,
    y: float,
    angle: float,
    grid: tuple[Cells, float, float, float],
    circles: Floats,
    lines: Floats,
    panes: Floats,
    reach: float,
    draws: Floats,
) -> tuple[float, int]:
    """Follow one beam through and off panes; return the length of its way and what it struck at the end."""
    dx, dy, gone = math.cos(angle), math.sin(angle), 0.0
    for bounce in range(BOUNCES):
        thing, struck = nearest_thing(x, y, dx, dy, grid, circles, lines, reach - gone)
        to_pane, p = nearest_pane(x, y, dx, dy, panes)
        if p < 0 or thing <= to_pane:
            return gone + thing, struck
        ex, ey = panes[p, 2] - panes[p, 0], panes[p, 3] - panes[p, 1]
        length = math.hypot(ex, ey)
        cosine = min(abs(dx * ey - dy * ex) / length, 1.0)
        mirror, answer = panes[p, 4] == MIRROR, 0.0
        if not mirror:
            away = math.acos(cosine) / NORMAL_CONE
            answer = panes[p, 4] * math.exp(-0.5 * away * away)
        if draws[2 * bounce] < answer:
            return gone + to_pane, WALL
        x, y, gone = x + to_pane * dx, y + to_pane * dy, gone + to_pane
        if mirror or draws[2 * bounce + 1] < reflectance(cosine):
            along = 2.0 * (dx * ex + dy * ey) / (length * length)
            dx, dy = along * ex - dx, along * ey - dy
        if gone >= reach:
            break
    return np.inf, NOTHING


@njit(cache=True, nogil=True)
def follow_beams(
    ranges: Floats,
    struck: Ints,
    at: tuple[float, float, float, float],
    grid: tuple[Cells, float, float, float],
    circles: Floats,
    lines: Floats,
    panes: Floats,
    reach: float,
    draws: Floats,
) -> None:
    """Follow, in place, every beam that meets a pane before anything else."""
    x, y, first, increment = at
    beams = ranges.size
    todo = np.zeros(beams, np.bool_)
    for p in range(panes.shape[0]):
        low, high = beams_of_line(x, y, first, increment, panes[p])
        for k in range(low, high + 1):
            angle = first + k * increment
            todo[k % beams] |= meets_line(x, y, math.cos(angle), math.sin(angle), panes[p]) < ranges[k % beams]
    for k in range(beams):
        if todo[k]:
            angle = first + k * increment
            ranges[k], struck[k] = follow_beam(x, y, angle, grid, circles, lines, panes, reach, draws[k])


@njit(cache=True, nogil=True)
def swallow(ranges: Floats, struck: Ints, dark: npt.NDArray[np.bool_], reach: float, draws: Floats) -> None:
    """Lose, in place, ranges to dark circles: none up to FADES_FROM of their reach (m), all beyond it."""
    for k in range(ranges.size):
        if struck[k] >= 0 and dark[struck[k]]:
            faded = (ranges[k] / reach - FADES_FROM) / (1.0 - FADES_FROM)
            if draws[k] < faded:
                ranges[k] = np.inf


@njit(cache=True, nogil=True)
def dazzle(
    ranges: Floats,
    x: float,
    y: float,
    first: float,
    increment: float,
    window: Floats,
    lost: float,
    spurious: float,
    draws: Floats,
) -> None:
    """Lose or falsify, in place, the beams that see a window."""
    low, high = beams_of_line(x, y, first, increment, window)
    for beam in range(low, high + 1):
        k = beam % ranges.size
        angle = first + beam * increment
        through = meets_line(x, y, math.cos(angle), math.sin(angle), window)
        if through > ranges[k] + BEHIND_WINDOW or through == np.inf:
            continue
        if draws[k, 0] < lost:
            ranges[k] = np.inf
        elif draws[k, 0] < lost + spurious:
            ranges[k] = draws[k, 1] * through
