"""Let visitors come one after another, and judge each talk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.talks.cases import Case
from bench.talks.kinds import draw
from bench.talks.record import Record
from counter_map.lookup import Lookup
from counter_map.model import Site

ANSWERS_WITHIN = 8.0
"""s within which the robot says something, or changes its state, after a visitor at its post has had their turn."""
FIRST_SEED = 1


@dataclass(frozen=True)
class Verdict:
    """Hold how a talk went: what was wrong (empty when nothing), the turns until all was told, where it got stuck."""

    kind: str
    name: str
    fault: str
    turns: int | None
    dead_end: str
    record: Record


def generated(site: Site, lookup: Lookup, count: int, kind: str = "", first: int = FIRST_SEED) -> Iterator[Verdict]:
    """Run the visitors of the seeds first, first + 1, …"""
    for seed in range(first, first + count):
        yield judge(draw(site, lookup, seed, kind), site, lookup)


def judge(case: Case, site: Site, lookup: Lookup) -> Verdict:
    """Run one visit."""
    hall = case.hall(site, lookup)
    ended = hall.run(case.visitor)
    record = hall.record
    dead_end = "" if ended else f"never free again, still {record.lines('state')[-1:]}"
    dead_end = dead_end or unanswered(record)
    fault = case.fault(record) or dead_end
    told = [turns for turns in case.visitor.told if turns is not None]
    turns = max(told) if told and len(told) == len(case.visitor.told) else None
    return Verdict(case.kind, f"seed {case.seed}", fault, turns, dead_end, record)


def unanswered(record: Record) -> str:
    """Return the first turn at the post that the robot left without any answer."""
    state = "idle"
    for number, event in enumerate(record.events):
        if event.lane == "state":
            state = event.text
        if event.lane not in ("visitor", "screen") or state.startswith(("guiding", "idle", "returning")):
            continue
        later = record.events[number + 1 :]
        until = event.at + event.lasts + ANSWERS_WITHIN
        if not any(each.lane in ("robot", "state") and each.at <= until for each in later):
            return f"no answer to '{event.text}'"
    return ""


def failures(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return those that went wrong."""
    return [verdict for verdict in verdicts if verdict.fault]
