"""Run every benchmark on this machine and write what they print into docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

import psutil

BENCHES = (
    *(
        "maps",
        "planner",
        "costmap",
        "controller",
        "following",
        "localiser",
        "lost",
        "people",
        "lookup",
        "speech",
        "sim",
        "simulators",
    ),
    "graph",
)
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Run the benchmarks named on the command line, or all; the page is written only when all have run."""
    wanted = sys.argv[1:] or list(BENCHES)
    sections, failed = [], []
    for name in wanted:
        print(f"== {name}", flush=True)
        result = subprocess.run([sys.executable, "-m", f"bench.{name}"], capture_output=True, text=True, check=False)
        print(result.stdout, flush=True)
        if result.returncode:
            failed.append(name)
            print(result.stderr, file=sys.stderr)
        sections.append(f"## {name}\n\n```\n{result.stdout.strip()}\n```\n")
    if wanted == list(BENCHES) and not failed:
        PAGE.write_text(_page(sections), encoding="utf-8")
    return 1 if failed else 0


def _page(sections: list[str]) -> str:
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GB, no GPU, Python {platform.python_version()}"
    head = f"# Benchmarks\n\nWritten by `make bench`, in one run on one machine: {machine}, {date.today()}.\n\n"
    return head + "\n".join(sections)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
