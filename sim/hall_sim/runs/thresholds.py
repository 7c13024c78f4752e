"""What a whole suite must reach: expressions over its summary, in a YAML list.

    - passed('plain') >= 0.95
    - passed() >= 0.9
    - mean('waiting_s', 'elderly') < 20
    - p95('arrived_after_s') < 240
    - wrong_counter() == 0
    - assists_per_100_guides() < 5

Without a scenario's name a figure is that of all runs. One that no run had is missed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import simpleeval
import yaml

from guide_common.errors import UserError
from hall_sim.scenarios.requirements import check_calls

Summary = Mapping[str, Any]


def read_thresholds(path: Path) -> list[str]:
    """Return the expressions of a file; raise UserError when it is no list of them, or one cannot be read."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give a YAML list of thresholds") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not YAML ({' '.join(str(error).split())}); mend the syntax") from None
    if not isinstance(data, list) or not all(isinstance(each, str) for each in data):
        raise UserError(f"{path}: expected a list of expressions such as passed('plain') >= 0.95")
    for expression in data:
        try:
            check_calls(expression, _functions({}, {}).keys())
        except ValueError as error:
            raise UserError(f"{path}: {error}; mend it") from None
    return data


def missed_thresholds(expressions: Sequence[str], summary: Summary) -> list[str]:
    """Return a sentence for each expression that does not hold; raise UserError for one that cannot be read."""
    told = []
    for expression in expressions:
        read: dict[str, float] = {}
        evaluator = simpleeval.SimpleEval(functions=_functions(summary, read))
        try:
            holds = evaluator.eval(expression)
        except KeyError as error:
            raise UserError(f"threshold {expression!r}: the suite has no {error}") from None
        except (simpleeval.InvalidExpression, SyntaxError, TypeError, ArithmeticError) as error:
            raise UserError(f"threshold {expression!r} cannot be read ({error}); mend it") from None
        if not holds:
            told.append(f"{expression} does not hold ({', '.join(f'{k} = {v}' for k, v in read.items())})")
    return told


def _functions(summary: Summary, read: dict[str, float]) -> dict[str, Any]:
    def figures(scenario: str) -> Summary:
        found: Summary = summary["scenarios"][scenario] if scenario else summary
        return found

    def note(name: str, scenario: str, value: float) -> float:
        read[f"{name} of {scenario}" if scenario else name] = value
        return value

    def spread(kind: str) -> Any:
        def of(metric: str, scenario: str = "") -> float:
            found = figures(scenario)
            value = math.nan if metric in found["unmeasured"] else float(found["metrics"][metric][kind])
            return note(f"{kind} {metric}", scenario, value)

        return of

    def share(name: str) -> Any:
        return lambda scenario="": note(name, scenario, float(figures(scenario)[name]["share"]))

    def assists(scenario: str = "") -> float:
        return note("assists per 100 guides", scenario, float(figures(scenario)["assists_per_100_guides"]))

    spreads = {kind: spread(kind) for kind in ("mean", "median", "p95")}
    shares = {name: share(name) for name in ("passed", "wrong_counter")}
    return spreads | shares | {"assists_per_100_guides": assists}
