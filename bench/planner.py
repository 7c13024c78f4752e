"""Global planning against pyastar2d, scikit-image's MCP_Geometric and a textbook Theta*, on the same costs and pairs.

Maps: 20 % random boxes, robot radius 0.22 m, inflation 0.55 m, scaling 3. Pairs: at least 3 m apart, in free cells.
A peer is given the same weights (1 + k cost / 252, walls impassable; Theta* is blind to costs and finds about the
shortest way there is), and its path's length is its cells' polyline. Then corner to corner of a map of 200 m, and the
way to known places by cost-to-go fields.
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
from numpy.typing import NDArray

from bench.theta_star import theta_star
from guide_common.geometry import Pose2D
from navigation.cost_to_go import CostToGo
from navigation.costmap import INSCRIBED, Costs, InflationParams, inflate
from navigation.errors import NoPathError
from navigation.planner import Planner, PlannerParams, objective, warm

RESOLUTION, CLEARANCE = 0.05, 0.05
INFLATION = InflationParams(0.22, 0.55, 3.0)
SIZES, PAIRS, PEER_PAIRS = (1000, 2000), 100, 12
Cell = tuple[int, int]
Peer = Callable[[Cell, Cell], NDArray[np.int64] | None]


def boxes(size: int, seed: int) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    lethal = np.zeros((size, size), bool)
    while lethal.mean() < 0.2:
        width, height = rng.integers(10, 80, 2)
        x, y = rng.integers(0, size, 2)
        lethal[y : y + height, x : x + width] = True
    return lethal


def pairs_of(costs: Costs, seed: int) -> list[tuple[Cell, Cell]]:
    rng = np.random.default_rng(seed)
    free = np.argwhere(costs < INSCRIBED)
    pairs: list[tuple[Cell, Cell]] = []
    while len(pairs) < PAIRS:
        start, goal = (tuple(int(v) for v in cell) for cell in free[rng.integers(0, len(free), 2)])
        if math.dist(start, goal) * RESOLUTION >= 3.0:
            pairs.append((start, goal))  # type: ignore[arg-type]
    return pairs


def metres(cell: Cell) -> tuple[float, float]:
    return (cell[1] + 0.5) * RESOLUTION, (cell[0] + 0.5) * RESOLUTION


def measure_own(costs: Costs, pairs: list[tuple[Cell, Cell]]) -> tuple[list[float], list[float]]:
    planner = Planner(costs, RESOLUTION, params=PlannerParams(clearance=CLEARANCE))
    warm(planner)
    times, lengths = [], []
    for start, goal in pairs:
        try:
            path = planner.plan(metres(start), metres(goal))
        except NoPathError:
            times.append(math.nan)
            lengths.append(math.nan)
            continue
        times.append(path.seconds)
        lengths.append(path.length)
    return times, lengths


def measure_peer(peer: Peer, pairs: list[tuple[Cell, Cell]]) -> tuple[list[float], list[float]]:
    times, lengths = [], []
    for start, goal in pairs:
        begun = time.perf_counter()
        cells = peer(start, goal)
        times.append(time.perf_counter() - begun)
        length = (
            math.nan
            if cells is None or len(cells) == 0
            else float(np.hypot(*np.diff(cells, axis=0).T).sum()) * RESOLUTION
        )
        lengths.append(length)
    return times, lengths


def peers(costs: Costs) -> dict[str, Peer | str]:
    weights = np.where(costs < INSCRIBED, 1.0 + CLEARANCE * costs / 252.0, np.inf).astype(np.float32)
    found: dict[str, Peer | str] = {}
    free, _ = objective(0.0)
    theta_star(costs, free, (0, 0), (0, 0))  # compiled
    found["Theta*"] = lambda start, goal: theta_star(costs, free, start, goal)
    try:
        import pyastar2d
    except ImportError:
        found["pyastar2d"] = "not installed"
    else:
        found["pyastar2d"] = lambda start, goal: pyastar2d.astar_path(weights, start, goal, allow_diagonal=True)
    try:
        from skimage.graph import MCP_Geometric
    except ImportError:
        found["skimage MCP_Geometric"] = "not installed"
    else:

        def geometric(start: Cell, goal: Cell) -> NDArray[np.int64] | None:
            graph = MCP_Geometric(weights)
            graph.find_costs([start], [goal])
            try:
                return np.array(graph.traceback(goal))
            except ValueError:
                return None

        found["skimage MCP_Geometric"] = geometric
    return found


def row(name: str, times: list[float], lengths: list[float], own: tuple[list[float], list[float]] | None) -> None:
    reached = [i for i, length in enumerate(lengths) if math.isfinite(length)]
    ms = np.array(times)[reached] * 1e3
    text = f"{name:22} {len(reached):4}/{len(times):<4} {ms.mean():9.2f} {np.median(ms):9.2f} {ms.max():9.2f}"
    text += f" {np.array(lengths)[reached].mean():10.3f}"
    if own is not None:
        both = [i for i in reached if math.isfinite(own[1][i])]
        slower = np.array(times)[both].sum() / np.array(own[0])[both].sum()
        longer = np.array(lengths)[both].sum() / np.array(own[1])[both].sum()
        text += f" {slower:9.1f}x {longer:9.4f}x"
    print(text)


def corner_to_corner(size: int) -> None:
    """Print the time of the longest way on a large map, the first time and then."""
    lethal = boxes(size, 1)
    lethal[:60, :60] = lethal[-60:, -60:] = False
    costs = inflate(lethal, RESOLUTION, INFLATION)
    planner = Planner(costs, RESOLUTION, params=PlannerParams(clearance=CLEARANCE))
    warm(planner)
    far = size * RESOLUTION - 1.5
    paths = [planner.plan((1.5, 1.5), (far, far)) for _ in range(6)]
    first, rest = paths[0].seconds * 1e3, np.median([path.seconds for path in paths[1:]]) * 1e3
    print(f"{size} x {size} cells, corner to corner: {first:.0f} ms, then {rest:.0f} ms, {paths[0].length:.1f} m\n")


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
        print(f"made anew: {seconds_to_refresh(fields, 2):.1f} s; on disk: {megabytes(Path(folder)):.0f} MB")
        known = ways(fields, costs, pairs)
        searched = [planner.plan(metres(start), metres(goal)).length for _, _, start, goal in known[::7]]
        ratio = sum(length for _, length, _, _ in known[::7]) / sum(searched)
        print(f"plan: {spread(known)} of {places * 10} ways (the rest are searched), {ratio:.4f} x the searched length")
        print(f"resident: {resident() - before:.0f} MB more after all of them")
        lethal[size // 2 : size // 2 + 60, size // 2 - 100 : size // 2 - 40] = True  # a zone of 3 x 3 m
        fields.set_costs(inflate(lethal, RESOLUTION, INFLATION))
        print(f"after a zone of 3 x 3 m is drawn: fresh again in {seconds_to_refresh(fields, 1):.2f} s, by one thread")
        begun = time.perf_counter()
        fields.set_costs(costs)
        taken = time.perf_counter() - begun + seconds_to_refresh(fields, 1)
        print(f"after it is taken away again: {taken:.2f} s (kept on disk)")
        for thing, (rows, columns) in {"a trolley, 0.6 x 1 m": (12, 20), "a stand, 3 x 3 m": (60, 60)}.items():
            lethal = boxes(size, 1)
            lethal[size // 2 : size // 2 + rows, size // 2 - 100 : size // 2 - 100 + columns] = True
            lasting = inflate(lethal, RESOLUTION, INFLATION)
            begun = time.perf_counter()
            fields.set_lasting(lasting)
            taken = time.perf_counter() - begun + seconds_to_refresh(fields, 1)
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


def seconds_to_refresh(fields: CostToGo, threads: int) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: refresh_all(fields), range(threads)))
    return time.perf_counter() - begun


def refresh_all(fields: CostToGo) -> None:
    while fields.refresh():
        pass


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 2**20


def main() -> None:
    for size in SIZES:
        costs = inflate(boxes(size, 1), RESOLUTION, INFLATION)
        pairs = pairs_of(costs, 5)
        print(f"{size} x {size} cells, {PAIRS} pairs (pyastar2d, skimage: the first {PEER_PAIRS}), k = {CLEARANCE}")
        print(f"{'':22} {'paths':9} {'mean ms':>9} {'median':>9} {'max':>9} {'mean m':>10} {'time':>10} {'length':>10}")
        own = measure_own(costs, pairs)
        row("guide", *own, None)
        for name, peer in peers(costs).items():
            if isinstance(peer, str):
                print(f"{name:22} {peer}")
            else:
                few = pairs if name == "Theta*" else pairs[:PEER_PAIRS]
                row(name, *measure_peer(peer, few), own)
        print()
    corner_to_corner(4000)
    known_places(2000, 100)


if __name__ == "__main__":
    main()
