"""Gazebo 11, the last `gzserver`: its physics, sensors and plugins, in the words of SDF 1.6."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from guide_common.robot import Imu, Lidar, Robot
from hall_sim.gazebo.flavour import STEP, Mount, Wheels
from hall_sim.gazebo.sensors import put_imu, put_lidar
from hall_sim.gazebo.xml import put, put_all


class Classic:
    """Write for Gazebo 11 without ROS: topics `~/<robot>/vel_cmd`, `~/<robot>/<link>/lidar/scan`, `…/imu/imu`."""

    version = "1.6"
    suffix = ".world"
    bridged = False
    ball_wheels = True

    def begin(self, world: ET.Element) -> None:
        """Append ODE's physics, with the solver that is exact: the quick one lets a driven robot veer."""
        physics = put(world, "physics", name="steps", type="ode")
        put_all(physics, (("max_step_size", STEP), ("real_time_factor", 1.0), ("real_time_update_rate", 1.0 / STEP)))
        put(physics, "ode/solver/type", "world")

    def sense(self, mounts: Mapping[str, Mount], robot: Robot) -> None:
        """Append the lidar, whose rays ODE casts, and the IMU."""
        put_lidar(put(_sensor(mounts, "lidar", "ray", robot.lidar), "ray"), robot.lidar)
        if robot.imu is not None:
            put_imu(put(_sensor(mounts, "imu", "imu", robot.imu), "imu"), robot.imu)

    def drive(self, model: ET.Element, robot: Robot, wheels: Wheels) -> None:
        """Append Gazebo's differential drive; it takes radius and separation from the wheels themselves."""
        # This plugin turns clockwise for a positive yaw rate. With the sides swapped it turns as REP-103 has it.
        plugin = put(model, "plugin", filename="libDiffDrivePlugin.so", name="diff_drive")
        put_all(plugin, (("left_joint", wheels.right[0]), ("right_joint", wheels.left[0])))


def _sensor(mounts: Mapping[str, Mount], name: str, kind: str, figures: Lidar | Imu) -> ET.Element:
    mount = mounts[figures.frame]
    sensor = put(mount.link, "sensor", name=name, type=kind)
    put_all(sensor, (("pose", mount.pose), ("update_rate", figures.rate), ("always_on", True)))
    return sensor
