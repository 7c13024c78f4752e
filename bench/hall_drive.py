"""Drive localiser and tracker round the simulated hall, without ROS, and compare them with the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bench.walks import FALSE, Floats, match
from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import load_robot
from hall_sim.hall import Hall
from hall_sim.scenarios.scenario import load_scenario
from hall_sim.world.floor import Floor, load_floor
from hall_sim.world.lidar import Lidar
from navigation.errors import PlanError
from navigation.likelihood import build_field
from navigation.localiser import ParticleFilter
from navigation.people import PeopleTracker, Track
from navigation.planner import Planner

ROOT = Path(__file__).resolve().parents[1]
HIDDEN = 1.5
"""s that somebody may be hidden and must still be known."""
CHAIR_LEG, CHAIR_SIZE = 0.015, 0.42
"""m: radius of the leg of a chair, and from leg to leg."""


@dataclass
class Outcome:
    """Hold pose errors (m, degrees), and by metre of range whether visible people were told of."""

    pose_errors: list[tuple[float, float]] = field(default_factory=list)
    seen: dict[int, list[bool]] = field(default_factory=dict)
    track_errors: list[float] = field(default_factory=list)
    false_ids: set[int] = field(default_factory=set)
    touched: bool = False
    seconds: float = 0.0
    metres: float = 0.0
    person_seconds: float = 0.0
    switches: int = 0
    whose: dict[int, int] = field(default_factory=dict)
    in_sight: dict[int, float] = field(default_factory=dict)

    def recall(self, low: int, high: int) -> float:
        """Return the share of sightings from `low` m to below `high` m that had a track."""
        told = [t for r in range(low, high) for t in self.seen.get(r, [])]
        return float(np.mean(told)) if told else math.nan


class LidarAmongChairs:
    """See the legs of chairs that the map does not have (Nx3: x, y, radius in m) beside all that a lidar sees."""

    def __init__(self, lidar: Lidar, legs: Floats) -> None:
        self._lidar, self._legs = lidar, legs

    def __getattr__(self, name: str) -> object:
        return getattr(self._lidar, name)

    def scan(
        self, base: Pose2D, circles: Floats, lines: Floats, dark: object, clock: float, lean: tuple[float, float]
    ) -> npt.NDArray[np.float32]:
        return self._lidar.scan(base, np.concatenate([circles, self._legs]), lines, None, clock, lean)


def drive(people: int, seconds: float, seed: int, floor: str = "1", chairs: int = 0) -> Outcome:
    """Drive for simulated `seconds` among `people` and loose `chairs`; ends early if somebody bumps into the driver."""
    scenario = load_scenario(ROOT / "sim/scenarios/demo.yaml", crowd__people=people)
    plan = load_floor(ROOT / "maps/hcmc_center", floor)
    hall = Hall(plan, load_robot(ROOT / "robots/concierge"), scenario, seed)
    localiser, tracker = ParticleFilter(seed=seed), PeopleTracker()
    walls = build_field(plan.solid, plan.free, plan.resolution)
    localiser.set_field(walls, plan.origin)
    localiser.set_pose(hall.world.pose, 0.1, 0.05)
    tracker.set_field(walls, plan.origin)
    angles = hall.world.lidar.angles.astype(np.float32)
    goals = route(plan, hall.world.pose, seconds, seed)
    if chairs:
        legs = loose_chairs(plan, np.array(goals), chairs, seed)
        hall.world.lidar = LidarAmongChairs(hall.world.lidar, legs)  # type: ignore[assignment]
    outcome, command, before = Outcome(), (0.0, 0.0), hall.world.pose
    while hall.time < seconds and not outcome.touched:
        for _ in range(5):
            hall.world.base.command(*command)
            tick = hall.tick()
            outcome.touched |= bool(tick.contacts)
        assert tick.scan is not None
        pose, base = hall.world.pose, hall.world.base
        estimate = localiser.update(base.odometry, tick.scan, angles, Pose2D(0.0, 0.0), hall.time)
        turn = wrap_angle(estimate.pose.yaw - pose.yaw)
        outcome.pose_errors.append((estimate.pose.distance(pose), abs(math.degrees(turn))))
        outcome.metres, before = outcome.metres + pose.distance(before), pose
        tracker.update(tick.scan, angles, estimate.pose, hall.time)
        _compare(hall, tracker.tracks(hall.time), outcome)
        while len(goals) > 1 and math.dist(goals[0], (pose.x, pose.y)) < 0.5:
            goals.pop(0)
        bearing = wrap_angle(math.atan2(goals[0][1] - pose.y, goals[0][0] - pose.x) - pose.yaw)
        free = tick.scan[np.abs(angles) < 0.5].min() > 0.45
        command = (0.6 if free and abs(bearing) < 0.6 else 0.0, max(-1.2, min(1.2, 2.0 * bearing)) if free else 0.0)
    outcome.seconds = hall.time
    return outcome


def route(floor: Floor, start: Pose2D, seconds: float, seed: int) -> list[tuple[float, float]]:
    """Return points, 0.25 m apart at most, of the ways from place to place of a floor, long enough for `seconds`."""
    walls = floor.solid if floor.unknown is None else floor.solid | floor.unknown
    clear = cv2.distanceTransform((~walls).astype(np.uint8), cv2.DIST_L2, 5) * floor.resolution
    costs = np.where(clear > 0.5, np.clip(250.0 * np.exp(-3.0 * (clear - 0.5)), 0.0, 250.0), 254.0).astype(np.uint8)
    planner = Planner(costs, floor.resolution, floor.origin)
    rng, spots = np.random.default_rng(seed), list(floor.spots.values())
    points, left, here = [(start.x, start.y)], 0.7 * seconds, (start.x, start.y)
    while left > 0.0:
        there = spots[rng.integers(len(spots))].stand
        try:
            path = planner.plan(here, (there.x, there.y))
        except PlanError:  # a place that this coarse costmap walls in
            continue
        left -= path.length
        here = (float(path.points[-1, 0]), float(path.points[-1, 1]))
        points += resample(path.points)
    return points


def resample(points: Floats) -> list[tuple[float, float]]:
    """Return points of a line (Nx2, m) 0.25 m apart."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    marks = np.arange(0.0, along[-1], 0.25)
    return list(zip(np.interp(marks, along, points[:, 0]), np.interp(marks, along, points[:, 1]), strict=True))


