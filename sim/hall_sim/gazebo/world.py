"""A floor as an SDF world: walls from the map image, furniture by name, ground, light, physics."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counter_map.site import load_site
from guide_common.geometry import Pose2D
from hall_sim.boxes import merge_cells
from hall_sim.errors import HallError
from hall_sim.floor import FURNITURE_HEIGHT, WALL_HEIGHT
from hall_sim.gazebo.xml import plugin, pose_of, put
from navigation.grid import GridMap, load_map, polygon_mask

SDF_VERSION = "1.9"
WALL_COLOUR, FURNITURE_COLOUR, GROUND_COLOUR = (0.85, 0.85, 0.82, 1), (0.55, 0.42, 0.3, 1), (0.7, 0.72, 0.74, 1)
SYSTEMS = (
    ("physics", "Physics", ()),
    ("user-commands", "UserCommands", ()),
    ("scene-broadcaster", "SceneBroadcaster", ()),
    ("sensors", "Sensors", (("render_engine", "ogre2"),)),
    ("imu", "Imu", ()),
)


def world_of(site_dir: Path, floor: str, robot: Callable[[Pose2D], ET.Element]) -> ET.Element:
    """Return the `<sdf>` element of a floor; `robot` makes the model that stands at the floor's post."""
    site = load_site(site_dir)
    if floor not in site.floors:
        raise HallError(f"{site_dir}: no floor {floor}; it has {', '.join(site.floors)}")
    grid = load_map(site.floors[floor].map_file)
    root = ET.Element("sdf", version=SDF_VERSION)
    world = put(root, "world", name=re.sub(r"\W", "_", f"{site.name}_{floor}"))
    physics = put(world, "physics", name="steps", type="ignored")
    put(physics, "max_step_size", 0.004)
    put(physics, "real_time_factor", 1.0)
    for system, name, settings in SYSTEMS:
        plugin(world, system, name, settings)
    _light(world)
    _ground(world, grid)
    walls = grid.lethal
    for zone in site.zones_of("furniture", floor):
        mask = polygon_mask(grid, zone.polygon) & walls
        walls &= ~mask
        _solid(world, zone.id, mask, zone.height or FURNITURE_HEIGHT, FURNITURE_COLOUR, grid)
    _solid(world, "walls", walls, WALL_HEIGHT, WALL_COLOUR, grid)
    stand = site.post(floor).stand if floor in site.settings.robots else next(site.places_of(floor=floor)).stand
    world.append(robot(stand))
    return root


def _light(world: ET.Element) -> None:
    light = put(world, "light", name="ceiling", type="directional")
    put(light, "cast_shadows", True)
    put(light, "pose", (0.0, 0.0, 20.0, 0.0, 0.0, 0.0))
    put(light, "diffuse", (0.8, 0.8, 0.8, 1))
    put(light, "specular", (0.2, 0.2, 0.2, 1))
    put(light, "direction", (-0.3, 0.2, -0.9))
    put(world, "scene/ambient", (0.6, 0.6, 0.6, 1))


def _ground(world: ET.Element, grid: GridMap) -> None:
    width, depth = grid.size
    model = put(world, "model", name="ground")
    put(model, "static", True)
    put(model, "pose", pose_of(grid.origin @ Pose2D(width / 2.0, depth / 2.0)))
    link = put(model, "link", name="floor")
    for kind in ("collision", "visual"):
        part = put(link, kind, name=kind)
        plane = put(part, "geometry/plane")
        put(plane, "normal", (0, 0, 1))
        put(plane, "size", (width, depth))
    _colour(part, GROUND_COLOUR)


def _solid(
    world: ET.Element, name: str, cells: NDArray[np.bool_], height: float, colour: tuple[float, ...], grid: GridMap
) -> None:
    boxes = merge_cells(np.where(cells, height, 0.0))
    if not boxes:
        return
    model = put(world, "model", name=name)
    put(model, "static", True)
    put(model, "pose", pose_of(grid.origin))
    link = put(model, "link", name="solid")
    m = grid.resolution
    for index, box in enumerate(boxes):
        for kind in ("collision", "visual"):
            part = put(link, kind, name=f"{kind}_{index}")
            put(part, "pose", ((box.x0 + box.x1) / 2 * m, (box.y0 + box.y1) / 2 * m, height / 2, 0.0, 0.0, 0.0))
            put(part, "geometry/box/size", ((box.x1 - box.x0) * m, (box.y1 - box.y0) * m, height))
        _colour(part, colour)


def _colour(visual: ET.Element, colour: tuple[float, ...]) -> None:
    material = put(visual, "material")
    put(material, "ambient", colour)
    put(material, "diffuse", colour)
