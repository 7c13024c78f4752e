"""The robot as an SDF model: links and joints of its URDF, limits and sensors of its robot.yaml, Gazebo's plugins."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from pathlib import Path

from guide_common.errors import UserError
from guide_common.geometry import Pose2D
from guide_common.robot import Robot, load_robot
from hall_sim.gazebo.xml import plugin, pose_of, put
from navigation.urdf import Joint, load_urdf

SHAPES = {"cylinder": ("radius", "length"), "sphere": ("radius",), "box": ("size",)}
CASTER_FRICTION = 0.01
"""A caster rolls; as a fixed ball it must slide."""


def robot_model(robot_dir: Path, stand: Pose2D) -> ET.Element:
    """Return the `<model>` of a robot folder, standing at a pose of the map frame."""
    robot = load_robot(robot_dir)
    path = robot_dir / f"{robot.name}.urdf"
    urdf = load_urdf(path)
    model = ET.Element("model", name=robot.name)
    put(model, "pose", pose_of(stand, z=0.005))
    parents = {joint.child: joint for joint in urdf.joints}
    for link in ET.fromstring(urdf.text).findall("link"):
        _link(model, link, parents.get(link.get("name", "")), path)
    for joint in urdf.joints:
        _joint(model, joint)
    _sensors(model, robot)
    _plugins(model, robot, [joint.name for joint in urdf.joints if joint.kind == "continuous"], path)
    return model


def _link(model: ET.Element, link: ET.Element, joint: Joint | None, path: Path) -> None:
    name = link.get("name", "")
    made = put(model, "link", name=name)
    if joint is not None:
        put(made, "pose", (*joint.xyz, *joint.rpy), relative_to=joint.parent)
    inertial = link.find("inertial")
    if inertial is None:
        raise UserError(f"{path}: link {name!r} has no inertial; Gazebo needs mass and inertia of every link")
    out = put(made, "inertial")
    _origin(out, inertial)
    put(out, "mass", inertial.find("mass").get("value"))  # type: ignore[union-attr]
    inertia = put(out, "inertia")
    for key, value in inertial.find("inertia").attrib.items():  # type: ignore[union-attr]
        put(inertia, key, value)
    for kind in ("collision", "visual"):
        for index, part in enumerate(link.findall(kind)):
            shaped = put(made, kind, name=f"{name}_{kind}_{index}")
            _origin(shaped, part)
            _shape(shaped, part)
            if kind == "collision" and "caster" in name:
                friction = put(shaped, "surface/friction/ode")
                put(friction, "mu", CASTER_FRICTION)
                put(friction, "mu2", CASTER_FRICTION)


def _origin(out: ET.Element, part: ET.Element) -> None:
    origin = part.find("origin")
    if origin is not None:
        put(out, "pose", f"{origin.get('xyz', '0 0 0')} {origin.get('rpy', '0 0 0')}")


def _shape(out: ET.Element, part: ET.Element) -> None:
    for shape, sizes in SHAPES.items():
        found = part.find(f"geometry/{shape}")
        if found is not None:
            made = put(out, f"geometry/{shape}")
            for size in sizes:
                put(made, size, found.get(size))


def _joint(model: ET.Element, joint: Joint) -> None:
    made = put(model, "joint", name=joint.name, type="revolute" if joint.kind == "continuous" else joint.kind)
    put(made, "parent", joint.parent)
    put(made, "child", joint.child)
    if not joint.fixed:
        put(made, "axis/xyz", joint.axis)


def _sensors(model: ET.Element, robot: Robot) -> None:
    lidar = robot.lidar
    links = {link.get("name"): link for link in model.findall("link")}
    sensor = put(links[lidar.frame], "sensor", name="lidar", type="gpu_lidar")
    for key, value in (
        ("topic", "scan"),
        ("update_rate", lidar.rate),
        ("always_on", True),
        ("gz_frame_id", lidar.frame),
    ):
        put(sensor, key, value)
    out = put(sensor, "lidar")
    sweep = put(out, "scan/horizontal")
    put(sweep, "samples", lidar.beams)
    put(sweep, "min_angle", -math.pi)
    put(sweep, "max_angle", math.pi - math.tau / lidar.beams)
    reach = put(out, "range")
    put(reach, "min", lidar.range_min)
    put(reach, "max", lidar.range_max)
    noise = put(out, "noise")
    put(noise, "type", "gaussian")
    put(noise, "stddev", lidar.noise)
    imu = put(links.get("imu", links["base_link"]), "sensor", name="imu", type="imu")
    for key, value in (("topic", "imu"), ("update_rate", 100.0), ("always_on", True), ("gz_frame_id", "imu")):
        put(imu, key, value)


def _plugins(model: ET.Element, robot: Robot, wheels: list[str], path: Path) -> None:
    left = [name for name in wheels if "left" in name]
    right = [name for name in wheels if "right" in name]
    if not left or not right:
        raise UserError(f"{path}: no continuous joints named left… and right…; Gazebo's diff drive needs both wheels")
    drive = robot.drive
    plugin(model, "diff-drive", "DiffDrive", (
        *(("left_joint", name) for name in left), *(("right_joint", name) for name in right),
        ("wheel_separation", drive.wheel_separation), ("wheel_radius", drive.wheel_radius),
        ("max_linear_velocity", drive.max_speed), ("min_linear_velocity", -drive.max_reverse_speed),
        ("max_linear_acceleration", drive.max_acceleration), ("min_linear_acceleration", -drive.max_deceleration),
        ("max_angular_velocity", drive.max_yaw_rate), ("min_angular_velocity", -drive.max_yaw_rate),
        ("max_angular_acceleration", drive.max_yaw_acceleration),
        ("min_angular_acceleration", -drive.max_yaw_acceleration),
        ("odom_publish_frequency", robot.odometry.rate), ("topic", "cmd_vel"), ("odom_topic", "odom"),
        ("tf_topic", "tf"), ("frame_id", "odom"), ("child_frame_id", "base_link"),
    ))  # fmt: skip
    plugin(model, "joint-state-publisher", "JointStatePublisher", (("topic", "joint_states"),))
    plugin(model, "odometry-publisher", "OdometryPublisher", (
        ("odom_frame", "map"), ("robot_base_frame", "base_link"), ("odom_topic", "ground_truth/odom"),
        ("odom_publish_frequency", 10.0), ("tf_topic", "ground_truth/tf"),
    ))  # fmt: skip
