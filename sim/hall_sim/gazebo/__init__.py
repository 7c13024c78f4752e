"""Write a site's floor and the robot as an SDF world for Gazebo Harmonic."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

from guide_common.errors import UserError
from hall_sim.gazebo.robot import robot_model
from hall_sim.gazebo.world import world_of

__all__ = ["export_gazebo"]

BRIDGE = Path(__file__).with_name("bridge.yaml")


def export_gazebo(
    site_dir: Path | str, out_dir: Path | str, floor: str, robot_dir: Path | str = "robots/concierge"
) -> list[Path]:
    """Write `<site>_<floor>.sdf` and ros_gz_bridge's `bridge.yaml` into a folder; return both files.

    Everything is inline: the world needs no model path. Raises UserError for a broken site, robot or folder.
    """
    out = Path(out_dir)
    root = world_of(Path(site_dir), floor, lambda stand: robot_model(Path(robot_dir), stand))
    world = out / f"{root.find('world').get('name')}.sdf"  # type: ignore[union-attr]
    ET.indent(root)
    try:
        out.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(root).write(world, encoding="utf-8", xml_declaration=True)
        shutil.copyfile(BRIDGE, out / BRIDGE.name)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another folder") from None
    return [world, out / BRIDGE.name]
