"""The ways to known places by cost-to-go fields: what they take to make, to keep and to change, and what they give.

First the fields by themselves, then through the navigator's floor: scans in, plans out. Maps as in `bench.planner`.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from bench.planner import CLEARANCE, INFLATION, RESOLUTION, Cell, boxes, metres, pairs_of
from guide_common.geometry import Pose2D
from navigation.cost_to_go import CostToGo
from navigation.costmap import Costs, ObstacleParams, inflate
from navigation.grid import GridMap
from navigation.navigator_floor import Floor
from navigation.planner import Planner, PlannerParams, warm

SIZE, PLACES = 2000, 100
THREADS = 2
"""That make fields in the navigator."""


def known_places(size: int, places: int) -> None:
    """Print what cost-to-go fields take to make, to keep and to change, and the ways they give."""
    lethal = boxes(size, 1)
    costs = inflate(lethal, RESOLUTION, INFLATION)
    pairs = pairs_of(costs, 5)[:places]
    planner = Planner(costs, RESOLUTION, params=PlannerParams(clearance=CLEARANCE))
    warm(planner)
    with tempfile.TemporaryDirectory() as folder:
        fields = CostToGo(Path(folder), RESOLUTION, Pose2D(0.0, 0.0), planner.params)
        fields.set_places({str(i): metres(goal) for i, (_, goal) in enumerate(pairs)})
        fields.set_costs(costs)
        fields.refresh()  # compiled
        before = resident()
        print(f"{size} x {size} cells, cost-to-go fields of {places} places, k = {CLEARANCE}")
        print(f"made anew: {seconds_to_refresh(fields.refresh, 2):.1f} s; on disk: {megabytes(Path(folder)):.0f} MB")
        known = ways(fields, costs, pairs)
        searched = [planner.plan(metres(start), metres(goal)).length for _, _, start, goal in known[::7]]
        ratio = sum(length for _, length, _, _ in known[::7]) / sum(searched)
        print(f"plan: {spread(known)} of {places * 10} ways (the rest are searched), {ratio:.4f} x the searched length")
        print(f"resident: {resident() - before:.0f} MB more after all of them")
        lethal[size // 2 : size // 2 + 60, size // 2 - 100 : size // 2 - 40] = True  # a zone of 3 x 3 m
        fields.set_costs(inflate(lethal, RESOLUTION, INFLATION))
        taken = seconds_to_refresh(fields.refresh, 1)
        print(f"after a zone of 3 x 3 m is drawn: fresh again in {taken:.2f} s, by one thread")
        begun = time.perf_counter()
        fields.set_costs(costs)
        taken = time.perf_counter() - begun + seconds_to_refresh(fields.refresh, 1)
        print(f"after it is taken away again: {taken:.2f} s (kept on disk)")
        for thing, (rows, columns) in {"a trolley, 0.6 x 1 m": (12, 20), "a stand, 3 x 3 m": (60, 60)}.items():
            lethal = boxes(size, 1)
            lethal[size // 2 : size // 2 + rows, size // 2 - 100 : size // 2 - 100 + columns] = True
            lasting = inflate(lethal, RESOLUTION, INFLATION)
            begun = time.perf_counter()
            fields.set_lasting(lasting)
            taken = time.perf_counter() - begun + seconds_to_refresh(fields.refresh, 1)
            print(f"after {thing}, lasts: fresh again in {taken:.2f} s, by one thread")
            print(f"plan: {spread(ways(fields, lasting, pairs))} of {places * 10} ways")
            print(f"resident: {resident() - before:.0f} MB more")
        begun = time.perf_counter()
        fields.set_lasting(None)
        print(f"after it is gone: {(time.perf_counter() - begun) * 1e3:.0f} ms")


Way = tuple[float, float, Cell, Cell]
"""Seconds, length in m, start, goal."""


def ways(fields: CostToGo, costs: Costs, pairs: list[tuple[Cell, Cell]]) -> list[Way]:
    """Plan from each start to every tenth place; return the ways that the fields know."""
    found: list[Way] = []
    for start, _ in pairs:
        for _, goal in pairs[:: max(1, len(pairs) // 10)]:
            path = fields.plan(costs, metres(start), metres(goal))
            if path is not None:
                found.append((path.seconds, path.length, start, goal))
    return found


def spread(found: list[Way]) -> str:
    times = np.array([seconds for seconds, _, _, _ in found]) * 1e3
    return f"median {np.median(times):.3f} ms, 95 % {np.percentile(times, 95):.3f} ms, {len(found)}"


def resident() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def seconds_to_refresh(refresh: Callable[[], bool], threads: int) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: refresh_all(refresh), range(threads)))
    return time.perf_counter() - begun


def refresh_all(refresh: Callable[[], bool]) -> None:
    while refresh():
        pass


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 2**20


def through_floor(size: int, places: int) -> None:
    """Print how soon the navigator plans round what its lidar has seen for long, and what its plans take."""
    lethal = boxes(size, 1)
    costs = inflate(lethal, RESOLUTION, INFLATION)
    pairs = pairs_of(costs, 5)[:places]
    with tempfile.TemporaryDirectory() as folder:
        floor = Floor(INFLATION, Path(folder))
        floor.take_map(GridMap(np.where(lethal, 100, 0).astype(np.uint8), RESOLUTION, Pose2D(0.0, 0.0)))
        floor.take_places({str(i): metres(goal) for i, (_, goal) in enumerate(pairs)})
        seconds_to_refresh(floor.refresh_fields, THREADS)
        print(f"\nthrough the navigator's floor, its k = {PlannerParams().clearance}; plans: {plans(floor, pairs)}")
        angles = np.linspace(-math.pi, math.pi, 720, endpoint=False)
        ranges, ahead = np.full(720, np.inf), np.abs(angles) < 0.3
        ranges[ahead] = 1.5 / np.cos(angles[ahead])
        robot = spacious(costs)
        for i in range(round(ObstacleParams().lasting * 10.0) + 2):
            fresh = floor.fields_ready
            floor.take_scan(ranges, angles, robot, 100.0 + 0.1 * i)
            if i <= ObstacleParams().lasting * 10.0 - 1.0:
                floor.refresh_fields()
        taken = seconds_to_refresh(floor.refresh_fields, THREADS)
        print(f"after a front of 0.9 m was seen for 10 s ({fresh} fields fresh): {floor.fields_ready} in {taken:.2f} s")
        print(f"plans: {plans(floor, pairs)}")
        floor.take_scan(np.full(720, np.inf), angles, robot, 112.0)
        taken = seconds_to_refresh(floor.refresh_fields, THREADS)
        print(f"after it was seen gone: {floor.fields_ready} fresh in {taken * 1e3:.0f} ms")


def plans(floor: Floor, pairs: list[tuple[Cell, Cell]]) -> str:
    """Plan from each start to every tenth place, searched or known."""
    times = []
    for start, _ in pairs:
        for _, goal in pairs[::10]:
            begun = time.perf_counter()
            floor.plan(Pose2D(*metres(start)), Pose2D(*metres(goal)))
            times.append((time.perf_counter() - begun) * 1e3)
    return f"median {np.median(times):.3f} ms, 95 % {np.percentile(times, 95):.3f} ms of {len(times)}"


def spacious(costs: Costs) -> Pose2D:
    """Return a place with 2 m of free floor to its right."""
    for row, column in np.argwhere(costs == 0)[len(costs) * len(costs) // 4 :: 97].tolist():
        window = costs[row - 10 : row + 11, column : column + 41]
        if window.size == 21 * 41 and not window.any():
            return Pose2D(*metres((row, column)))
    raise AssertionError("the map has no such place")


def main() -> None:
    known_places(SIZE, PLACES)
    through_floor(SIZE, PLACES)


if __name__ == "__main__":
    main()
