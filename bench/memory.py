"""Hold the memory of one process that simulates hall and robot for a day and a night against the hours.

    python -m bench.memory [HOURS]

One run of 24 hours, visitor after visitor, in a copy of the first site that never closes. It takes about an hour of
one core, so `make bench` leaves it out.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import yaml

from hall_sim.runs.day import HOUR, Hour, HourRun

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "maps" / "hcmc_center"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY: dict[str, Any] = {"name": "memory", "date": "2026-03-02T00:00:00+07:00", "arrivals": {"00:00": 55}}
"""A quiet hour of the weekday, again and again: 14 people in the hall, eight visitors an hour."""


def main() -> None:
    """Print the resident memory at the end of each simulated hour, and its trend after the first."""
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 24.0
    with tempfile.TemporaryDirectory() as folder:
        begun, process, used = time.monotonic(), psutil.Process(), []
        run = HourRun(Hour(_day_that_never_closes(Path(folder)), "00:00", 1), ROOT, lasts=hours * HOUR)
        served = 0

        def watch(inner: Any, tick: Any) -> None:
            nonlocal served
            if inner.hall.time < (len(used) + 1) * HOUR:
                return
            used.append(process.memory_info().rss / 2**20)
            served += len(run.visits)
            run.visits.clear()
            speed = inner.hall.time / (time.monotonic() - begun)
            print(
                f"hour {len(used):2d}: {used[-1]:6.1f} MB, {served:3d} visits, {speed:.1f} x",
                flush=True,
            )

        run.watch(watch)
        run.run()
    if len(used) > 2:
        slope = float(np.polyfit(np.arange(1, len(used)), used[1:], 1)[0])
        print(f"after hour 1: {max(used[1:]) - min(used[1:]):.1f} MB between least and most, {slope:+.2f} MB an hour")


def _day_that_never_closes(folder: Path) -> Path:
    site = folder / "site"
    shutil.copytree(SITE, site)
    settings = yaml.safe_load((site / "site.yaml").read_text(encoding="utf-8"))
    settings["hours"] = {day: [["00:00", "23:59"]] for day in WEEK}
    (site / "site.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    day = folder / "day.yaml"
    day.write_text(yaml.safe_dump(DAY | {"site": str(site)}), encoding="utf-8")
    return day


if __name__ == "__main__":
    main()
