"""What a request to save a map asks for, with what Nav2's map saver takes where nothing is said. Free of ROS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from navigation.errors import MapError
from navigation.grid import GridMap, save_map

DEFAULT_FREE, DEFAULT_OCCUPIED = 0.25, 0.65


@dataclass(frozen=True, slots=True)
class SaveOrder:
    """Hold where and how to save a map: the YAML's path, the image's format, Nav2's mode and thresholds (0..1)."""

    path: Path
    image_format: str
    mode: str
    free_thresh: float
    occupied_thresh: float

    def carry_out(self, grid: GridMap) -> None:
        """Write both files; raise MapError."""
        save_map(grid, self.path, self.image_format, self.mode, self.occupied_thresh, self.free_thresh)


def save_order(map_url: str, image_format: str, mode: str, free_thresh: float, occupied_thresh: float) -> SaveOrder:
    """Read a request: `map_url` is the file's name without ending; what is empty or 0 takes Nav2's default.

    Raises:
        MapError: no name is given.
    """
    name = file_path(map_url).removesuffix(".yaml")
    if not name:
        raise MapError("save_map: map_url is empty; give the name of the map's files, without ending")
    mode = mode or "trinary"
    image_format = image_format or ("png" if mode == "scale" else "pgm")  # scale tells unknown by alpha: not in a PGM
    free, occupied = _short(free_thresh) or DEFAULT_FREE, _short(occupied_thresh) or DEFAULT_OCCUPIED
    return SaveOrder(Path(f"{name}.yaml"), image_format, mode, free, occupied)


def file_path(url: str) -> str:
    """Return the path that a `map_url` names, with or without `file://`."""
    return url.removeprefix("file://")


def _short(value: float) -> float:
    """Return a float32 of the wire as somebody wrote it."""
    return float(f"{value:.6g}")
