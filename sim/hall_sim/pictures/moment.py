"""One moment of a run as it can be seen: copied out of the run, so that it can be drawn when the run has gone on.

Lengths in m and angles in rad of the map frame, times in s since the run's start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D
from hall_sim.hall import VISITOR, Tick
from hall_sim.stack.mouth import reading_length

if TYPE_CHECKING:
    from hall_sim.runs.inprocess import InProcessRun

Floats = npt.NDArray[np.float64]
Watch = Callable[["InProcessRun", Tick], None]

READ_AT_LEAST = 2.5
"""s of a film that a bubble stays, however short its words."""
NEWS = 4.0
"""s that something that happened is shown."""
LINGER = 1.0
"""s that a bubble stays after its words were said."""


@dataclass(frozen=True, slots=True)
class Person:
    """Hold somebody in the hall.

    Attributes:
        kind: adult, elderly, child or wheelchair.
        posture: as in `hall_sim.world.bodies`.
        id: the same in every moment of a run.
    """

    x: float
    y: float
    heading: float
    kind: str = "adult"
    posture: int = 0
    visitor: bool = False
    id: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """Hold a line of the conversation and when it begins and ends to be worth showing."""

    speaker: str
    text: str
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class CostWindow:
    """Hold a part of the costmap, mapped walls left out: rows from the lowest y up; its lower left corner in m."""

    costs: npt.NDArray[np.uint8]
    x: float
    y: float
    resolution: float


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold what there is to see at one time.

    Attributes:
        time: since the start.
        clock: the hall's clock as text.
        robot: its true pose.
        believed: where the robot thinks that it is; None before it knows.
        people: everybody in the hall.
        tracked: Nx2, people whom the robot knows of.
        hits: Nx2, what the lidar hit in its last turn.
        plan: Nx2, what is left of the path; empty when it does not drive.
        costs: the planner's costs, None when they were not asked for.
        driven, walked: Nx2, the ways of robot and visitor until now.
        lines: what is being said.
        contacts: (x, y, what) of each contact until now.
        news: what the scenario made happen a moment ago: acts of the visitor, faults.
    """

    time: float
    clock: str
    robot: Pose2D
    believed: Pose2D | None
    speed: float
    state: str
    reason: str
    place: str
    people: tuple[Person, ...]
    tracked: Floats
    hits: Floats
    plan: Floats
    costs: CostWindow | None
    driven: Floats
    walked: Floats
    lines: tuple[Line, ...]
    contacts: tuple[tuple[float, float, str], ...]
    news: tuple[str, ...] = ()

    @property
    def visitor(self) -> Person | None:
        """Return the visitor; None while outside."""
        return next((person for person in self.people if person.visitor), None)


class Trail:
    """Keep the points of a way; what was given out before stays true while it grows."""

    def __init__(self) -> None:
        self._points = np.empty((256, 2))
        self._count = 0

    def add(self, x: float, y: float) -> None:
        """Add a point unless it is where the last one is, to a centimetre."""
        if self._count and math.dist(self._points[self._count - 1], (x, y)) < 0.01:
            return
        if self._count == len(self._points):
            self._points = np.concatenate([self._points, np.empty_like(self._points)])
        self._points[self._count] = x, y
        self._count += 1

    @property
    def points(self) -> Floats:
        """Return the Nx2 points until now."""
        return self._points[: self._count]


