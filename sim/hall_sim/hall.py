"""The whole simulated hall in one object, without ROS: world, crowd, visitor, sound; and its clock.

One tick is 20 ms (50 Hz, the rate of the clock and of odometry): four physics
steps; the crowd moves at 20 Hz, the lidar and the microphone come at 10 Hz.
Everything random comes from the seed, so the same seed and the same commands
give the same hall, bit for bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from guide_common.robot import Robot
from hall_sim.people.crowd import AIR, CLOSE_RANGE, PERIOD, PERSON_RADIUS, REPULSION_RANGE, Crowd
from hall_sim.people.errands import Errand
from hall_sim.people.kinds import ADULT
from hall_sim.people.scripted import ScriptedBoxes, ScriptedPeople
from hall_sim.people.staff import BackOffice
from hall_sim.people.walkable import Point2, Walkable
from hall_sim.people.wandering import Wandering
from hall_sim.scenarios.scenario import Scenario
from hall_sim.scenarios.settings_people import VisitorSettings
from hall_sim.sound.microphone import Microphone
from hall_sim.sound.voice import VOICES
from hall_sim.visitor.mind import Answer, VisitorMind, tells
from hall_sim.visitor.visitor import Happening, Phase, Visitor
from hall_sim.world.bodies import Bodies
from hall_sim.world.floor import Floor
from hall_sim.world.world import STEP, Contact, World

TICK = 0.02
"""s."""
TICK_STEPS = round(TICK / STEP)
CROWD_STEPS = round(PERIOD / STEP)
SCAN_TICKS = 5
VISITOR = 0
"""Index of the visitor's body; the others follow."""


@dataclass(slots=True)
class Tick:
    """Hold what a tick brought: s since the start, new contacts, and at 10 Hz the scan and the sound."""

    time: float
    contacts: list[Contact] = field(default_factory=list)
    scan: npt.NDArray[np.float32] | None = None
    audio: npt.NDArray[np.int16] | None = None
    answer: Answer | None = None
    happened: list[Happening] = field(default_factory=list)
    """What the visitor began, ended or could not do besides following."""
    set_down: list[str] = field(default_factory=list)
    """Boxes of the scenario that were put into the hall."""


