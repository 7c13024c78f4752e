"""The crowd: JuPedSim's pedestrians, each steered along its own way by what it wants.

Model: collision-free speed (Tordeux, Chraibi and Seyfried, 2016) in JuPedSim's
second variant. The robot is one of the agents. An agent's position cannot be
set, so the robot's agent is taken out and put in again when it is more than
0.1 m off; when that is refused (somebody is too near) it is tried again, and
until then people still stop short of the robot by themselves.
"""

from __future__ import annotations

import math

import jupedsim

from guide_common.geometry import Pose2D
from hall_sim.people.kinds import ADULT, Kind
from hall_sim.people.walkable import Point2, Walkable
from hall_sim.world.bodies import STANDING

PERIOD = 0.05
"""s of one step of the crowd."""
PERSON_RADIUS = ADULT.radius
AIR = 0.03
"""m that a walker keeps from walls."""
ROBOT_RADIUS = 0.3
"""m: the robot's body and a little air."""
AMONG_SEATS = 0.15
"""m off the aisles from which somebody is among the seats."""
REPLACE_BEYOND = 0.1
STOP_SHORT = 0.75
"""m between middles: nearer to the robot nobody walks towards it."""
ARRIVED = 0.08
"""m from the end of a way at which a walker stands."""
REPULSION_RANGE, CLOSE_RANGE = 0.3, 0.12
"""m: JuPedSim's figure for how early people give way to one another: with room, and in lines, groups and crowds.

With its strength of 8 nobody gets nearer than ln 8 times this to somebody in their way.
"""
SHUFFLES_AFTER, SHUFFLE = 1.5, 0.35
"""s without progress after which somebody in a jam takes small steps, and m/s of these."""
PROGRESS = 0.5
"""m that somebody who gets on has gone since the last time."""


class Walker:
    """Be one person of the crowd: where they are, and the way they are on.

    Attributes:
        way: the corners still ahead; empty when the walker stands.
        pace: m/s at which they walk.
        held: s for which they have stood because the robot is in front of them.
        stuck: s for which they have not got on in a jam.
        looks: rad where they look while they stand on their way.
        shyness: m of JuPedSim's repulsion between people.
        claimed: whether somebody else's doings decide where they go.
    """

    def __init__(self, agent: int, position: Point2, pace: float, kind: Kind = ADULT) -> None:
        self.kind = kind
        self.posture = STANDING
        self.claimed = False
        self.agent = agent
        self.position = position
        self.pace = pace
        self.heading = 0.0
        self.facing: float | None = None
        self.looks: float | None = None
        self.shyness = REPULSION_RANGE
        self.way: list[Point2] = []
        self.held = 0.0
        self.stuck = 0.0
        self.sent: tuple[Point2, float] = (position, pace)
        self.anchor = position

    def stand(self, facing: float | None = None) -> None:
        """Stop, and turn to a heading (rad)."""
        self.way = []
        self.facing = facing
        self.stuck = 0.0


