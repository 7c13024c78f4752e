"""What must hold in a scenario: expressions over its metrics and events.

    hold:
      - contacts == 0
      - visitor_in_range > 0.9 and waits <= 3
      - count(state='guiding.searching') == 0
      - first(state='guiding.leading') < 60

Every metric of the report is a name; one that the run does not have is None, and comparing it fails the
requirement. `count(...)` counts the events whose fields have those values, `first(...)` and `last(...)` give
their time in s since the start of the run (None without one).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import simpleeval

FUNCTIONS: dict[str, Any] = {"abs": abs, "min": min, "max": max, "round": round}

Event = Mapping[str, Any]


def check_expression(expression: str) -> None:
    """Raise ValueError when an expression cannot be read, or calls what there is not."""
    check_calls(expression, {*FUNCTIONS, *_event_functions([])})


def check_calls(expression: str, functions: Collection[str]) -> None:
    """Raise ValueError when an expression cannot be read, or calls something but the functions named."""
    try:
        parsed = simpleeval.SimpleEval().parse(expression)
    except (SyntaxError, simpleeval.InvalidExpression) as error:
        raise ValueError(f"{expression!r} is no expression ({error})") from None
    for node in ast.walk(parsed):
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in functions):
            raise ValueError(f"{expression!r} calls {ast.unparse(node.func)}; there are {', '.join(sorted(functions))}")


def broken(expressions: Sequence[str], metrics: Mapping[str, Any], events: Sequence[Event]) -> list[str]:
    """Return a sentence for each expression that does not hold.

    Raises:
        ValueError: an expression names something that is no metric.
    """
    told = []
    for expression in expressions:
        reason = _why_not(expression, metrics, events)
        if reason is not None:
            told.append(reason)
    return told


def _why_not(expression: str, metrics: Mapping[str, Any], events: Sequence[Event]) -> str | None:
    used: dict[str, Any] = {}

    def name(node: Any) -> Any:
        if node.id not in metrics:
            raise ValueError(f"{expression!r}: {node.id} is no metric; the metrics are {', '.join(metrics)}")
        used[node.id] = metrics[node.id]
        return metrics[node.id]

    evaluator = simpleeval.SimpleEval(names=name, functions=FUNCTIONS | _event_functions(events))
    try:
        holds = evaluator.eval(expression)
    except TypeError:
        holds = False  # a metric that this run does not have was compared
    except (simpleeval.InvalidExpression, AttributeError, ArithmeticError) as error:
        raise ValueError(f"{expression!r}: {error}") from None
    if holds:
        return None
    values = ", ".join(f"{key} = {value}" for key, value in used.items())
    return f"{expression} does not hold" + (f" ({values})" if values else "")


def _event_functions(events: Sequence[Event]) -> dict[str, Any]:
    def matching(wanted: Mapping[str, Any]) -> list[Event]:
        return [event for event in events if all(event.get(key) == value for key, value in wanted.items())]

    def count(**wanted: Any) -> int:
        return len(matching(wanted))

    def first(**wanted: Any) -> float | None:
        return next((event["t"] for event in matching(wanted)), None)

    def last(**wanted: Any) -> float | None:
        return next((event["t"] for event in reversed(matching(wanted))), None)

    return {"count": count, "first": first, "last": last}
