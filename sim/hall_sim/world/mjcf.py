"""Write the hall as MuJoCo's XML (MJCF): floor, boxes, robot, people.

The robot hangs on two slides and a hinge whose servos are given the twist that
the wheels' slip left over. Real wheels on contact friction were not taken: at
5 ms steps their grip depends on solver settings rather than on a figure that
can be measured on a floor, while servos with the motors' greatest force still
push, get stuck and slide along walls as the body of a robot does.

Only the robot collides, with everything but the floor; people are mocap bodies
that the crowd model moves. Nobody far off can be touched, so the physics of a
full hall holds few bodies and gives them to whoever is nearest (`dress`). Boxes
that may come while the hall runs wait outside as mocap bodies too (`set_up`).
"""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D
from guide_common.robot import Robot
from hall_sim.people.kinds import CHAIR_AHEAD, CHAIR_HALF
from hall_sim.world.bodies import LEG_HEIGHT, LEG_RADIUS, TORSO_RADIUS, TORSO_TOP, Bodies
from hall_sim.world.boxes import merge_cells
from hall_sim.world.floor import Floor
from hall_sim.world.obstacles import Obstacle

GRIP = 0.6
"""Friction of the wheels on a tiled floor: what they can push with, as a share of the weight."""
GRAVITY = 9.81
SERVO_TIME = 0.02
"""s in which the body takes the wheels' speed."""
GROUND_CLEARANCE = 0.03
PARTS = ("torso", "left", "right", "chair")
"""Mocap bodies of one person, in this order."""
PARKED = -900.0
"""m: where the chairs of those wait who walk."""
OBSTACLE = "obstacle_"
"""Begin of the names of boxes that may come while the hall runs; their number follows."""
SOLID = 2
"""Bit of the collision masks: the robot has it as type, what it can touch as affinity."""


def hall_xml(floor: Floor, robot: Robot, people: int, step: float, obstacles: int = 0) -> str:
    """Return the MJCF of a floor with a robot at its post; `step` in seconds.

    `people` tells how many of them the physics holds, `obstacles` how many boxes can come.
    """
    root = Xml.Element("mujoco", model="hall")
    Xml.SubElement(root, "option", timestep=f"{step}", integrator="implicitfast", cone="pyramidal")
    default = Xml.SubElement(Xml.SubElement(root, "default"), "geom", contype="0", conaffinity="0")
    default.set("rgba", "0.75 0.75 0.72 1")
    world = Xml.SubElement(root, "worldbody")
    Xml.SubElement(world, "light", pos="0 0 20", dir="0 0 -1", directional="true")
    Xml.SubElement(world, "geom", name="floor", type="plane", size="0 0 1", rgba="0.9 0.9 0.88 1")
    _add_boxes(world, floor)
    _add_robot(root, world, robot, floor.post)
    for index in range(people):
        _add_person(world, index)
    for index in range(obstacles):
        _add_obstacle(world, index)
    return Xml.tostring(root, encoding="unicode")


def _add_boxes(world: Xml.Element, floor: Floor) -> None:
    cell, origin = floor.resolution, floor.origin
    for index, box in enumerate(merge_cells(floor.heights)):
        middle = (
            origin.x + cell * (box.x0 + box.x1) / 2,
            origin.y + cell * (box.y0 + box.y1) / 2,
            box.height / 2,
        )
        half = (cell * (box.x1 - box.x0) / 2, cell * (box.y1 - box.y0) / 2, box.height / 2)
        Xml.SubElement(
            world, "geom", name=f"solid_{index}", type="box", pos=_numbers(*middle), size=_numbers(*half),
            conaffinity=str(SOLID),
        )  # fmt: skip


def _add_robot(root: Xml.Element, world: Xml.Element, robot: Robot, at: Pose2D) -> None:
    # The joints start at zero, so their values are the way from this pose: x and y in the map's axes.
    body = Xml.SubElement(world, "body", name="robot", pos=_numbers(at.x, at.y, 0.0))
    half = (robot.body.height - GROUND_CLEARANCE) / 2
    Xml.SubElement(body, "joint", name="robot_x", type="slide", axis="1 0 0")
    Xml.SubElement(body, "joint", name="robot_y", type="slide", axis="0 1 0")
    Xml.SubElement(body, "joint", name="robot_yaw", type="hinge", axis="0 0 1")
    Xml.SubElement(
        body, "geom", name="robot", type="cylinder", size=_numbers(robot.body.radius, half),
        pos=_numbers(0, 0, half + GROUND_CLEARANCE), mass=str(robot.body.mass), rgba="0.2 0.45 0.7 1",
        contype=str(SOLID), conaffinity="0",
    )  # fmt: skip
    actuator = Xml.SubElement(root, "actuator")
    push = GRIP * robot.body.mass * GRAVITY
    inertia = robot.body.mass * robot.body.radius**2 / 2
    for name, load, most in (
        ("robot_x", robot.body.mass, push),
        ("robot_y", robot.body.mass, push),
        ("robot_yaw", inertia, push * robot.drive.wheel_separation / 2),
    ):
        Xml.SubElement(
            actuator, "velocity", name=name, joint=name, kv=str(load / SERVO_TIME), forcelimited="true",
            forcerange=_numbers(-most, most),
        )  # fmt: skip


