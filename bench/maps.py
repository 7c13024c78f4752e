"""Load a map of 10,000 x 10,000 cells: time and memory against Pillow with NumPy, and through the map server.

    python -m bench.maps

Each load runs in a process of its own, so that the peak of memory is that of the load.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from domain_coordinator import domain_id

from bench.table import print_table

SIDE = 10_000
ROOT = Path(__file__).resolve().parents[1]
KINDS = (("trinary", "png"), ("trinary", "pgm"), ("raw", "bmp"), ("scale", "png"))
REPEATS = 3


def main() -> int:
    """Print both tables; with arguments, be one of the measured processes."""
    if len(sys.argv) > 1:
        _measured(sys.argv[1], Path(sys.argv[2]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files = [_draw(Path(folder), mode, image) for mode, image in KINDS]
        rows = []
        for (mode, image), path in zip(KINDS, files, strict=True):
            ours, theirs = (_best("ours", path), _best("pillow", path) if mode == "trinary" else None)
            ratio = f"{theirs['seconds'] / ours['seconds']:.1f}" if theirs else ""
            rows.append((f"{mode} {image}", *_cells(ours), *(_cells(theirs) if theirs else ("", "")), ratio))
        head = ("map", "load s", "peak MB", "Pillow + NumPy s", "peak MB", "faster by")
        print(f"A map of {SIDE} x {SIDE} cells from file to occupancy grid, best of {REPEATS}:\n")
        print_table(head, rows)
        print("\nThe same through map_server (trinary png), message and answer included:\n")
        with domain_id() as domain:
            _through_the_server(files[0], {**os.environ, "ROS_DOMAIN_ID": str(domain)})
    return 0


def _draw(folder: Path, mode: str, image: str) -> Path:
    """Write a hall of rooms: walls, unknown floor and free floor in blocks of a metre."""
    from navigation.grid import GridMap, save_map

    blocks = np.random.default_rng(1).choice(np.array([0, 0, 0, 100, 255], np.uint8), (SIDE // 20, SIDE // 20))
    path = folder / f"{mode}_{image}.yaml"
    save_map(GridMap(np.kron(blocks, np.ones((20, 20), np.uint8)), 0.05), path, image, mode)
    return path


def _best(who: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.maps", who, str(path)]
    runs = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    return min(runs, key=lambda run: run["seconds"])


def _cells(run: dict[str, float]) -> tuple[str, str]:
    return f"{run['seconds']:.2f}", f"{run['peak']:.0f}"


def _measured(who: str, path: Path) -> None:
    if who == "late":
        _late()
        return
    load = _ours(path) if who == "ours" else _pillow(path)
    begun = time.perf_counter()
    load()
    print(json.dumps({"seconds": time.perf_counter() - begun, "peak": _peak(os.getpid())}))


def _ours(path: Path) -> Callable[[], object]:
    from navigation.grid import load_map

    return lambda: load_map(path)


def _pillow(path: Path) -> Callable[[], object]:
    """Do what a short script does: shades as numbers, two comparisons."""
    import yaml
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None

    def load() -> object:
        header = yaml.safe_load(path.read_text(encoding="utf-8"))
        shade = np.asarray(Image.open(path.parent / header["image"]).convert("L")) / 255.0
        occupied = 1.0 - shade
        cells = np.full(shade.shape, 255, np.uint8)
        cells[occupied > header["occupied_thresh"]] = 100
        cells[occupied < header["free_thresh"]] = 0
        return np.flipud(cells).copy()

    return load


def _peak(pid: int) -> float:
    """Return the most memory that a process ever held, MB, from the kernel's count."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / 1024.0
    raise RuntimeError(f"the kernel keeps no peak of process {pid}")


def _through_the_server(path: Path, env: dict[str, str]) -> None:
    os.environ.update(env)
    from nav2_msgs.srv import LoadMap

    from tests.navigation.test_map_server import SITE, Client, process

    with process("map_server", site_dir=SITE, floor="'1'") as server:
        client = Client()
        client.change_state(1, 3)
        idle = _peak(server.pid)
        begun = time.monotonic()
        answer = client.call(LoadMap, "map_server/load_map", LoadMap.Request(map_url=str(path)))
        took = time.monotonic() - begun
        assert answer.result == LoadMap.Response.RESULT_SUCCESS, answer.result
        late = subprocess.run(
            [sys.executable, "-m", "bench.maps", "late", str(path)], capture_output=True, text=True, check=True
        )
        rss = psutil.Process(server.pid).memory_info().rss / 2**20
        rows = [
            ("load_map answered, the map in the answer", f"{took:.2f} s"),
            ("latched map at a late subscriber, from its start of listening", f"{json.loads(late.stdout):.2f} s"),
            ("map_server before", f"{idle:.0f} MB"),
            ("map_server, peak", f"{_peak(server.pid):.0f} MB"),
            ("map_server, after", f"{rss:.0f} MB"),
        ]
        print_table(("what", "figure"), rows)
        client.close()


def _late() -> None:
    from nav_msgs.msg import OccupancyGrid

    from guide_common.qos import LATCHED
    from tests.navigation.test_map_server import Client

    client = Client()
    begun = time.monotonic()
    client.listen(OccupancyGrid, "map", LATCHED)
    assert client.until(lambda: "map" in client.got), "no map came"
    took = time.monotonic() - begun
    assert client.got["map"].info.width == SIDE
    print(json.dumps(took))
    client.close()


if __name__ == "__main__":
    sys.exit(main())
