"""Follow a path among people: model predictive path integral control, and exact stages at both ends of the path.

MPPI (Williams et al., "Information theoretic MPC", ICRA 2017): sample many command sequences around
the last plan, drive each ahead, price it, and take their mean weighted by exp(-price). Start: turn
on the spot when the path leads away behind. End: drive straight to the goal and turn to its yaw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Drive
from navigation.bystanders import ROOM, in_the_way
from navigation.controller_final import APPROACH_DECELERATION, drive_to, turn
from navigation.controller_kernel import INSCRIBED, blend, first_blocked, line_clear, nearest_index, roll_out, shift
from navigation.controller_noise import make_noise
from navigation.controller_social import calm_speed, gather, nearest_ahead
from navigation.motion import Motion, stop, towards

SPACING = 0.1
"""m between the points of the path as followed."""

MAX_PEOPLE = 16

STILL = 0.005
"""m/s and rad/s below which the robot has come to a stand."""

SLACK = 0.03
"""m by which the robot may come nearer to who stands at its goal than a plan does: they shift."""

HESITATING, POLITE = 0.05, 4.0
"""m/s below which the robot hesitates where it could drive, and s of that until people's speeds count less."""

NOISE_STEP = 106
"""Rows of the bank that a cycle goes on: an even number, so that mirrored rows stay together."""


@dataclass(frozen=True, slots=True)
class MppiParams:
    """Hold the controller's knobs: samples, horizon, prices, tolerances.

    Attributes:
        samples: sequences a cycle.
        steps: commands in a sequence.
        step_time: s a command.
        speed_spread: one sigma of the most widely sampled speeds, m/s.
        turn_spread: one sigma of the most widely sampled yaw rates, rad/s.
        temperature: price difference at which a sequence counts for 1/e of the best.
        align: a step, for m^2 beside the path.
        progress: a metre gained along the path.
        obstacle: a step, for (cost/252)^2 of the costmap.
        person: a step, for closeness^2 within `personal` m of a predicted person's middle.
        touch: a step nearer than `touch_distance` m to a predicted person's middle.
        ahead: by how much, for each m/s they walk, the space before a person is longer than the one beside them.
        follower: how much people count who are behind the robot: they see it, and they may be led by it.
        reverse: a step, for m/s backwards.
        smooth: a step, for (m/s)^2 of change.
        effort: a step, for (rad/s)^2 of turn.
        overrun: m^2 away from the end of the path.
        look_ahead: m of path followed at once.
        turn_first: rad between heading and path above which the robot turns on the spot.
        dock_distance: m to the goal from which it is driven to straight.
        xy_tolerance: m of the goal.
        yaw_tolerance: rad of the goal.
        seed: of the sampled noise.
    """

    samples: int = 1000
    steps: int = 30
    step_time: float = 0.1
    speed_spread: float = 0.2
    turn_spread: float = 0.5
    temperature: float = 0.5
    align: float = 4.0
    progress: float = 14.0
    obstacle: float = 1.5
    person: float = 6.0
    touch: float = 40.0
    touch_distance: float = 0.6
    personal: float = 1.45
    ahead: float = 1.0
    follower: float = 0.1
    reverse: float = 12.0
    smooth: float = 1.5
    effort: float = 0.05
    overrun: float = 10.0
    look_ahead: float = 3.5
    turn_first: float = 1.0
    dock_distance: float = 0.5
    xy_tolerance: float = 0.10
    yaw_tolerance: float = 0.087
    seed: int = 7

    def weights(self) -> np.ndarray:
        """Return the prices in the order that `controller_kernel.roll_out` reads them."""
        return np.array(
            [
                *(self.align, self.progress, self.obstacle, self.person, self.touch, self.reverse),
                *(self.smooth, self.effort, self.overrun, self.touch_distance, self.personal),
            ],
            np.float32,
        )


class Phase(Enum):
    """Name what the controller is doing."""

    TURN = "turning to the path"
    FOLLOW = "following the path"
    DOCK = "coming to the goal"
    ALIGN = "turning at the goal"
    ARRIVED = "at the goal"
    BLOCKED = "no free way ahead"


