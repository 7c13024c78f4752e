"""Read `places.geojson`: points with stand poses and polygons, in metres of the floor's map frame."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from counter_map.mistakes import Mistakes
from counter_map.model import PLACE_KINDS, ZONE_KINDS, Place, Zone
from guide_common.geometry import Pose2D, wrap_angle

PLACE_KEYS = (
    "id", "kind", "floor", "zone", "yaw", "name", "number", "department", "open", "redirect_to", "priority", "staff",
)  # fmt: skip
ZONE_KEYS = ("id", "kind", "floor", "name", "max_speed", "height", "direction")
TOP_KEYS = ("type", "crs_note", "features")
FEATURES = re.compile(r'"features"\s*:\s*\[')


@dataclass(slots=True)
class PlacesFile:
    """Hold the places and zones of a file and the line of each, by id."""

    path: Path
    places: dict[str, Place] = field(default_factory=dict)
    zones: list[Zone] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


def read_places(path: Path, floors: tuple[str, ...], languages: tuple[str, ...], mistakes: Mistakes) -> PlacesFile:
    """Read the places and zones of a site; note every mistake with the line of its feature."""
    result = PlacesFile(path)
    for line, feature in _features(path, mistakes):
        _Feature(result, line, feature, floors, languages, mistakes).read()
    return result


def _features(path: Path, mistakes: Mistakes) -> list[tuple[int, Any]]:
    """Return each feature with the line on which it begins."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
    except FileNotFoundError:
        mistakes.add(path, 1, "no such file", "add it: a GeoJSON FeatureCollection")
        return []
    except json.JSONDecodeError as error:
        mistakes.add(path, error.lineno, f"not JSON ({error.msg})", "mend the syntax")
        return []
    except (OSError, UnicodeDecodeError) as error:
        mistakes.add(path, 1, f"cannot be read ({error})", "save it as UTF-8 text")
        return []
    if not isinstance(data, dict) or not isinstance(data.get("features"), list):
        mistakes.add(path, 1, "not a GeoJSON FeatureCollection", 'write {"type": "FeatureCollection", "features": […]}')
        return []
    for key in data:
        if key not in TOP_KEYS:
            mistakes.add(path, 1, f"unknown key {key}", f"use {', '.join(TOP_KEYS)}")
    return list(zip(_lines(text, len(data["features"])), data["features"], strict=True))


def _lines(text: str, count: int) -> list[int]:
    """Find the line on which each element of the features array begins, by decoding one after the other."""
    start = FEATURES.search(text)
    decoder = json.JSONDecoder()
    lines: list[int] = []
    position, counted, line = start.end() if start else len(text), 0, 1
    while len(lines) < count and position < len(text):
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position >= len(text) or text[position] == "]":
            break
        line += text.count("\n", counted, position)
        counted = position
        lines.append(line)
        _, position = decoder.raw_decode(text, position)
    return lines + [1] * (count - len(lines))


