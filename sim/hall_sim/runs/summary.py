"""Sum many runs up: rates with confidence intervals, means, and the forms that other tools read."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean, median, stdev
from typing import Any

from hall_sim.runs.verdict import Verdict

Report = Mapping[str, Any]

Z95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


def summarise(reports: Sequence[Report]) -> dict[str, Any]:
    """Return the figures of all runs, and of each scenario under `scenarios`."""
    by_scenario: dict[str, list[Report]] = defaultdict(list)
    for report in reports:
        by_scenario[report["scenario"]].append(report)
    scenarios = {name: figures(by_scenario[name]) for name in sorted(by_scenario)}
    return figures(reports) | {"scenarios": scenarios}


def figures(reports: Sequence[Report]) -> dict[str, Any]:
    """Return counts by verdict, rates, mean, median and 95 % interval of each metric, and metrics that no run had."""
    verdicts = {verdict.value: sum(r["verdict"] == verdict.value for r in reports) for verdict in Verdict}
    ran = [report for report in reports if report["metrics"]]
    metrics = _metrics(ran)
    guides = [report for report in ran if report["metrics"].get("guide_wanted")]
    return {
        "runs": len(reports),
        "verdicts": verdicts,
        "passed": _rate(verdicts[Verdict.PASSED.value], len(reports)),
        "wrong_counter": _rate(sum(bool(r["metrics"].get("wrong_counter")) for r in guides), len(guides)),
        "assists_per_100_guides": _per_hundred(sum(r["metrics"].get("assists", 0) for r in guides), len(guides)),
        "metrics": metrics,
        "unmeasured": sorted({name for r in ran for name in r["metrics"]} - set(metrics)),
    }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (E. B. Wilson, 1927)."""
    if trials == 0:
        return 0.0, 1.0
    share, z2 = successes / trials, Z95 * Z95
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return max(min(middle - half, share), 0.0), min(max(middle + half, share), 1.0)


def junit(suite: str, reports: Sequence[Report]) -> str:
    """Return the runs as JUnit XML: a missed requirement or a failed robot is a failure, a broken rig an error."""
    root = ET.Element("testsuite", name=suite, tests=str(len(reports)))
    counts = {"failure": 0, "error": 0}
    for report in reports:
        seconds = str(report.get("performance", {}).get("wall_s", 0.0))
        case = ET.SubElement(
            root, "testcase", classname=report["scenario"], name=f"seed {report['seed']}", time=seconds
        )
        if report["verdict"] == Verdict.PASSED.value:
            continue
        robot = report["verdict"] in (Verdict.ROBOT_FAILED.value, Verdict.REQUIREMENT_MISSED.value)
        kind = "failure" if robot else "error"
        counts[kind] += 1
        told = ET.SubElement(case, kind, type=report["verdict"], message="; ".join(report["missed"])[:400])
        told.text = "\n".join(report["missed"])
    root.set("failures", str(counts["failure"]))
    root.set("errors", str(counts["error"]))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _metrics(reports: Sequence[Report]) -> dict[str, dict[str, float]]:
    values: dict[str, list[float]] = defaultdict(list)
    for report in reports:
        for name, value in report["metrics"].items():
            if isinstance(value, int | float):
                values[name].append(float(value))
    return {name: _spread(values[name]) for name in sorted(values)}


def _spread(values: Sequence[float]) -> dict[str, float]:
    mean, ordered = fmean(values), sorted(values)
    half = Z95 * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    spread = {
        "mean": mean,
        "low": mean - half if len(values) > 1 else mean,
        "high": mean + half if len(values) > 1 else mean,
        "median": median(values),
        "p95": ordered[min(math.ceil(0.95 * len(ordered)), len(ordered)) - 1],
        "n": len(values),
    }
    return {key: round(value, 4) for key, value in spread.items()}


def _rate(successes: int, trials: int) -> dict[str, float]:
    low, high = wilson(successes, trials)
    share = successes / trials if trials else 0.0
    return {"share": round(share, 4), "low": round(low, 4), "high": round(high, 4), "n": trials}


def _per_hundred(count: int, guides: int) -> float:
    return round(100.0 * count / guides, 2) if guides else 0.0
