"""The floor as the screen shows it: drawn once a revision, kept as a file."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from console.screen import FloorImage
from counter_map.model import Site
from counter_map.render import draw_floor, projection

PIXELS_PER_METRE = 24.0


def draw_floor_image(site: Site, floor: str, out: Path) -> FloorImage:
    """Draw a floor of a site into `out`; return where the file is and its scale."""
    image = Image.fromarray(draw_floor(site, floor, ppm=PIXELS_PER_METRE))
    out.parent.mkdir(parents=True, exist_ok=True)
    image.save(out)
    scale = projection(site.floors[floor], PIXELS_PER_METRE)
    return FloorImage(out, PIXELS_PER_METRE, round(scale.top * PIXELS_PER_METRE))
