"""What stands under and over a frame: clock, what the robot does and why, the key; a title with notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from counter_map.render import Image8, Projection
from guide_common.geometry import Pose2D
from hall_sim.pictures import signs
from hall_sim.pictures.lettering import FAINT, INK, lay, words, wrapped, write
from hall_sim.pictures.moment import Floats, Moment, Person

STRIP = 80
"""px under a frame."""
PAPER, RULE, ALARM = (246, 247, 249), (205, 210, 218), (176, 22, 22)
ROW = 22.0
"""px: the middle of the first row; the key's is the second."""
KEY_ROW = 58.0
KEY_LETTERS = 14.0
Entries = list[tuple[str, Callable[[float], None]]]
"""What the key says, and what draws the sign beside it at a pixel of its row."""


def draw_strip(strip: Image8, moment: Moment, flat: bool = True) -> None:
    """Fill the strip under a frame; `flat` for one from above, whose signs the key explains."""
    strip[:] = key(strip.shape[1], flat)
    x = write(strip, (14, ROW), moment.clock, 20, INK, bold=True)
    x = write(strip, (x + 10, ROW), f"{moment.time:6.1f} s", 16, FAINT)
    x = write(strip, (x + 22, ROW), moment.state.replace(".", " · ") or "–", 18, signs.ROBOT, bold=True)
    if moment.place:
        x = write(strip, (x + 10, ROW), f"→ {moment.place}", 18, INK, bold=True)
    facts = " · ".join([*moment.news, f"{moment.speed:.2f} m/s"])
    if moment.contacts:
        facts += f" · contacts: {len(moment.contacts)}"
    end = strip.shape[1] - 14
    sprite = words(facts, 16, ALARM if moment.contacts or moment.news else INK)
    lay(strip, sprite, end - sprite.shape[1], ROW - sprite.shape[0] / 2)
    room = end - sprite.shape[1] - x - 30
    if moment.reason and room > 80:
        write(strip, (x + 16, ROW), wrapped(moment.reason, 16, room)[0], 16, FAINT)


def draw_banner(wide: int, title: str, notes: Sequence[str]) -> Image8:
    """Return a title with notes under it, as wide as a frame and an even number of pixels high."""
    lines = [line for note in notes for line in wrapped(note, 16, wide - 60)]
    banner = np.full((44 + 24 * len(lines) + (10 if lines else 0), wide, 3), 255, np.uint8)
    banner[:, :6] = ALARM
    write(banner, (20, 24), title, 20, INK, bold=True)
    for row, line in enumerate(lines):
        write(banner, (20, 54 + 24 * row), line, 16, ALARM)
    return banner


@lru_cache(maxsize=8)
def key(wide: int, flat: bool) -> Image8:
    """Return the strip with nothing but the key of colours and signs."""
    strip = np.full((STRIP, wide, 3), PAPER, np.uint8)
    strip[0] = RULE
    scale = Projection(0.0, KEY_ROW / 40.0, 40.0)

    entries = _flat_signs(strip, scale) + _signs(strip, scale) if flat else _signs(strip, scale)
    x = 30.0
    for text, draw in entries:
        if x + 40 + words(text, KEY_LETTERS).shape[1] > wide:
            break
        draw(x)
        x = write(strip, (x + 24, KEY_ROW), text, KEY_LETTERS) + 25
    return strip


def _flat_signs(strip: Image8, scale: Projection) -> Entries:
    def person(kind: str, visitor: bool = False) -> Callable[[float], None]:
        return lambda x: signs.person(strip, scale, Person(x / scale.ppm, 0.0, 0.0, kind, visitor=visitor))

    people = [(kind, person(kind)) for kind in ("adult", "elderly", "child", "wheelchair")]
    return [
        ("robot", lambda x: signs.robot(strip, scale, Pose2D(x / scale.ppm, 0.0), 0.25)),
        ("visitor", person("adult", visitor=True)),
        *people,
        ("seen as a person", lambda x: signs.disc(strip, (x, KEY_ROW), 11, signs.HITS, 1)),
        ("costs", lambda x: _swatch(strip, x)),
        ("contact", lambda x: signs.cross(strip, (x, KEY_ROW), 6.0)),
    ]


def _signs(strip: Image8, scale: Projection) -> Entries:
    def line(draw: Callable[[Floats], None]) -> Callable[[float], None]:
        return lambda x: draw(np.array([(x / scale.ppm - 0.35, 0.0), (x / scale.ppm + 0.4, 0.0)]))

    return [
        ("plan", line(lambda p: signs.dashes(strip, scale, p, signs.PLAN, 3, 0.15))),
        ("driven", line(lambda p: signs.way(strip, scale, p, signs.ROBOT, 3))),
        ("lidar", line(lambda p: signs.dots(strip, scale, np.linspace(p[0], p[1], 6), signs.HITS, 3))),
    ]


def _swatch(strip: Image8, x: float) -> None:
    from hall_sim.pictures.hall_view import TINTS

    steps = (40, 140, 252, 253, 254)
    for index, cost in enumerate(steps):
        left = round(x) - 16 + 7 * index
        strip[round(KEY_ROW) - 7 : round(KEY_ROW) + 7, left : left + 7] = TINTS[cost]
