"""Read and write the two files of a Nav2 map: the YAML header and the picture.

The rules are those of nav2_map_server's map_io.cpp (Jazzy), cell by cell: `trinary`, `scale` and `raw` modes,
`negate`, thresholds compared strictly, alpha averaged in (trinary) or meaning unknown (scale).
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from guide_common.geometry import Pose2D
from navigation.errors import MapError, MapHeaderError, MapImageError, MapMissingError

FREE, OCCUPIED, UNKNOWN = 0, 100, 255
MODES = ("trinary", "scale", "raw")
KEYS = ("image", "resolution", "origin", "negate", "occupied_thresh", "free_thresh")
SUFFIXES = (".png", ".pgm", ".bmp")

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


def read_image(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Decode a PNG, PGM or BMP (rows from the top; H x W, or H x W x 3 or 4, BGR(A)); refuse one that is cut short."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise MapMissingError(f"{path}: no such image; mend `image:` in the map's YAML or put the file there") from None
    except OSError as error:
        raise MapImageError(f"{path}: cannot be read ({error.strerror}); give a PNG, PGM or BMP file") from None
    fault = _fault(raw)
    if fault is None:
        try:
            image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:
            image = None
        if image is not None and image.dtype in (np.uint8, np.uint16):
            return image  # type: ignore[return-value]
        fault = "is not a PNG, PGM or BMP image"
    raise MapImageError(f"{path}: {fault}; save the map's image again")


def write_image(path: Path, image: NDArray[np.uint8]) -> None:
    """Encode a picture by its suffix: .png, .pgm or .bmp."""
    if path.suffix not in SUFFIXES:
        raise MapError(f"{path}: a map's image is one of {', '.join(SUFFIXES)}; choose another suffix")
    _, coded = cv2.imencode(path.suffix, image, [cv2.IMWRITE_PNG_COMPRESSION, 3] if path.suffix == ".png" else [])
    try:
        path.write_bytes(coded.tobytes())
    except OSError as error:
        raise MapError(f"{path}: cannot be written ({error.strerror}); choose a folder that exists") from None


def cells_from_image(image: NDArray[Any], header: MapHeader) -> Cells:
    """Read occupancy (0..100, 255 unknown; row 0 = lowest y) from a picture."""
    full = float(np.iinfo(image.dtype).max)
    if image.ndim == 2 and image.dtype == np.uint8:
        table = _occupancy(np.arange(256) / full, header)  # a look-up: 10,000^2 cells in well under a second
        return np.ascontiguousarray(np.asarray(cv2.LUT(image, table), np.uint8)[::-1])
    shade = image.astype(np.float64) / full
    alpha = shade[..., 3] if shade.ndim == 3 and shade.shape[2] == 4 else None
    if shade.ndim == 3:
        colours = shade if alpha is not None and header.mode == "trinary" else shade[..., :3]
        shade = colours.mean(axis=2)
    cells = _occupancy(shade, header)
    if alpha is not None and header.mode == "scale":
        cells[alpha < 1.0] = UNKNOWN
    return np.ascontiguousarray(cells[::-1])


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
        table = np.select([known & (value <= low), known & (value >= high)], [254, 0], _unknown_grey(header))
    image = np.asarray(cv2.LUT(np.ascontiguousarray(cells[::-1]), table.astype(np.uint8)), np.uint8)
    if header.mode == "scale" and not known[cells].all():  # unknown is told by alpha, as Nav2 does
        alpha = np.where(cells[::-1] <= OCCUPIED, 255, 0).astype(np.uint8)
        return np.dstack([image, image, image, alpha])
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


def _fault(raw: bytes) -> str | None:
    """Say what is wrong with a picture that decoders would read half of without a word; None when nothing is."""
    if raw[:8] == b"\x89PNG\r\n\x1a\n":
        return _png_fault(raw)
    if raw[:2] == b"P5":
        return _pgm_fault(raw)
    if raw[:2] == b"BM":
        return "is cut short" if len(raw) < 26 or struct.unpack_from("<I", raw, 2)[0] > len(raw) else None
    return None if raw[:2] == b"P2" else "is not a PNG, PGM or BMP image"


def _png_fault(raw: bytes) -> str | None:
    at = 8
    while at + 12 <= len(raw):
        (length,), kind = struct.unpack_from(">I", raw, at), raw[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(raw):
            break
        if zlib.crc32(memoryview(raw)[at + 4 : end - 4]) != struct.unpack_from(">I", raw, end - 4)[0]:
            return "is damaged (a checksum is wrong)"
        if kind == b"IEND":
            return None
        at = end
    return "is cut short"


def _pgm_fault(raw: bytes) -> str | None:
    words: list[int] = []
    at = 2
    while len(words) < 3 and at < len(raw):
        line_end = raw.find(b"\n", at)
        if raw[at : at + 1] == b"#":
            at = line_end + 1 if line_end >= 0 else len(raw)
        elif raw[at : at + 1].isspace():
            at += 1
        else:
            end = at
            while end < len(raw) and raw[end : end + 1].isdigit():
                end += 1
            if end == at:
                return "has a broken PGM header"
            words.append(int(raw[at:end]))
            at = end
    if len(words) < 3:
        return "is cut short"
    need = words[0] * words[1] * (1 if words[2] < 256 else 2)
    return "is cut short" if len(raw) - at - 1 < need else None
