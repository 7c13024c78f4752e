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


def put_all(parent: ET.Element, values: Iterable[tuple[str, object]]) -> None:
    """Append one element for each name and value."""
    for name, value in values:
        put(parent, name, value)


def number(value: object) -> str:
    """Write a number to a nanometre in a hall of 99 m, without a tail of zeros; other things as they are."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value + 0.0:.11g}" if isinstance(value, float) else str(value)


def pose_of(pose: Pose2D, z: float = 0.0) -> tuple[float, ...]:
    """Return x y z roll pitch yaw."""
    return pose.x, pose.y, z, 0.0, 0.0, pose.yaw


def put_noise(parent: ET.Element, sigma: float) -> None:
    """Append Gaussian noise to the x, y and z of a measured vector."""
    for axis in "xyz":
        noise = put(parent, f"{axis}/noise", type="gaussian")
        put(noise, "mean", 0.0)
        put(noise, "stddev", sigma)