class Witness:
    """Follow a run, as its `watch`, and tell what there is to see now.

    Args:
        run: the run.
        speed: of the film that it is for: bubbles stay the longer, the faster it is.
    """

    def __init__(self, run: InProcessRun, speed: float = 1.0) -> None:
        self._run = run
        self._at_least = READ_AT_LEAST * speed
        self._driven, self._walked = Trail(), Trail()
        self._hits: Floats = np.empty((0, 2))
        self._said = 0
        self._lines: dict[str, Line] = {}
        self._contacts: list[tuple[float, float, str]] = []

    def __call__(self, run: InProcessRun, tick: Tick) -> None:
        """Take in a tick."""
        self._contacts += [(contact.x, contact.y, contact.thing) for contact in tick.contacts]
        if tick.scan is None:
            return
        pose = run.hall.world.pose
        self._driven.add(pose.x, pose.y)
        if run.hall.visitor.position is not None:
            self._walked.add(*run.hall.visitor.position)
        self._hits = self._hit_points(pose, tick.scan)
        for _, speaker, text in run.log.captions[self._said :]:
            stays = max(reading_length(text, "") + LINGER, self._at_least)
            self._lines[speaker] = Line(speaker, text, tick.time, tick.time + stays)
        self._said = len(run.log.captions)

    def moment(self, reach: tuple[float, float] | None = None) -> Moment:
        """Return what there is to see now, with the costs of `reach` m around the robot (along x, along y), or all."""
        run, world = self._run, self._run.hall.world
        state, reason = run.stack.doing
        return Moment(
            time=run.hall.time,
            clock=f"{run.scenario.start + timedelta(seconds=run.hall.time):%H:%M:%S}",
            robot=world.pose,
            believed=run.stack.pose,
            speed=world.speed,
            state=state,
            reason=reason,
            place=run.stack.reception.conversation.place_id,
            people=people_of(run),
            tracked=np.array([(track.x, track.y) for track in run.stack.tracks]).reshape(-1, 2),
            hits=self._hits,
            plan=plan_ahead(run),
            costs=self._costs(world.pose, reach),
            driven=self._driven.points,
            walked=self._walked.points,
            lines=tuple(line for line in self._lines.values() if line.ends > run.hall.time),
            contacts=tuple(self._contacts),
            news=tuple(f"{who}: {what}" for time, who, what in run.log.happenings if run.now - time < NEWS),
        )

    def _hit_points(self, pose: Pose2D, scan: npt.NDArray[np.float32]) -> Floats:
        lidar = self._run.hall.world.lidar
        laser = pose @ Pose2D(lidar.figures.x, lidar.figures.y, lidar.figures.yaw)
        seen = np.isfinite(scan)
        ranges, angles = scan[seen].astype(np.float64), lidar.angles[seen] + laser.yaw
        return np.column_stack([laser.x + ranges * np.cos(angles), laser.y + ranges * np.sin(angles)])

    def _costs(self, pose: Pose2D, reach: tuple[float, float] | None) -> CostWindow | None:
        costmap = self._run.stack.costmap
        if costmap is None:
            return None
        origin, cell, shape = costmap.grid.origin, costmap.grid.resolution, costmap.costs.shape
        wide, high = reach or (shape[1] * cell, shape[0] * cell)
        columns = _around(pose.x - origin.x, wide, cell, shape[1])
        rows = _around(pose.y - origin.y, high, cell, shape[0])
        costs = np.where(costmap.grid.lethal[rows, columns], np.uint8(0), costmap.costs[rows, columns])
        return CostWindow(costs, origin.x + cell * columns.start, origin.y + cell * rows.start, cell)


def watch_all(*watches: Watch) -> Watch:
    """Return one watch for a run that calls each of several in turn."""

    def watch(run: InProcessRun, tick: Tick) -> None:
        for each in watches:
            each(run, tick)

    return watch


def people_of(run: InProcessRun) -> tuple[Person, ...]:
    """Return everybody in a run's hall."""
    bodies = run.hall.bodies
    people = []
    for index in np.flatnonzero(bodies.present).tolist():
        x, y = bodies.torsos[index].tolist()
        kind, posture = bodies.kinds[index].name, int(bodies.postures[index])
        people.append(Person(x, y, float(bodies.headings[index]), kind, posture, index == VISITOR, index))
    return tuple(people)


def plan_ahead(run: InProcessRun) -> Floats:
    """Return what is left of the path that a run's robot drives; empty when it does not drive."""
    pilot, pose = run.stack.pilot, run.hall.world.pose
    if pilot.plan is None or pilot.target is None:
        return np.empty((0, 2))
    points = np.asarray(pilot.plan.points, np.float64)
    nearest = int(np.argmin(np.hypot(points[:, 0] - pose.x, points[:, 1] - pose.y)))
    return points[nearest:].copy()


def run_until(run: InProcessRun, over: Callable[[], bool], watches: Sequence[Watch]) -> None:
    """Step a fresh run until it is over, or `over()` says so; `watches` are called after each tick."""
    run.watch = watch_all(run.watch, *watches)
    run.begin()
    while not run.over and not over():
        run.step()


def _around(middle: float, reach: float, cell: float, count: int) -> slice:
    """Return the cells of a window around a point, moved as far as it must be to lie on the grid."""
    cells = min(math.ceil(reach / cell), count)
    first = min(max(round(middle / cell - cells / 2), 0), count - cells)
    return slice(first, first + cells)
