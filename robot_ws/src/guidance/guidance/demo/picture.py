"""The run as one picture: the hall, the plans, the driven track, the visitor's track, contacts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from counter_map.model import Site
from counter_map.render import Projection, draw_floor, label_font, projection
from hall_sim.runs.log import RunLog
from navigation.ways import near

PIXELS_PER_METRE = 28.0
PLAN, TRACK, VISITOR, CONTACT, ROBOT = (11, 107, 203), (43, 138, 62), (214, 51, 108), (224, 49, 49), (20, 90, 40)
ROBOT_RADIUS = 0.25
"""m."""
OTHER_WAY = 0.4
"""m from all plans before at which a plan is drawn as well."""
Points = Sequence[tuple[float, float]]
Colour = tuple[int, int, int]


def draw_run(site: Site, floor: str, plans: Sequence[Points], log: RunLog, out: Path) -> None:
    """Write the picture of a run as PNG."""
    image = Image.fromarray(draw_floor(site, floor, ppm=PIXELS_PER_METRE))
    draw = ImageDraw.Draw(image)
    scale = projection(site.floors[floor], PIXELS_PER_METRE)
    for plan in _told_apart(plans):
        _dashes(draw, [scale.pixel(*point) for point in plan], PLAN)
    _line(draw, scale, [point for _, point in log.visitor], VISITOR, width=3)
    _line(draw, scale, [(entry.pose.x, entry.pose.y) for entry in log.poses], TRACK, width=5)
    for _, contact in log.contacts:
        _disc(draw, scale, _where(contact, log), 0.35, CONTACT)
    if log.poses:
        _disc(draw, scale, (log.poses[-1].pose.x, log.poses[-1].pose.y), ROBOT_RADIUS, ROBOT)
    _key(draw)
    image.save(out)


def _told_apart(plans: Sequence[Points]) -> list[NDArray[np.float64]]:
    """Keep the plans that lead another way than those before them; most only trim what has been driven."""
    kept: list[NDArray[np.float64]] = []
    for plan in plans:
        points = np.array(plan, float).reshape(-1, 2)
        if len(points) and not np.any([near(points, before, OTHER_WAY) for before in kept], axis=0).all():
            kept.append(points)
    return kept


def _line(draw: ImageDraw.ImageDraw, scale: Projection, points: Points, colour: Colour, width: int) -> None:
    if len(points) > 1:
        draw.line([scale.pixel(*point) for point in points], fill=colour, width=width, joint="curve")


def _dashes(draw: ImageDraw.ImageDraw, pixels: list[tuple[float, float]], colour: Colour) -> None:
    for index, (a, b) in enumerate(pairwise(pixels)):
        if index % 4 < 2:
            draw.line([a, b], fill=colour, width=3)


def _disc(draw: ImageDraw.ImageDraw, scale: Projection, at: tuple[float, float], radius: float, colour: Colour) -> None:
    u, v = scale.pixel(*at)
    r = radius * scale.ppm
    draw.ellipse([u - r, v - r, u + r, v + r], fill=colour, outline=(255, 255, 255), width=2)


def _where(contact: dict[str, Any], log: RunLog) -> tuple[float, float]:
    if "x" in contact and "y" in contact:
        return float(contact["x"]), float(contact["y"])
    return log.poses[-1].pose.x, log.poses[-1].pose.y


def _key(draw: ImageDraw.ImageDraw) -> None:
    letters = label_font(18)
    draw.rounded_rectangle((30, 34, 170, 128), 8, fill=(255, 255, 255), outline=(120, 128, 140), width=2)
    for row, (text, colour) in enumerate((("plan", PLAN), ("robot", TRACK), ("visitor", VISITOR))):
        y = 46 + 26 * row
        draw.line([(44, y + 10), (84, y + 10)], fill=colour, width=5)
        draw.text((94, y), text, fill=(30, 30, 30), font=letters)
