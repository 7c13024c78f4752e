"""A floor as an SDF world: walls from the map image, furniture and places by name, ground, light, physics."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counter_map.model import Place
from counter_map.site import load_site
from guide_common.geometry import Pose2D
from hall_sim.errors import HallError
from hall_sim.gazebo.flavour import Flavour
from hall_sim.gazebo.xml import pose_of, put, put_all
from hall_sim.world.boxes import merge_cells
from hall_sim.world.floor import FURNITURE_HEIGHT, WALL_HEIGHT
from navigation.grid import GridMap, load_map, polygon_mask

Colour = tuple[float, float, float, float]
Mask = NDArray[np.bool_]

WALL_COLOUR, FURNITURE_COLOUR, GROUND_COLOUR = (0.85, 0.85, 0.82, 1.0), (0.55, 0.42, 0.3, 1.0), (0.7, 0.72, 0.74, 1.0)
COUNTER_COLOUR, PLACE_COLOUR = (0.1, 0.35, 0.7, 1.0), (0.35, 0.6, 0.35, 1.0)
MARK_RADIUS, MARK_HEIGHT = 0.15, 0.002
"""m: the spot painted on the floor where the robot stops for a place."""


def world_of(site_dir: Path, floor: str, flavour: Flavour, robot: Callable[[Pose2D], ET.Element]) -> ET.Element:
    """Return the `<sdf>` element of a floor; `robot` makes the model that stands at the floor's post."""
    site = load_site(site_dir)
    if floor not in site.floors:
        raise HallError(f"{site_dir}: no floor {floor}; it has {', '.join(site.floors)}")
    grid = load_map(site.floors[floor].map_file)
    furniture = [(zone.id, polygon_mask(grid, zone.polygon), zone.height) for zone in site.zones_of("furniture", floor)]
    root = ET.Element("sdf", version=flavour.version)
    world = put(root, "world", name=re.sub(r"\W", "_", f"{site.name}_{floor}"))
    flavour.begin(world)
    _light(world)
    _ground(world, grid)
    for name, cells, height in _solids(grid, furniture):
        _solid(world, grid, name, cells, height)
    stand = site.post(floor).stand if floor in site.settings.robots else next(site.places_of(floor=floor)).stand
    world.append(robot(stand))
    taken = {model.get("name") for model in world.iter("model")}
    for place in site.places_of(floor=floor):
        if place.id not in taken:
            _mark(world, place)
    return root


def _light(world: ET.Element) -> None:
    light = put(world, "light", name="ceiling", type="directional")
    put(light, "cast_shadows", True)
    put(light, "pose", (0.0, 0.0, 20.0, 0.0, 0.0, 0.0))
    put(light, "diffuse", (0.8, 0.8, 0.8, 1))
    put(light, "specular", (0.2, 0.2, 0.2, 1))
    put(light, "direction", (-0.3, 0.2, -0.9))
    scene = put(world, "scene")
    put_all(scene, (("ambient", (0.6, 0.6, 0.6, 1)), ("background", (0.8, 0.85, 0.9, 1)), ("shadows", True)))


def _ground(world: ET.Element, grid: GridMap) -> None:
    width, depth = grid.size
    link = _static(world, "ground", "floor", grid.origin @ Pose2D(width / 2.0, depth / 2.0))
    for kind in ("collision", "visual"):
        part = put(link, kind, name=kind)
        put_all(put(part, "geometry/plane"), (("normal", (0, 0, 1)), ("size", (width, depth))))
    _colour(part, GROUND_COLOUR)


def _solids(grid: GridMap, furniture: list[tuple[str, Mask, float | None]]) -> Iterator[tuple[str, Mask, float]]:
    """Give name, cells and height (m) of each piece of furniture, then of the walls: what no piece covers.

    Where pieces overlap the later one has the cells, and on a floor without
    furniture everything is as high as furniture, as in hall_sim.world.floor.
    """
    left = grid.lethal.copy()
    pieces = []
    for name, mask, height in reversed(furniture):
        pieces.append((name, mask & left, height or FURNITURE_HEIGHT))
        left &= ~mask
    yield from reversed(pieces)
    yield "walls", left, WALL_HEIGHT if furniture else FURNITURE_HEIGHT


def _solid(world: ET.Element, grid: GridMap, name: str, cells: Mask, height: float) -> None:
    rows, columns = (np.flatnonzero(cells.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return
    y, x = int(rows[0]), int(columns[0])
    boxes = merge_cells(np.where(cells[y : rows[-1] + 1, x : columns[-1] + 1], height, 0.0))
    part_name, colour = ("wall", WALL_COLOUR) if name == "walls" else (name, FURNITURE_COLOUR)
    link = _static(world, name, "solid", grid.origin)
    m = grid.resolution
    for index, box in enumerate(boxes, 1):
        middle = (x + (box.x0 + box.x1) / 2) * m, (y + (box.y0 + box.y1) / 2) * m, height / 2
        for kind, suffix in (("collision", ""), ("visual", "_visual")):
            part = put(link, kind, name=f"{part_name}_{index}{suffix}")
            put(part, "pose", (*middle, 0.0, 0.0, 0.0))
            put(part, "geometry/box/size", ((box.x1 - box.x0) * m, (box.y1 - box.y0) * m, height))
        _colour(part, colour)


def _mark(world: ET.Element, place: Place) -> None:
    link = _static(world, place.id, "mark", place.stand)
    visual = put(link, "visual", name=place.kind)
    put(visual, "pose", (0.0, 0.0, MARK_HEIGHT / 2, 0.0, 0.0, 0.0))
    put_all(put(visual, "geometry/cylinder"), (("radius", MARK_RADIUS), ("length", MARK_HEIGHT)))
    _colour(visual, COUNTER_COLOUR if place.kind == "counter" else PLACE_COLOUR)


def _static(world: ET.Element, name: str, link: str, pose: Pose2D) -> ET.Element:
    model = put(world, "model", name=name)
    put(model, "static", True)
    put(model, "pose", pose_of(pose))
    return put(model, "link", name=link)


def _colour(visual: ET.Element, colour: Colour) -> None:
    put_all(put(visual, "material"), (("ambient", colour), ("diffuse", colour)))