class Crowd:
    """Move walkers among each other and around the robot.

    Args:
        walkable: where they can walk.
        robot: where the robot is at the start.
        around_seats: whether only those go between rows of seats who sit there.
        shyness: m; how early people give way to one another and to the robot.
    """

    def __init__(
        self, walkable: Walkable, robot: Pose2D, around_seats: bool = False, shyness: float = REPULSION_RANGE
    ) -> None:
        self.walkable = walkable
        self.robot = robot
        self.walkers: list[Walker] = []
        self._wider: dict[str, Walkable] = {}
        self._around_seats = around_seats
        self._shyness = shyness
        self._around: dict[float, Walkable] = {}
        self._simulation = jupedsim.Simulation(
            model=jupedsim.CollisionFreeSpeedModelV2(), geometry=walkable.area, dt=PERIOD
        )
        self._stage = self._simulation.add_direct_steering_stage()
        self._journey = self._simulation.add_journey(jupedsim.JourneyDescription([self._stage]))
        self._robot_agent: int | None = None
        self._place_robot()

    def enter(self, position: Point2, pace: float, shyness: float | None = None, kind: Kind = ADULT) -> Walker | None:
        """Let somebody in at a point; None when there is no room just now; `shyness` is the crowd's unless given."""
        position = self.walkable_for(kind).snap(position)
        if math.dist(position, (self.robot.x, self.robot.y)) < STOP_SHORT + kind.reach:
            return None
        shyness = self._shyness if shyness is None else shyness
        agent = self._add(position, kind.radius, pace, shyness)
        if agent is None:
            return None
        walker = Walker(agent, position, pace, kind)
        walker.shyness = shyness
        self.walkers.append(walker)
        return walker

    def put(self, walker: Walker, position: Point2) -> bool:
        """Put somebody elsewhere at once, to stand there; False when there is no room."""
        position = self.walkable_for(walker.kind).snap(position)
        self.settle()
        agent = self._add(position, walker.kind.radius, walker.pace, walker.shyness)
        if agent is not None:
            self._simulation.mark_agent_for_removal(walker.agent)
            walker.agent = agent
        elif not self._step_over(walker, position):
            return False
        walker.position, walker.sent, walker.anchor = position, (position, walker.pace), position
        walker.held = 0.0
        walker.stand(walker.facing)
        return True

    def put_robot(self, robot: Pose2D) -> None:
        """Put the robot elsewhere at once."""
        if self._robot_agent is not None:
            self._simulation.mark_agent_for_removal(self._robot_agent)
        self._robot_agent, self.robot = None, robot
        self.settle()
        self._place_robot()

    def settle(self) -> None:
        """Let go of the places of those who have left, while nobody moves."""
        for walker in self.walkers:
            self._simulation.agent(walker.agent).model.desired_speed = 0.0
            walker.sent = walker.sent[0], 0.0
        if self._robot_agent is not None:
            self._simulation.agent(self._robot_agent).model.desired_speed = 0.0
        self._simulation.iterate()

    def leave(self, walker: Walker) -> None:
        """Take somebody out."""
        self._simulation.mark_agent_for_removal(walker.agent)
        self.walkers.remove(walker)

    def walkable_for(self, kind: Kind) -> Walkable:
        """Return where somebody of a kind can go: a wheelchair not through every gap."""
        if kind.radius <= PERSON_RADIUS:
            return self.walkable
        if kind.name not in self._wider:
            self._wider[kind.name] = self.walkable.wider(kind.radius + AIR)
        return self._wider[kind.name]

    def route(self, walker: Walker, goal: Point2, start: Point2 | None = None) -> list[Point2]:
        """Return the corners of a walker's shortest way to a goal, from where they are or from `start`."""
        walkable, start = self.walkable_for(walker.kind), start or walker.position
        if not self._around_seats:
            return walkable.route(start, goal)
        if walkable.radius not in self._around:
            self._around[walkable.radius] = walkable.around_seats()
        around = self._around[walkable.radius]
        out, into = around.snap(start), around.snap(goal)
        way = [] if math.dist(out, start) < AMONG_SEATS else walkable.route(start, out)
        way += around.route(out, into)
        return way if math.dist(into, goal) < AMONG_SEATS else way + walkable.route(into, goal)

    def nearest(self, point: Point2, within: float, besides: Walker) -> Walker | None:
        """Return who walks or stands nearest to a point and is on nobody else's business; None within m of it."""
        free = [w for w in self.walkers if w is not besides and not w.claimed and w.posture == STANDING]
        found = min(free, key=lambda walker: math.dist(walker.position, point), default=None)
        return found if found is not None and math.dist(found.position, point) < within else None

    def step(self, robot: Pose2D, velocity: tuple[float, float]) -> None:
        """Advance 50 ms; `robot` is its true pose, `velocity` in m/s along the map's axes."""
        self.robot = robot
        for walker in self.walkers:
            self._steer(walker)
        lost = self._steer_robot(velocity)
        self._simulation.iterate()
        for walker in self.walkers:
            self._follow(walker)
        if lost:
            self._place_robot()

    def _add(self, position: Point2, radius: float, pace: float, shyness: float) -> int | None:
        figures = jupedsim.CollisionFreeSpeedModelV2AgentParameters(
            position=position,
            desired_speed=pace,
            radius=radius,
            range_neighbor_repulsion=shyness,
            journey_id=self._journey,
            stage_id=self._stage,
        )
        try:
            agent = self._simulation.add_agent(figures)
        except RuntimeError:
            return None  # too near to somebody or to a wall: JuPedSim tells it this way only
        self._simulation.agent(agent).target = position
        return int(agent)

    def _step_over(self, walker: Walker, position: Point2) -> bool:
        """Put somebody so near to where they are that they stand in their own way; tell whether there was room."""
        near = ROBOT_RADIUS + REPLACE_BEYOND, (self.robot.x, self.robot.y)
        others = [(other.kind.radius, other.position) for other in self.walkers if other is not walker] + [near]
        if any(math.dist(position, at) < walker.kind.radius + radius + 0.01 for radius, at in others):
            return False
        self._simulation.mark_agent_for_removal(walker.agent)
        self.settle()
        agent = self._add(position, walker.kind.radius, walker.pace, walker.shyness)
        assert agent is not None, f"JuPedSim has no room at {position}, where nobody is"
        walker.agent = agent
        return True

    def _steer(self, walker: Walker) -> None:
        while len(walker.way) > 1 and math.dist(walker.position, walker.way[0]) < 0.4:
            walker.way.pop(0)
        if walker.way and math.dist(walker.position, walker.way[-1]) < ARRIVED:
            walker.stand(walker.facing)
        walking = bool(walker.way) and walker.pace > 0.0
        blocked = walking and self.robot_ahead(walker, walker.way[0])
        walker.held = walker.held + PERIOD if blocked else 0.0
        target = walker.way[0] if walker.way else walker.position
        speed = walker.pace if walking and not blocked else 0.0
        if walker.stuck > SHUFFLES_AFTER:
            speed = min(speed, SHUFFLE)
        if (target, speed) != walker.sent:  # what the agent knows already is not told again: that costs more than it
            agent = self._simulation.agent(walker.agent)
            agent.target = target
            agent.model.desired_speed = speed
            walker.sent = target, speed

    def robot_ahead(self, walker: Walker, towards: Point2) -> bool:
        """Tell whether the robot is so near, and in the direction of a point, that a walker stops."""
        dx, dy = self.robot.x - walker.position[0], self.robot.y - walker.position[1]
        distance = math.hypot(dx, dy)
        if distance > STOP_SHORT + walker.kind.reach:
            return False
        wx, wy = towards[0] - walker.position[0], towards[1] - walker.position[1]
        return wx * dx + wy * dy > 0.1 * distance * math.hypot(wx, wy)

    def _follow(self, walker: Walker) -> None:
        old = walker.position
        if walker.sent[1] > 0.0:  # who has no speed is not moved
            walker.position = self._simulation.agent(walker.agent).position
        moved = math.dist(old, walker.position)
        # Whoever is pushed to and fro in a jam moves, but gets nowhere: what counts is the way from where they were.
        if not walker.way or walker.pace <= 0.05 or math.dist(walker.anchor, walker.position) > PROGRESS:
            walker.anchor, walker.stuck = walker.position, 0.0
        else:
            walker.stuck += PERIOD
        if moved > 0.1 * PERIOD:
            aim = math.atan2(walker.position[1] - old[1], walker.position[0] - old[0])
        elif walker.looks is not None:
            aim = walker.looks
        elif walker.facing is not None and not walker.way:
            aim = walker.facing
        else:
            return
        walker.heading += 0.3 * math.remainder(aim - walker.heading, math.tau)

    def _steer_robot(self, velocity: tuple[float, float]) -> bool:
        """Give the robot's agent the robot's motion; tell whether it has to be put in anew."""
        if self._robot_agent is None:
            return True
        agent = self._simulation.agent(self._robot_agent)
        here = (self.robot.x, self.robot.y)
        if math.dist(agent.position, here) > REPLACE_BEYOND:
            self._simulation.mark_agent_for_removal(self._robot_agent)
            self._robot_agent = None
            return True
        speed = math.hypot(*velocity)
        ahead = (here[0] + velocity[0], here[1] + velocity[1])
        moving = speed > 0.05 and self.walkable.contains(ahead)
        agent.target = ahead if moving else agent.position
        agent.model.desired_speed = speed if moving else 0.0
        return False

    def _place_robot(self) -> None:
        self._robot_agent = self._add((self.robot.x, self.robot.y), ROBOT_RADIUS, 0.0, REPULSION_RANGE)
