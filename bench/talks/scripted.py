"""Talks written down line by line in `data/scripted.yaml`, with what must be heard and happen after each line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml

from bench.talks.cases import OPEN
from bench.talks.goals import DATA
from bench.talks.hall import Hall, Say, Touch, View
from bench.talks.record import Event, Record
from bench.talks.run import Verdict, unanswered
from counter_map.lookup import Lookup
from counter_map.model import Site
from dialogue.conversation.machine import AWAITING

WAITS = 1.0
"""s of quiet before a line of the script."""


@dataclass(frozen=True)
class Turn:
    """Hold one line: what is said or touched (or that they walk off, or press the stop button), when, and what must
    follow before the next line.

    Attributes:
        state: in which it happens, by its beginning; empty for any question.
        way: the part of the way (0..1) that must be behind them.
        said: of each group of words, parted by "|", one must be said by the robot.
        silent: words that it must not say.
        led: where it must lead.
        reaches: states that it must go through.
    """

    say: str = ""
    readings: tuple[str, ...] = ()
    touch: str = ""
    leave: bool = False
    come_back: bool = False
    stop_button: bool = False
    state: str = ""
    after: float = WAITS
    way: float = 0.0
    said: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    led: str = ""
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Script:
    """Hold a talk: `told` are the words by which its wish is told (turns are counted until then), `led` every place
    that the robot leads to, in order."""

    name: str
    kind: str
    turns: tuple[Turn, ...]
    at: datetime = OPEN
    changes: dict[str, dict[str, object]] = field(default_factory=dict)
    told: str = ""
    led: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


class Actor:
    """Play a script (`bench.talks.hall.Guest`)."""

    def __init__(self, script: Script, hall: Hall) -> None:
        self.near = True
        self.began: list[float] = []
        self._turns, self._hall = script.turns, hall
        self._state, self._since = "", 0.0

    def step(self, view: View) -> Say | Touch | None:
        """Play the next line when its time has come."""
        if view.shown.state != self._state:
            self._state, self._since = view.shown.state, view.now
        if len(self.began) == len(self._turns):
            self.near = self.near and not (self._state in ("returning", "idle") and view.now > 10.0)
            return None
        turn = self._turns[len(self.began)]
        if not self._due(turn, view):
            return None
        self.began.append(view.now)
        self.near = not turn.leave if turn.leave or turn.come_back else self.near
        self._hall.body.stopped = turn.stop_button
        return Touch(turn.touch) if turn.touch else Say(turn.say, turn.readings) if turn.say else None

    def _due(self, turn: Turn, view: View) -> bool:
        if view.now - self._since < turn.after or view.way_done < turn.way:
            return False
        if turn.state:
            return view.shown.state.startswith(turn.state) and (bool(turn.touch) or view.quiet_for >= 0.3)
        return view.asked in AWAITING and view.quiet_for >= turn.after


def load_scripts() -> list[Script]:
    """Read every script."""
    rows = yaml.safe_load((DATA / "scripted.yaml").read_text(encoding="utf-8"))
    return [_script(row) for row in rows]


def _script(row: dict[str, Any]) -> Script:
    turns = tuple(Turn(**{key: _tuple(value) for key, value in turn.items()}) for turn in row.get("turns", []))
    at = datetime.fromisoformat(row["at"]) if "at" in row else OPEN
    lists = {key: tuple(row.get(key, [])) for key in ("led", "said")}
    return Script(row["name"], row["kind"], turns, at, row.get("changes", {}), row.get("told", ""), **lists)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def scripted(site: Site, lookup: Lookup) -> Iterator[Verdict]:
    """Run every script."""
    for script in load_scripts():
        yield play(script, site, lookup)


def play(script: Script, site: Site, lookup: Lookup) -> Verdict:
    """Run one script."""
    hall = Hall(site, lookup, script.at, "1", script.changes)
    actor = Actor(script, hall)
    ended = hall.run(actor)
    record = hall.record
    dead_end = "" if ended else f"never free again, still {record.lines('state')[-1:]}"
    dead_end = dead_end or unanswered(record)
    fault = dead_end or _fault(script, actor, record)
    return Verdict(script.kind, script.name, fault, _turns(script, record), dead_end, record)


def _fault(script: Script, actor: Actor, record: Record) -> str:
    if len(actor.began) < len(script.turns):
        turn = script.turns[len(actor.began)]
        return f"did not come to '{turn.say or turn.touch or 'leave'}'"
    bounds = [*actor.began, float("inf")]
    for number, turn in enumerate(script.turns):
        window = [e for e in record.events if bounds[number] <= e.at < bounds[number + 1]]
        if fault := _missing(turn, window):
            return f"after '{turn.say or turn.touch or 'leaving'}': {fault}"
    if tuple(record.led_to) != script.led:
        return f"led to {record.led_to}, not to {list(script.led)}"
    return _unsaid(script.said, record.said)


def _missing(turn: Turn, window: list[Event]) -> str:
    words = " ".join(event.text for event in window if event.lane == "robot")
    if fault := _unsaid(turn.said, words):
        return fault
    if found := next((word for word in turn.silent if word.lower() in words.lower()), ""):
        return f"said '{found}'"
    moves = [event.text for event in window if event.lane == "motion"]
    if turn.led and not any(move.startswith(f"leads to {turn.led},") for move in moves):
        return f"did not lead to {turn.led}"
    states = [event.text for event in window if event.lane == "state"]
    gone = next((state for state in turn.reaches if state not in states), "")
    return f"did not come to {gone}" if gone else ""


def _unsaid(wanted: tuple[str, ...], words: str) -> str:
    for group in wanted:
        if not any(word.strip().lower() in words.lower() for word in group.split("|")):
            return f"did not say '{group}'"
    return ""


def _turns(script: Script, record: Record) -> int | None:
    """Count the visitor's turns until the robot has told what they came for."""
    if not script.told:
        return None
    turns = 0
    for event in record.events:
        if event.lane in ("visitor", "screen"):
            turns += 1
        elif event.lane == "robot" and script.told.lower() in event.text.lower():
            return turns
    return None
