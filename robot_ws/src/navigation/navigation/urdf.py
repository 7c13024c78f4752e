"""Read a robot's URDF: its joints, and where each puts its child link."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from guide_common.errors import UserError

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

TURNING, SLIDING, FIXED = ("revolute", "continuous"), ("prismatic",), ("fixed",)


@dataclass(frozen=True, slots=True)
class Joint:
    """Hold one joint: its origin in the parent link (m; roll, pitch, yaw in rad) and the axis of its motion."""

    name: str
    kind: str
    parent: str
    child: str
    xyz: Vector = (0.0, 0.0, 0.0)
    rpy: Vector = (0.0, 0.0, 0.0)
    axis: Vector = (1.0, 0.0, 0.0)

    @property
    def fixed(self) -> bool:
        """Tell whether the joint never moves."""
        return self.kind in FIXED

    def placed(self, position: float = 0.0) -> tuple[Vector, Quaternion]:
        """Return where the child link is in the parent (m, quaternion x, y, z, w) at a joint position (rad or m)."""
        turn = _from_rpy(self.rpy)
        if self.kind in TURNING:
            half = math.sin(position / 2.0)
            ax, ay, az = self.axis
            return self.xyz, _times(turn, (ax * half, ay * half, az * half, math.cos(position / 2.0)))
        if self.kind in SLIDING:
            moved = _rotate(turn, (self.axis[0] * position, self.axis[1] * position, self.axis[2] * position))
            return (self.xyz[0] + moved[0], self.xyz[1] + moved[1], self.xyz[2] + moved[2]), turn
        return self.xyz, turn


@dataclass(frozen=True, slots=True)
class Urdf:
    """Hold a robot description: its text, links and joints."""

    text: str
    links: tuple[str, ...]
    joints: tuple[Joint, ...]


def load_urdf(path: Path | str) -> Urdf:
    """Read a URDF file; raise UserError that names file, line and mend."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        root = ET.fromstring(text)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; a robot's folder must hold its URDF") from None
    except (ET.ParseError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not XML ({error}); mend it") from None
    links = tuple(link.get("name", "") for link in root.findall("link"))
    joints = tuple(_joint(path, element, links) for element in root.findall("joint"))
    if root.tag != "robot" or not links:
        raise UserError(f"{path}: not a URDF; it must be a <robot> with links")
    return Urdf(text, links, joints)


def _joint(path: Path, element: ET.Element, links: tuple[str, ...]) -> Joint:
    name, kind = element.get("name", ""), element.get("type", "")
    if kind not in (*TURNING, *SLIDING, *FIXED):
        raise UserError(f"{path}: joint {name!r} has the type {kind!r}; use fixed, continuous, revolute or prismatic")
    ends = []
    for end in ("parent", "child"):
        found = element.find(end)
        link = found.get("link", "") if found is not None else ""
        if link not in links:
            raise UserError(f"{path}: joint {name!r} has no {end} link among {', '.join(links)}; name one")
        ends.append(link)
    origin, axis = element.find("origin"), element.find("axis")
    return Joint(
        name, kind, ends[0], ends[1],
        _vector(path, name, origin, "xyz", "0 0 0"),
        _vector(path, name, origin, "rpy", "0 0 0"),
        _vector(path, name, axis, "xyz", "1 0 0"),
    )  # fmt: skip


def _vector(path: Path, name: str, element: ET.Element | None, key: str, default: str) -> Vector:
    text = element.get(key, default) if element is not None else default
    try:
        x, y, z = (float(part) for part in text.split())
    except ValueError:
        raise UserError(f"{path}: joint {name!r}: {key} must be three numbers, not {text!r}") from None
    return x, y, z


def _from_rpy(rpy: Vector) -> Quaternion:
    (sr, cr), (sp, cp), (sy, cy) = ((math.sin(angle / 2.0), math.cos(angle / 2.0)) for angle in rpy)
    return _times(_times((0.0, 0.0, sy, cy), (0.0, sp, 0.0, cp)), (sr, 0.0, 0.0, cr))


def _times(a: Quaternion, b: Quaternion) -> Quaternion:
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def _rotate(turn: Quaternion, vector: Vector) -> Vector:
    x, y, z, w = turn
    rotated = _times(_times(turn, (*vector, 0.0)), (-x, -y, -z, w))
    return rotated[0], rotated[1], rotated[2]
