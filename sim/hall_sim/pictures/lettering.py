"""Letters on pictures (H×W×3 uint8, RGB): drawn once, kept, and laid on many frames."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from counter_map.render import Colour, Image8, label_font

Pixels = npt.NDArray[np.uint8]
WHITE, INK, FAINT = (255, 255, 255), (28, 34, 44), (104, 112, 124)
SMOOTH = 4
"""Times as large that the outline of a bubble is drawn before it is made small."""
CORNER, TAIL = 8, 12
"""Pixels: the roundness of a bubble and the length of its tail."""


def lay(image: Image8, sprite: Pixels, left: float, top: float) -> None:
    """Lay an RGBA sprite on a picture, in place; what sticks out is cut off."""
    x, y = round(left), round(top)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + sprite.shape[1], image.shape[1]), min(y + sprite.shape[0], image.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = sprite[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.uint16)
    under = image[y0:y1, x0:x1]
    share = part[..., 3:]
    under[:] = ((part[..., :3] * share + under * (255 - share) + 127) // 255).astype(np.uint8)


@lru_cache(maxsize=1024)
def words(text: str, size: float, colour: Colour = INK, bold: bool = False) -> Pixels:
    """Return a line of text as RGBA, `size` pixels high letters, as narrow as it is."""
    font = label_font(size, bold)
    rise, fall = font.getmetrics()
    image = Image.new("RGBA", (max(1, round(font.getlength(text)) + 2), rise + fall), (*colour, 0))
    ImageDraw.Draw(image).text((1, 0), text, (*colour, 255), font)
    return np.asarray(image)


def write(
    image: Image8, at: tuple[float, float], text: str, size: float, colour: Colour = INK, bold: bool = False
) -> float:
    """Write a line with its left end and middle height at a pixel; return where it ends (px)."""
    sprite = words(text, size, colour, bold)
    lay(image, sprite, at[0], at[1] - sprite.shape[0] / 2)
    return at[0] + sprite.shape[1]


def wrapped(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """Break a text into lines of at most `width` pixels."""
    font, lines = label_font(size, bold), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@lru_cache(maxsize=128)
def bubble(text: str, size: float, width: float, colour: Colour, tail: float, below: bool = False) -> Pixels:
    """Return a speech bubble as RGBA; its border has the speaker's colour.

    Args:
        text: what is said.
        size: px of the letters.
        width: px that a line may be long.
        colour: of the border.
        tail: where along the lower edge the tail is, 0..1.
        below: the tail is on the upper edge instead.
    """
    lines, step, pad = wrapped(text, size, width), round(1.35 * size), round(0.6 * size)
    wide = max(words(line, size).shape[1] for line in lines) + 2 * pad
    high = step * len(lines) + round(1.2 * pad)
    image = _outline(wide, high, colour, tail, below)
    draw, font = ImageDraw.Draw(image), label_font(size)
    for row, line in enumerate(lines):
        draw.text((pad, 0.6 * pad + (TAIL if below else 0) + (row + 0.5) * step), line, INK, font, anchor="lm")
    return np.asarray(image)


def _outline(wide: int, high: int, colour: Colour, tail: float, below: bool) -> Image.Image:
    k = SMOOTH
    image = Image.new("RGBA", (k * (wide + 2), k * (high + TAIL + 2)), (*colour, 0))
    draw = ImageDraw.Draw(image)
    top = TAIL if below else 0
    x = min(max(tail * wide, CORNER + TAIL), wide - CORNER - TAIL)
    foot, tip = (top + 2, 0) if below else (high - 2, high + TAIL)
    for inset, ink in ((0.0, (*colour, 255)), (1.6, (255, 255, 255, 242))):
        box = (k * inset, k * (top + inset), k * (wide - inset), k * (top + high - inset))
        point = tip + (2.2 if below else -2.2) * inset
        corners = ((x - TAIL / 2 + 0.8 * inset, foot), (x + TAIL / 2 - 0.8 * inset, foot), (x, point))
        draw.rounded_rectangle(box, k * CORNER, ink)
        draw.polygon([(k * u, k * v) for u, v in corners], ink)
    return image.resize((wide + 2, high + TAIL + 2), Image.Resampling.BOX)
