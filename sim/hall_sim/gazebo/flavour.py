"""What differs between the Gazebos that a world can be written for."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from guide_common.robot import Robot

STEP = 0.004
"""s of one physics step."""


@dataclass(frozen=True, slots=True)
class Wheels:
    """Name the wheels' joints, left and right; of one wheel a side or more."""

    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mount:
    """Hold where a frame of the robot sits: the model's `<link>`, and x y z (m) roll pitch yaw (rad) in it."""

    link: ET.Element
    pose: tuple[float, ...]


class Flavour(Protocol):
    """Write the parts of a world that one generation of Gazebo has its own words for."""

    version: str
    """of SDF"""
    suffix: str
    """of the world's file"""
    bridged: bool
    """whether ros_gz_bridge speaks with it"""
    ball_wheels: bool
    """whether wheels touch the floor as balls: Gazebo 11 reads a wheel's radius off the box around it, which for a
    cylinder depends on the way the robot looks at the start"""

    def begin(self, world: ET.Element) -> None:
        """Append physics and what the server must load."""

    def sense(self, mounts: Mapping[str, Mount], robot: Robot) -> None:
        """Append the robot's sensors at their frames, which have been checked to be there."""

    def drive(self, model: ET.Element, robot: Robot, wheels: Wheels) -> None:
        """Append what turns commands into wheel speeds, and what tells where the robot is."""
