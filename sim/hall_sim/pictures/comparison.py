"""Compare two suites of runs, of two plans of a floor or two versions of the code: what got better, what worse."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guide_common.errors import UserError
from hall_sim.pictures import intervals
from hall_sim.pictures.intervals import Estimate
from hall_sim.runs.verdict import Verdict

DIRECTIONS = Path(__file__).parents[1] / "data" / "metric_directions.yaml"
NOTHING_KNOWN = (Verdict.RIG_BROKE.value, Verdict.SCENARIO_WRONG.value)
"""Verdicts of runs that tell nothing of the robot."""
SINGLY: dict[str, Callable[[Sequence[float]], Estimate]] = {"of_runs": intervals.share, "count": intervals.rate}
"""Units of figures that are seldom other than nought: where none was seen, pairs would look surer than they are."""
TINY = 1e-9
Suite = Mapping[str, Any]
Run = Mapping[str, Any]


class Change(Enum):
    """Say what became of a figure."""

    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"
    """Clearly another value, of which neither is better."""
    UNCLEAR = "unclear"
    SAME = "same"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold how a metric is meant: its unit, whether less, more or neither is better, whether staff care about it."""

    unit: str = "plain"
    better: str = "neither"
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one metric of both suites; the difference is after less before."""

    metric: str
    figure: Figure
    before: Estimate
    after: Estimate
    difference: Estimate
    paired: bool

    @property
    def change(self) -> Change:
        """Return what became of it, by whether the difference's interval holds zero."""
        low, high = self.difference.low, self.difference.high
        if not self.difference.known:
            return Change.TOO_FEW
        if abs(low) < TINY and abs(high) < TINY:
            return Change.SAME
        if low <= 0.0 <= high:
            return Change.UNCLEAR
        if self.figure.better == "neither":
            return Change.CHANGED
        return Change.BETTER if (high < 0.0) == (self.figure.better == "less") else Change.WORSE


