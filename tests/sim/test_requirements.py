from __future__ import annotations

import pytest

from hall_sim.scenarios.requirements import broken, check_expression

METRICS = {"contacts": 0, "visitor_in_range": 0.8, "spl": None}
EVENTS = [
    {"t": 1.0, "state": "greeting"},
    {"t": 5.0, "state": "guiding.waiting"},
    {"t": 9.0, "state": "guiding.waiting"},
    {"t": 9.5, "speaker": "robot", "text": "Dạ"},
]


@pytest.mark.parametrize(
    "expression",
    [
        "contacts == 0",
        "visitor_in_range > 0.5 and contacts < 2",
        "count(state='guiding.waiting') == 2",
        "first(state='guiding.waiting') == 5 and last(state='guiding.waiting') == 9",
        "count(state='nowhere') == 0",
        "max(contacts, 3) == 3",
    ],
)
def test_holds(expression: str) -> None:
    assert broken([expression], METRICS, EVENTS) == []


def test_what_does_not_hold_is_said_with_the_figures() -> None:
    (told,) = broken(["contacts == 0", "visitor_in_range > 0.9"], METRICS, EVENTS)
    assert told == "visitor_in_range > 0.9 does not hold (visitor_in_range = 0.8)"


def test_a_figure_that_the_run_does_not_have_does_not_hold() -> None:
    assert broken(["spl > 0.5"], METRICS, EVENTS)
    assert broken(["first(state='nowhere') < 10"], METRICS, EVENTS)


@pytest.mark.parametrize("expression", ["contcts == 0", "open('/etc/passwd')", "1 / contacts"])
def test_what_is_no_metric_or_no_expression_is_an_error(expression: str) -> None:
    with pytest.raises(ValueError, match=r"contacts|contcts|open"):
        broken([expression], METRICS, EVENTS)


def test_syntax_is_checked_when_the_file_is_read() -> None:
    check_expression("contacts == 0")
    with pytest.raises(ValueError, match="is no expression"):
        check_expression("contacts = = 0")
