"""Speech bubbles on a picture: each by its speaker, none over another or over who must be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from counter_map.render import Image8
from hall_sim.pictures import signs
from hall_sim.pictures.lettering import bubble, lay
from hall_sim.pictures.moment import Line

LETTERS = 16.0
"""px."""
WIDTH = 300.0
"""px of a line in a bubble."""
GAP = 24.0
"""px from a speaker's middle to a bubble's tail."""
LIFTS = (0.0, 45.0, 90.0)
"""px that a bubble can be moved away; a line leads back to the speaker."""
LIFT_COST = 20.0
"""px² that may be covered for each px that a bubble is nearer."""
TAILS = (0.5, 0.2, 0.8, 0.05, 0.95)
"""Where along a bubble its tail can be, the best first."""
MARGIN = 4.0
ASIDE_COST = 50.0
"""px² that may be covered so that a bubble is over its speaker's middle."""
Box = tuple[float, float, float, float]
"""px: left, top, right, bottom."""
Place = tuple[bool, Box]
"""Whether a bubble hangs under its speaker, and where it is."""
COLOURS = {"robot": signs.ROBOT, "visitor": signs.VISITOR}


def draw_bubbles(
    image: Image8,
    lines: Iterable[Line],
    speakers: Mapping[str, tuple[float, float]],
    clear: Sequence[Box],
    below: bool = True,
) -> None:
    """Draw lines over their speakers (px), the older ones first.

    Args:
        image: what to draw on.
        lines: what is said.
        speakers: where who says it is.
        clear: what is to be kept free where it can be.
        below: bubbles may hang under their speakers.
    """
    sides = (False, True) if below else (False,)
    said = [line for line in sorted(lines, key=lambda line: line.begins) if line.speaker in speakers]
    places: list[Place] = []
    for row, line in enumerate(said):
        places.append(_place(image, line, speakers[line.speaker], [*clear, *(box for _, box in places[:row])], sides))
    for row, line in enumerate(said if len(said) > 1 else []):  # once more, now that it is known where the others are
        others = [box for each, (_, box) in enumerate(places) if each != row]
        places[row] = _place(image, line, speakers[line.speaker], [*clear, *others], sides)
    for line, place in zip(said, places, strict=True):
        _draw(image, line, speakers[line.speaker], place)


def box_around(at: tuple[float, float], reach: float) -> Box:
    """Return the square around a point, in px."""
    return at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach


def _place(image: Image8, line: Line, at: tuple[float, float], taken: Sequence[Box], sides: tuple[bool, ...]) -> Place:
    high, wide = bubble(line.text, LETTERS, WIDTH, COLOURS.get(line.speaker, signs.ADULT), 0.5).shape[:2]
    best, least = (False, _box(image, at, (wide, high), 0.5, GAP, False)), float("inf")
    for lift, below, tail in product(LIFTS, sides, TAILS):
        box = _box(image, at, (wide, high), tail, GAP + lift, below)
        cost = LIFT_COST * lift + ASIDE_COST * abs(tail - 0.5) + _cost(image, at, box, taken)
        if cost < least:
            best, least = (below, box), cost
        if least == 0.0:
            break
    return best


def _draw(image: Image8, line: Line, at: tuple[float, float], place: Place) -> None:
    (below, box), colour = place, COLOURS.get(line.speaker, signs.ADULT)
    tip = min(max(at[0], box[0] + 20.0), box[2] - 20.0), box[1] + 4.0 if below else box[3] - 4.0
    if abs(tip[1] - at[1]) > GAP + 8.0:
        signs.stroke(image, tip, at, colour, 2)
    tail = round((at[0] - box[0]) / (box[2] - box[0]), 2)
    lay(image, bubble(line.text, LETTERS, WIDTH, colour, tail, below), box[0], box[1])


def _box(image: Image8, at: tuple[float, float], size: tuple[int, int], tail: float, gap: float, below: bool) -> Box:
    left = min(max(at[0] - tail * size[0], MARGIN), image.shape[1] - size[0] - MARGIN)
    top = at[1] + gap if below else at[1] - gap - size[1]
    return left, top, left + size[0], top + size[1]


def _cost(image: Image8, at: tuple[float, float], box: Box, taken: Sequence[Box]) -> float:
    """Tell how bad a place is: px² of what it covers, more for what the line to the speaker crosses or cuts off."""
    out = max(0.0, -box[1]) + max(0.0, box[3] - image.shape[0])
    line = at[0] - 2.0, min(box[3], at[1] + GAP), at[0] + 2.0, max(box[1], at[1] - GAP)
    return 1e4 * out + sum(_overlap(box, other) + 20.0 * _overlap(line, other) for other in taken)


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