@dataclass(frozen=True)
class Comparison:
    """Hold a comparison.

    Attributes:
        names: what the two suites are called.
        together: rows over all scenarios that both suites ran often enough.
        scenarios: rows by scenario.
        only: scenarios that only the first, and only the second suite ran.
        left_out: scenarios run too rarely to be put together with the others.
        passed: runs that passed and runs in all, of each.
        suites: the two documents.
    """

    names: tuple[str, str]
    together: list[Row]
    scenarios: dict[str, list[Row]]
    only: tuple[list[str], list[str]]
    left_out: list[str]
    passed: tuple[tuple[int, int], tuple[int, int]]
    suites: tuple[Suite, Suite]

    @property
    def count(self) -> int:
        """Return how many comparisons were made."""
        return len(self.together) + sum(len(rows) for rows in self.scenarios.values())

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values; null where there is no interval."""
        return {
            "names": list(self.names),
            "together": [_plain(row) for row in self.together],
            "scenarios": {name: [_plain(row) for row in rows] for name, rows in self.scenarios.items()},
            "only": dict(zip(("before", "after"), self.only, strict=True)),
            "left_out": self.left_out,
        }


def load_suite(path: Path) -> Suite:
    """Read the JSON that `guide sim suite` writes; raise UserError that says what is wrong with it."""
    try:
        suite = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a suite.json of `guide sim suite`") from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); give a suite.json of `guide sim suite`") from None
    runs = suite.get("runs") if isinstance(suite, dict) else None
    if not isinstance(runs, list) or not runs:
        raise UserError(f"{path}: has no runs; give a suite.json of `guide sim suite`")
    for index, run in enumerate(runs):
        missing = [key for key in ("scenario", "seed", "verdict", "metrics") if key not in run]
        if missing:
            raise UserError(f"{path}: run {index} has no {missing[0]}; give a suite.json of `guide sim suite`")
    return suite | {"file": str(path)}


def compare_suites(before: Suite, after: Suite, names: Sequence[str] | None = None) -> Comparison:
    """Compare two suites.

    Where both ran a scenario with the same seeds, runs are compared in pairs; else their means.

    Args:
        before: the suite that is compared with.
        after: the suite of which is told what it does better or worse.
        names: what they are called; by default what they are called themselves, or their files' folders.
    """
    a, b = _by_scenario(before), _by_scenario(after)
    both = [name for name in a if name in b]
    if not both:
        raise UserError(f"the suites have no scenario in common: {', '.join(a)} and {', '.join(b)}")
    scenarios = {name: compare_runs(a[name], b[name]) for name in both}
    left_out = [name for name in both if not any(row.difference.known for row in scenarios[name])]
    return Comparison(
        names=_names(before, after, names),
        together=_together([rows for name, rows in scenarios.items() if name not in left_out]),
        scenarios=scenarios,
        only=([name for name in a if name not in b], [name for name in b if name not in a]),
        left_out=left_out,
        passed=(_passed(before), _passed(after)),
        suites=(before, after),
    )


def compare_runs(before: Sequence[Run], after: Sequence[Run]) -> list[Row]:
    """Compare the runs of one scenario, metric by metric."""
    a, b = _values(before), _values(after)
    pairs = _seeds(before) == _seeds(after) and len(_seeds(before)) == len(before) == len(after)
    rows = (_row(metric, a[metric], b[metric], pairs) for metric in _in_order(a) if metric in b)
    return [row for row in rows if row is not None]


@cache
def figures() -> dict[str, Figure]:
    """Return how each known metric is meant, in the order in which they are told."""
    known = yaml.safe_load(DIRECTIONS.read_text(encoding="utf-8"))
    return {name: Figure(**meant) for name, meant in known.items()}


def _row(metric: str, before: Mapping[int, float], after: Mapping[int, float], pairs: bool) -> Row | None:
    yes_or_no = {0.0, 1.0}.issuperset((*before.values(), *after.values()))
    figure = figures().get(metric, Figure("of_runs" if yes_or_no else "plain"))
    if pairs:
        seeds = [seed for seed in before if seed in after]
        a, b = [before[seed] for seed in seeds], [after[seed] for seed in seeds]
    else:
        a, b = list(before.values()), list(after.values())
    if not a or not b:
        return None
    if figure.unit in SINGLY:
        first, second = (SINGLY[figure.unit](values) for values in (a, b))
        return Row(metric, figure, first, second, intervals.apart(first, second), False)
    difference = intervals.paired(a, b) if pairs else intervals.welch(a, b)
    return Row(metric, figure, intervals.amount(a), intervals.amount(b), difference, pairs)


def _together(scenarios: Sequence[Sequence[Row]]) -> list[Row]:
    rows: dict[str, list[Row]] = {}
    for each in scenarios:
        for row in each:
            if row.difference.known and row.before.known and row.after.known:
                rows.setdefault(row.metric, []).append(row)
    return [
        Row(
            metric,
            rows[metric][0].figure,
            intervals.together([row.before for row in rows[metric]]),
            intervals.together([row.after for row in rows[metric]]),
            intervals.together([row.difference for row in rows[metric]]),
            all(row.paired for row in rows[metric]),
        )
        for metric in _in_order(rows)
    ]


def _in_order(metrics: Mapping[str, Any]) -> list[str]:
    known = [name for name in figures() if name in metrics]
    return known + sorted(name for name in metrics if name not in figures())


def _by_scenario(suite: Suite) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in suite["runs"]:
        if run["verdict"] not in NOTHING_KNOWN:
            found.setdefault(run["scenario"], []).append(run)
    return {name: found[name] for name in sorted(found)}


def _values(runs: Sequence[Run]) -> dict[str, dict[int, float]]:
    """Return what each metric was, by seed."""
    values: dict[str, dict[int, float]] = {}
    for run in runs:
        passed = {"passed": run["verdict"] == Verdict.PASSED.value}
        for metric, value in (passed | run["metrics"]).items():
            if isinstance(value, int | float) and math.isfinite(value):
                values.setdefault(metric, {})[run["seed"]] = float(value)
    return values


def _seeds(runs: Sequence[Run]) -> set[int]:
    return {run["seed"] for run in runs}


def _passed(suite: Suite) -> tuple[int, int]:
    known = [run for run in suite["runs"] if run["verdict"] not in NOTHING_KNOWN]
    return sum(run["verdict"] == Verdict.PASSED.value for run in known), len(known)


def _names(before: Suite, after: Suite, names: Sequence[str] | None) -> tuple[str, str]:
    if names is not None:
        return names[0], names[1]
    own = [str(suite.get("suite", "")) for suite in (before, after)]
    if all(own) and own[0] != own[1]:
        return own[0], own[1]
    folders = [Path(str(suite.get("file", ""))).resolve().parent.name for suite in (before, after)]
    return (folders[0], folders[1]) if folders[0] != folders[1] else ("A", "B")


def _plain(row: Row) -> dict[str, Any]:
    estimates = {"before": row.before, "after": row.after, "difference": row.difference}
    told = {
        name: {
            "value": round(each.value, 4),
            "low": round(each.low, 4) if each.known else None,
            "high": round(each.high, 4) if each.known else None,
            "n": each.n,
        }
        for name, each in estimates.items()
    }
    return {"metric": row.metric, "change": row.change.value, "paired": row.paired, **told}
