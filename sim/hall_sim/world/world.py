"""The physical hall: MuJoCo steps, the robot's true pose, what it touches, what its lidar sees."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import NamedTuple

import mujoco
import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Robot
from hall_sim.scenarios.settings_body import BodySettings, LidarSettings
from hall_sim.world.base import Base, Twist2D, loaded
from hall_sim.world.battery import Battery
from hall_sim.world.bodies import Bodies, Bools, Floats
from hall_sim.world.floor import WALL_HEIGHT, Floor
from hall_sim.world.ground import Ground
from hall_sim.world.lidar import Lidar
from hall_sim.world.mjcf import OBSTACLE, dress, hall_xml, set_up
from hall_sim.world.obstacles import Obstacle, Obstacles
from hall_sim.world.optics import Optics, pane_cells

STEP = 0.005
"""s of one physics step."""
TOUCHABLE = 8
"""People that the physics holds, those nearest to the robot: more cannot touch it at once."""
BATTERY_STEPS = 20


@dataclass(frozen=True, slots=True)
class Contact:
    """Tell that the robot began to touch something: s since the start, the thing's name, where (map frame, m)."""

    time: float
    thing: str
    x: float
    y: float
    robot_speed: float
    """m/s when it happened."""
    closing: float
    """m/s at which it moved towards a person until then, who else ran into it; of what stands by itself: its speed."""


class Sight(NamedTuple):
    """Hold what a lidar could see at a time (s since the start): from where, and everybody's legs and chairs."""

    time: float
    pose: Pose2D
    circles: Floats
    lines: Floats
    dark: Bools
    lean: tuple[float, float]


def with_panes(floor: Floor, settings: LidarSettings) -> Floor:
    """Return a floor on which glass and mirrors stand as walls: for feet, wheels and bodies they are."""
    heights = floor.heights.copy()
    for pane in settings.panes:
        heights[pane_cells(pane, heights.shape, floor.resolution, (floor.origin.x, floor.origin.y))] = WALL_HEIGHT
    return replace(floor, heights=heights)


