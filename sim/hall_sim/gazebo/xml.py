"""Small help for writing SDF."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from guide_common.geometry import Pose2D


def put(parent: ET.Element, path: str, value: object = None, **attributes: str) -> ET.Element:
    """Append the elements of a path such as `geometry/box/size`; the last gets text and attributes, and is returned."""
    *outer, last = path.split("/")
    for tag in outer:
        parent = ET.SubElement(parent, tag)
    element = ET.SubElement(parent, last, attributes)
    if value is not None:
        element.text = " ".join(map(number, value)) if isinstance(value, (tuple, list)) else number(value)
    return element


def number(value: object) -> str:
    """Write a number without a tail of zeros; other things as they are."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def pose_of(pose: Pose2D, z: float = 0.0) -> tuple[float, ...]:
    """Return x y z roll pitch yaw."""
    return pose.x, pose.y, z, 0.0, 0.0, pose.yaw


def plugin(parent: ET.Element, system: str, name: str, settings: Iterable[tuple[str, object]] = ()) -> None:
    """Append a system plugin of Gazebo Harmonic."""
    element = put(parent, "plugin", filename=f"gz-sim-{system}-system", name=f"gz::sim::systems::{name}")
    for key, value in settings:
        put(element, key, value)
