"""Read and write what a Nav2 map says: its YAML header, and what the shades of its picture mean.

The rules are those of nav2_map_server's map_io.cpp (Jazzy), cell by cell: `trinary`, `scale` and `raw` modes,
`negate`, thresholds compared strictly, alpha averaged in (trinary) or meaning unknown (scale).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.errors import MapError, MapHeaderError, MapMissingError

FREE, OCCUPIED, UNKNOWN = 0, 100, 255
MODES = ("trinary", "scale", "raw")
KEYS = ("image", "resolution", "origin", "negate", "occupied_thresh", "free_thresh")
STRIP = 64
"""Rows of a picture that are worked up at a time."""

Cells = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class MapHeader:
    """Hold what a map's YAML says: m a cell, the pose of the lower left corner, and how to read the picture."""

    image: Path
    resolution: float
    origin: Pose2D
    mode: str = "trinary"
    negate: bool = False
    occupied_thresh: float = 0.65
    free_thresh: float = 0.25

    def exact(self) -> MapHeader:
        """Return a header under which every value 0..100 of a `scale` picture comes back as it was saved."""
        return replace(self, occupied_thresh=1.0, free_thresh=0.0) if self.mode == "scale" else self


def read_header(path: Path) -> MapHeader:
    """Read and check a map's YAML; raise MapMissingError or MapHeaderError with file, key and mend."""
    data = _read_yaml(path)
    missing = [key for key in KEYS if key not in data]
    if missing:
        raise MapHeaderError(
            f"{path}: {missing[0]} is missing (found: {', '.join(map(str, data)) or 'nothing'}); add it"
        )
    origin = data["origin"]
    if not isinstance(origin, list) or len(origin) != 3:
        raise MapHeaderError(f"{path}: origin must be [x, y, yaw] in metres and radians, not {origin!r}")
    header = MapHeader(
        image=path.parent / str(data["image"]),
        resolution=_number(path, "resolution", data["resolution"]),
        origin=Pose2D(*(_number(path, "origin", value) for value in origin)),
        mode=str(data.get("mode", "trinary")).lower(),
        negate=bool(_number(path, "negate", data["negate"])),
        occupied_thresh=_number(path, "occupied_thresh", data["occupied_thresh"]),
        free_thresh=_number(path, "free_thresh", data["free_thresh"]),
    )
    if header.resolution <= 0.0:
        raise MapHeaderError(f"{path}: resolution must be metres a cell above 0, not {header.resolution}")
    if header.mode not in MODES:
        raise MapHeaderError(f"{path}: mode must be one of {', '.join(MODES)}, not {header.mode!r}")
    if not 0.0 <= header.free_thresh < header.occupied_thresh <= 1.0:
        raise MapHeaderError(f"{path}: thresholds must hold 0 <= free_thresh < occupied_thresh <= 1; mend them")
    return header


