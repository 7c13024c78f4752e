"""The people of the hall as entities: who is in the crowd, the visitor, the staff behind the counters."""

from __future__ import annotations

import math

from shapely.geometry import Point, Polygon

from guide_common.geometry import Pose2D, wrap_angle
from hall_sim.control.entities import Category, Entity, Info, State
from hall_sim.control.refusals import INVALID_POSE, OPERATION_FAILED, Refused
from hall_sim.control.room import ahead, at
from hall_sim.hall import VISITOR, Hall
from hall_sim.people.crowd import PERIOD, Walker
from hall_sim.people.errands import Errand

VISITOR_NAME = "visitor"
EXACT = 0.05
"""m that somebody may stand beside the point asked for: the air that the crowd keeps from walls."""
WORDS = {
    "adult": "an adult",
    "elderly": "an elderly person",
    "child": "a child",
    "wheelchair": "somebody in a wheelchair",
}


class Person(Entity):
    """Be somebody who is in the hall.

    Args:
        hall: where they are.
        name: theirs.
        index: of their body.
        walker: theirs.
        tags: what they are besides a person of their kind.
    """

    def __init__(self, hall: Hall, name: str, index: int, walker: Walker, *tags: str) -> None:
        super().__init__(hall, name)
        self.index, self.walker, self._tags = index, walker, tags

    @property
    def state(self) -> State:
        """Return where their torso is; how fast they turn and gather speed is not known."""
        bodies, heading = self.hall.bodies, wrap_angle(self.walker.heading)
        if not bodies.present[self.index]:  # before the first tick nobody has a body yet
            return State(Pose2D(*self.walker.position, heading))
        x, y = bodies.torsos[self.index].tolist()
        vx, vy = bodies.velocities[self.index].tolist()
        return State(Pose2D(x, y, heading), (vx, vy))

    @property
    def info(self) -> Info:
        """Return what they are."""
        kind = self.walker.kind.name
        return Info(Category.HUMAN, WORDS[kind], ("person", kind, *self._tags))

    @property
    def outline(self) -> Polygon:
        """Return the circle that others walk around."""
        pose = self.state.pose
        return Point(pose.x, pose.y).buffer(self.walker.kind.radius)

    @property
    def height(self) -> float:
        """Return how high they are."""
        return self.walker.kind.height

    def place(self, state: State) -> None:
        """Refuse: who is not part of the crowd cannot be moved."""
        raise Refused(OPERATION_FAILED, self._elsewhere())

    def remove(self) -> None:
        """Refuse: who is not part of the crowd cannot be taken out of it."""
        raise Refused(OPERATION_FAILED, self._elsewhere())

    def show(self) -> None:
        """Give them their body at once, where they are; it appears there and does not move."""
        bodies, walker = self.hall.bodies, self.walker
        if bodies.kinds[self.index] is not walker.kind:
            bodies.embody(self.index, walker.kind, bool(bodies.dark[self.index]))
        bodies.remove(self.index)
        bodies.place(self.index, *walker.position, walker.heading, PERIOD, walker.posture)
        self.hall.world.move_bodies()

    def hide(self) -> None:
        """Take their body away at once."""
        self.hall.bodies.remove(self.index)
        self.hall.world.move_bodies()

    def check(self, pose: Pose2D) -> None:
        """Raise Refused where nobody of their kind can stand."""
        walkable, point = self.hall.crowd.walkable_for(self.walker.kind), (pose.x, pose.y)
        if math.dist(walkable.snap(point), point) > EXACT:
            raise Refused(INVALID_POSE, f"{at(pose)} is not in the part of the hall where {self.name} can stand")

    def no_room(self, pose: Pose2D) -> Refused:
        """Return why they cannot be put somewhere where they could stand."""
        return Refused(
            INVALID_POSE, f"there is no room for {self.name} at {at(pose)}: somebody or something is too near"
        )

    def _elsewhere(self) -> str:
        return f"{self.name} works behind the counters and is no part of the crowd"


class Passer(Person):
    """Be somebody of the crowd, with what they are about.

    Args:
        hall: where they are.
        name: theirs.
        index: of their body.
        errand: theirs; they must be inside.
        tags: what they are besides a person of their kind.
    """

    def __init__(self, hall: Hall, name: str, index: int, errand: Errand, *tags: str) -> None:
        assert errand.walker is not None
        super().__init__(hall, name, index, errand.walker, *tags)
        self._errand = errand

    def place(self, state: State) -> None:
        """Put them elsewhere; they think of something new to do. Given a velocity they first walk straight on."""
        if state.turns:
            raise Refused(OPERATION_FAILED, "people cannot be given a yaw rate; give them a heading, or a velocity")
        self.check(state.pose)
        if not self.hall.crowd.put(self.walker, (state.pose.x, state.pose.y)):
            raise self.no_room(state.pose)
        self.hall.wandering.goals.drop(self._errand)
        self._errand.detour, self._errand.leaving, self._errand.stay = True, False, 0.0
        self.walker.heading = self.walker.facing = state.pose.yaw
        if state.walks:
            self._walk(state)
        self.show()
        self.hall.bodies.velocities[self.index] = state.velocity

    def remove(self) -> None:
        """Let them be gone; they do not come back."""
        self.hall.crowd.leave(self.walker)
        self.hall.crowd.settle()
        self.hall.wandering.goals.drop(self._errand)
        self._errand.walker, self._errand.expected = None, False
        self.hide()

    def _walk(self, state: State) -> None:
        walker, (vx, vy) = self.walker, state.velocity
        walkable = self.hall.crowd.walkable_for(walker.kind)
        walker.pace, walker.heading = math.hypot(vx, vy), math.atan2(vy, vx)
        walker.way = [ahead(walkable, walker.position, state.velocity)]


class VisitorEntity(Person):
    """Be the visitor, who goes on with what they were about wherever they are put; they must be inside."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall, VISITOR_NAME, VISITOR, hall.visitor.standing, "visitor")

    def place(self, state: State) -> None:
        """Put them elsewhere."""
        if state.walks or state.turns:
            raise Refused(OPERATION_FAILED, "the visitor walks as they like; give them a pose without a velocity")
        self.check(state.pose)
        if not self.hall.visitor.put((state.pose.x, state.pose.y), state.pose.yaw):
            raise self.no_room(state.pose)
        self.show()

    def remove(self) -> None:
        """Let them be gone."""
        self.hall.visitor.vanish()
        self.hall.crowd.settle()
        self.hide()
