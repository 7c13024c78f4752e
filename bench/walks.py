"""Scenes for the people tracker: people with scripted walks, a lidar in the site's hall, and who was followed how well.

The legs swing as the simulator's do; the robot's pose is known with the errors of its localiser.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from guide_common.geometry import Pose2D
from guide_common.robot import load_robot
from hall_sim.people.kinds import ADULT, Kind
from hall_sim.world.bodies import Bodies
from hall_sim.world.floor import Floor, load_floor
from hall_sim.world.lidar import Lidar
from navigation.likelihood import LikelihoodField, build_field
from navigation.people import PeopleTracker, Track

ROOT = Path(__file__).resolve().parents[1]
MIDDLE = (28.0, 9.0)
"""m: the middle of the widest open floor of floor 1, 6 m from anything."""
PERIOD = 0.1
"""s between scans."""
NEAR = 0.5
"""m from a person within which a track is theirs (half of the closest two people come)."""
FALSE = 0.8
"""m from everybody beyond which a track is nobody's."""
POSE_NOISE = 0.01, 0.002
"""m and rad, one sigma: the localiser's, see bench.localiser and bench.lost."""
AHEAD = 3.0
"""s that people are predicted."""

Floats = npt.NDArray[np.float64]
Way = Callable[[float], tuple[float, float]]
"""Where somebody is at a time (s): x, y in m."""


@cache
def open_floor() -> tuple[Floor, LikelihoodField]:
    """Return floor 1 of the site and its field."""
    floor = load_floor(ROOT / "maps/hcmc_center", "1")
    return floor, build_field(floor.solid, floor.free, floor.resolution)


def stroll(rng: np.random.Generator, start: Floats, heading: float, pace: float, seconds: float) -> Way:
    """Return a walk that is straight in the mean: pace and heading waver as people's do (0.05 m/s, 3 degrees)."""
    count = round(seconds / PERIOD) + 2
    wavers = np.zeros((count, 2))
    for k in range(1, count):  # correlated over a second
        wavers[k] = 0.9 * wavers[k - 1] + math.sqrt(1.0 - 0.81) * rng.standard_normal(2)
    paces, headings = np.maximum(pace + 0.05 * wavers[:, 0], 0.0), heading + 0.05 * wavers[:, 1]
    steps = PERIOD * paces[:, None] * np.column_stack([np.cos(headings), np.sin(headings)])
    at = start + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    times = PERIOD * np.arange(len(at))
    return lambda t: (float(np.interp(t, times, at[:, 0])), float(np.interp(t, times, at[:, 1])))


@dataclass
class Scene:
    """Hold who walks where for how long (s), where the robot is at a time, and screens (Mx4, m) not on the map."""

    ways: list[Way]
    seconds: float
    robot: Callable[[float], Pose2D]
    screens: Floats = field(default_factory=lambda: np.empty((0, 4)))
    kinds: list[Kind] = field(default_factory=list)


@dataclass
class Account:
    """Count how well people were followed; position and velocity errors in m and m/s, person-seconds in s."""

    switches: int = 0
    broken_runs: int = 0
    runs: int = 0
    person_seconds: float = 0.0
    told: list[bool] = field(default_factory=list)
    position: list[float] = field(default_factory=list)
    velocity: list[float] = field(default_factory=list)
    ahead: list[float] = field(default_factory=list)
    ahead_truth: list[float] = field(default_factory=list)
    false_ids: int = 0
    seconds: float = 0.0


