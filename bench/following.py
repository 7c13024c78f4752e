"""How calmly a path is followed, over 20 seeds: straight and round a corner, alone, with noise, with somebody behind.

The peer is the same controller with samples of one width.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.table import print_table
from guide_common.geometry import Pose2D
from guide_common.robot import load_robot
from navigation import controller_noise
from navigation.controller import Controller, MppiParams, Phase, Surroundings
from navigation.motion import Motion

ROBOT = load_robot(Path(__file__).resolve().parents[1] / "robots" / "concierge")
DT, RESOLUTION, SEEDS = 0.05, 0.05, 20
STRAIGHT = np.array([(5.0, 10.0), (20.0, 10.0)])
CORNER = np.array([(5.0, 10.0), (15.0, 10.0), (15.0, 20.0)])
COSTS = np.zeros((500, 500), np.uint8)


@dataclass(frozen=True)
class Course:
    """Describe a drive: its path, top speed, noise of the pose (m, rad), and how near somebody follows (m)."""

    name: str
    path: np.ndarray
    top: float = 0.9
    noise: float = 0.0
    follower: float = 0.0


COURSES = (
    Course("straight", STRAIGHT),
    Course("straight, pose noise of 1 cm and 0.6 deg", STRAIGHT, noise=0.01),
    Course("straight, leading somebody 1 m behind", STRAIGHT, 0.7, 0.01, 1.0),
    Course("corner of 90 deg", CORNER),
)


def drive(course: Course, seed: int) -> tuple[float, float, float, float]:
    """Return deviation (m, RMS), sum of |change of turn| a metre (rad/s), mean |jerk| (m/s^3) and s to the goal."""
    rng, path = np.random.default_rng(seed), course.path
    controller = Controller(ROBOT.drive, MppiParams(seed=seed))
    goal = Pose2D(*path[-1], math.atan2(*(path[-1] - path[-2])[::-1]))
    controller.follow(path, goal)
    pose, now = Pose2D(*path[0]), Motion(0.0, 0.0)
    behind = np.array([path[0][0] - 1.2, path[0][1], 0.0, 0.0])
    beside, turning, jolts = [], 0.0, []
    for _ in range(20 * 60):
        seen = Pose2D(*(np.array([pose.x, pose.y, pose.yaw]) + course.noise * rng.standard_normal(3)))
        around = Surroundings(COSTS, RESOLUTION, Pose2D(0.0, 0.0), _follow(behind, pose, course.follower))
        command = controller.step(seen, now, around, course.top, DT)
        if command.phase is Phase.ARRIVED:
            break
        then = Motion(command.v, command.w, (command.v - now.v) / DT, (command.w - now.w) / DT)
        if command.phase is Phase.FOLLOW:
            beside.append(_beside(path, pose))
            turning += abs(then.w - now.w)
        jolts.append(abs(then.a - now.a) / DT)
        now, pose = then, pose @ Pose2D(then.v * DT, 0.0, then.w * DT)
    length = float(np.hypot(*np.diff(path, axis=0).T).sum())
    return float(np.sqrt(np.mean(np.square(beside)))), turning / length, float(np.mean(jolts)), len(jolts) * DT


def _follow(person: np.ndarray, pose: Pose2D, distance: float) -> np.ndarray:
    if not distance:
        return np.zeros((0, 4))
    way = np.array([pose.x, pose.y]) - person[:2]
    gap = max(float(np.hypot(*way)), 1e-6)
    person[2:] = min(1.3, max(0.0, 1.5 * (gap - distance))) * way / gap
    person[:2] += person[2:] * DT
    return person[None]


def _beside(path: np.ndarray, pose: Pose2D) -> float:
    start, way = path[:-1], np.diff(path, axis=0)
    share = np.clip((([pose.x, pose.y] - start) * way).sum(axis=1) / (way * way).sum(axis=1), 0.0, 1.0)
    return float(np.hypot(*(start + share[:, None] * way - [pose.x, pose.y]).T).min())


def main(seeds: int = SEEDS) -> int:
    """Print the table."""
    rows = []
    for name, scales in (("one width (peer)", (1.0,)), ("ours", controller_noise.SCALES)):
        controller_noise.SCALES = scales
        for course in COURSES:
            rms, turning, jerk, time = np.mean([drive(course, seed) for seed in range(seeds)], axis=0)
            rows.append([name, course.name, f"{rms:.3f}", f"{turning:.2f}", f"{jerk:.2f}", f"{time:.1f}"])
    print(f"Means over {seeds} seeds; jerk limit {ROBOT.drive.max_jerk} m/s³\n")
    print_table(["samples", "course", "m beside, RMS", "|dw| a metre, rad/s", "|jerk|, m/s³", "s"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
