"""How smoothly the robot slows down and stops, over 20 seeds: for speed zones, a pause, a cancel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.table import print_table
from guide_common.geometry import Pose2D
from guide_common.robot import load_robot
from navigation.controller import Controller, MppiParams, Surroundings
from navigation.grid import GridMap
from navigation.navigator import Navigator
from navigation.navigator_params import NavigatorParams
from navigation.planner import Path as Plan
from navigation.speed_zones import SpeedZones
from navigation.task_run import CYCLE, TaskRun
from navigation.task_step import Situation

DRIVE = load_robot(Path(__file__).resolve().parents[1] / "robots" / "concierge").drive
ORIGIN, RESOLUTION, SEEDS = Pose2D(0.0, 0.0), 0.05, 20
COSTS = np.zeros((200, 500), np.uint8)
POINTS = np.column_stack([np.arange(2.0, 18.01, 0.1), np.full(161, 5.0)])
NOISE = 0.01
"""m, and rad, of the pose seen."""


@dataclass
class Drive:
    """Hold a straight drive of 16 m under way."""

    run: TaskRun
    now: float = 0.0
    x: float = 2.0
    zones: SpeedZones | None = None
    paused: bool = False


def zone(begin: float, end: float, limit: float) -> SpeedZones:
    """Return a speed zone across the way from x = begin to end (m) with a limit (m/s)."""
    mask = np.zeros(COSTS.shape, np.uint8)
    mask[:, round(begin / RESOLUTION) : round(end / RESOLUTION)] = round(100 * limit)
    return SpeedZones(GridMap(mask, RESOLUTION), 0.01)


def _zone_ahead(drive: Drive) -> None:
    drive.zones = drive.zones or zone(8.0, 11.0, 0.3)


def _zone_around(drive: Drive) -> None:
    if drive.zones is None and drive.x > 7.0:
        drive.zones = zone(6.0, 9.0, 0.3)


def _pause(drive: Drive) -> None:
    drive.paused = 8.0 < drive.now < 12.0


def _pause_in_a_bend_of_speed(drive: Drive) -> None:
    _zone_ahead(drive)
    drive.paused = 7.0 < drive.now < 10.0


def _cancel(drive: Drive) -> None:
    if drive.x > 8.0:
        drive.run.cancel()


COURSES: tuple[tuple[str, Callable[[Drive], None]], ...] = (
    ("nothing on the way", lambda drive: None),
    ("through a zone of 0.3 m/s", _zone_ahead),
    ("a zone of 0.3 m/s drawn around it at full speed", _zone_around),
    ("pause of 4 s at full speed", _pause),
    ("pause of 3 s while it slows for a zone", _pause_in_a_bend_of_speed),
    ("cancel at full speed", _cancel),
)


def drive_through(course: Callable[[Drive], None], seed: int) -> tuple[float, float, float]:
    """Return the largest |jerk| (m/s^3), its mean, and the hardest deceleration (m/s^2) of the commands."""
    rng, y, yaw = np.random.default_rng(seed), 5.0, 0.0
    goal = Pose2D(18.0, 5.0, 0.0)
    task = Navigator(goal, Controller(DRIVE, MppiParams(seed=seed)), DRIVE, NavigatorParams())
    task.take_plan(Plan(POINTS, 16.0, 16.0, 0.0), Pose2D(2.0, 5.0))
    drive = Drive(TaskRun(task, DRIVE))
    v, w, a, alpha = 0.0, 0.0, 0.0, 0.0
    rises = [0.0]
    while not drive.run.finished:
        course(drive)
        seen = Pose2D(*(np.array([drive.x, y, yaw]) + NOISE * rng.standard_normal(3)))
        around = Surroundings(COSTS, RESOLUTION, ORIGIN, np.zeros((0, 4)))
        sees = Situation(drive.now, CYCLE, seen, 0.0, 0.0, v, w, around, DRIVE.max_speed, drive.zones, a, alpha)
        step = drive.run.step(drive.now, sees, drive.paused)
        a, alpha, v, w = (step.v - v) / CYCLE, (step.w - w) / CYCLE, step.v, step.w
        rises.append(a)
        there = Pose2D(drive.x, y, yaw) @ Pose2D(v * CYCLE, 0.0, w * CYCLE)
        drive.x, y, yaw, drive.now = there.x, there.y, there.yaw, drive.now + CYCLE
    jolts = np.abs(np.diff(rises)) / CYCLE
    return float(jolts.max()), float(jolts.mean()), float(-min(rises))


def main(seeds: int = SEEDS) -> int:
    """Print the table."""
    rows = []
    for name, course in COURSES:
        figures = np.array([drive_through(course, seed) for seed in range(seeds)])
        most, mean, brake = figures[:, 0].max(), figures[:, 1].mean(), figures[:, 2].max()
        rows.append([name, f"{most:.2f}", f"{mean:.2f}", f"{brake:.2f}"])
    print(f"{seeds} seeds; limits {DRIVE.max_jerk} m/s³ and {DRIVE.max_deceleration} m/s²\n")
    print_table(["course", "largest |jerk|, m/s³", "mean |jerk|, m/s³", "hardest brake, m/s²"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
