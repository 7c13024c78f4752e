"""The robot's rigid bodies: links that fixed joints hold together, weighed as one.

A physics engine that solves joints by iteration lets a light link carry a heavy
one only softly: in Gazebo 11 a robot on casters of their own leans over. Gazebo
joins such links when it reads a URDF, and so does this.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guide_common.errors import UserError
from navigation.urdf import Joint, Urdf

Floats = npt.NDArray[np.float64]
Pose = tuple[float, ...]
"""x y z in m, roll pitch yaw in rad."""
MOMENTS = (("ixx", 0, 0), ("ixy", 0, 1), ("ixz", 0, 2), ("iyy", 1, 1), ("iyz", 1, 2), ("izz", 2, 2))


@dataclass(frozen=True, slots=True)
class Inertial:
    """Hold a mass in kg, its centre in m and its inertia about it in kg m^2, along a frame's axes."""

    mass: float
    centre: Floats
    inertia: Floats


@dataclass(slots=True)
class Body:
    """Hold one rigid body, named for its first link: its place in the model and its links' places in it (4×4)."""

    name: str
    placed: Floats
    links: dict[str, Floats] = field(default_factory=dict)


def bodies_of(urdf: Urdf) -> list[Body]:
    """Return the rigid bodies of a robot whose joints are all at zero, the root's first."""
    parents = {joint.child: joint for joint in urdf.joints}
    bodies: dict[str, Body] = {}
    for link in urdf.links:
        head = _head(link, parents)
        placed = _in_model(head, parents)
        body = bodies.setdefault(head, Body(head, placed))
        body.links[link] = np.linalg.inv(placed) @ _in_model(link, parents)
    return list(bodies.values())


def weigh(body: Body, sources: dict[str, ET.Element], path: Path) -> Inertial:
    """Return the inertial of a whole body in its own frame.

    Steiner's theorem moves each link's inertia to the common centre of mass.
    Raises UserError for a link without inertial.
    """
    parts = [_inertial(sources[link], placed, path) for link, placed in body.links.items()]
    mass = sum(part.mass for part in parts)
    centre = sum((part.mass * part.centre for part in parts), np.zeros(3)) / mass
    inertia = np.zeros((3, 3))
    for part in parts:
        off = part.centre - centre
        inertia += part.inertia + part.mass * (off @ off * np.eye(3) - np.outer(off, off))
    return Inertial(mass, centre, inertia)


def origin_in(placed: Floats, part: ET.Element) -> Pose:
    """Return where a link's collision or visual is, in the frame that the link is placed in."""
    return pose_of_matrix(placed @ _origin(part))


def pose_of_matrix(matrix: Floats) -> Pose:
    """Return x y z (m) and roll pitch yaw (rad) of a 4×4 transform."""
    x, y, z = matrix[:3, 3].tolist()
    pitch = math.atan2(-matrix[2, 0], math.hypot(matrix[0, 0], matrix[1, 0]))
    if abs(pitch) > math.pi / 2 - 1e-9:  # looking straight up or down only the sum of roll and yaw is given
        return x, y, z, 0.0, pitch, math.atan2(-matrix[0, 1], matrix[1, 1])
    return x, y, z, math.atan2(matrix[2, 1], matrix[2, 2]), pitch, math.atan2(matrix[1, 0], matrix[0, 0])


def _inertial(source: ET.Element, placed: Floats, path: Path) -> Inertial:
    found = source.find("inertial")
    mass, inertia = (found.find(part) if found is not None else None for part in ("mass", "inertia"))
    if found is None or mass is None or inertia is None:
        raise UserError(
            f"{path}: link {source.get('name')!r} has no inertial; Gazebo needs every link's mass and inertia"
        )
    matrix, moments = placed @ _origin(found), np.zeros((3, 3))
    for name, row, column in MOMENTS:
        moments[row, column] = moments[column, row] = float(inertia.get(name, "0"))
    turn = matrix[:3, :3]
    return Inertial(float(mass.get("value", "0")), matrix[:3, 3], turn @ moments @ turn.T)


def _head(link: str, parents: dict[str, Joint]) -> str:
    while link in parents and parents[link].fixed:
        link = parents[link].parent
    return link


def _chain(link: str, parents: dict[str, Joint]) -> Iterator[Joint]:
    while link in parents:
        yield parents[link]
        link = parents[link].parent


def _in_model(link: str, parents: dict[str, Joint]) -> Floats:
    placed = np.eye(4)
    for joint in _chain(link, parents):
        placed = _matrix(joint.xyz, joint.rpy) @ placed
    return placed


def _origin(part: ET.Element) -> Floats:
    origin = part.find("origin")
    attributes = origin.attrib if origin is not None else {}
    xyz, rpy = ([float(word) for word in attributes.get(key, "0 0 0").split()] for key in ("xyz", "rpy"))
    return _matrix(xyz, rpy)


def _matrix(xyz: Iterable[float], rpy: Iterable[float]) -> Floats:
    (sr, cr), (sp, cp), (sy, cy) = ((math.sin(angle), math.cos(angle)) for angle in rpy)
    matrix = np.eye(4)
    matrix[:3, :3] = (
        (cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr),
        (sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr),
        (-sp, cp * sr, cp * cr),
    )
    matrix[:3, 3] = tuple(xyz)
    return matrix
