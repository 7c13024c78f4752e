"""Frames of a run from above: the labelled floor, the planner's costs, people, the robot, its plan, what is said."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from counter_map.model import Site
from counter_map.render import Image8, Projection, draw_floor, projection
from hall_sim.pictures import signs
from hall_sim.pictures.bubbles import box_around, draw_bubbles
from hall_sim.pictures.moment import CostWindow, Moment
from hall_sim.pictures.strip import STRIP, draw_banner, draw_strip

WHOLE_PPM, LEAST_WIDE = 28.0, 640.0
"""Pixels a metre for a whole floor, more where it would be narrower than so many pixels."""
NEAR_PPM = 50.0
NEAR_SIZE = (1280, 640)
"""Pixels of what is seen around the robot."""
PALE = 0.35
"""Share of white over the floor, so that what moves stands out."""
TRACKED = 0.52
"""m of the ring around where the robot sees a person: wider than the one around the visitor."""
OFF = 0.15
"""m by which the robot must be wrong about its place before that is drawn."""


Mark = tuple[float, float, str]


class HallView:
    """Draw moments of one floor.

    Args:
        site: the site.
        floor: id of the floor.
        radius: the robot's, m.
        whole: draw the whole floor, else what is around the robot.
        ppm: pixels a metre; a fitting number by default.
        size: pixels of the part around the robot, (wide, high).
    """

    def __init__(
        self,
        site: Site,
        floor: str,
        radius: float,
        whole: bool = False,
        ppm: float | None = None,
        size: tuple[int, int] = NEAR_SIZE,
    ) -> None:
        self._ppm = ppm or (max(WHOLE_PPM, LEAST_WIDE / site.floors[floor].map.size[0]) if whole else NEAR_PPM)
        sheet = draw_floor(site, floor, self._ppm)
        pale = (sheet * (1.0 - PALE) + 255.0 * PALE).astype(np.uint8)
        self._sheet = np.ascontiguousarray(pale[: pale.shape[0] // 2 * 2, : pale.shape[1] // 2 * 2])
        self._scale = projection(site.floors[floor], self._ppm)
        self._radius = radius
        high, wide = self._sheet.shape[:2]
        self._size = (wide, high) if whole else (min(size[0], wide), min(size[1], high))

    @property
    def reach(self) -> tuple[float, float]:
        """Return m that a frame shows, along x and y."""
        return self._size[0] / self._ppm, self._size[1] / self._ppm

    @property
    def size(self) -> tuple[int, int]:
        """Return the pixels of a frame, (wide, high)."""
        return self._size[0], self._size[1] + STRIP

    def scale_at(self, moment: Moment) -> Projection:
        """Return how metres become pixels in the frame of a moment."""
        left, top = self._corner(moment)
        return Projection(self._scale.left + left / self._ppm, self._scale.top - top / self._ppm, self._ppm)

    def draw(self, moment: Moment, title: str = "", notes: Sequence[str] = (), marks: Sequence[Mark] = ()) -> Image8:
        """Return the frame of a moment (H×W×3); with a title, and notes under it, it becomes higher.

        `marks` are points (m) that matter, with what they are.
        """
        left, top = self._corner(moment)
        wide, high = self._size
        frame = np.empty((high + STRIP, wide, 3), np.uint8)
        scene = frame[:high]
        scene[:] = self._sheet[top : top + high, left : left + wide]
        scale = self.scale_at(moment)
        self._draw_scene(scene, scale, moment)
        for x, y, text in marks:
            signs.mark(scene, scale.pixel(x, y), text)
        draw_strip(frame[high:], moment)
        return frame if not title else np.concatenate([draw_banner(wide, title, notes), frame])

    def _corner(self, moment: Moment) -> tuple[int, int]:
        """Return the pixel of the whole floor that is the upper left of the frame."""
        (wide, high), (rows, columns) = self._size, self._sheet.shape[:2]
        u, v = self._scale.pixel(moment.robot.x, moment.robot.y)
        return min(max(round(u - wide / 2), 0), columns - wide), min(max(round(v - high / 2), 0), rows - high)

    def _draw_scene(self, scene: Image8, scale: Projection, moment: Moment) -> None:
        if moment.costs is not None:
            _tint(scene, scale, moment.costs)
        thick = 3 if scale.ppm < 40 else 4
        signs.way(scene, scale, moment.walked, signs.VISITOR, thick - 2)
        signs.way(scene, scale, moment.driven, signs.ROBOT, thick)
        signs.dashes(scene, scale, moment.plan, signs.PLAN, thick, 8.0 / scale.ppm)
        signs.dots(scene, scale, moment.hits, signs.HITS, 2 if scale.ppm < 40 else 3)
        for who in sorted(moment.people, key=lambda who: who.visitor):
            signs.person(scene, scale, who)
        for x, y in moment.tracked.tolist():
            signs.disc(scene, scale.pixel(x, y), TRACKED * scale.ppm, signs.HITS, 1 if scale.ppm < 40 else 2)
        if moment.believed is not None and moment.believed.distance(moment.robot) > OFF:
            signs.ghost(scene, scale, moment.believed, self._radius)
        signs.robot(scene, scale, moment.robot, self._radius)
        for x, y, _ in moment.contacts:
            signs.cross(scene, scale.pixel(x, y), 8.0)
        self._draw_bubbles(scene, scale, moment)

    def _draw_bubbles(self, scene: Image8, scale: Projection, moment: Moment) -> None:
        speakers = {"robot": scale.pixel(moment.robot.x, moment.robot.y)}
        clear = [box_around(speakers["robot"], 0.3 * scale.ppm)]
        if moment.visitor is not None:
            speakers["visitor"] = scale.pixel(moment.visitor.x, moment.visitor.y)
            clear.append(box_around(speakers["visitor"], 0.42 * scale.ppm))
        draw_bubbles(scene, moment.lines, speakers, clear)


def _tint(scene: Image8, scale: Projection, window: CostWindow) -> None:
    """Tint the floor by what it costs the planner to drive there."""
    ppm, (rows, columns) = scale.ppm, window.costs.shape
    left, bottom = scale.pixel(window.x, window.y)
    wide, high = round(columns * window.resolution * ppm), round(rows * window.resolution * ppm)
    tint = cv2.applyColorMap(np.ascontiguousarray(window.costs[::-1]), TINTS[:, None])
    tint = cv2.resize(tint, (wide, high), interpolation=cv2.INTER_NEAREST)
    x, y = round(left), round(bottom) - high
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + wide, scene.shape[1]), min(y + high, scene.shape[0])
    if x0 < x1 and y0 < y1:
        under = scene[y0:y1, x0:x1]
        under[:] = cv2.multiply(under, tint[y0 - y : y1 - y, x0 - x : x1 - x], scale=1.0 / 255.0)


def _tints() -> npt.NDArray[np.uint8]:
    """Return the tint of each cost: nothing for free floor, amber the dearer, red where something stands."""
    tints = np.full((256, 3), 255, np.uint8)
    dear = (np.arange(1, 253) / 252.0) ** 0.5
    tints[1:253] = np.column_stack([255 - 3 * dear, 255 - 34 * dear, 255 - 84 * dear])
    tints[253] = 250, 196, 140
    tints[254] = 228, 92, 72
    return tints


TINTS = _tints()
