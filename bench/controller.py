"""Time the MPPI controller and the velocity guard: the peer is Nav2's published MPPI cycle and the cycle at hand."""

from __future__ import annotations

import math
import statistics
import time
from pathlib import Path

import numpy as np

from bench.table import print_table
from guide_common.geometry import Pose2D
from guide_common.robot import load_robot
from navigation.controller import Controller, MppiParams, Surroundings
from navigation.costmap import InflationParams, inflate
from navigation.guard import Guard, GuardParams
from navigation.motion import Motion

ROBOT = load_robot(Path(__file__).resolve().parents[1] / "robots" / "concierge")
NAV2_MS = 9.2
"""ms of an iteration of Nav2's MPPI (2000 x 56, all critics), as measured for this project's plan."""

HEAD = ("what", "median", "p95", "of the budget", "against Nav2's 9.2 ms")


def main() -> None:
    """Print the table."""
    rows = [mppi(1000, 30), mppi(1000, 40), mppi(2000, 56), guard()]
    print_table(HEAD, rows)
    print("\nMPPI: 10 x 10 m at 0.05 m, 40 boxes, 8 people, every price on; budget 50 ms.")
    print("Guard: 720 beams, a scan every third cycle; budget 40 ms.")


def mppi(samples: int, steps: int) -> tuple[str, ...]:
    """Time iterations of the controller on its way among boxes and people."""
    rng = np.random.default_rng(1)
    lethal = np.zeros((200, 200), bool)
    for row, column in rng.integers(0, 195, (40, 2)):
        lethal[row : row + 4, column : column + 4] = True
    lethal[90:110, :60] = False
    costs = inflate(lethal, 0.05, InflationParams())
    people = np.column_stack([rng.uniform(1.0, 9.0, (8, 2)), rng.uniform(-1.0, 1.0, (8, 2))])
    around = Surroundings(costs, 0.05, Pose2D(0.0, 0.0), people)
    controller = Controller(ROBOT.drive, MppiParams(samples=samples, steps=steps))
    controller.follow(np.array([(0.5, 5.0), (9.5, 5.0)]), Pose2D(9.5, 5.0))
    pose = Pose2D(0.6, 5.0)
    times = []
    for _ in range(220):
        begun = time.perf_counter()
        controller.step(pose, Motion(0.5, 0.0), around, 0.9, 0.05)
        times.append((time.perf_counter() - begun) * 1e3)
    median, high = statistics.median(times[20:]), statistics.quantiles(times[20:], n=20)[-1]
    ratio = f"{NAV2_MS / median:.1f} x faster" if (samples, steps) == (2000, 56) else ""
    return f"MPPI {samples} x {steps}", f"{median:.2f} ms", f"{high:.2f} ms", f"{median / 50.0:.1%}", ratio


def guard() -> tuple[str, ...]:
    """Time guard cycles, each with a command, every third with a scan."""
    subject = Guard(ROBOT.drive, ROBOT.body.radius, GuardParams(), Pose2D(0.0, 0.0))
    ranges = np.random.default_rng(1).uniform(0.6, 4.0, 720).astype(np.float32)
    times = []
    for cycle in range(3000):
        now = 1.0 + cycle * 0.04
        begun = time.perf_counter()
        if cycle % 3 == 0:
            subject.take_scan(ranges, -math.pi, math.tau / 720, 5.0, now)
        subject.take_localised(now)
        subject.take_command(0.6, 0.2, now)
        subject.step(now)
        times.append((time.perf_counter() - begun) * 1e6)
    median, high = statistics.median(times[100:]), statistics.quantiles(times[100:], n=20)[-1]
    return "guard cycle", f"{median:.0f} µs", f"{high:.0f} µs", f"{median / 40e3:.2%}", ""


if __name__ == "__main__":
    main()
