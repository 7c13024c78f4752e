"""A visit: who comes, when, and by what it is known that they were served well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bench.talks.hall import Hall
from bench.talks.record import Record
from bench.talks.visitor import Visitor
from counter_map.lookup import Lookup
from counter_map.model import Site

OPEN = datetime(2026, 3, 2, 9, 0)
LUNCH = datetime(2026, 3, 2, 12, 10)
EVENING = datetime(2026, 3, 2, 18, 30)
SUNDAY = datetime(2026, 3, 1, 10, 0)

Fault = str
Check = Callable[["Case", Record], Fault]


@dataclass
class Case:
    """Hold one visit: who comes, when, what the hall is like, and what must hold in the end."""

    kind: str
    seed: int
    visitor: Visitor
    at: datetime = OPEN
    changes: dict[str, dict[str, object]] = field(default_factory=dict)
    check: Check = lambda case, record: ""
    led: bool = True
    """Whether a visitor who follows must in the end stand at the place of their last wish."""

    def hall(self, site: Site, lookup: Lookup) -> Hall:
        """Return the hall that they come to."""
        return Hall(site, lookup, self.at, "1", self.changes)

    def fault(self, record: Record) -> Fault:
        """Return what went wrong, empty when they got what they came for."""
        visitor = self.visitor
        return self.check(self, record) or (served(self, record) if self.led and visitor.goals else "")


def served(case: Case, record: Record) -> Fault:
    """Tell that the last wish was told and, where it is a place and the visitor follows, reached."""
    visitor, goal = case.visitor, case.visitor.goals[-1]
    if None in visitor.told:
        return f"was not told of {visitor.goals[visitor.told.index(None)].touch}"
    if not visitor.character.follows:
        return "was led though they refused" if record.led_to else ""
    if not goal.places:
        return ""
    last = record.reached[-1] if record.reached else ""
    if goal.floor == "2":
        return "" if last.startswith("lift") else f"was not led to the lift ({last or 'nowhere'})"
    there = last in goal.places or (not goal.floor and last.startswith("lift"))
    return "" if there else f"was led to {last or 'nowhere'}, not to {'/'.join(sorted(goal.places)[:3])}"


def said(*words: str) -> Check:
    """Tell that the robot said one of some words."""

    def check(case: Case, record: Record) -> Fault:
        return "" if any(word in record.said.lower() for word in words) else f"did not say '{words[0]}'"

    return check


def said_before_walking(*words: str) -> Check:
    """Tell that the robot said one of some words, and before it led anybody."""

    def check(case: Case, record: Record) -> Fault:
        lines = [event for event in record.events if event.lane == "robot"]
        first = next((line.at for line in lines if any(word in line.text.lower() for word in words)), None)
        walked = next((e.at for e in record.events if e.lane == "motion" and e.text.startswith("leads")), 1e9)
        return "" if first is not None and first < walked else f"did not say '{words[0]}' before walking"

    return check


def not_led(case: Case, record: Record) -> Fault:
    """Tell that nobody was led anywhere."""
    return f"was led to {record.led_to[0]}" if record.led_to else ""


def both(*checks: Check) -> Check:
    """Tell that several things hold."""
    return lambda case, record: next((fault for check in checks if (fault := check(case, record))), "")
