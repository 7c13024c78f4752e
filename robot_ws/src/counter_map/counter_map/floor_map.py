"""Read the map of a floor as Nav2 writes it (YAML and image), and ask it where a robot can be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from counter_map.mistakes import Mistakes
from counter_map.yaml_lines import read_yaml
from guide_common.geometry import Pose2D

KEYS = ("image", "mode", "resolution", "origin", "occupied_thresh", "free_thresh", "negate")


@dataclass(frozen=True, eq=False)
class FloorMap:
    """Hold which cells (H×W, row 0 = lowest y) are walls or furniture and which are free; the rest is unknown."""

    occupied: NDArray[np.bool_]
    free: NDArray[np.bool_]
    resolution: float
    """m a cell."""
    origin: Pose2D
    """Of the lower left corner, in the map frame; yaw is not used."""

    @property
    def size(self) -> tuple[float, float]:
        """Return width and height in metres."""
        height, width = self.free.shape
        return width * self.resolution, height * self.resolution

    @cached_property
    def clearance(self) -> NDArray[np.float32]:
        """Return for each cell the distance in metres from its middle to the nearest cell that is not free."""
        distances = cv2.distanceTransform(self.free.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(distances * self.resolution, dtype=np.float32)

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Return row and column of a point in metres; None outside the map."""
        row = int(np.floor((y - self.origin.y) / self.resolution))
        column = int(np.floor((x - self.origin.x) / self.resolution))
        height, width = self.free.shape
        return (row, column) if 0 <= row < height and 0 <= column < width else None

    def clearance_at(self, x: float, y: float) -> float | None:
        """Return the free distance around a point in metres; None outside the map."""
        cell = self.cell(x, y)
        return None if cell is None else float(self.clearance[cell])

    def regions(self, radius: float) -> NDArray[np.int32]:
        """Number the connected regions in which a disc of this radius (m) can move; 0 where it cannot be."""
        passable = (self.clearance >= radius).astype(np.uint8)
        _, labels = cv2.connectedComponents(passable, connectivity=4)
        return np.asarray(labels, dtype=np.int32)


def read_floor_map(path: Path, mistakes: Mistakes) -> FloorMap | None:
    """Read a map file; note what is wrong with it and return None when it cannot be used."""
    document = read_yaml(path, mistakes)
    if document is None:
        return None
    if not isinstance(document.data, dict):
        mistakes.add(path, 1, "a map file holds keys such as image and resolution", "write it as Nav2 does")
        return None
    data, before = document.data, len(mistakes)
    for key in KEYS:
        if key not in data and key != "mode":
            mistakes.add(path, 1, f"{key} is missing", "write it as Nav2's map files do")
    for key in data:
        if key not in KEYS:
            mistakes.add(path, document.line(key), f"unknown key {key}", f"use {', '.join(KEYS)}")
    if data.get("mode", "trinary") != "trinary":
        mistakes.add(path, document.line("mode"), f"mode {data['mode']} is not supported", "write mode: trinary")
    for key in ("resolution", "occupied_thresh", "free_thresh"):
        if key in data and not (isinstance(data[key], int | float) and 0 < data[key] <= 1):
            mistakes.add(path, document.line(key), f"{key} is {data[key]!r}", "write a number between 0 and 1")
    origin = data.get("origin")
    if origin is not None and not _is_origin(origin):
        mistakes.add(path, document.line("origin"), f"origin is {origin!r}", "write three numbers: [x, y, 0.0]")
    pixels = _read_image(path, document.line("image"), data.get("image"), mistakes)
    if pixels is None or len(mistakes) > before:
        return None
    darkness = pixels / 255.0 if data["negate"] else (255.0 - pixels) / 255.0
    darkness = darkness[::-1]  # the image's first row is the highest y
    return FloorMap(
        occupied=darkness > data["occupied_thresh"],
        free=darkness < data["free_thresh"],
        resolution=float(data["resolution"]),
        origin=Pose2D(float(data["origin"][0]), float(data["origin"][1])),
    )


def _is_origin(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 3 or not all(isinstance(v, int | float) for v in value):
        return False
    return bool(abs(value[2]) < 1e-9)


def _read_image(path: Path, line: int, name: object, mistakes: Mistakes) -> NDArray[np.float64] | None:
    if not isinstance(name, str):
        return None
    image = path.parent / name
    if not image.is_file():
        mistakes.add(path, line, f"the image {name} is not there", "put it beside the map file or mend the name")
        return None
    pixels = cv2.imdecode(np.frombuffer(image.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE) if _size(image) else None
    if pixels is None:
        mistakes.add(image, 1, "cannot be read as an image", "save it again as a grey PNG or PGM")
        return None
    return pixels.astype(np.float64)


def _size(path: Path) -> int:
    return path.stat().st_size
