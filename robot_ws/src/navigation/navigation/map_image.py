"""Read and write a map's picture: PNG, PGM or BMP; what decoders would read half of without a word is refused."""

from __future__ import annotations

import mmap
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from navigation.errors import MapError, MapImageError

SUFFIXES = (".png", ".pgm", ".bmp")

Image = NDArray[Any]


def read_image(path: Path) -> Image:
    """Decode a PNG, PGM or BMP (uint8 or uint16, rows from the top; H x W, or H x W x 3 or 4, BGR(A))."""
    try:
        fault = _fault(path)
    except FileNotFoundError:
        raise MapImageError(f"{path}: no such image; mend `image:` in the map's YAML or put the file there") from None
    except OSError as error:
        raise MapImageError(f"{path}: cannot be read ({error.strerror}); give a PNG, PGM or BMP file") from None
    if fault is None:
        try:
            image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)  # from the file: its bytes are not held beside it
        except cv2.error:
            image = None
        if image is not None and image.dtype in (np.uint8, np.uint16):
            return image
        fault = "is not a PNG, PGM or BMP image"
    raise MapImageError(f"{path}: {fault}; save the map's image again")


def write_image(path: Path, image: NDArray[np.uint8]) -> None:
    """Encode a picture by its suffix: .png, .pgm or .bmp."""
    if path.suffix not in SUFFIXES:
        raise MapError(f"{path}: a map's image is one of {', '.join(SUFFIXES)}; choose another suffix")
    if path.suffix == ".pgm" and image.ndim == 3:
        raise MapError(f"{path}: a PGM cannot say which cells are unknown in scale mode; save the map as png or bmp")
    _, coded = cv2.imencode(path.suffix, image, [cv2.IMWRITE_PNG_COMPRESSION, 3] if path.suffix == ".png" else [])
    try:
        path.write_bytes(coded.data)
    except OSError as error:
        raise MapError(f"{path}: cannot be written ({error.strerror}); choose a folder that exists") from None


def _fault(path: Path) -> str | None:
    """Say what is wrong with a file as a picture, None when nothing is."""
    with path.open("rb") as file:
        if not file.seek(0, 2):
            return "is empty"
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            if raw[:8] == b"\x89PNG\r\n\x1a\n":
                return _png_fault(raw)
            if raw[:2] == b"P5":
                return _pgm_fault(raw)
            if raw[:2] == b"BM":
                return "is cut short" if len(raw) < 26 or struct.unpack_from("<I", raw, 2)[0] > len(raw) else None
            return None if raw[:2] == b"P2" else "is not a PNG, PGM or BMP image"


def _png_fault(raw: mmap.mmap) -> str | None:
    at = 8
    with memoryview(raw) as view:
        while at + 12 <= len(view):
            (length,), kind = struct.unpack_from(">I", view, at), bytes(view[at + 4 : at + 8])
            end = at + 12 + length
            if end > len(view):
                break
            with view[at + 4 : end - 4] as chunk:
                if zlib.crc32(chunk) != struct.unpack_from(">I", view, end - 4)[0]:
                    return "is damaged (a checksum is wrong)"
            if kind == b"IEND":
                return None
            at = end
    return "is cut short"


def _pgm_fault(raw: mmap.mmap) -> str | None:
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
