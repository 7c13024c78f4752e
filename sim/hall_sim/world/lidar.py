"""A 2D lidar on a grid of walls, circles of legs and lines of wheels.

The walls of the physics are boxes made of whole grid cells, so walking the grid
gives the same ranges as a ray cast against those boxes, at a fraction of the time.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D
from guide_common.robot import Lidar as LidarFigures
from hall_sim.world.lidar_cast import Floats, cast_circles, cast_grid, cast_lines, clearance
from hall_sim.world.optics import Optics

NO_LINES = np.empty((0, 4))


class Lidar:
    """Measure ranges from a pose; figures of the sensor come from the robot's file.

    Args:
        figures: beams, limits (m), noise (m, one sigma) and where the sensor sits in base_link.
        solid: HxW, True where something stands as high as the sensor; glass and mirrors are left out.
        resolution: m a cell.
        origin: lower left corner of the grid in the map frame; its yaw must be 0.
        rng: where the noise comes from.
        optics: what glass, mirrors, black shoes and sun do; None where light comes straight back.
    """

    def __init__(
        self,
        figures: LidarFigures,
        solid: npt.NDArray[np.bool_],
        resolution: float,
        origin: Pose2D,
        rng: np.random.Generator,
        optics: Optics | None = None,
    ) -> None:
        self.figures = figures
        self.angle_increment = math.tau / figures.beams
        self.angles = -math.pi + self.angle_increment * np.arange(figures.beams)
        self.noise = figures.noise
        if optics is not None and optics.settings.noise is not None:
            self.noise = optics.settings.noise
        self._mount = Pose2D(figures.x, figures.y, figures.yaw)
        self._clear = clearance(solid)
        self._resolution = resolution
        self._origin = origin
        self._rng = rng
        self._optics = optics
        self._struck = np.empty(figures.beams, np.int32)

    def scan(
        self,
        base: Pose2D,
        circles: Floats,
        lines: Floats = NO_LINES,
        dark: npt.NDArray[np.bool_] | None = None,
        clock: float = 0.0,
        lean: tuple[float, float] = (0.0, 0.0),
    ) -> npt.NDArray[np.float32]:
        """Return one range a beam, in m; inf where nothing answers.

        Args:
            base: true pose of base_link in the map frame.
            circles: Nx3 of x, y, radius in m: what stands on the floor beside the grid.
            lines: Mx4 of x1, y1, x2, y2 in m: the same, flat.
            dark: which circles hardly answer.
            clock: s of the day, for the sun.
            lean: rad that the robot's nose and its left side are down.
        """
        ranges = self.exact(base, circles, lines)
        if self._optics is not None:
            self._trouble(self._optics, base @ self._mount, ranges, circles, lines, dark, clock)
        if lean != (0.0, 0.0):
            self._see_floor(ranges, lean)
        ranges += self._rng.normal(0.0, self.noise, ranges.size)
        ranges[(ranges > self.figures.range_max) | (ranges < self.figures.range_min)] = np.inf
        return ranges.astype(np.float32)

    def exact(self, base: Pose2D, circles: Floats, lines: Floats = NO_LINES) -> Floats:
        """Return the ranges without noise, in m, as if glass were not there; inf beyond the sensor's reach."""
        laser = base @ self._mount
        ranges = np.empty(self.figures.beams)
        x, y = (laser.x - self._origin.x) / self._resolution, (laser.y - self._origin.y) / self._resolution
        reach = self.figures.range_max / self._resolution
        first, increment = laser.yaw + self.angles[0], self.angle_increment
        cast_grid(self._clear, x, y, first, increment, reach, ranges, self._struck)
        ranges *= self._resolution
        cast_circles(ranges, self._struck, laser.x, laser.y, first, increment, circles)
        if len(lines):
            cast_lines(ranges, self._struck, laser.x, laser.y, first, increment, lines)
        ranges[ranges > self.figures.range_max] = np.inf
        return ranges

    def _see_floor(self, ranges: Floats, lean: tuple[float, float]) -> None:
        """Cut, in place, the ranges of beams that lean so far down that they meet the floor first."""
        angles = self.angles + self._mount.yaw
        down = lean[0] * np.cos(angles) + lean[1] * np.sin(angles)
        falls = down > 1e-6
        ranges[falls] = np.minimum(ranges[falls], self.figures.z / np.tan(down[falls]))

    def _trouble(
        self,
        optics: Optics,
        laser: Pose2D,
        ranges: Floats,
        circles: Floats,
        lines: Floats,
        dark: npt.NDArray[np.bool_] | None,
        clock: float,
    ) -> None:
        first, increment = laser.yaw + self.angles[0], self.angle_increment
        if len(optics.panes):
            grid = (self._clear, self._resolution, self._origin.x, self._origin.y)
            at = (laser.x, laser.y, first, increment)
            optics.bend(ranges, self._struck, at, grid, circles, lines, self.figures.range_max)
        optics.lose(ranges, self._struck, dark)
        optics.blind(ranges, laser.x, laser.y, first, increment, clock)
