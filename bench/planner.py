"""Global planning against pyastar2d, scikit-image's MCP_Geometric and a textbook Theta*, on the same costs and pairs.

Maps: 20 % random boxes, robot radius 0.22 m, inflation 0.55 m, scaling 3. Pairs: at least 3 m apart, in free cells.
A peer is given the same weights (1 + k cost / 252, walls impassable; Theta* is blind to costs and finds about the
shortest way there is), and its path's length is its cells' polyline. Then corner to corner of a map of 200 m.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.theta_star import theta_star
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


if __name__ == "__main__":
    main()
