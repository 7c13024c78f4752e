"""Picture a floor as a clerk would draw it: rooms, desks with their numbers, agencies, facilities, robots."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from counter_map.errors import SiteError
from counter_map.model import Floor, Place, Site, Zone

Colour = tuple[int, int, int]
Image8 = NDArray[np.uint8]

PAPER, FLOOR, SHUT, WALL, INK, FAINT = (
    (250, 250, 248), (255, 255, 255), (224, 226, 230), (52, 60, 72), (28, 34, 44), (120, 128, 140),
)  # fmt: skip
ZONE_TINTS: tuple[Colour, ...] = ((232, 241, 252), (233, 247, 236), (253, 243, 229), (244, 236, 250))
DESK, DESK_PRIORITY, DESK_CLOSED = (33, 96, 160), (196, 72, 24), (160, 166, 176)
FURNITURE, SEAT, PILLAR = (196, 176, 148), (150, 178, 160), (110, 118, 130)
FACILITY, ROBOT = (20, 122, 92), (122, 44, 150)
FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "FreeSans.ttf", "Arial.ttf")
BOLD_FONTS = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "FreeSansBold.ttf", "Arial Bold.ttf")


@dataclass(frozen=True, slots=True)
class Projection:
    """Turn metres of a floor's map frame into pixels of its picture (x to the right, y down)."""

    left: float
    top: float
    ppm: float

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a point in metres."""
        return (x - self.left) * self.ppm, (self.top - y) * self.ppm

    def pixels(self, points: NDArray[np.float64]) -> list[tuple[float, float]]:
        """Return the pixels of points (N×2, m)."""
        return [self.pixel(float(x), float(y)) for x, y in points]


def projection(floor: Floor, ppm: float) -> Projection:
    """Return how `draw_floor` turns metres into pixels at `ppm` pixels a metre."""
    return Projection(floor.map.origin.x, floor.map.origin.y + floor.map.size[1], ppm)


def draw_floor(site: Site, floor: str, ppm: float = 20.0, language: str = "vi", labels: bool = True) -> Image8:
    """Picture one floor as an RGB image (H×W×3); `projection` tells where a point in metres lies in it."""
    if floor not in site.floors:
        raise SiteError(f"there is no floor {floor}; use one of {', '.join(site.floors)}")
    return np.asarray(_Sheet(site, site.floors[floor], ppm, language, labels).draw())


def render_site(site: Site, out: Path, language: str = "vi", ppm: float = 32.0) -> Path:
    """Write a PNG with a titled picture of every floor, one below the other, and what the colours mean."""
    if language not in site.settings.languages:
        raise SiteError(f"{site.name} has no language {language}; use one of {', '.join(site.settings.languages)}")
    sheets = [Image.fromarray(draw_floor(site, floor, ppm, language)) for floor in site.floors]
    margin, title = round(ppm), round(1.6 * ppm)
    width = max(sheet.width for sheet in sheets) + 2 * margin
    height = sum(sheet.height + title + margin for sheet in sheets) + 2 * margin
    page = Image.new("RGB", (width, height), PAPER)
    draw, y = ImageDraw.Draw(page), margin // 2
    for sheet, floor in zip(sheets, site.floors.values(), strict=True):
        text = f"{_of(site.settings.names, language)} · {_of(floor.names, language)}"
        draw.text((margin, y + title / 2), text, INK, label_font(0.8 * ppm, bold=True), anchor="lm")
        page.paste(sheet, (margin, y + title))
        y += title + sheet.height + margin
    _legend(draw, (margin, y + margin // 4), language, ppm)
    out = out if out.suffix else out.with_suffix(".png")
    try:
        page.save(out)
    except (OSError, ValueError) as error:
        raise SiteError(f"{out}: the picture cannot be written ({error}); name another file") from None
    return out


LEGEND = {
    "vi": ("quầy đang mở", "quầy ưu tiên", "quầy chưa mở", "tiện ích", "robot", "ghế chờ"),
    "en": ("open counter", "priority counter", "closed counter", "facility", "robot", "seats"),
}
LEGEND_COLOURS = (DESK, DESK_PRIORITY, DESK_CLOSED, FACILITY, ROBOT, SEAT)


def _legend(draw: ImageDraw.ImageDraw, at: tuple[float, float], language: str, ppm: float) -> None:
    x, y = at
    font = label_font(0.5 * ppm)
    for colour, text in zip(LEGEND_COLOURS, LEGEND.get(language, LEGEND["en"]), strict=True):
        draw.rounded_rectangle((x, y, x + 0.7 * ppm, y + 0.5 * ppm), 0.1 * ppm, colour)
        draw.text((x + 0.9 * ppm, y + 0.25 * ppm), text, INK, font, anchor="lm")
        x += 1.8 * ppm + draw.textlength(text, font)


class _Sheet:
    """Draw one floor, the lowest layer first."""

    def __init__(self, site: Site, floor: Floor, ppm: float, language: str, labels: bool) -> None:
        self.site, self.floor, self.ppm, self.language, self.labels = site, floor, ppm, language, labels
        self.projection = projection(floor, ppm)
        width, height = floor.map.size
        self.image = Image.new("RGB", (round(width * ppm), round(height * ppm)), PAPER)
        self.draw_on = ImageDraw.Draw(self.image)
        self.tags: list[tuple[float, float, float, float]] = []

    def draw(self) -> Image.Image:
        self.ground()
        for zone in self.site.zones_of("furniture", self.floor.id):
            self.furniture(zone)
        places = list(self.site.places_of(floor=self.floor.id))
        counters = [place for place in places if place.kind == "counter"]
        for place in counters:
            self.counter(place)
        if self.labels:
            self.zone_names()
            self.agencies(counters)
        spots = [place for place in places if place.kind not in ("counter", "seat")]
        reach = 0.3 * self.ppm
        for x, y in (self.projection.pixel(place.stand.x, place.stand.y) for place in spots):
            self.tags.append((x - reach, y - reach, x + reach, y + reach))  # no tag on an arrow
        for place in spots:
            self.spot(place)
        self.scale_bar()
        return self.image

    def ground(self) -> None:
        """Paint free floor, tinted by zone, and walls, as the map has them."""
        size = self.image.size
        floor_map = self.floor.map
        free = cv2.resize(floor_map.free[::-1].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        occupied = cv2.resize(floor_map.occupied[::-1].astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        tint = Image.new("RGB", size, FLOOR)
        painter = ImageDraw.Draw(tint)
        for i, zone in enumerate(self.site.zones_of("zone", self.floor.id)):
            if zone.id in {place.zone for place in self.site.places_of("counter", self.floor.id)}:
                painter.polygon(self.projection.pixels(zone.polygon), ZONE_TINTS[i % len(ZONE_TINTS)])
        ground = np.where(free[..., None], np.asarray(tint), np.array(SHUT, np.uint8))
        outside = self._outside(free)
        ground[outside] = PAPER
        share = np.clip(occupied, 0.0, 1.0)[..., None]
        painted = ground * (1.0 - share) + np.array(WALL) * share
        self.image.paste(Image.fromarray(painted.astype(np.uint8)))

    def _outside(self, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Find what lies beyond the outer walls: unknown, and joined to the edge of the sheet."""
        unknown = ~(self.floor.map.free | self.floor.map.occupied)[::-1]
        _, regions = cv2.connectedComponents(unknown.astype(np.uint8), connectivity=4)
        edge = np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]))
        outside = np.isin(regions, edge[edge > 0]).astype(np.uint8)
        return cv2.resize(outside, free.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0

    def furniture(self, zone: Zone) -> None:
        colour = PILLAR if (zone.height or 0) > 2.5 else SEAT if zone.id.startswith("bench") else FURNITURE
        self.draw_on.polygon(self.projection.pixels(zone.polygon), colour, FAINT)

    def counter(self, place: Place) -> None:
        """Draw a desk with its number in front of the stand pose, and a mark where the robot stops."""
        colour = DESK_CLOSED if not place.open else DESK_PRIORITY if place.priority else DESK
        outline = self._desk_of(place)
        if outline is not None:
            self.draw_on.polygon(self.projection.pixels(outline.polygon), colour, INK)
            middle = outline.polygon.mean(axis=0)
            self.text(float(middle[0]), float(middle[1]), place.number, 0.52, FLOOR, bold=True)
        self.arrow(place, colour, 0.16)

    def _desk_of(self, place: Place) -> Zone | None:
        wanted = f"desk_{place.id}"
        return next((zone for zone in self.site.zones_of("furniture", self.floor.id) if zone.id == wanted), None)

    def arrow(self, place: Place, colour: Colour, size: float) -> None:
        """Draw a small arrowhead at a stand pose."""
        x, y, yaw = place.stand.x, place.stand.y, place.stand.yaw
        corners = ((1.5 * size, yaw), (size, yaw + 2.5), (size, yaw - 2.5))
        tips = [self.projection.pixel(x + r * math.cos(a), y + r * math.sin(a)) for r, a in corners]
        self.draw_on.polygon(tips, colour)

    def agencies(self, counters: Iterable[Place]) -> None:
        """Write each agency behind its desks."""
        groups: dict[tuple[str, str], list[Place]] = {}
        for place in counters:
            groups.setdefault((place.department, place.zone), []).append(place)
        for (department, _), members in groups.items():
            yaw = members[0].stand.yaw
            x = sum(place.stand.x for place in members) / len(members) + 2.0 * math.cos(yaw)
            y = sum(place.stand.y for place in members) / len(members) + 2.0 * math.sin(yaw)
            sideways = abs(math.cos(yaw)) > 0.7
            room = 1.95 * len(members) if not sideways else 3.2
            lines = _wrapped(_short(department), self.ppm, room)
            anchor = "ms" if not sideways else "lm" if math.cos(yaw) > 0 else "rm"  # away from the desks
            self.block(x, y, lines, anchor, 0.36)

    def block(self, x: float, y: float, lines: list[str], anchor: str, size: float) -> None:
        px, py = self.projection.pixel(x, y)
        step = size * 1.2 * self.ppm
        first = py - step * (len(lines) - 1) / 2 if anchor != "ms" else py - step * (len(lines) - 1)
        for i, line in enumerate(lines):
            self.draw_on.text((px, first + i * step), line, INK, label_font(size * self.ppm), anchor=anchor)

    def zone_names(self) -> None:
        lettered = {place.zone for place in self.site.places_of("counter", self.floor.id)}
        for zone in self.site.zones_of("zone", self.floor.id):
            if zone.id not in lettered:
                continue
            stands = np.array(
                [(p.stand.x, p.stand.y) for p in self.site.places_of("counter", self.floor.id) if p.zone == zone.id]
            )
            yaw = next(p.stand.yaw for p in self.site.places_of("counter", self.floor.id) if p.zone == zone.id)
            x, y = stands.mean(axis=0) - 1.9 * np.array([math.cos(yaw), math.sin(yaw)])
            self.text(float(x), float(y), zone.name(self.language).upper(), 0.95, (150, 160, 176), bold=True)

    def spot(self, place: Place) -> None:
        """Mark a facility or a robot's place, with its name on a tag."""
        colour = ROBOT if place.kind in ("post", "dock") else FACILITY
        self.arrow(place, colour, 0.26)
        if not self.labels:
            return
        font = label_font(0.36 * self.ppm)
        lines = _wrapped(place.name(self.language), self.ppm, 2.7, 0.36)
        step, pad = 0.42 * self.ppm, 0.1 * self.ppm
        width = max(self.draw_on.textlength(line, font) for line in lines) + 2 * pad
        height = step * len(lines) + 2 * pad
        left, top = self.free_spot(place, width, height)
        self.tags.append((left, top, left + width, top + height))
        self.draw_on.rounded_rectangle(self.tags[-1], pad, FLOOR, colour)
        for i, line in enumerate(lines):
            self.draw_on.text((left + width / 2, top + pad + (i + 0.5) * step), line, colour, font, anchor="mm")

    def free_spot(self, place: Place, width: float, height: float) -> tuple[float, float]:
        """Find where a tag covers no other: behind the arrow if it can, else around and away from it."""
        px, py = self.projection.pixel(place.stand.x, place.stand.y)
        away = 0.45 * self.ppm
        above, below = (px - width / 2, py - away - height), (px - width / 2, py + away)
        right, left = (px + away, py - height / 2), (px - away - width, py - height / 2)
        near = [above, below, right, left] if math.sin(place.stand.yaw) < 0.5 else [below, above, right, left]
        near += [(x, y + turn * (height + 0.15 * self.ppm)) for turn in (-1, 1, -2) for x, y in near]
        inside = [
            (min(max(x, 0.0), self.image.width - width), min(max(y, 0.0), self.image.height - height)) for x, y in near
        ]

        def overlap(spot: tuple[float, float]) -> float:
            x, y = spot
            return sum(
                max(0.0, min(x + width, x1) - max(x, x0)) * max(0.0, min(y + height, y1) - max(y, y0))
                for x0, y0, x1, y1 in self.tags
            )

        return min(inside, key=overlap)  # the first of the best

    def text(self, x: float, y: float, text: str, size: float, colour: Colour, bold: bool = False) -> None:
        """Write a text around a point in metres, `size` metres high."""
        at = self.projection.pixel(x, y)
        self.draw_on.text(at, text, colour, label_font(size * self.ppm, bold), anchor="mm")

    def scale_bar(self) -> None:
        """Draw five metres at the lower left."""
        x, y = 0.8 * self.ppm, self.image.height - 0.22 * self.ppm
        self.draw_on.line((x, y, x + 5 * self.ppm, y), INK, max(1, round(0.06 * self.ppm)))
        self.draw_on.text((x + 5.2 * self.ppm, y), "5 m", INK, label_font(0.36 * self.ppm), anchor="lm")


def _short(department: str) -> str:
    """Say an agency briefly: by its initials where it has them in brackets, otherwise without the brackets."""
    name, _, brackets = department.partition(" (")
    initials = brackets.rstrip(")")
    return initials if initials.isupper() else name


def _wrapped(text: str, ppm: float, width: float, size: float = 0.36) -> list[str]:
    """Break a text into lines of at most `width` metres."""
    font, lines = label_font(size * ppm), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width * ppm:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@lru_cache(maxsize=64)
def label_font(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return a font that has the letters of Vietnamese, `size` pixels high."""
    for name in BOLD_FONTS if bold else FONTS:
        try:
            return ImageFont.truetype(name, max(6, round(size)))
        except OSError:
            continue
    raise SiteError("there is no font with Vietnamese letters; install DejaVu Sans (Debian: fonts-dejavu-core)")


def _of(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
