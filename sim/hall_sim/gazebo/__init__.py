"""Write a site's floor and the robot as a world for Gazebo: Harmonic, or Gazebo 11."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

from guide_common.errors import UserError
from hall_sim.gazebo.classic import Classic
from hall_sim.gazebo.flavour import Flavour
from hall_sim.gazebo.harmonic import Harmonic
from hall_sim.gazebo.robot import robot_model
from hall_sim.gazebo.world import world_of

__all__ = ["FLAVOURS", "export_gazebo"]

BRIDGE = Path(__file__).with_name("bridge.yaml")
_ALL: tuple[Flavour, ...] = (Harmonic(), Classic())
FLAVOURS = {flavour.version: flavour for flavour in _ALL}
"""By the version of SDF: 1.9 for Gazebo Harmonic, 1.6 for Gazebo 11."""


def export_gazebo(
    site_dir: Path | str,
    out_dir: Path | str,
    floor: str,
    robot_dir: Path | str = "robots/concierge",
    sdf: str = Harmonic.version,
) -> list[Path]:
    """Write a floor into a folder: `<site>_<floor>.sdf` and ros_gz_bridge's `bridge.yaml`, or `<site>_<floor>.world`.

    SDF 1.9 is for Gazebo Harmonic, 1.6 for Gazebo 11. Everything is inline: the world needs no model path.
    Returns the files.
    Raises UserError for a broken site or robot, an unknown version of SDF or a folder that cannot be written.
    """
    flavour, out = FLAVOURS.get(sdf), Path(out_dir)
    if flavour is None:
        raise UserError(f"--sdf {sdf}: not known; use 1.9 for Gazebo Harmonic or 1.6 for Gazebo 11 (gzserver)")
    root = world_of(Path(site_dir), floor, flavour, lambda stand: robot_model(Path(robot_dir), stand, flavour))
    name = root.find("world").get("name")  # type: ignore[union-attr]
    files = [out / f"{name}{flavour.suffix}"]
    ET.indent(root)
    try:
        out.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(root).write(files[0], encoding="utf-8", xml_declaration=True)
        if flavour.bridged:
            files.append(Path(shutil.copyfile(BRIDGE, out / BRIDGE.name)))
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another folder") from None
    return files