def loose_chairs(floor: Floor, way: Floats, count: int, seed: int) -> Floats:
    """Return the legs of chairs that stand about 0.9 to 4 m beside a way, Nx3: x, y, radius in m."""
    rng = np.random.default_rng([seed, 7])
    room = cv2.distanceTransform(floor.free.astype(np.uint8), cv2.DIST_L2, 5) * floor.resolution
    cells = np.argwhere(room > 0.5)
    legs: list[Floats] = []
    while len(legs) < count:
        at = (cells[rng.integers(len(cells))][::-1] + 0.5) * floor.resolution + (floor.origin.x, floor.origin.y)
        if 0.9 < np.hypot(*(way - at).T).min() < 4.0:
            turn = rng.uniform(0.0, math.tau) + np.arange(4) * math.pi / 2.0
            corners = CHAIR_SIZE / math.sqrt(2.0) * np.column_stack([np.cos(turn), np.sin(turn)])
            legs.append(np.column_stack([at + corners, np.full(4, CHAIR_LEG)]))
    return np.concatenate(legs)


def _compare(hall: Hall, tracks: list[Track], outcome: Outcome) -> None:
    bodies, pose, lidar = hall.bodies, hall.world.pose, hall.world.lidar
    exact = lidar.exact(pose, bodies.leg_circles())
    hits = np.column_stack([np.cos(lidar.angles + pose.yaw), np.sin(lidar.angles + pose.yaw)]) * exact[:, None]
    hits = hits + np.array([pose.x, pose.y])
    legs, true = bodies.legs(), bodies.torsos[bodies.present]
    matched = match(bodies.torsos, tracks, outcome.whose)
    for k in np.flatnonzero(bodies.present).tolist():
        track = matched.get(k)
        own = np.concatenate([np.hypot(*(hits - legs[i]).T) for i in (k, k + bodies.count)])
        far = math.dist((pose.x, pose.y), bodies.torsos[k]) > 10.0
        if (own < 0.08).sum() < 2 or far:
            if hall.time - outcome.in_sight.get(k, -math.inf) > HIDDEN:
                outcome.whose.pop(k, None)  # hidden for so long that they may well be taken for somebody new
            continue
        outcome.in_sight[k] = hall.time
        if track is not None:
            outcome.switches += outcome.whose.get(k, track.id) != track.id
            outcome.whose[k] = track.id
        outcome.person_seconds += 0.1
        outcome.seen.setdefault(int(math.dist((pose.x, pose.y), bodies.torsos[k])), []).append(track is not None)
        if track is not None:
            outcome.track_errors.append(math.dist((track.x, track.y), bodies.torsos[k]))
    for track in tracks:
        if track.last_seen == 0.0 and (not len(true) or np.hypot(*(true - (track.x, track.y)).T).min() > FALSE):
            outcome.false_ids.add(track.id)
