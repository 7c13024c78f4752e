"""What one scan costs the layered costmap, beside recomputing the costs by a whole distance transform.

A floor of walls and boxes, the robot in the middle, 720 beams at 10 Hz, 30 people who walk about within the lidar's
reach. The peers give the same costs: OpenCV's exact distance transform of the floor, or of the window that changed, and
the look-up of Nav2's formula. The limit is reading and writing that window's bytes once.
"""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.table import print_table
from guide_common.geometry import Pose2D
from navigation.costmap import InflationParams, LayeredCostmap
from navigation.grid import GridMap

RESOLUTION, BEAMS, PEOPLE, SCANS, LEG = 0.05, 720, 30, 200, 0.12
SIZES = (1000, 4000)
REACH = 8.0
"""m from the robot that people walk."""
ANGLES = np.linspace(-math.pi, math.pi, BEAMS, endpoint=False)
Floats = NDArray[np.float64]


def floor(size: int) -> GridMap:
    cells = np.zeros((size, size), np.uint8)
    cells[:3] = cells[-3:] = cells[:, :3] = cells[:, -3:] = 100
    rng = np.random.default_rng(3)
    for _ in range(size * size // 20_000):
        y, x = rng.integers(0, size - 40, 2)
        if max(abs(y - size // 2), abs(x - size // 2)) > 60:
            cells[y : y + rng.integers(8, 40), x : x + rng.integers(8, 40)] = 100
    return GridMap(cells, RESOLUTION)


def scans(grid: GridMap) -> list[Floats]:
    """Return the scans of people who walk at 1 m/s, in a hall that is else seen to be free."""
    rng = np.random.default_rng(4)
    at = rng.uniform(-REACH, REACH, (PEOPLE, 2))
    heading = rng.uniform(-math.pi, math.pi, PEOPLE)
    seen = []
    for _ in range(SCANS):
        at += 0.1 * np.column_stack([np.cos(heading), np.sin(heading)])
        heading += rng.normal(0.0, 0.1, PEOPLE) + math.pi * (np.abs(at) > REACH).any(axis=1)
        away, bearing = np.hypot(*at.T), np.arctan2(at[:, 1], at[:, 0])
        off = (ANGLES[:, None] - bearing + math.pi) % math.tau - math.pi
        beside = away * np.sin(off)
        hit = (np.abs(off) < 1.5) & (np.abs(beside) < LEG)
        ranges = np.where(hit, away * np.cos(off) - np.sqrt(np.maximum(LEG * LEG - beside * beside, 0.0)), 20.0)
        seen.append(ranges.min(axis=1) + rng.normal(0.0, 0.015, BEAMS))
    return seen


def lethal_of(costmap: LayeredCostmap, walls: NDArray[np.bool_]) -> NDArray[np.bool_]:
    lethal = walls.copy()
    marked = costmap.obstacle_cells
    lethal[marked[:, 1], marked[:, 0]] = True
    return lethal


def transformed(lethal: NDArray[np.bool_], params: InflationParams) -> NDArray[np.uint8]:
    """Return the same costs by OpenCV's exact distance transform and one look-up a cell."""
    table, reach = params.table(RESOLUTION), params.cells(RESOLUTION)
    distance = cv2.distanceTransform((~lethal).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    squared = np.rint(distance * distance).astype(np.int32)
    return np.where(squared <= reach * reach, table[np.minimum(squared, reach * reach)], 0).astype(np.uint8)


def ms(times: list[float]) -> list[str]:
    return [f"{1e3 * value:.2f}" for value in (np.mean(times), np.median(times), max(times))]


def timed(work: Callable[..., object], *given: object) -> float:
    begun = time.perf_counter()
    work(*given)
    return time.perf_counter() - begun


def measure(size: int) -> None:
    grid = floor(size)
    middle = Pose2D(*(0.5 * side for side in grid.size), 0.0)
    tracemalloc.start()
    costmap = LayeredCostmap(grid)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    walls, params, reach = grid.lethal, costmap.inflation, costmap.inflation.cells(RESOLUTION)
    own: list[float] = []
    window_times: list[float] = []
    whole: list[float] = []
    limit: list[float] = []
    marked = []
    costmap.update_scan(np.full(BEAMS, np.inf), ANGLES, middle, 0.0)
    for step, ranges in enumerate(scans(grid)):
        begun = time.perf_counter()
        window = costmap.update_scan(ranges, ANGLES, middle, 0.1 * (step + 1))
        own.append(time.perf_counter() - begun)
        marked.append(len(costmap.obstacle_cells))
        if window is None or step % 10:
            continue
        row0, row1, col0, col1 = window
        lethal = lethal_of(costmap, walls)
        around = lethal[max(0, row0 - reach) : row1 + reach, max(0, col0 - reach) : col1 + reach]
        window_times.append(timed(transformed, around, params))
        if size <= 1000 or step % 50 == 0:
            whole.append(timed(transformed, lethal, params))
            assert np.array_equal(transformed(lethal, params), costmap.costs)
        target = np.empty((row1 - row0, col1 - col0), np.uint8)
        limit.append(timed(np.copyto, target, costmap.costs[row0:row1, col0:col1]))
    print(f"{size} x {size} cells, {PEOPLE} people, {np.mean(marked):.0f} cells marked; ", end="")
    print(f"the costmap's memory {memory / 1e6:.0f} MB, {memory / size**2:.1f} bytes a cell")
    mean = float(np.mean(own))
    rows = [
        (name, *ms(times), f"{np.mean(times) / mean:.2f}x")
        for name, times in (
            ("guide, a scan of 720 beams", own),
            ("OpenCV, the same window", window_times),
            ("OpenCV, the whole floor", whole),
            ("copying the window", limit),
        )
    ]
    print_table(("", "mean ms", "median", "max", "of guide's"), rows)
    print()


def main() -> None:
    warm = LayeredCostmap(floor(200))
    for stamp in (0.0, 0.1):
        warm.update_scan(np.full(BEAMS, 2.0), ANGLES, Pose2D(5.0, 5.0), stamp)
    for size in SIZES:
        measure(size)


if __name__ == "__main__":
    main()
