"""The physical hall: MuJoCo steps, the robot's true pose, what it touches, what its lidar sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Robot
from hall_sim.base import Base
from hall_sim.floor import Floor
from hall_sim.lidar import Lidar
from hall_sim.mjcf import hall_xml
from hall_sim.people import Bodies

STEP = 0.005
"""s of one physics step."""
STILL = 1e-4
"""m/s: slower than this the robot stands."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Tell that the robot began to touch something: s since the start, the thing's name, where (map frame, m)."""

    time: float
    thing: str
    x: float
    y: float
    robot_speed: float
    """m/s when it happened: a robot that stood was run into."""


class World:
    """Step physics for a robot among walls, furniture and people.

    Args:
        floor: what stands where.
        robot: the robot's figures.
        people: how many bodies there can be.
        seed: of slip and lidar noise.
    """

    def __init__(self, floor: Floor, robot: Robot, people: int, seed: int) -> None:
        self.floor = floor
        self.steps = 0
        self.bodies = Bodies(people)
        self.base = Base(robot.drive, robot.odometry.slip, STEP, np.random.default_rng([seed, 1]))
        solid = floor.heights > robot.lidar.z
        self.lidar = Lidar(robot.lidar, solid, floor.resolution, floor.origin, np.random.default_rng([seed, 2]))
        self.model = mujoco.MjModel.from_xml_string(hall_xml(floor, robot, people, STEP))
        self.data = mujoco.MjData(self.model)
        self._robot_geom = mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_GEOM, "robot")
        self._touching: set[str] = set()
        self.data.qpos[2] = floor.post.yaw
        self.move_bodies()
        mujoco.mj_forward(self.model, self.data)

    @property
    def time(self) -> float:
        """Return seconds since the start."""
        return self.steps * STEP

    @property
    def pose(self) -> Pose2D:
        """Return the robot's true pose in the map frame."""
        x, y, yaw = self.data.qpos[:3].tolist()
        return Pose2D(self.floor.post.x + x, self.floor.post.y + y, wrap_angle(yaw))

    @property
    def velocity(self) -> tuple[float, float]:
        """Return the robot's true velocity in the map's axes, in m/s."""
        vx, vy = self.data.qvel[:2].tolist()
        return vx, vy

    @property
    def speed(self) -> float:
        """Return the robot's true speed over the floor, in m/s."""
        return math.hypot(*self.velocity)

    def step(self) -> list[Contact]:
        """Advance one physics step; return the contacts that began in it."""
        twist = self.base.step()
        data = self.data
        yaw = data.qpos[2] + 0.5 * STEP * twist.yaw_rate
        data.ctrl[:] = twist.speed * math.cos(yaw), twist.speed * math.sin(yaw), twist.yaw_rate
        mujoco.mj_step(self.model, data)
        self.steps += 1
        if data.ncon == 0 and not self._touching:
            return []
        return self._new_contacts()

    def move_bodies(self) -> None:
        """Put the people's torsos and legs where `bodies` has them."""
        legs, count = self.bodies.legs(), self.bodies.count
        self.data.mocap_pos[0::3, :2] = self.bodies.torsos
        self.data.mocap_pos[1::3, :2] = legs[:count]
        self.data.mocap_pos[2::3, :2] = legs[count:]

    def scan(self) -> npt.NDArray[np.float32]:
        """Return the lidar's ranges now, in m."""
        return self.lidar.scan(self.pose, self.bodies.leg_circles())

    def _new_contacts(self) -> list[Contact]:
        touching: set[str] = set()
        begun = []
        for k in range(self.data.ncon):
            contact = self.data.contact[k]
            other = contact.geom2 if contact.geom1 == self._robot_geom else contact.geom1
            thing = self.model.geom(int(other)).name
            if thing not in touching | self._touching:
                begun.append(Contact(self.time, thing, float(contact.pos[0]), float(contact.pos[1]), self.speed))
            touching.add(thing)
        self._touching = touching
        return begun