def play(scene: Scene, seed: int, account: Account) -> None:
    """Run the tracker through a scene and add to an account."""
    floor, walls = open_floor()
    rng = np.random.default_rng([seed, 1])
    robot = load_robot(ROOT / "robots/concierge")
    lidar = Lidar(robot.lidar, floor.solid, floor.resolution, floor.origin, np.random.default_rng([seed, 2]))
    bodies = Bodies(len(scene.ways))
    for i in range(len(scene.ways)):
        bodies.embody(i, scene.kinds[i] if scene.kinds else ADULT)
    tracker = PeopleTracker()
    tracker.set_field(walls, floor.origin)
    angles = lidar.angles.astype(np.float32)
    whose: dict[int, int] = {}
    wrong: set[int] = set()
    before, error = account.switches, np.zeros(3)
    for k in range(round(scene.seconds / PERIOD)):
        t = k * PERIOD
        for half in (t - PERIOD / 2, t):
            _place(bodies, scene.ways, half, k == 0)
        pose = scene.robot(t)
        ranges = lidar.scan(pose, bodies.leg_circles(), scene.screens)
        error = 0.9 * error + math.sqrt(0.19) * rng.standard_normal(3) * (POSE_NOISE[0], *POSE_NOISE)
        tracker.update(ranges, angles, Pose2D(pose.x + error[0], pose.y + error[1], pose.yaw + error[2]), t)
        tracks = tracker.tracks(t)
        _compare(scene, t, bodies, tracks, whose, wrong, account)
    account.runs += 1
    account.broken_runs += account.switches > before
    account.seconds += scene.seconds
    account.false_ids += len(wrong)


def _place(bodies: Bodies, ways: list[Way], t: float, first: bool) -> None:
    for i, way in enumerate(ways):
        (x, y), (px, py) = way(max(t, 0.0)), way(max(t - PERIOD / 2, 0.0))
        moving = math.hypot(x - px, y - py) > 1e-4
        heading = math.atan2(y - py, x - px) if moving else float(bodies.headings[i])
        bodies.place(i, x, y, heading, PERIOD / 2 if not first else 1.0)


def _compare(
    scene: Scene, t: float, bodies: Bodies, tracks: list[Track], whose: dict[int, int], wrong: set[int], a: Account
) -> None:
    true = bodies.torsos
    matched = match(true, tracks, whose)
    for i in range(len(true)):
        if t < 1.5:  # nobody can be told of at once
            continue
        a.person_seconds += PERIOD
        track = matched.get(i)
        a.told.append(track is not None)
        if track is None:
            continue
        a.position.append(math.dist((track.x, track.y), true[i]))
        if track.last_seen == 0.0:
            (x, y), (px, py) = scene.ways[i](t + 0.25), scene.ways[i](t - 0.25)
            vx, vy = 2.0 * (x - px), 2.0 * (y - py)
            a.velocity.append(math.hypot(track.vx - vx, track.vy - vy))
            if t + AHEAD <= scene.seconds:
                there = scene.ways[i](t + AHEAD)
                a.ahead.append(math.dist((track.x + AHEAD * track.vx, track.y + AHEAD * track.vy), there))
                a.ahead_truth.append(math.dist((true[i, 0] + AHEAD * vx, true[i, 1] + AHEAD * vy), there))
    for i, track in matched.items():
        a.switches += i in whose and whose[i] != track.id
        whose[i] = track.id
    for track in tracks:
        if track.last_seen == 0.0 and np.hypot(*(true - (track.x, track.y)).T).min() > FALSE:
            wrong.add(track.id)


def match(true: Floats, tracks: list[Track], whose: dict[int, int]) -> dict[int, Track]:
    """Give tracks to people as CLEAR MOT does: who had a track near keeps it, the others get what is nearest."""
    matched: dict[int, Track] = {}
    by_id = {track.id: track for track in tracks}
    for i, number in whose.items():
        track = by_id.get(number)
        if track is not None and math.dist((track.x, track.y), true[i]) < NEAR:
            matched[i] = by_id.pop(number)
    left, free = [i for i in range(len(true)) if i not in matched], list(by_id.values())
    if left and free:
        gaps = np.array([[math.dist((track.x, track.y), true[i]) for track in free] for i in left])
        for row, column in zip(*linear_sum_assignment(np.minimum(gaps, 10.0)), strict=True):
            if gaps[row, column] < NEAR:
                matched[left[row]] = free[column]
    return matched
