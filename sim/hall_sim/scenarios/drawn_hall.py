"""Draw the hall of a scenario file as a site folder, the exchange format, so that everything reads it as any site."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import shutil
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from counter_map.site_procedures import REQUIRED
from guide_common.geometry import Pose2D
from hall_sim.scenarios.settings_trip import DrawnHall, Piece
from hall_sim.world.floor import WALL_HEIGHT, Floor
from navigation.grid import FREE, OCCUPIED, GridMap, save_map

CELL = 0.05
FLOOR = "1"
FORMAT = 1
"""Counted up when the same hall is drawn in another way."""

Bools = npt.NDArray[np.bool_]


def drawn_site(hall: DrawnHall) -> Path:
    """Return the site folder of a drawn hall, in `$GUIDE_HOME/cache/halls`; it is drawn when it is not there yet."""
    home = Path(os.environ.get("GUIDE_HOME", Path.home() / ".guide")) / "cache" / "halls"
    text = f"{FORMAT} {hall.model_dump_json()}"
    folder = home / hashlib.sha256(text.encode()).hexdigest()[:16]
    if not folder.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        drawn = Path(tempfile.mkdtemp(dir=home))
        _draw(hall, drawn)
        try:
            drawn.rename(folder)
        except OSError:  # another process drew it meanwhile
            shutil.rmtree(drawn)
    return folder


def as_it_is(floor: Floor, hall: DrawnHall | None) -> Floor:
    """Return a floor read from a drawn hall's map with the furniture where it really stands."""
    if hall is None or not any(piece.only for piece in hall.furniture):
        return floor
    heights = np.where(_walls(hall), WALL_HEIGHT, 0.0)
    for piece in hall.furniture:
        if piece.only != "map":
            heights[_cells(piece, heights.shape)] = piece.height
    return replace(floor, heights=heights)


def _draw(hall: DrawnHall, folder: Path) -> None:
    solid = _walls(hall)
    for piece in hall.furniture:
        if piece.only != "hall":
            solid[_cells(piece, solid.shape)] = True
    cells = np.where(solid, np.uint8(OCCUPIED), np.uint8(FREE))
    save_map(GridMap(cells, CELL, Pose2D(0.0, 0.0, 0.0)), folder / "floor_1.yaml")
    (folder / "site.yaml").write_text(yaml.safe_dump(_settings(), sort_keys=False), encoding="utf-8")
    (folder / "places.geojson").write_text(json.dumps(_places(hall)), encoding="utf-8")
    header = io.StringIO()
    csv.writer(header).writerow(REQUIRED)
    (folder / "procedures.csv").write_text(header.getvalue(), encoding="utf-8")


def _walls(hall: DrawnHall) -> Bools:
    rows, columns = round(hall.size[1] / CELL), round(hall.size[0] / CELL)
    solid = np.zeros((rows, columns), np.bool_)
    rim = round(hall.thickness / CELL)
    solid[:rim] = solid[-rim:] = solid[:, :rim] = solid[:, -rim:] = True
    x, y = np.meshgrid((np.arange(columns) + 0.5) * CELL, (np.arange(rows) + 0.5) * CELL)
    for line in hall.walls:
        for begin, end in pairwise(line):
            solid |= _off(x, y, begin, end) <= hall.thickness / 2
    return solid


def _off(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], begin: tuple[float, float], end: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """Return m from each point to a line between two points."""
    along = np.array(end) - np.array(begin)
    share = ((x - begin[0]) * along[0] + (y - begin[1]) * along[1]) / max(float(along @ along), 1e-9)
    share = np.clip(share, 0.0, 1.0)
    off: npt.NDArray[np.float64] = np.hypot(x - begin[0] - share * along[0], y - begin[1] - share * along[1])
    return off


def _cells(piece: Piece, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return rows and columns of a piece of furniture."""
    columns = slice(max(round(piece.low[0] / CELL), 0), min(round(piece.high[0] / CELL), shape[1]))
    return slice(max(round(piece.low[1] / CELL), 0), min(round(piece.high[1] / CELL), shape[0])), columns


def _settings() -> dict[str, Any]:
    return {
        "id": "drawn",
        "name": {"vi": "Sảnh", "en": "Hall"},
        "timezone": "Asia/Ho_Chi_Minh",
        "languages": ["vi", "en"],
        "hours": {},
        "tickets": False,
        "floors": [{"id": FLOOR, "name": {"vi": "tầng 1", "en": "floor 1"}, "map": "floor_1.yaml"}],
        "robots": {FLOOR: {"post": "post", "dock": "dock"}},
    }


def _places(hall: DrawnHall) -> dict[str, Any]:
    features = [_place("post", "post", hall.post), _place("dock", "dock", hall.post)]
    features += [_place(name, spot.kind, spot.at) for name, spot in hall.spots.items()]
    features += [_furniture(piece) for piece in hall.furniture if piece.only != "hall"]
    return {"type": "FeatureCollection", "features": features}


def _place(name: str, kind: str, at: tuple[float, float, float]) -> dict[str, Any]:
    properties = {"id": name, "kind": kind, "floor": FLOOR, "yaw": at[2], "name": {"vi": name, "en": name}}
    if kind == "counter":
        properties["number"] = name
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": list(at[:2])}}


def _furniture(piece: Piece) -> dict[str, Any]:
    (x0, y0), (x1, y1) = piece.low, piece.high
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    properties = {"id": piece.id, "kind": "furniture", "floor": FLOOR, "height": min(piece.height, 10.0)}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def goal_of(to: tuple[float, float, float]) -> Pose2D:
    """Return a pose written as x, y, yaw."""
    return Pose2D(to[0], to[1], math.remainder(to[2], math.tau))