class World:
    """Step physics for a robot among walls, furniture and people.

    Args:
        floor: what stands where; the scenario's panes are put on it.
        robot: the robot's figures.
        people: how many bodies there can be.
        seed: of slip, lidar noise and everything else that is random in sensors and body.
        body: what troubles the sensors and the body.
        midnight: s of the day at which the run starts.
        obstacles: how many boxes can be put into the hall while it runs.
    """

    def __init__(
        self,
        floor: Floor,
        robot: Robot,
        people: int,
        seed: int,
        body: BodySettings | None = None,
        midnight: float = 0.0,
        obstacles: int = 0,
    ) -> None:
        body = body or BodySettings()
        robot = loaded(robot, body.drive.payload)
        self.floor = with_panes(floor, body.lidar) if body.lidar.panes else floor
        self.steps = 0
        self.bodies = Bodies(people)
        self.obstacles = Obstacles(obstacles)
        slip = robot.odometry.slip if body.drive.slip is None else body.drive.slip
        odometry_delay = body.drive.odometry_delay
        self.base = Base(robot.drive, slip, STEP, np.random.default_rng([seed, 1]), odometry_delay)
        self.ground = Ground(body.drive, robot.drive, slip, np.random.default_rng([seed, 7]))
        self.battery = Battery(robot.battery, robot.body.mass, body.charge)
        self.lidar = _make_lidar(self.floor, robot, body.lidar, seed)
        self._robot = robot
        self._midnight = midnight
        self._delay = body.lidar.delay
        self._sights: deque[Sight] = deque()
        self._touchable = min(people, TOUCHABLE)
        self._near = np.arange(self._touchable)
        xml = hall_xml(self.floor, robot, self._touchable, STEP, obstacles)
        self.model = mujoco.MjModel.from_xml_string(xml)
        self.data = mujoco.MjData(self.model)
        self._robot_geom = mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_GEOM, "robot")
        self._touching: set[str] = set()
        self._before = 0.0, 0.0
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
        if self.steps % BATTERY_STEPS == 0:
            self.battery.draw(self.base.wheels.speed, BATTERY_STEPS * STEP)
            self.base.powerless = self.battery.empty
        if not self.ground.even:
            self._feel_ground()
        twist = self.base.step()
        data = self.data
        yaw = data.qpos[2] + 0.5 * STEP * twist.yaw_rate
        data.ctrl[:] = twist.speed * math.cos(yaw), twist.speed * math.sin(yaw), twist.yaw_rate
        self._before = float(data.qvel[0]), float(data.qvel[1])
        mujoco.mj_step(self.model, data)
        self.steps += 1
        if data.ncon == 0 and not self._touching:
            return []
        return self._new_contacts()

    def put_robot(self, pose: Pose2D, speed: float = 0.0, yaw_rate: float = 0.0) -> None:
        """Lift the robot to another pose (map frame) and let it drive there at m/s and rad/s; odometry counts on."""
        data, post = self.data, self.floor.post
        data.qpos[:3] = pose.x - post.x, pose.y - post.y, pose.yaw
        data.qvel[:3] = speed * math.cos(pose.yaw), speed * math.sin(pose.yaw), yaw_rate
        data.qacc[:] = data.qacc_warmstart[:] = 0.0
        self.base.wheels = Twist2D(speed, yaw_rate)
        self._touching.clear()

    def put_obstacle(self, slot: int, obstacle: Obstacle | None) -> None:
        """Put a box into one of the slots; None takes it away."""
        self.obstacles.put(slot, obstacle)
        set_up(self.model, self.data, slot, obstacle)

    def move_bodies(self) -> None:
        """Put the people nearest to the robot where `bodies` has them."""
        if self.bodies.count > self._touchable:
            pose = self.pose
            off = np.hypot(self.bodies.torsos[:, 0] - pose.x, self.bodies.torsos[:, 1] - pose.y)
            self._near = np.sort(np.argpartition(off, self._touchable)[: self._touchable])
        dress(self.data, self.bodies, self._near)
        if self._delay > 0.0:
            self._sights.append(self._look())

    def scan(self) -> npt.NDArray[np.float32]:
        """Return the lidar's ranges now, in m; with a delay, what it saw then."""
        sight = self._look()
        while len(self._sights) > 1 and self._sights[1].time <= self.time - self._delay + 1e-9:
            self._sights.popleft()
        if self._sights:
            sight = self._sights[0]
        clock = self._midnight + sight.time
        return self.lidar.scan(sight.pose, sight.circles, sight.lines, sight.dark, clock, sight.lean)

    def _look(self) -> Sight:
        bodies, lines = self.bodies, self.bodies.chair_lines()
        if self.obstacles:
            lines = np.concatenate([lines, self.obstacles.lines(self._robot.lidar.z)])
        seen = (bodies.leg_circles(), lines, bodies.dark_legs())
        return Sight(self.time, self.pose, *seen, self.ground.lean)

    def _feel_ground(self) -> None:
        wheels = self.base.wheels
        if wheels.speed == 0.0 and wheels.yaw_rate == 0.0:
            return
        pose, half = self.pose, self._robot.drive.wheel_separation / 2.0
        way = (abs(wheels.speed) + half * abs(wheels.yaw_rate)) * STEP
        self.base.shares = self.ground.shares(pose.x, pose.y, pose.yaw, way)
        self.base.slip = self.ground.slip(pose.x, pose.y)

    def _new_contacts(self) -> list[Contact]:
        touching: set[str] = set()
        begun = []
        for k in range(self.data.ncon):
            contact = self.data.contact[k]
            other = contact.geom2 if contact.geom1 == self._robot_geom else contact.geom1
            thing = self._name(self.model.geom(int(other)).name)
            if thing not in touching | self._touching:
                x, y = float(contact.pos[0]), float(contact.pos[1])
                closing = self._closing(x, y) if thing.startswith("person_") else math.hypot(*self._before)
                begun.append(Contact(self.time, thing, x, y, self.speed, closing))
            touching.add(thing)
        self._touching = touching
        return begun

    def _closing(self, x: float, y: float) -> float:
        """Return m/s at which the robot moved towards a point (map frame, m) before what is there pushed it."""
        pose, (vx, vy) = self.pose, self._before
        dx, dy = x - pose.x, y - pose.y
        return (vx * dx + vy * dy) / max(math.hypot(dx, dy), 1e-6)

    def _name(self, geom: str) -> str:
        """Return the name of what a geom is just now: a person by their own index, a box by its own name."""
        if geom.startswith(OBSTACLE):
            obstacle = self.obstacles.slots[int(geom.removeprefix(OBSTACLE))]
            return obstacle.name if obstacle is not None else geom
        if not geom.startswith("person_"):
            return geom
        _, slot, part = geom.split("_")
        return f"person_{self._near[int(slot)]}_{part}"


def _make_lidar(floor: Floor, robot: Robot, settings: LidarSettings, seed: int) -> Lidar:
    solid = floor.heights > robot.lidar.z
    for pane in settings.panes:
        solid[pane_cells(pane, solid.shape, floor.resolution, (floor.origin.x, floor.origin.y))] = False
    noise = np.random.default_rng([seed, 2])
    optics = None if settings == LidarSettings() else Optics(settings, np.random.default_rng([seed, 8]))
    return Lidar(robot.lidar, solid, floor.resolution, floor.origin, noise, optics)
