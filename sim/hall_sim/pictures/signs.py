"""Signs on a hall seen from above: people, the robot, ways, contacts. All draw in place, with smooth edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from counter_map.render import Colour, Image8, Projection
from guide_common.geometry import Pose2D
from hall_sim.people.kinds import CHAIR_AHEAD, CHAIR_HALF
from hall_sim.pictures.lettering import lay, words
from hall_sim.pictures.moment import Floats, Person

ROBOT, VISITOR, PLAN, HITS, CONTACT = (32, 122, 56), (214, 51, 108), (11, 107, 203), (0, 130, 150), (220, 30, 30)
ADULT, ELDERLY, CHILD, CHAIR = (72, 86, 120), (122, 94, 140), (212, 126, 20), (60, 66, 78)
COLOURS = {"adult": ADULT, "elderly": ELDERLY, "child": CHILD, "wheelchair": ADULT}
WHITE = (255, 255, 255)
MARK, MARK_LETTERS = 17.0, 14.0
"""px: the ring around what matters, and its label."""
SHIFT = 4
"""Bits behind the point of the pixels handed to OpenCV."""
SHOULDERS, CHEST, HEAD = 0.24, 0.14, 0.105
"""m: half the width, half the depth, and the head of an adult seen from above."""
CHILD_SIZE = 0.72
ROUND = np.array([np.cos(np.linspace(0.0, math.tau, 24)), np.sin(np.linspace(0.0, math.tau, 24))])
"""Points of a circle."""
RING, CHAIR_RING = 0.42, 0.66
"""m of the ring around the visitor."""
LEAST_PIXELS = 6.5
"""px of half a person's width at least, so that a whole floor still shows everybody."""


