"""Time the lookup against rapidfuzz's token_set_ratio on the same names and phrases, in one process.

    python bench/lookup.py [--procedures FILE.csv] [--size 5670]

Without --procedures the large catalogue is made from the site's: each name again, under other places and cases.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from time import perf_counter

import numpy as np
from rapidfuzz import fuzz, process

from counter_map.lookup import Lookup
from counter_map.lookup_catalogue import load_catalogue
from counter_map.model import Procedure
from counter_map.site import load_site
from counter_map.text import fold, normalise

ROOT = Path(__file__).parents[1]
CASES = ("đối với tổ chức", "đối với cá nhân", "cấp xã", "tại khu kinh tế", "trong trường hợp bị thu hồi",
         "thuộc thẩm quyền của Ủy ban nhân dân cấp huyện")  # fmt: skip


def questions() -> list[tuple[str, str]]:
    with (ROOT / "tests/counter_map/utterances.csv").open(encoding="utf-8", newline="") as file:
        return [(row["utterance"], row["lang"]) for row in csv.DictReader(file)]


def enlarged(procedures: Sequence[Procedure], size: int) -> list[Procedure]:
    """Make `size` procedures: names recombined (half of one, half of another) under further cases."""
    random = Random(3)
    made = list(procedures)
    while len(made) < size:
        one, two = (random.choice(procedures).names["vi"].split() for _ in range(2))
        name = " ".join([*one[: max(3, len(one) // 2)], *two[len(two) // 2 :], random.choice(CASES)])
        made.append(replace(random.choice(procedures), code=f"x{len(made)}", names={"vi": name}, phrases={}))
    return made[:size]


def timed(ask: Callable[[str, str], object], asked: list[tuple[str, str]], rounds: int = 3) -> dict[str, float]:
    """Give milliseconds of the first time each question is asked and of later times."""
    first = [_once(ask, *question) for question in asked]
    later = [_once(ask, *question) for _ in range(rounds) for question in asked]
    return {
        "first_p50_ms": float(np.percentile(first, 50)),
        "first_p99_ms": float(np.percentile(first, 99)),
        "p50_ms": float(np.percentile(later, 50)),
        "p99_ms": float(np.percentile(later, 99)),
    }


def _once(ask: Callable[[str, str], object], text: str, language: str) -> float:
    begin = perf_counter()
    ask(text, language)
    return (perf_counter() - begin) * 1e3


def measure(name: str, procedures: Sequence[Procedure]) -> dict[str, float | str]:
    asked = questions()
    begin = perf_counter()
    lookup = Lookup(procedures)
    build = perf_counter() - begin
    strings = [fold(normalise(s)) for p in procedures for s in (*p.names.values(), *sum(p.phrases.values(), ()))]
    ours = timed(lookup.find, asked)
    peer = timed(lambda text, _: process.extract(fold(normalise(text)), strings, scorer=fuzz.token_set_ratio, limit=3),
                 asked, rounds=1)  # fmt: skip
    return {
        "catalogue": name, "procedures": len(procedures), "build_s": build, **ours, "rapidfuzz_p50_ms": peer["p50_ms"],
        "rapidfuzz_p99_ms": peer["p99_ms"], "ratio_p50": ours["p50_ms"] / peer["p50_ms"],
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the lookup.")
    parser.add_argument("--procedures", type=Path, help="a large catalogue: CSV with code,name_vi,field,department")
    parser.add_argument("--size", type=int, default=5670, help="procedures of the made catalogue")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    site = list(load_site(ROOT / "maps/hcmc_center").procedures.values())
    large = load_catalogue(given.procedures) if given.procedures else enlarged(site, given.size)
    Lookup(site[:5]).find("làm nóng", "vi")
    rows = [measure("site", site), measure(given.procedures.name if given.procedures else "made", large)]
    if given.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(f"{v:.2f}" if isinstance(v, float) else str(v) for v in row.values()) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
