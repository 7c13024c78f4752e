"""The people tracker: time of a scan by how many people there are, against a textbook Kalman filter bank in numpy."""

from __future__ import annotations

import time

import numpy as np

from bench.hall_drive import drive
from bench.table import print_table
from guide_common.geometry import Pose2D
from navigation import people_kernels as kernels
from navigation.likelihood import build_field
from navigation.people import PeopleTracker
from tests.navigation.lidar_world import ANGLES, RESOLUTION, Walker, World

SCANS = 150


def crowd(count: int) -> list[Walker]:
    random = np.random.default_rng(3)
    ends = random.uniform((2.0, 4.0), (22.0, 13.0), (count, 2, 2))
    return [Walker([tuple(a), tuple(b)], speed=float(random.uniform(0.5, 1.3))) for a, b in ends]


def scan_times(count: int) -> tuple[float, float]:
    """Return ms a scan (median) and tracks told of (mean) among `count` people."""
    world = World(people=crowd(count), pose=Pose2D(9.0, 7.5))
    tracker = PeopleTracker()
    tracker.warm()
    tracker.set_field(build_field(world.occupied, world.free, RESOLUTION), Pose2D(0.0, 0.0))
    times, told = [], []
    for _ in range(SCANS):
        for _ in range(5):
            world.drive(0.0, 0.0, 0.02)
        ranges = world.scan()
        begun = time.perf_counter()
        tracker.update(ranges, ANGLES, world.pose, world.time)
        told.append(len(tracker.tracks(world.time)))
        times.append(time.perf_counter() - begun)
    return float(np.median(times[20:])) * 1e3, float(np.mean(told[20:]))


def filters(count: int = 30, runs: int = 300) -> tuple[float, float]:
    """Return microseconds to predict and correct `count` filters: ours, numpy's."""
    random = np.random.default_rng(1)
    state, cov = random.normal(size=(count, 4)), np.tile(np.eye(4), (count, 1, 1))
    F, H, R = np.eye(4), np.eye(2, 4), 0.01 * np.eye(2)
    F[0, 2] = F[1, 3] = 0.1
    Q = 0.01 * np.eye(4)

    def ours() -> None:
        kernels.predict(state, cov, count, 0.1, 1.0)
        for k in range(count):
            kernels.correct(state[k], cov[k], 0.0, 0.0, 0.1)

    def peer() -> None:
        for k in range(count):
            x, P = F @ state[k], F @ cov[k] @ F.T + Q
            K = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
            state[k], cov[k] = x - K @ (H @ x), (np.eye(4) - K @ H) @ P

    taken = []
    for work in (ours, peer):
        work()
        begun = time.perf_counter()
        for _ in range(runs):
            work()
        taken.append((time.perf_counter() - begun) / runs * 1e6)
    return taken[0], taken[1]


def main() -> int:
    rows = []
    for count in (0, 5, 20, 50):
        taken, told = scan_times(count)
        rows.append([str(count), f"{told:.1f}", f"{taken:.2f}", f"{taken / 100.0:.1%}"])
    print("A scan of 720 beams in the people tracker (the limit is the lidar's 100 ms)\n")
    print_table(
        ["people in the hall", "tracks", "ms", "share of a scan's time"],
        rows,
    )
    print("\nTracks while driving round the simulated hall for 40 s\n")
    rows = []
    for count in (0, 18, 60):
        o = drive(count, 40.0, seed=2)
        error = f"{np.median(o.track_errors):.3f}" if o.track_errors else "-"
        shares = [f"{o.recall(*span):.1%}" if count else "-" for span in ((0, 4), (4, 7), (7, 9))]
        rows.append([str(count), *shares, error, str(len(o.false_ids))])
    print_table(["people", "told of within 4 m", "4-7 m", "7-9 m", "error, m, median", "false tracks"], rows)
    mine, theirs = filters()
    print("\nPredict and correct 30 Kalman filters\n")
    print_table(
        ["what", "µs", "ratio to numpy"],
        [["numpy", f"{theirs:.0f}", "1.00"], ["navigation.people_kernels", f"{mine:.0f}", f"{mine / theirs:.2f}"]],
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
