"""Drive localiser and tracker round the simulated hall, without ROS, and compare them with the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import load_robot
from hall_sim.hall import Hall
from hall_sim.scenarios.scenario import load_scenario
from hall_sim.world.floor import load_floor
from navigation.likelihood import build_field
from navigation.localiser import ParticleFilter
from navigation.people import PeopleTracker, Track

ROOT = Path(__file__).resolve().parents[1]
ROUND = [(10.2, 5.75), (10.2, 25.5), (45.7, 25.5), (45.7, 5.75)]
"""m: a way round the seats of floor 1."""
MATCH, FALSE = 0.5, 0.8
"""m from a person within which a track is theirs, beyond which it is nobody's."""


@dataclass
class Outcome:
    """Hold pose errors (m, degrees), and by metre of range whether visible people were told of."""

    pose_errors: list[tuple[float, float]] = field(default_factory=list)
    seen: dict[int, list[bool]] = field(default_factory=dict)
    track_errors: list[float] = field(default_factory=list)
    false_ids: set[int] = field(default_factory=set)
    touched: bool = False

    def recall(self, low: int, high: int) -> float:
        """Return the share of sightings from `low` m to below `high` m that had a track."""
        told = [t for r in range(low, high) for t in self.seen.get(r, [])]
        return float(np.mean(told)) if told else math.nan


def drive(people: int, seconds: float, seed: int) -> Outcome:
    """Drive for simulated `seconds` among `people`; ends early if somebody bumps into this simple driver."""
    scenario = load_scenario(ROOT / "sim/scenarios/demo.yaml", crowd__people=people)
    floor = load_floor(ROOT / "maps/hcmc_center", "1")
    hall = Hall(floor, load_robot(ROOT / "robots/concierge"), scenario, seed)
    localiser, tracker = ParticleFilter(seed=seed), PeopleTracker()
    walls = build_field(floor.solid, floor.free, floor.resolution)
    localiser.set_field(walls, floor.origin)
    localiser.set_pose(hall.world.pose, 0.1, 0.05)
    tracker.set_field(walls, floor.origin)
    angles = hall.world.lidar.angles.astype(np.float32)
    outcome, goals, command = Outcome(), list(ROUND) * 4, (0.0, 0.0)
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
        tracker.update(tick.scan, angles, estimate.pose, hall.time)
        _compare(hall, tracker.tracks(hall.time), outcome)
        if math.dist(goals[0], (pose.x, pose.y)) < 0.4:
            goals.pop(0)
        bearing = wrap_angle(math.atan2(goals[0][1] - pose.y, goals[0][0] - pose.x) - pose.yaw)
        free = tick.scan[np.abs(angles) < 0.5].min() > 0.9
        command = (0.6 if free and abs(bearing) < 0.6 else 0.0, max(-1.2, min(1.2, 2.0 * bearing)) if free else 0.0)
    return outcome


def _compare(hall: Hall, tracks: list[Track], outcome: Outcome) -> None:
    bodies, pose, lidar = hall.bodies, hall.world.pose, hall.world.lidar
    exact = lidar.exact(pose, bodies.leg_circles())
    hits = np.column_stack([np.cos(lidar.angles + pose.yaw), np.sin(lidar.angles + pose.yaw)]) * exact[:, None]
    hits = hits + np.array([pose.x, pose.y])
    legs, true = bodies.legs(), bodies.torsos[bodies.present]
    for k in np.flatnonzero(bodies.present):
        own = np.concatenate([np.hypot(*(hits - legs[i]).T) for i in (k, k + bodies.count)])
        if (own < 0.08).sum() < 2:  # hidden
            continue
        gaps = [math.dist((t.x, t.y), bodies.torsos[k]) for t in tracks]
        told = bool(gaps) and min(gaps) < MATCH
        outcome.seen.setdefault(int(math.dist((pose.x, pose.y), bodies.torsos[k])), []).append(told)
        if told:
            outcome.track_errors.append(min(gaps))
    for track in tracks:
        if track.last_seen == 0.0 and (not len(true) or np.hypot(*(true - (track.x, track.y)).T).min() > FALSE):
            outcome.false_ids.add(track.id)
