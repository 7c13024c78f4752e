"""The node `gazebo`: write the site as an SDF world and become Gazebo's server (or its window) on it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rclpy

from guide_common.errors import UserError
from guide_common.params import declare
from hall_sim.gazebo import export_gazebo


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the node's parameters; `start` is the time of day that /clock begins with, ISO 8601 with its zone."""

    site_dir: str = "maps/hcmc_center"
    robot_dir: str = "robots/concierge"
    floor: str = "1"
    start: str = "2026-03-02T09:00:00+07:00"
    window: bool = False


def main() -> int:
    """Replace this process by `gz sim`, so that the launcher's signals reach it."""
    rclpy.init()
    node = rclpy.create_node("gazebo")
    settings = declare(node, Settings())
    node.destroy_node()
    rclpy.shutdown()
    try:
        command = _command(settings)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    os.execvp(command[0], command)


def _command(settings: Settings) -> list[str]:
    if shutil.which("gz") is None:
        raise UserError("gz: no such command; install Gazebo Harmonic (ros-jazzy-ros-gz) and source ROS 2")
    try:
        start = datetime.fromisoformat(settings.start).timestamp()
    except ValueError:
        raise UserError(f"start: {settings.start!r} is no time; give one such as 2026-03-02T09:00:00+07:00") from None
    folder = Path(os.environ.get("GUIDE_HOME", Path.home() / ".guide")) / "gazebo" / settings.floor
    world, *_ = export_gazebo(settings.site_dir, folder, settings.floor, settings.robot_dir)
    server = [] if settings.window else ["-s", "--headless-rendering"]
    return ["gz", "sim", "-r", *server, "--initial-sim-time", f"{start:.0f}", str(world)]


if __name__ == "__main__":
    raise SystemExit(main())