def _add_person(world: Xml.Element, index: int) -> None:
    middle = LEG_HEIGHT + (TORSO_TOP - LEG_HEIGHT) / 2
    half = (TORSO_TOP - LEG_HEIGHT) / 2 - TORSO_RADIUS
    shapes = (
        ("capsule", _numbers(TORSO_RADIUS, half), _numbers(0, 0, middle)),
        ("cylinder", _numbers(LEG_RADIUS, LEG_HEIGHT / 2), _numbers(0, 0, LEG_HEIGHT / 2)),
        ("cylinder", _numbers(LEG_RADIUS, LEG_HEIGHT / 2), _numbers(0, 0, LEG_HEIGHT / 2)),
        ("box", _numbers(*CHAIR_HALF), _numbers(CHAIR_AHEAD, 0, CHAIR_HALF[2] + GROUND_CLEARANCE)),
    )
    for part, (kind, size, at) in zip(PARTS, shapes, strict=True):
        name = f"person_{index}_{part}"
        body = Xml.SubElement(world, "body", name=name, mocap="true", pos=_numbers(-1000.0 - 2 * index, PARKED, 0))
        Xml.SubElement(
            body, "geom", name=name, type=kind, size=size, pos=at, conaffinity=str(SOLID), rgba="0.8 0.5 0.35 1"
        )


def _add_obstacle(world: Xml.Element, index: int) -> None:
    name = f"{OBSTACLE}{index}"
    body = Xml.SubElement(world, "body", name=name, mocap="true", pos=_numbers(PARKED, PARKED - 10.0 * index, 0))
    Xml.SubElement(
        body, "geom", name=name, type="box", size="0.1 0.1 0.1", conaffinity=str(SOLID), rgba="0.6 0.45 0.3 1"
    )


def set_up(model: Any, data: Any, slot: int, obstacle: Obstacle | None) -> None:
    """Put a box into MuJoCo's `model` and `data`, as the one of its boxes numbered `slot`; None takes it away."""
    geom, mocap = model.geom(f"{OBSTACLE}{slot}").id, model.body(f"{OBSTACLE}{slot}").mocapid[0]
    if obstacle is None:
        data.mocap_pos[mocap] = PARKED, PARKED - 10.0 * slot, 0.0
        return
    half = np.array(obstacle.size) / 2.0
    # MuJoCo derives these bounds from the size when it compiles; what they leave out is never looked at for contacts.
    model.geom_size[geom], model.geom_rbound[geom] = half, np.linalg.norm(half)
    model.geom_aabb[geom, 3:] = model.bvh_aabb[model.body_bvhadr[model.geom_bodyid[geom]], 3:] = half
    turn = obstacle.pose.yaw / 2.0
    data.mocap_pos[mocap] = obstacle.pose.x, obstacle.pose.y, half[2]
    data.mocap_quat[mocap] = math.cos(turn), 0.0, 0.0, math.sin(turn)


def dress(data: Any, bodies: Bodies, who: npt.NDArray[np.intp]) -> None:
    """Put the people `who` (indices into `bodies`) into the first mocap persons of MuJoCo's `data`."""
    legs, count, chosen = bodies.legs(), bodies.count, len(who)
    last, parts = len(PARTS) * chosen, len(PARTS)
    data.mocap_pos[0:last:parts, :2] = bodies.torsos[who]
    data.mocap_pos[1:last:parts, :2] = legs[who]
    data.mocap_pos[2:last:parts, :2] = legs[count + who]
    data.mocap_pos[3:last:parts, :2] = PARKED
    for slot in np.flatnonzero(bodies.chairs[who]).tolist():
        index = who[slot]
        half = bodies.headings[index] / 2.0
        data.mocap_pos[parts * slot + 3, :2] = bodies.torsos[index]
        data.mocap_quat[parts * slot + 3] = math.cos(half), 0.0, 0.0, math.sin(half)


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.6g}" for value in values)