class Hall:
    """Simulate a floor with its robot, its people and one visitor.

    Args:
        floor: what stands where.
        robot: the robot's figures.
        scenario: the people and the visitor.
        seed: of everything random.
        guests: how many people can be let in besides them while it runs.
        obstacles: how many boxes can be put into it while it runs.
    """

    def __init__(
        self, floor: Floor, robot: Robot, scenario: Scenario, seed: int, guests: int = 0, obstacles: int = 0
    ) -> None:
        self.scenario, self.robot = scenario, robot
        self._seed = seed
        self._made_from = floor, guests, obstacles
        self.restart()

    def restart(self) -> None:
        """Begin anew, as at the start: what happens from here on is the same run again, without guests and boxes."""
        (floor, guests, obstacles), scenario, seed = self._made_from, self.scenario, self._seed
        self._person = scenario.visitor
        midnight = scenario.start.hour * 3600.0 + scenario.start.minute * 60.0 + scenario.start.second
        bodies = 1 + scenario.crowd.bodies + self._behind(scenario) + guests + len(scenario.walkers)
        boxes = obstacles + len(scenario.boxes)
        self.world = World(floor, self.robot, bodies, seed, scenario.body, midnight, boxes)
        floor = self.world.floor
        walkable = Walkable(floor, (floor.post.x, floor.post.y), PERSON_RADIUS + AIR)
        close = CLOSE_RANGE if scenario.crowd.close else REPULSION_RANGE
        self.crowd = Crowd(walkable, floor.post, around_seats=scenario.crowd.queues, shyness=close)
        self.mind = VisitorMind(scenario.visitor, np.random.default_rng([seed, 3]))
        self.visitor = Visitor(self.crowd, floor, scenario.visitor, self.mind, np.random.default_rng([seed, 4]))
        choices, casting = np.random.default_rng([seed, 5]), np.random.default_rng([seed, 9])
        self.wandering = Wandering(self.crowd, floor, scenario.crowd, self._kept_clear(floor), choices, casting)
        self.back_office = BackOffice(floor, walkable, self._behind(scenario), np.random.default_rng([seed, 10]))
        self.guests = [Errand(expected=False) for _ in range(guests)]
        """Bodies for people who were not in the scenario."""
        self.scripted = ScriptedPeople(self.crowd, scenario.walkers, np.random.default_rng([seed, 12]))
        self.boxes = ScriptedBoxes(self.world, scenario.boxes, np.random.default_rng([seed, 13]))
        rows, columns = floor.heights.shape
        size = columns * floor.resolution, rows * floor.resolution
        self.microphone = Microphone(np.random.default_rng([seed, 6]), scenario.sound, size)
        self._dress(np.random.default_rng([seed, 11]))
        self.ticks = 0

    @property
    def time(self) -> float:
        """Return s since the start."""
        return self.ticks * TICK

    @property
    def bodies(self) -> Bodies:
        """Return everybody's body; index 0 is the visitor."""
        return self.world.bodies

    def robot_state(self, state: str, choices: tuple[str, ...] = (), procedure: str = "") -> None:
        """Show the visitor the robot's dialogue state; they come in once it is ready."""
        if tells("ready", state):
            self.visitor.let_in()
        self.mind.notice(state, choices, procedure, self.time)

    def robot_speaks(self, speaks: bool) -> None:
        """Let the visitor hear that the robot begins or ends to speak."""
        self.mind.robot_speaks(speaks, self.time)

    def tick(self) -> Tick:
        """Advance 20 ms."""
        contacts: list[Contact] = []
        happened = len(self.visitor.happened)
        for _ in range(TICK_STEPS):
            if self.world.steps % CROWD_STEPS == 0:
                self._move_people()
            contacts += self.world.step()
        self.ticks += 1
        tick = Tick(self.time, contacts, happened=self.visitor.happened[happened:])
        tick.set_down = self.boxes.step(self.time, self.world.pose)
        if self.ticks % SCAN_TICKS == 0:
            tick.scan = self.world.scan()
            tick.answer = self._converse()
            tick.audio = self.microphone.chunk(self.visitor_distance()) if self.microphone.aloud else None
        return tick

    @property
    def visitor_gone(self) -> bool:
        """Tell whether the visitor has left the hall, or has not come in yet."""
        return self.visitor.walker is None

    def receive(self, visitor: VisitorSettings, number: int) -> None:
        """Let another visitor come, the `number`th, once the one before has gone."""
        self._person = visitor
        self.mind = VisitorMind(visitor, np.random.default_rng([self._seed, 3, number]))
        rng = np.random.default_rng([self._seed, 4, number])
        self.visitor = Visitor(self.crowd, self.world.floor, visitor, self.mind, rng)
        black = rng.random() < self.scenario.body.lidar.black_shoes
        self.bodies.embody(VISITOR, self.visitor.character.kind, bool(black))

    def dismiss(self) -> None:
        """Let the visitor leave, whatever they are at; one who has not come in does not come."""
        if self.visitor.walker is None:
            self.visitor.phase = Phase.GONE
        else:
            self.visitor.leave()

    def visitor_distance(self) -> float:
        """Return m from the robot to the visitor; infinite while outside."""
        at, pose = self.visitor.position, self.world.pose
        return math.inf if at is None else math.dist(at, (pose.x, pose.y))

    def _move_people(self) -> None:
        pose, velocity, time = self.world.pose, self.world.velocity, self.world.time
        self.visitor.step(time, pose, velocity)
        self.wandering.step(time, velocity)
        self.back_office.step(time)
        self.scripted.step(time, pose)
        self.crowd.step(pose, velocity)
        walkers = [
            self.visitor.walker,
            *(errand.walker for errand in self.wandering.errands),
            *self.back_office.walkers,
            *(guest.walker for guest in self.guests),
            *(actor.walker for actor in self.scripted.actors),
        ]
        for index in np.flatnonzero(self.bodies.present).tolist():
            if walkers[index] is None:
                self.bodies.remove(index)
        inside = [(index, walker) for index, walker in enumerate(walkers) if walker is not None]
        for index, walker in inside:
            if self.bodies.kinds[index] is not walker.kind:
                self.bodies.embody(index, walker.kind, bool(self.bodies.dark[index]))
        if inside:
            who = np.array([index for index, _ in inside])
            poses = np.array([value for _, walker in inside for value in (*walker.position, walker.heading)])
            postures = np.array([walker.posture for _, walker in inside], dtype=np.int8)
            self.bodies.place_all(who, poses.reshape(-1, 3), postures, PERIOD)
        self.world.move_bodies()

    def _dress(self, rng: np.random.Generator) -> None:
        """Give everybody their body, and some people black shoes."""
        dark = rng.random(self.bodies.count) < self.scenario.body.lidar.black_shoes
        kinds = [self.visitor.character.kind, *(errand.kind for errand in self.wandering.errands)]
        for index, black in enumerate(dark.tolist()):
            self.bodies.embody(index, kinds[index] if index < len(kinds) else ADULT, black)

    @staticmethod
    def _behind(scenario: Scenario) -> int:
        """Return how many of the staff stay behind the counters: half as many again as walk about in the hall."""
        return round(0.5 * scenario.crowd.staff * scenario.crowd.people)

    def _converse(self) -> Answer | None:
        if self.visitor_distance() > 4.0:
            return None
        answer = self.mind.think(self.time)
        if answer is None:
            return None
        length = 0.5
        if not answer.touch:
            person = self._person
            length = self.microphone.say(answer.text, person.voice or VOICES[person.lang], person.rate, person.pitch)
        self.mind.spoke_until(self.time + length)
        return answer

    def _kept_clear(self, floor: Floor) -> list[Point2]:
        """Return where nobody may linger: the robot's post, the meeting point, where the run should end."""
        post = floor.post
        points = [(post.x, post.y), (post.x + math.cos(post.yaw), post.y + math.sin(post.yaw))]
        goal = floor.spots.get(self.scenario.expect.place)
        return points + ([(goal.stand.x, goal.stand.y)] if goal is not None else [])
