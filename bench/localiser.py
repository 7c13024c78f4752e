"""The localiser: time of one scan's weighing against the same model in vectorised numpy, and of a whole update."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from bench.hall_drive import drive
from bench.table import print_table
from guide_common.geometry import Pose2D
from navigation.likelihood import INSIDE, STEP, build_field, likelihood_table, score_poses
from navigation.localiser import FilterParams, ParticleFilter
from navigation.localiser_search import search
from tests.navigation.lidar_world import ANGLES, RESOLUTION, World

PARTICLES, BEAMS = 2000, 60
HERE = Pose2D(0.0, 0.0)


def milliseconds(work: Callable[[], object], runs: int = 50) -> float:
    """Return the median time of a call."""
    work()
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return float(np.median(times)) * 1e3


def main() -> int:
    world = World()
    field = build_field(world.occupied, world.free, RESOLUTION)
    table = likelihood_table(0.05, 0.95, 0.05)
    random = np.random.default_rng(1)
    x, y, yaw = (
        (centre + 0.2 * random.standard_normal(PARTICLES)).astype(np.float32)
        for centre in (world.pose.x, world.pose.y, world.pose.yaw)
    )
    ranges = world.scan()
    picks = np.linspace(0, len(ranges) - 1, BEAMS).astype(int)
    bx = (ranges * np.cos(ANGLES))[picks].astype(np.float32)
    by = (ranges * np.sin(ANGLES))[picks].astype(np.float32)
    out = np.zeros(PARTICLES, np.float32)
    metres = ((field.distance.astype(np.float32) - INSIDE) * STEP).copy()

    def ours() -> None:
        score_poses(x, y, yaw, PARTICLES, bx, by, BEAMS, field.distance, RESOLUTION, table, out)

    def peer() -> np.ndarray:
        c, s = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
        column = ((x[:, None] + c * bx - s * by) / RESOLUTION).astype(np.int32)
        row = ((y[:, None] + s * bx + c * by) / RESOLUTION).astype(np.int32)
        np.clip(column, 0, metres.shape[1] - 1, out=column)
        np.clip(row, 0, metres.shape[0] - 1, out=row)
        d = metres[row, column]
        return np.log(0.95 * np.exp(-0.5 * (d / 0.05) ** 2) + 0.05).sum(axis=1)

    mine, theirs = milliseconds(ours), milliseconds(peer, 20)
    print(f"Weigh {PARTICLES} particles by {BEAMS} beams (numpy looks the nearest cell up; ours interpolates four)\n")
    print_table(
        ["what", "ms", "ratio to numpy"],
        [["numpy", f"{theirs:.2f}", "1.00"], ["navigation.likelihood", f"{mine:.2f}", f"{mine / theirs:.2f}"]],
    )
    rows = []
    for name, count in (("2000 particles", PARTICLES), ("adaptive", FilterParams().min_particles)):
        localiser = ParticleFilter(FilterParams(min_particles=count))
        localiser.set_field(field, HERE)
        localiser.set_pose(world.pose, 0.1, 0.1)
        clock = iter(np.arange(0.0, 1e4, 0.1))

        def update(localiser: ParticleFilter = localiser, clock: object = clock) -> None:
            localiser.update(HERE, ranges, ANGLES, HERE, next(clock))  # type: ignore[call-overload]

        taken = milliseconds(update, 100)
        rows.append([f"update, {name}", f"{taken:.2f}", f"{taken / 100.0:.1%} of a core at 10 Hz"])
    full_x, full_y = ranges * np.cos(ANGLES), ranges * np.sin(ANGLES)
    taken = milliseconds(lambda: search(field, full_x, full_y), 3)
    area = len(field.free_cells) * RESOLUTION**2
    rows.append([f"search of {area:.0f} m² with {math.tau / 90 * 57.3:.0f}° steps", f"{taken:.0f}", "only when lost"])
    print("\nA scan in the localiser\n")
    print_table(["what", "ms", "load"], rows)
    print("\nPose error while driving round the simulated hall (limit: 0.05 m and 1° at the 95th percentile)\n")
    rows = []
    for people in (0, 18, 60):
        errors = np.array(drive(people, 40.0, seed=2).pose_errors)
        (m50, d50), (m95, d95) = np.percentile(errors, [50, 95], axis=0)
        rows.append([str(people), f"{m50:.3f}", f"{m95:.3f}", f"{d50:.2f}", f"{d95:.2f}"])
    print_table(["people", "m, median", "m, 95 %", "degrees, median", "degrees, 95 %"], rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
