"""Frames of a run in 3-D, with what stands on flat frames too: bubbles, counter numbers, the strip with the state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from counter_map.model import Site
from counter_map.render import DESK, FLOOR, Image8
from hall_sim.pictures.bubbles import draw_bubbles
from hall_sim.pictures.dolls import head_height
from hall_sim.pictures.lettering import lay, words
from hall_sim.pictures.moment import Moment
from hall_sim.pictures.stage import Stage
from hall_sim.pictures.stage_model import CUT
from hall_sim.pictures.strip import STRIP, draw_banner, draw_strip

ROBOT_TOP = 1.3
"""m."""
SIGNS_WITHIN = 16.0
"""m around the robot in which counters show their numbers."""


class StageView:
    """Draw moments on a stage, as `HallView` draws them from above."""

    def __init__(self, site: Site, floor: str, stage: Stage) -> None:
        self._stage = stage
        desks = {zone.id: zone for zone in site.zones_of("furniture", floor)}
        self._counters = [
            (place, desks[f"desk_{place.id}"].polygon.mean(axis=0), min(desks[f"desk_{place.id}"].height or CUT, CUT))
            for place in site.places_of("counter", floor)
            if f"desk_{place.id}" in desks
        ]
        self.size = stage.size[0], stage.size[1] + STRIP

    def draw(self, moment: Moment, title: str = "", notes: Sequence[str] = ()) -> Image8:
        """Return the frame of a moment (H×W×3); with a title, and notes under it, it becomes higher."""
        scene = self._stage.render(moment)
        self._number_counters(scene, moment)
        self._draw_bubbles(scene, moment)
        strip = np.empty((STRIP, scene.shape[1], 3), np.uint8)
        draw_strip(strip, moment, flat=False)
        frame = np.concatenate([scene, strip])
        return frame if not title else np.concatenate([draw_banner(frame.shape[1], title, notes), frame])

    def _number_counters(self, scene: Image8, moment: Moment) -> None:
        for place, (x, y), height in self._counters:
            at = self._stage.pixel((x, y, height + 0.12))
            if at is None or moment.robot.distance(place.stand) > SIGNS_WITHIN:
                continue
            number = words(f" {place.number} ", 15, FLOOR, bold=True)
            left, top = round(at[0] - number.shape[1] / 2), round(at[1] - number.shape[0] / 2)
            if left >= 0 and top >= 0:
                scene[top : top + number.shape[0], left : left + number.shape[1]] = DESK
                lay(scene, number, left, top)

    def _draw_bubbles(self, scene: Image8, moment: Moment) -> None:
        tops = {"robot": (moment.robot.x, moment.robot.y, ROBOT_TOP)}
        if moment.visitor is not None:
            tops["visitor"] = moment.visitor.x, moment.visitor.y, head_height(moment.visitor) + 0.05
        seen = {name: self._stage.pixel(top) for name, top in tops.items()}
        speakers = {name: at for name, at in seen.items() if at is not None}
        clear = [(u - 32.0, v, u + 32.0, v + 140.0) for u, v in speakers.values()]
        draw_bubbles(scene, moment.lines, speakers, clear, below=False)
