"""The shapes that a robot's URDF shows, placed in base_link, as MuJoCo wants them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import numpy.typing as npt

from navigation.urdf import Joint, load_urdf

ROOT = "base_link"
PLAIN = "0.8 0.8 0.8 1"
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shape:
    """Hold a shape: MuJoCo's type and half sizes (m), its 4×4 placement in base_link, its colour."""

    kind: str
    size: tuple[float, ...]
    placed: Matrix
    rgba: str


def shapes(urdf: Path) -> list[Shape]:
    """Return the boxes, cylinders and balls among a URDF's visuals; meshes are left out."""
    text = load_urdf(urdf)
    root = Xml.fromstring(text.text)
    colours = {m.get("name", ""): _colour(m) for m in root.findall("material")}
    above = {joint.child: joint for joint in text.joints}
    found = []
    for link in root.findall("link"):
        placed = _placed(link.get("name", ""), above)
        for visual in link.findall("visual"):
            shape = _size(visual.find("geometry"))
            if shape is not None:
                material = visual.find("material")
                name = material.get("name", "") if material is not None else ""
                own = _colour(material) if material is not None and material.find("color") is not None else None
                found.append(Shape(*shape, placed @ _origin(visual.find("origin")), own or colours.get(name, PLAIN)))
    return found


def _placed(link: str, above: dict[str, Joint]) -> Matrix:
    placed = np.eye(4)
    while link != ROOT and link in above:
        joint = above[link]
        placed, link = _matrix(joint.xyz, joint.rpy) @ placed, joint.parent
    return placed


def _origin(element: Xml.Element | None) -> Matrix:
    if element is None:
        return np.eye(4)
    return _matrix(_numbers(element.get("xyz", "0 0 0")), _numbers(element.get("rpy", "0 0 0")))


def _matrix(xyz: tuple[float, ...], rpy: tuple[float, ...]) -> Matrix:
    """Return the placement of a URDF origin: turned about the fixed axes x, y, z, then moved."""
    (cr, sr), (cp, sp), (cy, sy) = ((math.cos(angle), math.sin(angle)) for angle in rpy)
    turn = np.array([
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ])  # fmt: skip
    placed = np.eye(4)
    placed[:3, :3], placed[:3, 3] = turn, xyz
    return placed


def _size(geometry: Xml.Element | None) -> tuple[str, tuple[float, ...]] | None:
    if geometry is None:
        return None
    for element in geometry:
        if element.tag == "box":
            return "box", tuple(side / 2 for side in _numbers(element.get("size", "0 0 0")))
        if element.tag == "cylinder":
            return "cylinder", (float(element.get("radius", 0)), float(element.get("length", 0)) / 2)
        if element.tag == "sphere":
            return "sphere", (float(element.get("radius", 0)),)
    return None


def _colour(material: Xml.Element) -> str:
    colour = material.find("color")
    return colour.get("rgba", PLAIN) if colour is not None else PLAIN


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split())