@dataclass(slots=True)
class Command:
    """Hold one cycle's answer: m/s, rad/s, the phase, metres left along the path."""

    v: float
    w: float
    phase: Phase
    remaining: float


@dataclass(slots=True)
class Surroundings:
    """Hold what the controller sees: a costmap (HxW uint8, m a cell, origin) and people (Kx4: x, y, vx, vy)."""

    costs: np.ndarray
    resolution: float
    origin: Pose2D
    people: np.ndarray


class Controller:
    """Follow one path after another; the same inputs and seed give the same commands."""

    def __init__(self, drive: Drive, params: MppiParams | None = None) -> None:
        self.params = p = params or MppiParams()
        self._drive = drive
        rng = np.random.default_rng(p.seed)
        self._noise = make_noise(rng, 4 * p.samples, p.steps, p.speed_spread, p.turn_spread)
        self._controls = np.zeros((p.samples, p.steps, 2), np.float32)
        self._prices = np.zeros(p.samples, np.float32)
        self._nominal = np.zeros((p.steps, 2), np.float32)
        self._weights = p.weights()
        self._limits = np.zeros(9, np.float32)
        self._start = np.zeros(7, np.float32)
        self._people = np.zeros((MAX_PEOPLE, 9), np.float32)
        self._row = 0
        self._points = np.zeros((1, 2))
        self._goal = Pose2D(0.0, 0.0)
        self._keep_yaw = True
        self._grid: tuple[Pose2D, np.ndarray, Pose2D] | None = None
        self._index = 0
        self._phase = Phase.FOLLOW
        self._hesitated = 0.0

    @property
    def phase(self) -> Phase:
        """Tell what the last step did."""
        return self._phase

    def follow(self, points: np.ndarray, goal: Pose2D, keep_yaw: bool = True, fresh: bool = True) -> None:
        """Take a path (Nx2, m, map frame) that ends at the goal; `fresh` forgets the motion planned so far."""
        self._points, self._goal, self._keep_yaw = _resample(points), goal, keep_yaw
        self._index, self._grid = 0, None
        if fresh:
            self._nominal[:] = 0.0
            self._row = 0
            self._phase = Phase.TURN
        elif self._phase in (Phase.BLOCKED, Phase.ARRIVED):
            self._phase = Phase.TURN

    def blocked_at(self, pose: Pose2D, around: Surroundings, reach: float = 4.0) -> float | None:
        """Return the metres to where the path ahead touches something within `reach`, None when it is clear."""
        path, _, _ = self._in_grid(around, pose)
        way = first_blocked(around.costs, around.resolution, path[:, :2], self._index, reach)
        return way if way >= 0.0 else None

    def off_path(self, pose: Pose2D) -> float:
        """Return the metres between a pose (map frame) and the point of the path that the robot has come to."""
        return math.hypot(self._points[self._index, 0] - pose.x, self._points[self._index, 1] - pose.y)

    def remaining(self) -> float:
        """Return the metres left along the path from the last position seen."""
        return float(self._points[-1, 2] - self._points[self._index, 2])

    def ahead(self) -> np.ndarray:
        """Return the path from the last position seen to its end (P x 3: x, y in the map and the way along, m)."""
        return self._points[self._index :]

    def step(self, pose: Pose2D, now: Motion, around: Surroundings, top_speed: float, dt: float) -> Command:
        """Return the next command.

        Args:
            pose: of the robot, map frame.
            now: how it moves.
            around: costmap and people, map frame.
            top_speed: m/s allowed now.
            dt: s until the next call.
        """
        path, here, goal = self._in_grid(around, pose)
        remaining = self.remaining()
        top = min(top_speed, self._drive.max_speed, math.sqrt(2.0 * APPROACH_DECELERATION * max(remaining, 0.02)))
        at_end = self._at_end(here, goal, around, now.v)
        if at_end is not Phase.FOLLOW:
            self._phase = at_end
            self._nominal[:] = 0.0
            return self._finish(here, goal, now, top, dt)
        if self._turns_first(path, here, now.v):
            self._phase = Phase.TURN
            self._nominal[:] = 0.0  # made for another heading, it would turn the robot away again
            target = path[min(self._index + 5, len(path) - 1)]
            error = wrap_angle(math.atan2(target[1] - here.y, target[0] - here.x) - here.yaw)
            return self._command(turn(error, now, self._drive, dt), remaining)
        return self._sample(path, here, now, around, top, dt)

    def _command(self, after: Motion, remaining: float) -> Command:
        return Command(after.v, after.w, self._phase, remaining)

    def _at_end(self, here: Pose2D, goal: Pose2D, around: Surroundings, v: float) -> Phase:
        distance = here.distance(goal)
        last = self._phase
        tolerance = self.params.xy_tolerance
        if last in (Phase.ALIGN, Phase.ARRIVED) and distance <= tolerance:
            return last
        if self.remaining() >= 2.0 * self.params.dock_distance:
            return Phase.FOLLOW  # a way through poses may begin at its end, or come by it
        if distance <= 0.4 * tolerance and abs(v) < 0.2:
            return Phase.ALIGN
        if distance < self.params.dock_distance * (1.2 if last is Phase.DOCK else 1.0):
            ahead = math.atan2(goal.y - here.y, goal.x - here.x)
            if last is Phase.DOCK and abs(wrap_angle(ahead - here.yaw)) > 1.0 and distance <= 0.8 * tolerance:
                return Phase.ALIGN  # beside the goal, near enough: no use in turning for centimetres
            clear = line_clear(around.costs, around.resolution, here.x, here.y, goal.x, goal.y)
            if clear and not in_the_way(self._people[: self._near_people(here, around)], here, goal, ROOM - SLACK):
                return Phase.DOCK
        return Phase.FOLLOW

    def _finish(self, here: Pose2D, goal: Pose2D, now: Motion, top: float, dt: float) -> Command:
        distance = here.distance(goal)
        if self._phase is Phase.DOCK:
            return self._command(drive_to(here, goal, now, top, self._drive, dt), distance)
        error = wrap_angle(goal.yaw - here.yaw) if self._keep_yaw else 0.0
        aimed = abs(error) < 0.5 * self.params.yaw_tolerance
        if aimed and abs(now.v) < STILL and abs(now.w) < STILL:
            self._phase = Phase.ARRIVED
            return Command(0.0, 0.0, self._phase, distance)
        self._phase = Phase.ALIGN
        if aimed:
            return self._command(stop(now, self._drive, dt), distance)
        return self._command(turn(error, now, self._drive, dt), distance)

    def _turns_first(self, path: np.ndarray, here: Pose2D, v: float) -> bool:
        if abs(v) > 0.15:
            return False
        target = path[min(self._index + 5, len(path) - 1)]
        if math.hypot(target[0] - here.x, target[1] - here.y) < 0.05:
            return False
        error = abs(wrap_angle(math.atan2(target[1] - here.y, target[0] - here.x) - here.yaw))
        return bool(error > (0.2 if self._phase is Phase.TURN else self.params.turn_first))

    def _sample(
        self, path: np.ndarray, here: Pose2D, now: Motion, around: Surroundings, top: float, dt: float
    ) -> Command:
        p, drive = self.params, self._drive
        self._start[:] = here.x, here.y, here.yaw, now.v, now.w, now.a, now.alpha
        self._limits[:] = (
            *(top, drive.max_reverse_speed, drive.max_acceleration, drive.max_deceleration),
            *(drive.max_yaw_rate, drive.max_yaw_acceleration, APPROACH_DECELERATION),
            *(drive.max_jerk, drive.max_yaw_jerk),
        )
        count = min(len(path) - self._index, int(p.look_ahead / SPACING))
        ahead = path[self._index : self._index + max(count, 1)]
        people = self._near_people(here, around)
        belief = self._belief_in_walking(now, top, dt)
        self._people[:people, 2:4] *= belief
        self._people[:people, 8] *= belief
        top = self._calm(here, now, people, top, dt)
        self._limits[0] = top
        self._row = (self._row + NOISE_STEP) % len(self._noise)  # other noise each cycle, the same in every run
        free = roll_out(
            around.costs, around.resolution, self._start, self._nominal, self._noise, self._row,
            ahead, len(ahead), self.remaining(), self._people, people, self._limits, self._weights, p.step_time,
            self._controls, self._prices,
        )  # fmt: skip
        if free == 0:
            self._phase = Phase.BLOCKED
            self._nominal[:] = 0.0
            return self._command(stop(now, drive, dt), self.remaining())
        self._phase = Phase.FOLLOW
        blend(self._controls, self._prices, p.temperature, self._nominal)
        after = towards(now, float(self._nominal[0, 0]), float(self._nominal[0, 1]), drive, dt)
        shift(self._nominal, min(dt / p.step_time, 1.0))
        return self._command(after, self.remaining())

    def _belief_in_walking(self, now: Motion, top: float, dt: float) -> float:
        """Return what share of people's speeds counts: less, the longer they have kept the robot from driving on.

        Who then still has not walked on is shuffling on the spot, and would be expected in its way for ever.
        """
        hesitates = abs(now.v) < HESITATING and top > 2.0 * HESITATING
        self._hesitated = min(max(self._hesitated + (dt if hesitates else -0.5 * dt), 0.0), 2.0 * POLITE)
        return min(max(2.0 - self._hesitated / POLITE, 0.0), 1.0)

    def _calm(self, here: Pose2D, now: Motion, people: int, top: float, dt: float) -> float:
        """Return the speed that is fit for the nearest person ahead, at most `top`."""
        distance = nearest_ahead(self._people, people, here.x, here.y, here.yaw, self.params.personal)
        return min(top, calm_speed(distance, now.v, dt))

    def _near_people(self, here: Pose2D, around: Surroundings) -> int:
        """Put the nearest people who can matter within the horizon into the kernel's array; return how many."""
        p = self.params
        reach = p.steps * p.step_time * 2.0 + p.personal
        return gather(around.people, around.origin.inverse(), here, reach, p.ahead, p.follower, self._people)

    def _in_grid(self, around: Surroundings, pose: Pose2D) -> tuple[np.ndarray, Pose2D, Pose2D]:
        """Return path (Px3 float32), pose and goal in the grid frame, and move the index along."""
        to_grid = around.origin.inverse()
        if self._grid is None or self._grid[0] != around.origin:
            c, s = math.cos(to_grid.yaw), math.sin(to_grid.yaw)
            xy = self._points[:, :2] @ np.array([[c, s], [-s, c]]) + (to_grid.x, to_grid.y)
            path = np.column_stack([xy, self._points[:, 2]]).astype(np.float32)
            self._grid = around.origin, path, to_grid @ self._goal
        _, path, goal = self._grid
        here = to_grid @ pose
        self._index = nearest_index(path, self._index, 1.5, here.x, here.y)
        return path, here, goal


def free_behind(pose: Pose2D, around: Surroundings, reach: float) -> bool:
    """Tell whether the floor straight behind a pose is free for `reach` m; a robot held by something may leave it."""
    here = around.origin.inverse() @ pose
    back = here @ Pose2D(-reach, 0.0)
    row, column = int(here.y / around.resolution), int(here.x / around.resolution)
    inside = 0 <= row < around.costs.shape[0] and 0 <= column < around.costs.shape[1]
    if inside and around.costs[row, column] >= INSCRIBED:
        here = back
    return bool(line_clear(around.costs, around.resolution, here.x, here.y, back.x, back.y))


def _resample(points: np.ndarray) -> np.ndarray:
    """Return a path as Px3: x, y, metres along, with points `SPACING` apart and the last one kept."""
    points = np.asarray(points, float).reshape(-1, 2)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if along[-1] < 1e-6:
        return np.column_stack([points[-1:], [[0.0]]])
    at = np.append(np.arange(0.0, along[-1] - 0.5 * SPACING, SPACING), along[-1])
    return np.column_stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1]), at])
