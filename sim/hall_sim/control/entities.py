"""What of the hall can be looked at, moved and taken away by name while it runs: the robot, people, boxes.

Made anew for each request, as people come and go.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import IntEnum

from shapely.geometry import Point, Polygon

from guide_common.geometry import Pose2D
from hall_sim.control.refusals import OPERATION_FAILED, Refused
from hall_sim.control.room import check_boxes, check_inside, check_people, check_robot, check_walls, post
from hall_sim.hall import Hall
from hall_sim.people.crowd import Walker
from hall_sim.people.walkable import Point2
from hall_sim.world.obstacles import Obstacle

ROBOT_NAME = "robot"
STILL = 0.01
"""m/s and rad/s below which nothing moves."""


class Category(IntEnum):
    """Name sorts of entities, with the numbers of simulation_interfaces/EntityCategory."""

    OBJECT = 0
    ROBOT = 1
    HUMAN = 2
    DYNAMIC_OBJECT = 4
    STATIC_OBJECT = 5


@dataclass(frozen=True, slots=True)
class State:
    """Hold where something is and how it moves, along the map's axes: m, rad, m/s, rad/s, m/s², rad/s²."""

    pose: Pose2D
    velocity: Point2 = (0.0, 0.0)
    yaw_rate: float = 0.0
    acceleration: Point2 = (0.0, 0.0)
    yaw_acceleration: float = 0.0

    @property
    def walks(self) -> bool:
        """Tell whether it moves over the floor."""
        return math.hypot(*self.velocity) > STILL

    @property
    def turns(self) -> bool:
        """Tell whether it turns."""
        return abs(self.yaw_rate) > STILL


@dataclass(frozen=True, slots=True)
class Info:
    """Describe an entity."""

    category: Category
    description: str
    tags: tuple[str, ...]


class Entity(ABC):
    """Be one thing of the hall, by its name."""

    def __init__(self, hall: Hall, name: str) -> None:
        self.hall, self.name = hall, name

    @property
    @abstractmethod
    def state(self) -> State:
        """Return the truth about where it is."""

    @property
    @abstractmethod
    def info(self) -> Info:
        """Return what it is."""

    @property
    @abstractmethod
    def outline(self) -> Polygon:
        """Return the floor that it covers, in m, map frame."""

    @property
    @abstractmethod
    def height(self) -> float:
        """Return how high it is, in m."""

    @abstractmethod
    def place(self, state: State) -> None:
        """Put it elsewhere at once; raise Refused."""

    @abstractmethod
    def remove(self) -> None:
        """Take it out of the hall at once; raise Refused."""


class RobotEntity(Entity):
    """Be the robot."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall, ROBOT_NAME)

    @property
    def state(self) -> State:
        """Return the true pose and motion of base_link."""
        world = self.hall.world
        ax, ay, turn = world.data.qacc[:3].tolist()
        return State(world.pose, world.velocity, float(world.data.qvel[2]), (ax, ay), turn)

    @property
    def info(self) -> Info:
        """Return what it is."""
        return Info(Category.ROBOT, "the robot that the graph drives", ("robot",))

    @property
    def outline(self) -> Polygon:
        """Return its circle."""
        return self._outline(self.hall.world.pose)

    @property
    def height(self) -> float:
        """Return how high it is."""
        return self.hall.robot.body.height

    def place(self, state: State) -> None:
        """Lift it elsewhere, driving as it is told; its odometry does not notice."""
        speed, outline = self._speed(state), self._outline(state.pose)
        check_inside(self.hall.world.floor, state.pose)
        check_walls(self.hall.world.floor, outline)
        check_boxes(self.hall, outline)
        check_people(self.hall, outline)
        self.hall.world.put_robot(state.pose, speed, state.yaw_rate)
        self.hall.crowd.put_robot(state.pose)

    def remove(self) -> None:
        """Refuse."""
        raise Refused(OPERATION_FAILED, "the robot cannot be taken out of the hall: the graph drives it")

    def _speed(self, state: State) -> float:
        """Return m/s ahead; raise Refused if the base cannot move like this."""
        (vx, vy), drive = state.velocity, self.hall.robot.drive
        c, s = math.cos(state.pose.yaw), math.sin(state.pose.yaw)
        speed, aside = c * vx + s * vy, c * vy - s * vx
        if abs(aside) > STILL:
            raise Refused(OPERATION_FAILED, f"the robot's wheels cannot move it sideways, at {aside:.2f} m/s")
        if not -drive.max_reverse_speed <= speed <= drive.max_speed or abs(state.yaw_rate) > drive.max_yaw_rate:
            raise Refused(
                OPERATION_FAILED,
                f"the robot drives at {-drive.max_reverse_speed:g} to {drive.max_speed:g} m/s and turns at up to "
                f"{drive.max_yaw_rate:g} rad/s, not at {speed:.2f} m/s and {state.yaw_rate:.2f} rad/s",
            )
        return speed

    def _outline(self, pose: Pose2D) -> Polygon:
        return Point(pose.x, pose.y).buffer(self.hall.robot.body.radius)


class Box(Entity):
    """Be a box that was put into the hall.

    Args:
        hall: where it stands.
        slot: which of the boxes it is.
        box: its name, pose and size.
        posts: who stands for it in the crowd.
    """

    def __init__(self, hall: Hall, slot: int, box: Obstacle, posts: list[Walker]) -> None:
        super().__init__(hall, box.name)
        self._slot, self._box, self._posts = slot, box, posts

    @property
    def state(self) -> State:
        """Return where it stands."""
        return State(self._box.pose)

    @property
    def info(self) -> Info:
        """Return what it is."""
        size = " x ".join(f"{side:g}" for side in self._box.size)
        return Info(Category.STATIC_OBJECT, f"a box of {size} m", ("box", "spawned"))

    @property
    def outline(self) -> Polygon:
        """Return the floor that it covers."""
        return self._box.outline

    @property
    def height(self) -> float:
        """Return how high it is."""
        return self._box.size[2]

    def place(self, state: State) -> None:
        """Put it elsewhere; where there is no room it stays where it was."""
        if state.walks or state.turns:
            raise Refused(OPERATION_FAILED, f"{self.name} is a box and stands still; give it no velocity")
        self.remove()
        try:
            self.put(replace(self._box, pose=state.pose))
        except Refused:
            self.put(self._box)
            raise

    def put(self, box: Obstacle) -> None:
        """Let it stand somewhere; raise Refused."""
        check_inside(self.hall.world.floor, box.pose)
        check_boxes(self.hall, box.outline)
        check_robot(self.hall, box.outline)
        check_people(self.hall, box.outline)
        self._posts.extend(post(self.hall.crowd, box))
        self.hall.world.put_obstacle(self._slot, box)
        self._box = box

    def remove(self) -> None:
        """Take it away."""
        while self._posts:
            self.hall.crowd.leave(self._posts.pop())
        self.hall.crowd.settle()
        self.hall.world.put_obstacle(self._slot, None)