class _Feature:
    """Read one feature into the result."""

    def __init__(
        self, out: PlacesFile, line: int, data: Any, floors: tuple[str, ...], languages: tuple[str, ...], to: Mistakes
    ) -> None:
        self.out, self.line, self.floors, self.languages, self.mistakes = out, line, floors, languages, to
        feature = data if isinstance(data, dict) else {}
        properties, geometry = feature.get("properties"), feature.get("geometry")
        self.properties: dict[str, Any] = properties if isinstance(properties, dict) else {}
        geometry = geometry if isinstance(geometry, dict) else {}
        self.geometry = geometry.get("type")
        self.coordinates: Any = geometry.get("coordinates")
        self.id = str(self.properties.get("id", ""))

    def wrong(self, what: str, mend: str) -> None:
        self.mistakes.add(self.out.path, self.line, f"{self.id or 'a feature'}: {what}", mend)

    def read(self) -> None:
        if not self.id:
            self.wrong("it has no id", 'add "id" to its properties')
            return
        if self.id in self.out.lines:
            self.wrong("this id stands there twice", f"rename one (the other is on line {self.out.lines[self.id]})")
            return
        self.out.lines[self.id] = self.line
        if self.geometry == "Point":
            self.read_place()
        elif self.geometry == "Polygon":
            self.read_zone()
        else:
            self.wrong(f"geometry is {self.geometry!r}", "use Point for a place and Polygon for a zone")

    def read_place(self) -> None:
        self.check_keys(PLACE_KEYS, PLACE_KINDS)
        point: Any = self.coordinates
        yaw: Any = self.properties.get("yaw")
        if not _is_point(point):
            self.wrong(f"coordinates are {point!r}", "write [x, y] in metres")
            return
        if not _is_number(yaw):
            self.wrong(f"yaw is {yaw!r}", "write the heading in radians, counter-clockwise from +x")
            return
        staff = self.properties.get("staff", {})
        if not isinstance(staff, dict) or not all(isinstance(text, str) for text in staff.values()):
            self.wrong(f"staff is {staff!r}", 'write one text a language: {"vi": "…"}')
            staff = {}
        self.out.places[self.id] = Place(
            id=self.id,
            kind=str(self.properties.get("kind", "")),
            floor=str(self.properties.get("floor", "")),
            zone=self.text("zone"),
            stand=Pose2D(float(point[0]), float(point[1]), wrap_angle(float(yaw))),
            names=self.names(required=True),
            number=self.text("number"),
            department=self.text("department"),
            open=self.flag("open", default=True),
            redirect_to=self.text("redirect_to"),
            priority=self.flag("priority", default=False),
            staff=staff,
        )

    def read_zone(self) -> None:
        self.check_keys(ZONE_KEYS, ZONE_KINDS)
        ring = self.coordinates[0] if isinstance(self.coordinates, list) and self.coordinates else None
        if not isinstance(ring, list) or not all(_is_point(point) for point in ring) or len(ring) < 4:
            self.wrong("its polygon is not a ring of points", "write [[[x, y], …, the first point again]] in metres")
            return
        if len(self.coordinates) > 1:
            self.wrong("its polygon has a hole", "write two polygons instead")
        if ring[0] != ring[-1]:
            self.wrong("its polygon is not closed", "repeat the first point at the end")
        kind, speed = self.properties.get("kind", ""), self.optional_number("max_speed", 3.0)
        if kind == "speed_limit" and speed is None:
            self.wrong("a speed limit has no max_speed", "add max_speed in m/s")
        direction = self.direction_of(kind)
        polygon = np.array([point[:2] for point in ring[:-1]], dtype=np.float64)
        if abs(_area(polygon)) < 1e-6:
            self.wrong("its polygon has no area", "give it at least three corners that are not in a line")
        self.out.zones.append(
            Zone(
                id=self.id,
                kind=str(kind),
                floor=str(self.properties.get("floor", "")),
                polygon=polygon,
                names=self.names(required=kind == "zone"),
                max_speed=speed,
                height=self.optional_number("height", 10.0),
                direction=direction,
            )
        )

    def direction_of(self, kind: Any) -> float | None:
        value: Any = self.properties.get("direction")
        if kind != "one_way":
            if value is not None:
                self.wrong(f"a {kind} has a direction", "make its kind one_way or take direction away")
            return None
        if not _is_number(value):
            what = "a one_way has no direction" if value is None else f"direction is {value!r}"
            self.wrong(what, "write the way it is driven in radians, counter-clockwise from +x")
            return None
        return wrap_angle(float(value))

    def check_keys(self, keys: tuple[str, ...], kinds: tuple[str, ...]) -> None:
        for key in self.properties:
            if key not in keys:
                self.wrong(f"unknown property {key}", f"use {', '.join(keys)}")
        if self.properties.get("kind") not in kinds:
            self.wrong(f"kind is {self.properties.get('kind')!r}", f"use one of {', '.join(kinds)}")
        if self.floors and str(self.properties.get("floor", "")) not in self.floors:
            self.wrong(f"floor is {self.properties.get('floor')!r}", f"use one of {', '.join(self.floors)}")

    def names(self, required: bool) -> dict[str, str]:
        names = self.properties.get("name", {})
        if not isinstance(names, dict):
            self.wrong(f"name is {names!r}", 'write one text a language: {"vi": "…"}')
            return {}
        for language in self.languages if required else ():
            if not isinstance(names.get(language), str) or not names[language].strip():
                self.wrong(f"it has no name in {language}", f'add "{language}" to its name')
        return {str(language): str(text) for language, text in names.items()}

    def text(self, key: str) -> str:
        value = self.properties.get(key, "")
        if not isinstance(value, str):
            self.wrong(f"{key} is {value!r}", "write it as text, in quotes")
            return str(value)
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.properties.get(key, default)
        if not isinstance(value, bool):
            self.wrong(f"{key} is {value!r}", "write true or false")
            return default
        return value

    def optional_number(self, key: str, most: float) -> float | None:
        value: Any = self.properties.get(key)
        if value is None:
            return None
        if not _is_number(value) or not 0 < value <= most:
            self.wrong(f"{key} is {value!r}", f"write a number up to {most}")
            return None
        return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_point(value: object) -> bool:
    return isinstance(value, list) and len(value) >= 2 and all(_is_number(number) for number in value[:2])


def _area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon[:, 0], polygon[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0
