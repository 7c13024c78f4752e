"""The whole robot in one process: base contract in (odometry, scan, words), command and captions out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from counter_map.model import Site
from dialogue.conversation import Conversation, LookupAnswer, Phrasebook, PlaceFacts
from dialogue.conversation.attention import Attention, SeenPerson
from dialogue.conversation.facts import load_site_facts
from dialogue.conversation.memory import MemoryFile
from dialogue.languages import languages
from dialogue.reception import Reception, Shown, Surroundings
from guidance.escort_visitor import Person
from guide_common.frames import FrameTree
from guide_common.geometry import Pose2D
from guide_common.robot import Robot
from hall_sim.stack.desk import SiteDesk
from hall_sim.stack.guide import StackGuide, StackHoming
from hall_sim.stack.mouth import Length, TimedMouth, reading_length
from hall_sim.stack.pilot import Pilot
from navigation.costmap import InflationParams, LayeredCostmap
from navigation.floor_zones import FloorData, with_zones
from navigation.grid import load_map
from navigation.guard import Guard, GuardParams
from navigation.likelihood import field_of
from navigation.localisation import Localisation
from navigation.localiser import FilterParams, ParticleFilter
from navigation.navigator_floor import Floor
from navigation.people import PeopleTracker, Track

GUARD_FAR = 5.0
"""m; beyond it nothing can matter to the guard."""
CONTROL_MS, GUARD_MS, SLOW_MS = 50, 40, 100
"""ms between control cycles, guard cycles, and steps of guide and dialogue, as in the graph."""
VOUCH_MS = 60
"""ms between two refreshments of map→odom."""

Timer = Callable[[str], AbstractContextManager[object]]


@dataclass
class Outputs:
    """Hold what the robot shows of itself; times are those of the clock that it is given (s)."""

    on_caption: Callable[[str, str], None] = lambda speaker, text: None
    on_state: Callable[[Shown], None] = lambda shown: None
    on_speaking: Callable[[bool], None] = lambda speaks: None
    on_line: Callable[[str, str], None] = lambda text, language: None
    timer: Timer = field(default=lambda part: nullcontext())


class AlwaysWell:
    """Be the health of a robot whose parts share one process."""

    def pid(self, name: str) -> int:
        """Return the same number for every part."""
        return 1

    def failed(self, name: str) -> bool:
        """Tell that nothing has failed."""
        return False

    def working(self, name: str) -> bool:
        """Tell that everything works."""
        return True


class RobotStack:
    """Run localisation, tracking, navigation, guard, guide and dialogue on one clock.

    Args:
        robot: its figures.
        site: the site.
        floor: where it stands; it begins at the floor's post.
        seed: of the particle filter.
        out: where it shows what it does.
        length: how long a line takes to say, in s.
    """

    def __init__(
        self, robot: Robot, site: Site, floor: str, seed: int, out: Outputs, length: Length = reading_length
    ) -> None:
        self.site = site
        self.now = 0.0
        self.frames = FrameTree()
        self.guard = Guard(
            robot.drive, robot.body.radius, GuardParams(), Pose2D(robot.lidar.x, robot.lidar.y, robot.lidar.yaw)
        )
        self.tracks: list[Track] = []
        self.scan: tuple[float, npt.NDArray[np.float32]] | None = None
        """The stamp (s) and the ranges (m) of the scan that came last, for whoever looks on."""
        self._robot, self._out = robot, out
        self._later: deque[Callable[[], None]] = deque()
        self._mount = Pose2D(robot.lidar.x, robot.lidar.y, robot.lidar.yaw)
        self._angles: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._people: list[Person] | None = None
        self._spoke = False
        self._due: dict[int, int] = {}
        self._map = Floor(InflationParams(robot_radius=robot.body.radius))
        self.localisation = Localisation(ParticleFilter(FilterParams(), seed))
        self.tracker = PeopleTracker()
        self.pilot = Pilot(robot, self._map, self.frames)
        self._make_dialogue(site, floor, length)
        self._post = site.post(floor).stand
        self.take_floor(_floor_data(site, floor))

    def _make_dialogue(self, site: Site, floor: str, length: Length) -> None:
        later = self._later.append
        self.desk = SiteDesk(site, floor, self._clock, later, self._answered, self._places_answered)
        self.guide = StackGuide(
            self.pilot, self.desk.destinations, floor, later, self._guide_feedback, self._guide_ended
        )
        self._homing = StackHoming(self.pilot, later, lambda succeeded: self.reception.home_ended(succeeded))
        self.mouth = TimedMouth(self._clock, self._caption, length, self._out.on_line)
        around = Surroundings(
            self.mouth, self.guide, self._homing, self.desk, AlwaysWell(), self._clock, lambda: self.pose
        )
        facts = load_site_facts(site.folder, floor)
        books = {code: Phrasebook(code) for code in languages()}
        conversation = Conversation(facts, "vi", languages())
        self.reception = Reception(conversation, Attention(), MemoryFile(""), books, around, self._out.on_state)

    @property
    def pose(self) -> Pose2D | None:
        """Return where the robot thinks that it is, in the map; None while it does not know."""
        return self.frames.fresh("map", "base_link", self.now)

    @property
    def costmap(self) -> LayeredCostmap | None:
        """Return what the planner's costs are now; None before the first map."""
        return self._map.costmap

    @property
    def doing(self) -> tuple[str, str]:
        """Return what it does, and why where that needs to be said."""
        talk = self.reception.conversation
        return talk.state, talk.reason

    @property
    def command(self) -> tuple[float, float]:
        """Return what the guard lets the base do: m/s and rad/s."""
        return self.guard.v, self.guard.w

    # --- what comes in ------------------------------------------------------------------------------------

    def take_floor(self, floor: FloorData) -> None:
        """Take a floor's map and zones."""
        grid = floor.grid
        walls = field_of(grid)
        self.localisation.set_map(*walls)
        self.tracker.set_field(*walls)
        self._map.take_floor(floor)
        self.pilot.senses.take_speed_mask(floor.speed)

    def take_odometry(self, stamp: float, pose: Pose2D) -> None:
        """Take base_link in odom at a stamp (s)."""
        self.frames.take("odom", "base_link", stamp, pose)

    def take_scan(self, stamp: float, ranges: npt.NDArray[np.float32], angle_min: float, increment: float) -> None:
        """Take a scan: ranges in m."""
        if len(ranges) != len(self._angles):
            self._angles = (angle_min + increment * np.arange(len(ranges))).astype(np.float32)
        self.scan = stamp, ranges
        self.guard.take_scan(ranges, angle_min, increment, min(self._robot.lidar.range_max, GUARD_FAR), stamp)
        with self._out.timer("localiser"):
            self._localise(stamp, ranges)
        with self._out.timer("people tracker"):
            self._track(stamp, ranges)
        with self._out.timer("costmap"):
            work = self.pilot.senses.take_scan(stamp, ranges, angle_min, increment)
            if work is not None:
                work()

    def take_utterance(self, text: str, alternatives: tuple[str, ...] = (), language: str = "vi") -> None:
        """Take what was heard; nothing is heard while the robot speaks."""
        if not self.mouth.sounding:
            self.reception.heard(text, alternatives, language, final=True, by_voice=True)

    def take_hearing(self, language: str = "vi") -> None:
        """Take that somebody is speaking."""
        self.reception.heard("", (), language, final=False, by_voice=True)

    def take_touch(self, text: str) -> None:
        """Take what was chosen on the screen."""
        self.reception.touched(text)

    # --- what it does by itself ---------------------------------------------------------------------------

    def step(self, now: float, ms: int) -> None:
        """Run what is due at `now` (s), `ms` since the start."""
        self.now = now
        for _ in range(len(self._later)):
            self._later.popleft()()
        if self._is_due(ms, VOUCH_MS):
            self._vouch()
        if self._is_due(ms, SLOW_MS):
            self._step_slow()
        if self._is_due(ms, CONTROL_MS):
            with self._out.timer("planner and controller"):
                self.pilot.cycle(now)
            if self.pilot.command_fresh:
                self.guard.take_command(self.pilot.v, self.pilot.w, now)
        if self._is_due(ms, GUARD_MS):
            with self._out.timer("guard"):
                self.guard.step(now)

    def _is_due(self, ms: int, period: int) -> bool:
        count = ms // period
        due = count != self._due.get(period, -1)
        self._due[period] = count
        return due

    def _step_slow(self) -> None:
        people, self._people = self._people, None
        with self._out.timer("guide"):
            self.guide.step(self.now, self.pose, people, "" if self.pose is not None else "localisation_down")
        with self._out.timer("dialogue"):
            if people is not None:
                self.reception.saw([SeenPerson(p.id, p.x, p.y, (p.vx**2 + p.vy**2) ** 0.5) for p in people])
            self.reception.tick()
        if self.mouth.sounding != self._spoke:
            self._spoke = self.mouth.sounding
            self._out.on_speaking(self._spoke)

    def _localise(self, stamp: float, ranges: npt.NDArray[np.float32]) -> None:
        found = self.frames.pose("odom", "base_link", stamp)
        if found is None:
            return
        core = self.localisation
        if not core.particles.ready:
            core.start([self._post], ranges, self._angles, self._mount)
        core.take_scan(stamp, found[0], ranges, self._angles, self._mount, self._robot.lidar.range_max)
        self._vouch()

    def _vouch(self) -> None:
        correction = self.localisation.vouched(self.now)
        if correction is not None:
            self.frames.take("map", "odom", self.now, correction)
            self.guard.take_localised(self.now)

    def _track(self, stamp: float, ranges: npt.NDArray[np.float32]) -> None:
        base = self.frames.pose("map", "base_link", stamp)
        if base is not None:
            self.tracker.update(ranges, self._angles, base[0] @ self._mount, stamp)
        self.tracks = self.tracker.tracks(self.now)
        rows = [(t.x, t.y, t.vx, t.vy) for t in self.tracks]
        self.pilot.senses.take_people(np.array(rows, np.float64).reshape(-1, 4), self.now)
        self._people = [Person(t.id, t.x, t.y, t.vx, t.vy, t.age, t.last_seen) for t in self.tracks]

    # --- between its parts --------------------------------------------------------------------------------

    def _clock(self) -> float:
        return self.now

    def _caption(self, speaker: str, text: str, language: str) -> None:
        self._out.on_caption(speaker, text)

    def _answered(self, answer: LookupAnswer) -> None:
        self.reception.lookup_answered(answer)

    def _places_answered(self, places: list[PlaceFacts]) -> None:
        self.reception.places_answered(places)

    def _guide_feedback(self, state: str, reason: str) -> None:
        plan = self.pilot.plan
        self.reception.plan_made([] if plan is None else [(float(x), float(y)) for x, y in plan.points])
        self.reception.guide_feedback(state, reason, self.pilot.remaining)

    def _guide_ended(self, code: int) -> None:
        self.reception.guide_ended(code)


def _floor_data(site: Site, floor: str) -> FloorData:
    map_file = site.floors[floor].map_file
    return with_zones(map_file, load_map(map_file), list(site.zones_of(floor=floor)))