def fixed(points: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Return pixels as OpenCV wants them, with a part behind the point."""
    return np.round(np.asarray(points, np.float64) * (1 << SHIFT)).astype(np.int32)


def pixels(scale: Projection, points: Floats) -> Floats:
    """Return Nx2 pixels of points in metres."""
    return np.column_stack([(points[:, 0] - scale.left) * scale.ppm, (scale.top - points[:, 1]) * scale.ppm])


def disc(image: Image8, at: Sequence[float], radius: float, colour: Colour, thickness: int = -1) -> None:
    """Draw a disc, or a ring of a thickness, in pixels."""
    centre = fixed(at)
    cv2.circle(
        image, (int(centre[0]), int(centre[1])), round(radius * (1 << SHIFT)), colour, thickness, cv2.LINE_AA, SHIFT
    )


def polygon(image: Image8, corners: npt.ArrayLike, colour: Colour) -> None:
    """Fill a polygon, in pixels."""
    cv2.fillPoly(image, [fixed(corners)], colour, cv2.LINE_AA, SHIFT)


def way(image: Image8, scale: Projection, points: Floats, colour: Colour, width: int) -> None:
    """Draw a way through points in metres."""
    if len(points) > 1:
        cv2.polylines(image, [fixed(pixels(scale, points))], False, colour, width, cv2.LINE_AA, SHIFT)


def dashes(image: Image8, scale: Projection, points: Floats, colour: Colour, width: int, dash: float) -> None:
    """Draw a way in dashes of `dash` metres."""
    if len(points) < 2:
        return
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    marks = np.arange(0.0, along[-1], dash)
    marked = np.column_stack([np.interp(marks, along, points[:, axis]) for axis in (0, 1)])
    for index, (begin, end) in enumerate(pairwise(pixels(scale, marked).tolist())):
        if index % 2 == 0:
            stroke(image, begin, end, colour, width)


def dots(image: Image8, scale: Projection, points: Floats, colour: Colour, size: int) -> None:
    """Draw squares of `size` pixels at points in metres."""
    found = np.round(pixels(scale, points)).astype(np.intp)
    height, width = image.shape[:2]
    reach = range(-(size // 2), size - size // 2)
    for dx in reach:
        for dy in reach:
            u, v = found[:, 0] + dx, found[:, 1] + dy
            inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
            image[v[inside], u[inside]] = colour


def person(image: Image8, scale: Projection, who: Person) -> None:
    """Draw somebody: shoulders across the way they face, a head, and the chair of who sits in one."""
    u, v = scale.pixel(who.x, who.y)
    if not (-50 < u < image.shape[1] + 50 and -50 < v < image.shape[0] + 50):
        return
    colour = VISITOR if who.visitor else COLOURS.get(who.kind, ADULT)
    ppm = max(scale.ppm, LEAST_PIXELS / SHOULDERS) * (CHILD_SIZE if who.kind == "child" else 1.0)
    if who.visitor:
        ring = ppm * (CHAIR_RING if who.kind == "wheelchair" else RING)
        disc(image, (u, v), ring, WHITE)
        disc(image, (u, v), ring, VISITOR, max(2, round(0.03 * ppm)))
    if who.kind == "wheelchair":
        _chair(image, scale, who)
    across = _ellipse(u, v, CHEST * ppm, SHOULDERS * ppm, who.heading)
    polygon(image, _ellipse(u, v, (CHEST + 0.03) * ppm, (SHOULDERS + 0.03) * ppm, who.heading), WHITE)
    polygon(image, across, colour)
    nose = u + 0.06 * ppm * math.cos(who.heading), v - 0.06 * ppm * math.sin(who.heading)
    disc(image, nose, HEAD * ppm, _lighter(colour))


def robot(image: Image8, scale: Projection, pose: Pose2D, radius: float) -> None:
    """Draw the robot with an arrowhead that shows where it faces."""
    at, ppm = scale.pixel(pose.x, pose.y), max(scale.ppm, 8.0 / radius)
    disc(image, at, (radius + 0.06) * ppm, WHITE)
    disc(image, at, radius * ppm, ROBOT)
    arrow = [(0.85, 0.0), (-0.45, 0.62), (-0.15, 0.0), (-0.45, -0.62)]
    c, s = math.cos(pose.yaw), math.sin(pose.yaw)
    r = radius * ppm
    polygon(image, [(at[0] + r * (a * c - b * s), at[1] - r * (a * s + b * c)) for a, b in arrow], WHITE)


def ghost(image: Image8, scale: Projection, pose: Pose2D, radius: float) -> None:
    """Draw where the robot thinks that it is."""
    at, r = scale.pixel(pose.x, pose.y), radius * scale.ppm
    disc(image, at, r, ROBOT, 2)
    nose = at[0] + 1.5 * r * math.cos(pose.yaw), at[1] - 1.5 * r * math.sin(pose.yaw)
    stroke(image, at, nose, ROBOT, 2)


def cross(image: Image8, at: Sequence[float], size: float) -> None:
    """Draw the mark of a contact, in pixels."""
    disc(image, at, 1.6 * size, WHITE)
    disc(image, at, 1.6 * size, CONTACT, 2)
    for turn in (1, -1):
        stroke(image, (at[0] - size, at[1] - turn * size), (at[0] + size, at[1] + turn * size), CONTACT, 2)


def mark(image: Image8, at: Sequence[float], text: str) -> None:
    """Draw a ring around a pixel, with a label beside it on the side where there is room."""
    disc(image, at, MARK, WHITE, 6)
    disc(image, at, MARK, CONTACT, 3)
    label = words(f" {text} ", MARK_LETTERS, WHITE, bold=True)
    high, wide = label.shape[:2]
    aside = MARK + 6.0
    left = at[0] + aside if at[0] + aside + wide < image.shape[1] else at[0] - aside - wide
    top = min(max(at[1] - high / 2, 0.0), image.shape[0] - high)
    x, y = round(max(left, 0.0)), round(top)
    image[y : y + high, x : x + wide] = CONTACT
    lay(image, label, x, y)


def stroke(image: Image8, begin: Sequence[float], end: Sequence[float], colour: Colour, width: int) -> None:
    """Draw a straight line between two pixels."""
    (u, v), (x, y) = fixed(begin).tolist(), fixed(end).tolist()
    cv2.line(image, (u, v), (x, y), colour, width, cv2.LINE_AA, SHIFT)


def _chair(image: Image8, scale: Projection, who: Person) -> None:
    ppm = max(scale.ppm, LEAST_PIXELS / SHOULDERS)
    u, v = scale.pixel(who.x, who.y)
    c, s = math.cos(who.heading), math.sin(who.heading)

    def at(ahead: float, left: float) -> tuple[float, float]:
        return u + ppm * (ahead * c - left * s), v - ppm * (ahead * s + left * c)

    long, wide = CHAIR_HALF[0], CHAIR_HALF[1]
    back, front = CHAIR_AHEAD - long, CHAIR_AHEAD + long
    polygon(image, [at(back, wide), at(front, 0.7 * wide), at(front, -0.7 * wide), at(back, -wide)], (196, 202, 212))
    for side in (wide, -wide):
        stroke(image, at(back, side), at(back + 0.58, side), CHAIR, max(2, round(0.07 * ppm)))


def _ellipse(u: float, v: float, along: float, across: float, heading: float) -> Floats:
    c, s = math.cos(heading), math.sin(heading)
    a, b = along * ROUND[0], across * ROUND[1]
    return np.column_stack([u + a * c - b * s, v - a * s - b * c])


def _lighter(colour: Colour) -> Colour:
    return tuple(value + (255 - value) // 2 for value in colour)  # type: ignore[return-value]