def write_header(path: Path, header: MapHeader) -> None:
    """Write a map's YAML; the image is named relative to it."""
    origin = header.origin
    text = (
        f"image: {header.image.name}\nmode: {header.mode}\nresolution: {header.resolution!r}\n"
        f"origin: [{float(origin.x)!r}, {float(origin.y)!r}, {float(origin.yaw)!r}]\nnegate: {int(header.negate)}\n"
        f"occupied_thresh: {header.occupied_thresh!r}\nfree_thresh: {header.free_thresh!r}\n"
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MapError(f"{path}: cannot be written ({error.strerror}); choose a folder that exists") from None


def cells_from_image(image: NDArray[Any], header: MapHeader) -> Cells:
    """Read occupancy (0..100, 255 unknown; row 0 = lowest y) from a picture.

    Colours are averaged; every sum of a cell's channels is looked up in a table. Rows are worked up some at a time, so
    that a picture of 10,000^2 cells needs hardly more than itself and the cells.
    """
    channels = _averaged(image, header)
    full = float(np.iinfo(image.dtype).max) * max(channels, 1)
    table = _occupancy(np.arange(int(full) + 1) / full, header)
    cells = np.empty(image.shape[:2], np.uint8)
    turned = cells[::-1]
    for row in range(0, len(image), STRIP):
        strip = image[row : row + STRIP]
        out = turned[row : row + STRIP]
        np.take(table, _channel_sums(strip, channels) if channels else strip, out=out, mode="clip")
        if header.mode == "scale" and image.ndim == 3 and image.shape[2] == 4:
            out[strip[..., 3] < np.iinfo(image.dtype).max] = UNKNOWN
    return cells


def _averaged(image: NDArray[Any], header: MapHeader) -> int:
    """Return how many channels make a cell's shade, 0 for a grey picture; alpha counts in `trinary` mode."""
    if image.ndim == 2:
        return 0
    return image.shape[2] if header.mode == "trinary" else min(image.shape[2], 3)


def _channel_sums(strip: NDArray[Any], channels: int) -> NDArray[np.uint32]:
    sums = strip[..., 0].astype(np.uint32)
    for channel in range(1, channels):
        sums += strip[..., channel]
    return sums


def image_from_cells(cells: Cells, header: MapHeader) -> NDArray[np.uint8]:
    """Draw occupancy as the picture that `cells_from_image` reads back under the same (exact) header, not negated."""
    value = np.arange(256)
    known = value <= OCCUPIED
    if header.mode == "raw":
        table = np.where(known, value, 255)
    elif header.mode == "scale":
        table = np.round((OCCUPIED - np.minimum(value, OCCUPIED)) * 2.55)
    else:
        low, high = header.free_thresh * 100.0, header.occupied_thresh * 100.0
        free = 254 if header.free_thresh > 1 / 255 else 255  # Nav2's 254 unless that would not read back as free
        table = np.select([known & (value <= low), known & (value >= high)], [free, 0], _unknown_grey(header))
    turned = np.ascontiguousarray(cells[::-1])
    image = np.asarray(cv2.LUT(turned, table.astype(np.uint8)), np.uint8)
    if header.mode == "scale" and cells.max(initial=0) > OCCUPIED:  # unknown is told by alpha, as Nav2 does
        alpha = np.asarray(cv2.LUT(turned, np.where(known, 255, 0).astype(np.uint8)), np.uint8)
        return np.asarray(cv2.merge([image, image, image, alpha]), np.uint8)
    return image


def _unknown_grey(header: MapHeader) -> int:
    """Return Nav2's grey 205 where it reads back as unknown; under a free_thresh above 0.196 it would read as free."""
    if header.free_thresh <= 1.0 - 205 / 255.0 <= header.occupied_thresh:
        return 205
    return round(255.0 * (1.0 - (header.free_thresh + header.occupied_thresh) / 2.0))


def _occupancy(shade: NDArray[np.float64], header: MapHeader) -> Cells:
    if header.mode == "raw":
        value = np.round(shade * 255.0)
        return np.where(value <= OCCUPIED, value, UNKNOWN).astype(np.uint8)
    occupied = shade if header.negate else 1.0 - shade
    between: Any = UNKNOWN
    if header.mode == "scale":
        span = header.occupied_thresh - header.free_thresh
        between = np.clip(np.rint((occupied - header.free_thresh) / span * 100.0), 0, 100)
    chosen = np.where(occupied < header.free_thresh, FREE, between)
    return np.where(occupied > header.occupied_thresh, OCCUPIED, chosen).astype(np.uint8)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MapMissingError(f"{path}: no such map; give the map's YAML file") from None
    except OSError as error:
        raise MapHeaderError(f"{path}: cannot be read ({error.strerror}); give the map's YAML file") from None
    except UnicodeDecodeError:
        raise MapHeaderError(f"{path}: not a text file; give the map's YAML file, not its image") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise MapHeaderError(
            f"{path}{where}: not YAML ({getattr(error, 'problem', None) or 'syntax'}); mend it"
        ) from None
    if not isinstance(data, dict):
        raise MapHeaderError(f"{path}: expected a mapping with {', '.join(KEYS)}; give the map's YAML file")
    return data


def _number(path: Path, key: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise MapHeaderError(f"{path}: {key} must be a number, not {value!r}")
    return number
