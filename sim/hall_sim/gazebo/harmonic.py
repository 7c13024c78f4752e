"""Gazebo Harmonic: its systems, sensors and plugins, in the words of SDF 1.9."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

from guide_common.robot import Imu, Lidar, Robot
from hall_sim.gazebo.flavour import STEP, Mount, Wheels
from hall_sim.gazebo.sensors import put_imu, put_lidar
from hall_sim.gazebo.xml import put, put_all

Settings = Iterable[tuple[str, object]]
SYSTEMS: tuple[tuple[str, str, Settings], ...] = (
    ("physics", "Physics", ()),
    ("user-commands", "UserCommands", ()),
    ("scene-broadcaster", "SceneBroadcaster", ()),
    ("sensors", "Sensors", (("render_engine", "ogre2"),)),
    ("imu", "Imu", ()),
)


class Harmonic:
    """Write for Gazebo Harmonic."""

    version = "1.9"
    suffix = ".sdf"
    bridged = True
    ball_wheels = False

    def begin(self, world: ET.Element) -> None:
        """Append physics and the server's systems."""
        physics = put(world, "physics", name="steps", type="ignored")
        put_all(physics, (("max_step_size", STEP), ("real_time_factor", 1.0)))
        for system, name, settings in SYSTEMS:
            _plugin(world, system, name, settings)

    def sense(self, mounts: Mapping[str, Mount], robot: Robot) -> None:
        """Append the lidar, which Gazebo renders, and the IMU."""
        lidar = _sensor(mounts, "lidar", "gpu_lidar", "scan", robot.lidar)
        put_lidar(put(lidar, "lidar"), robot.lidar)
        if robot.imu is not None:
            imu = _sensor(mounts, "imu", "imu", "imu", robot.imu)
            put_imu(put(imu, "imu"), robot.imu)

    def drive(self, model: ET.Element, robot: Robot, wheels: Wheels) -> None:
        """Append differential drive with odometry, joint states, and the true pose for tests."""
        limits = robot.drive
        _plugin(model, "diff-drive", "DiffDrive", (
            *(("left_joint", name) for name in wheels.left), *(("right_joint", name) for name in wheels.right),
            ("wheel_separation", limits.wheel_separation), ("wheel_radius", limits.wheel_radius),
            ("max_linear_velocity", limits.max_speed), ("min_linear_velocity", -limits.max_reverse_speed),
            ("max_linear_acceleration", limits.max_acceleration), ("min_linear_acceleration", -limits.max_deceleration),
            ("max_angular_velocity", limits.max_yaw_rate), ("min_angular_velocity", -limits.max_yaw_rate),
            ("max_angular_acceleration", limits.max_yaw_acceleration),
            ("min_angular_acceleration", -limits.max_yaw_acceleration),
            ("odom_publish_frequency", robot.odometry.rate), ("topic", "cmd_vel"), ("odom_topic", "odom"),
            ("tf_topic", "tf"), ("frame_id", "odom"), ("child_frame_id", "base_link"),
        ))  # fmt: skip
        _plugin(model, "joint-state-publisher", "JointStatePublisher", (("topic", "joint_states"),))
        _plugin(model, "odometry-publisher", "OdometryPublisher", (
            ("odom_frame", "map"), ("robot_base_frame", "base_link"), ("odom_topic", "ground_truth/odom"),
            ("odom_publish_frequency", 10.0), ("tf_topic", "ground_truth/tf"),
        ))  # fmt: skip


def _plugin(parent: ET.Element, system: str, name: str, settings: Settings) -> None:
    plugin = put(parent, "plugin", filename=f"gz-sim-{system}-system", name=f"gz::sim::systems::{name}")
    put_all(plugin, settings)


def _sensor(mounts: Mapping[str, Mount], name: str, kind: str, topic: str, figures: Lidar | Imu) -> ET.Element:
    mount = mounts[figures.frame]
    sensor = put(mount.link, "sensor", name=name, type=kind)
    put_all(sensor, (("pose", mount.pose), ("topic", topic), ("update_rate", figures.rate), ("always_on", True)))
    put(sensor, "gz_frame_id", figures.frame)
    return sensor
