"""The robot as an SDF model: bodies and joints of its URDF, with the sensors and plugins of a flavour of Gazebo."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable
from pathlib import Path

from guide_common.errors import UserError
from guide_common.geometry import Pose2D
from guide_common.robot import Robot, load_robot
from hall_sim.gazebo.bodies import MOMENTS, Body, Floats, Inertial, bodies_of, origin_in, pose_of_matrix, weigh
from hall_sim.gazebo.flavour import Flavour, Mount, Wheels
from hall_sim.gazebo.xml import pose_of, put, put_all
from navigation.urdf import Joint, load_urdf

SHAPES = {"cylinder": ("radius", "length"), "sphere": ("radius",), "box": ("size",)}
CASTER_FRICTION = 0.0
"""A caster rolls; as a fixed ball it must slide."""
DROP = 0.002
"""m above the floor at which the robot starts, so that no wheel begins inside it."""


def robot_model(robot_dir: Path, stand: Pose2D, flavour: Flavour) -> ET.Element:
    """Return the `<model>` of a robot folder, standing at a pose of the map frame."""
    robot = load_robot(robot_dir)
    path = robot_dir / f"{robot.name}.urdf"
    urdf = load_urdf(path)
    _check_sensors(robot, urdf.links, path)
    model = ET.Element("model", name=robot.name)
    put(model, "pose", pose_of(stand, z=DROP))
    sources = {link.get("name", ""): link for link in ET.fromstring(urdf.text).findall("link")}
    balls = {joint.child for joint in urdf.joints if joint.kind == "continuous" and flavour.ball_wheels}
    mounts: dict[str, Mount] = {}
    for body in bodies_of(urdf):
        link = _body(model, body, weigh(body, sources, path))
        for name, placed in body.links.items():
            _shapes(link, sources[name], placed, name in balls)
            mounts[name] = Mount(link, pose_of_matrix(placed))
    for joint in urdf.joints:
        _joint(model, joint, mounts)
    flavour.sense(mounts, robot)
    flavour.drive(model, robot, _wheels(urdf.joints, path))
    return model


def _check_sensors(robot: Robot, links: Collection[str], path: Path) -> None:
    for sensor, part in (("lidar", robot.lidar), ("imu", robot.imu)):
        if part is not None and part.frame not in links:
            known = ", ".join(links)
            raise UserError(f"{path}: no link {part.frame!r}, where robot.yaml puts the {sensor}; use one of {known}")


def _wheels(joints: Iterable[Joint], path: Path) -> Wheels:
    turning = [joint.name for joint in joints if joint.kind == "continuous"]
    left, right = (tuple(name for name in turning if side in name) for side in ("left", "right"))
    if not left or not right:
        raise UserError(f"{path}: no continuous joints named left… and right…; Gazebo's diff drive needs both wheels")
    return Wheels(left, right)


def _body(model: ET.Element, body: Body, inertial: Inertial) -> ET.Element:
    link = put(model, "link", name=body.name)
    put(link, "pose", pose_of_matrix(body.placed))
    out = put(link, "inertial")
    put(out, "pose", (*inertial.centre.tolist(), 0.0, 0.0, 0.0))
    put(out, "mass", inertial.mass)
    put_all(put(out, "inertia"), ((name, float(inertial.inertia[row, column])) for name, row, column in MOMENTS))
    return link


def _shapes(link: ET.Element, source: ET.Element, placed: Floats, ball: bool) -> None:
    name = source.get("name", "")
    for kind in ("collision", "visual"):
        for index, part in enumerate(source.findall(kind)):
            shaped = put(link, kind, name=f"{name}_{kind}_{index}")
            put(shaped, "pose", origin_in(placed, part))
            _shape(shaped, part, ball and kind == "collision")
            if kind == "collision" and "caster" in name:
                put_all(put(shaped, "surface/friction/ode"), (("mu", CASTER_FRICTION), ("mu2", CASTER_FRICTION)))


def _shape(out: ET.Element, part: ET.Element, ball: bool) -> None:
    for shape, sizes in SHAPES.items():
        found = part.find(f"geometry/{shape}")
        if found is not None and ball and "radius" in sizes:
            put(out, "geometry/sphere/radius", found.get("radius"))
        elif found is not None:
            put_all(put(out, f"geometry/{shape}"), ((size, found.get(size)) for size in sizes))


def _joint(model: ET.Element, joint: Joint, mounts: dict[str, Mount]) -> None:
    if joint.fixed:
        return
    made = put(model, "joint", name=joint.name, type="revolute" if joint.kind == "continuous" else joint.kind)
    put(made, "parent", mounts[joint.parent].link.get("name"))
    put(made, "child", mounts[joint.child].link.get("name"))
    put(made, "axis/xyz", joint.axis)
