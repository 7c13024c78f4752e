"""Say what a comparison found, in sentences and in the cells of its tables, in the language of who reads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guide_common.errors import UserError
from hall_sim.pictures.comparison import Change, Comparison, Row
from hall_sim.pictures.intervals import Estimate

SHARES = ("share", "of_runs")
"""Units of figures that are told in %."""
WORDS = Path(__file__).parents[1] / "data" / "comparison_words.yaml"


class Teller:
    """Tell a comparison in one language: its sentences, names and numbers."""

    def __init__(self, comparison: Comparison, language: str = "en") -> None:
        languages = _languages()
        if language not in languages:
            raise UserError(f"--language {language}: give one of {', '.join(languages)}")
        self.words, self._comparison = languages[language], comparison

    def sentences(self) -> list[tuple[str, str]]:
        """Return (change, sentence) for what matters: runs that passed, then what clearly differs, the better first."""
        a, b = self._comparison.names
        (passed_a, runs_a), (passed_b, runs_b) = self._comparison.passed
        told = [("", self.say("runs", passed_a=passed_a, runs_a=runs_a, passed_b=passed_b, runs_b=runs_b, a=a, b=b))]
        for change in (Change.BETTER, Change.WORSE, Change.CHANGED):
            rows = [row for row in self._comparison.together if row.change is change]
            told += [(change.value, self.sentence(row)) for row in rows]
        if len(told) == 1:
            told.append(("unclear", self.say("nothing")))
        return told

    def sentence(self, row: Row) -> str:
        """Return what became of one figure, as one sentence."""
        what = self._metric(row.metric)["more" if row.difference.value > 0 else "less"]
        by = self.amount(abs(row.difference.value), row)
        ends = sorted((abs(row.difference.low), abs(row.difference.high)))
        sure = self.say("sure", low=self.amount(ends[0], row), high=self.amount(ends[1], row))
        was, were = self.value(row.after.value, row), self.value(row.before.value, row)
        told = self.say("with", b=self._comparison.names[1], what=what.format(by=by), was=was, were=were)
        return f"{told.rstrip('.')} ({sure})."

    def say(self, key: str, **values: object) -> str:
        """Return a sentence of the page with its gaps filled."""
        return str(self.words[key]).format(**values)

    def name(self, row: Row) -> str:
        """Return what a figure is called."""
        return str(self._metric(row.metric)["name"])

    def value(self, value: float, row: Row) -> str:
        """Return a value with its unit."""
        return f"{self.bare(value, row)} {self.unit(row)}".strip()

    def amount(self, value: float, row: Row) -> str:
        """Return a difference with its unit; of shares in percentage points."""
        unit = self.words["points"] if row.figure.unit in SHARES else self.unit(row)
        return f"{self.bare(value, row, difference=True)} {unit}".strip()

    def unit(self, row: Row) -> str:
        """Return the unit in which a figure is told."""
        unit = row.figure.unit
        return str(self.words["units"].get(unit, ""))

    def bare(self, value: float, row: Row, difference: bool = False, signed: bool = False) -> str:
        """Return a value without its unit, with a sign before it when it is a difference that needs one."""
        scale = 100.0 if row.figure.unit in (*SHARES, "count") else 1.0
        text = self._number(abs(value * scale) if signed else value * scale, _digits(row, difference or signed))
        return f"{'+' if value > 0 else '−' if value < 0 else '±'}{text}" if signed else text

    def seconds(self, value: float) -> str:
        """Return a time."""
        return f"{self._number(value, 0 if abs(value) >= 10 else 1)} s"

    def span(self, estimate: Estimate, row: Row, signed: bool = False) -> str:
        """Return an interval without units; a dash where there is none."""
        if not estimate.known:
            return "–"
        return " … ".join(self.bare(end, row, signed=signed) for end in (estimate.low, estimate.high))

    def change(self, row: Row) -> str:
        """Return in a word what became of a figure."""
        return str(self.words[row.change.value])

    def _number(self, value: float, digits: int) -> str:
        text = f"{value:.{digits}f}"
        text = text.lstrip("-") if float(text) == 0.0 else text.replace("-", "−")
        return text.replace(".", str(self.words["decimal"]))

    def _metric(self, metric: str) -> dict[str, Any]:
        plain = {"name": metric, "less": f"{metric} {self.words['less']}", "more": f"{metric} {self.words['more']}"}
        return dict(self.words["metrics"].get(metric, plain))


def _digits(row: Row, difference: bool) -> int:
    """Return how many digits behind the point a figure has, the same all along its row."""
    most = max(abs(row.before.value), abs(row.after.value))
    match row.figure.unit:
        case "s":
            return 0 if most >= 30.0 and not (difference and abs(row.difference.value) < 10.0) else 1
        case "m":
            return 1 if most >= 10.0 else 2
        case "deg" | "share" | "of_runs":
            return 1
        case "count":
            return 0
        case _:
            return 2


@cache
def _languages() -> dict[str, Any]:
    return dict(yaml.safe_load(WORDS.read_text(encoding="utf-8")))
