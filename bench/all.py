"""Run benchmarks on this machine and write what they print into docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

import psutil

BENCHES = (
    *("maps", "planner", "known_places", "costmap", "controller", "following", "stops"),
    *("localiser", "lost", "people", "tracking"),
    *("lookup", "speech", "answering", "sim", "simulators", "graph"),
)
HEAD = """# Benchmarks

Written by `make bench`; a section is one run on the machine and day that it names. `make bench ARGS="planner costmap"`
measures some of them anew.

"""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Run the benchmarks named on the command line, or all, and put what they print in their sections of the page."""
    wanted = sys.argv[1:] or list(BENCHES)
    sections = _read_page()
    failed = []
    for name in wanted:
        print(f"== {name}", flush=True)
        result = subprocess.run([sys.executable, "-m", f"bench.{name}"], capture_output=True, text=True, check=False)
        print(result.stdout, flush=True)
        if result.returncode:
            failed.append(name)
            print(result.stderr, file=sys.stderr)
        else:
            sections[name] = f"{_machine()}\n\n```\n{result.stdout.strip()}\n```\n"
    PAGE.write_text(HEAD + "\n".join(f"## {name}\n\n{sections[name]}" for name in BENCHES if name in sections))
    return 1 if failed else 0


def _read_page() -> dict[str, str]:
    """Return the sections of the page as it is, by name."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    parts = [part.split("\n\n", 1) for part in text.split("## ")[1:]]
    return {name.strip(): body.rstrip() + "\n" for name, body in parts}


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    cores = f"{os.cpu_count()} cores ({_processor()})"
    return f"{cores}, {memory:.0f} GB, no GPU, Python {platform.python_version()}, {date.today()}."


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
