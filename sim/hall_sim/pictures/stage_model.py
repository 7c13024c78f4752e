"""The hall as MuJoCo's XML to be looked at, not to be driven in: the picture of the floor, cut walls, the robot."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import cv2
import mujoco
import numpy as np
import numpy.typing as npt

from counter_map.model import Site, Zone
from counter_map.render import DESK, DESK_CLOSED, DESK_PRIORITY, Colour
from hall_sim.pictures.dolls import Rgba
from hall_sim.pictures.moment import Floats
from hall_sim.pictures.urdf_shapes import shapes
from hall_sim.world.boxes import merge_cells
from hall_sim.world.floor import FURNITURE_HEIGHT, Floor

CUT = 1.15
"""m at which walls are cut off, so that one sees over them."""
RIM = 0.06
"""m beyond its outline that still count as a piece of furniture."""
FLOOR_PICTURE = "floor.png"
"""Name under which the floor's picture is handed to MuJoCo."""
WALL, WOOD, SEAT = (0.56, 0.60, 0.67, 1), (0.72, 0.62, 0.48, 1), (0.50, 0.64, 0.55, 1)


def stage_xml(site: Site, floor_id: str, floor: Floor, urdf: Path, size: tuple[int, int]) -> str:
    """Return the MJCF of a floor with cut walls and its robot as a mocap body.

    Args:
        site: the site.
        floor_id: id of the floor.
        floor: what stands where.
        urdf: of the robot.
        size: pixels of the pictures, (wide, high).
    """
    root = Xml.Element("mujoco", model="stage")
    visual = Xml.SubElement(root, "visual")
    Xml.SubElement(visual, "global", offwidth=str(size[0]), offheight=str(size[1]), fovy="42")
    Xml.SubElement(visual, "quality", offsamples="8")
    Xml.SubElement(visual, "headlight", ambient=".42 .42 .42", diffuse=".22 .22 .22", specular="0 0 0")
    Xml.SubElement(visual, "map", znear="0.02", zfar="12")
    Xml.SubElement(root, "statistic", extent="10")
    asset = Xml.SubElement(root, "asset")
    Xml.SubElement(asset, "texture", name="floor", type="2d", file=FLOOR_PICTURE)
    Xml.SubElement(asset, "texture", type="skybox", builtin="flat", rgb1=".93 .94 .96", width="64", height="64")
    Xml.SubElement(asset, "material", name="floor", texture="floor", specular="0", shininess="0")
    world = Xml.SubElement(root, "worldbody")
    _add_light(world, floor)
    _add_floor(world, floor)
    _add_boxes(world, site, floor_id, floor)
    body = Xml.SubElement(world, "body", name="robot", mocap="true")
    for shape in shapes(urdf):
        _add_shape(body, shape.kind, shape.size, shape.placed, shape.rgba)
    return Xml.tostring(root, encoding="unicode")


def _extent(floor: Floor) -> tuple[float, float]:
    return floor.heights.shape[1] * floor.resolution, floor.heights.shape[0] * floor.resolution


def _add_light(world: Xml.Element, floor: Floor) -> None:
    wide, high = _extent(floor)
    at = _numbers(floor.origin.x + wide / 2, floor.origin.y + high / 2, 20.0)
    Xml.SubElement(
        world, "light", directional="true", castshadow="false", pos=at, dir="0.35 0.45 -1",
        diffuse=".5 .5 .5", specular=".05 .05 .05",
    )  # fmt: skip


def _add_floor(world: Xml.Element, floor: Floor) -> None:
    wide, high = _extent(floor)
    at = _numbers(floor.origin.x + wide / 2, floor.origin.y + high / 2, 0.0)
    Xml.SubElement(
        world, "geom", type="plane", size=_numbers(wide / 2, high / 2, 0.1), pos=at, material="floor",
        contype="0", conaffinity="0",
    )  # fmt: skip


def _add_boxes(world: Xml.Element, site: Site, floor_id: str, floor: Floor) -> None:
    cell, origin = floor.resolution, floor.origin
    furniture = list(site.zones_of("furniture", floor_id))
    shapes_of = [(zone.id, zone.polygon.astype(np.float32)) for zone in furniture]
    for box in merge_cells(_cut(floor, furniture)):
        x, y = origin.x + cell * (box.x0 + box.x1) / 2, origin.y + cell * (box.y0 + box.y1) / 2
        zone = next((name for name, shape in shapes_of if cv2.pointPolygonTest(shape, (x, y), True) >= -RIM), "")
        half = (cell * (box.x1 - box.x0) / 2, cell * (box.y1 - box.y0) / 2, box.height / 2)
        Xml.SubElement(
            world, "geom", type="box", pos=_numbers(x, y, box.height / 2), size=_numbers(*half),
            rgba=_numbers(*_box_colour(site, zone)), contype="0", conaffinity="0",
        )  # fmt: skip


def _cut(floor: Floor, furniture: list[Zone]) -> Floats:
    """Return the floor's heights with walls cut; cells at the rim of a piece of furniture become part of it."""
    heights, cell = floor.heights.copy(), floor.resolution
    for zone in furniture:
        corners = np.round((zone.polygon - (floor.origin.x, floor.origin.y)) / cell - 0.5).astype(np.int32)
        mask = cv2.fillPoly(np.zeros(heights.shape, np.uint8), [corners], 1)
        near = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8))) > 0
        heights[near & floor.solid] = zone.height or FURNITURE_HEIGHT
    return np.minimum(heights, CUT)


def _box_colour(site: Site, zone: str) -> Rgba:
    place = site.places.get(zone.removeprefix("desk_"))
    if zone.startswith("desk_") and place is not None:
        return rgba_of(DESK_CLOSED if not place.open else DESK_PRIORITY if place.priority else DESK)
    if not zone or zone.startswith("pillar"):
        return WALL
    return SEAT if zone.startswith("bench") else WOOD


def _add_shape(
    body: Xml.Element, kind: str, size: tuple[float, ...], placed: npt.NDArray[np.float64], rgba: str
) -> None:
    turn = np.empty(4)
    mujoco.mju_mat2Quat(turn, placed[:3, :3].ravel())
    Xml.SubElement(
        body, "geom", type=kind, size=_numbers(*size), pos=_numbers(*placed[:3, 3]), quat=_numbers(*turn), rgba=rgba,
        contype="0", conaffinity="0",
    )  # fmt: skip


def rgba_of(colour: Colour, opacity: float = 1.0) -> Rgba:
    """Return a colour as MuJoCo takes it."""
    return colour[0] / 255, colour[1] / 255, colour[2] / 255, opacity


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.6g}" for value in values)
