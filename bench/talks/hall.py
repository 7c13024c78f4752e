"""A hall with one robot and one visitor on one clock: the real reception, the real lookup, everything else played."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bench.talks.record import Event, Record
from bench.talks.walking import Body, WalkingGuide, WalkingHome
from counter_map.lookup import Lookup
from counter_map.model import Site
from dialogue.conversation import Conversation, Phrasebook
from dialogue.conversation.attention import Attention, SeenPerson
from dialogue.conversation.facts import load_site_facts
from dialogue.conversation.memory import MemoryFile
from dialogue.languages import languages
from dialogue.reception import Reception, Shown, Surroundings
from guide_common.geometry import Pose2D
from hall_sim.stack.desk import SiteDesk
from hall_sim.stack.mouth import TimedMouth, reading_length
from hall_sim.stack.robot import AlwaysWell

STEP = 0.1
"""s of the clock."""
BEFORE = 1.2
"""m at which the visitor stands before the robot."""
WORD_TIME, RECOGNISING = 0.3, 0.4
"""s that a word takes to say, and from the last word to its text."""
LISTENS_AFTER = 0.2
"""s after the robot has spoken in which it hears nothing."""
LONGEST = 900.0
"""s of a talk, after which it counts as one that does not end."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak; `alternatives` are other readings that the recogniser gives."""

    text: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """Touch the screen."""

    label: str


@dataclass(frozen=True, slots=True)
class View:
    """Hold what a visitor notices: seconds since the beginning, what the screen shows, what the robot said since their
    last turn, and how much of the way is behind them (0..1)."""

    now: float
    shown: Shown
    quiet_for: float
    lines: tuple[str, ...]
    way_done: float

    @property
    def asked(self) -> str:
        """Return which question waits for an answer, empty when none does or the robot still speaks."""
        return "" if "." in self.shown.state or self.quiet_for < LISTENS_AFTER else self.shown.state


class Guest(Protocol):
    """Be a visitor."""

    near: bool
    """Whether they stand before the robot, or follow it."""

    def step(self, view: View) -> Say | Touch | None:
        """Do something, or nothing."""


class Hall:
    """Hold a robot at its post, beginning at a moment of the site's local time."""

    reception: Reception

    def __init__(
        self,
        site: Site,
        lookup: Lookup,
        at: datetime,
        floor: str = "1",
        changes: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        places = dict(site.places)
        for place_id, fields in (changes or {}).items():
            places[place_id] = replace(places[place_id], **fields)  # type: ignore[arg-type]
        self.site = replace(site, places=places)
        self.record = Record()
        self.body = Body(site.post(floor).stand)
        self._start = self._clock = site.settings.local(at).timestamp()
        self._later: deque[Callable[[], None]] = deque()
        self._shown = Shown("idle", "vi", "", "", "", ())
        self._quiet_since = self._turned_at = self._start
        self._words: tuple[float, Say] | None = None
        self._make(lookup, floor)

    def _make(self, lookup: Lookup, floor: str) -> None:
        later = self._later.append
        desk = SiteDesk(
            self.site,
            floor,
            self._now,
            later,
            lambda answer: self.reception.lookup_answered(answer),
            lambda places: self.reception.places_answered(places),
            lookup,
        )
        self.mouth = TimedMouth(self._now, self._caption, reading_length)
        self.guide = WalkingGuide(
            self.body,
            desk.destinations,
            floor,
            later,
            lambda state, reason, left: self.reception.guide_feedback(state, reason, left),
            self._guide_ended,
            self._moved,
        )
        self.home = WalkingHome(self.body, later, lambda ok: self.reception.home_ended(ok), self._moved)
        around = Surroundings(self.mouth, self.guide, self.home, desk, AlwaysWell(), self._now, lambda: self.body.pose)
        conversation = Conversation(load_site_facts(self.site.folder, floor), "vi", languages())
        books = {code: Phrasebook(code) for code in languages()}
        self.reception = Reception(conversation, Attention(), MemoryFile(""), books, around, self._show)

    # --- a talk -------------------------------------------------------------------------------------------

    def run(self, guest: Guest, longest: float = LONGEST) -> bool:
        """Let a visitor come and talk; return whether the robot was free again in the end."""
        began = False
        while self.elapsed < longest:
            self._step(guest)
            began = began or self._shown.state != "idle"
            if began and self._shown.state == "idle" and not guest.near:
                return True
            if not began and not guest.near:
                return True
        return False

    @property
    def elapsed(self) -> float:
        """Return the time since the beginning, in s."""
        return self._clock - self._start

    def _step(self, guest: Guest) -> None:
        self._clock += STEP
        for _ in range(len(self._later)):
            self._later.popleft()()
        self.body.followed = guest.near
        if round(self.elapsed / STEP) % 5 == 0:
            self.reception.saw(self._people(guest))
        self.guide.step(self._clock, STEP)
        self.home.step(STEP)
        self.reception.tick()
        if self.mouth.busy:
            self._quiet_since = self._clock
        self._hear()
        if self._words is None:
            self._act(guest.step(self._view()))

    def _people(self, guest: Guest) -> list[SeenPerson]:
        if not guest.near:
            return []
        at = self.body.pose @ Pose2D(BEFORE, 0.0, math.pi)
        return [SeenPerson(1, at.x, at.y)]

    def _view(self) -> View:
        since = self._turned_at - self._start
        lines = tuple(self.record.lines("robot", since))
        done = 1.0 - self.guide.left / self.guide.way if self.guide.running and self.guide.way else 0.0
        return View(self.elapsed, self._shown, self._clock - self._quiet_since, lines, done)

    def _act(self, act: Say | Touch | None) -> None:
        if isinstance(act, Touch):
            self._turn("screen", act.label, 0.0)
            self.reception.touched(act.label)
        elif isinstance(act, Say):
            lasts = WORD_TIME * len(act.text.split())
            self._turn("visitor", act.text, lasts)
            self._words = self._clock + lasts + RECOGNISING, act

    def _turn(self, lane: str, text: str, lasts: float) -> None:
        self._turned_at = self._clock
        self.record.add(Event(self.elapsed, lane, text, lasts, self._shown.language))

    def _hear(self) -> None:
        """Tell that somebody speaks, and in the end what was heard; a robot that speaks hears nothing."""
        if self._words is None:
            return
        ends, words = self._words
        if self.mouth.sounding:
            self._words = None
        elif self._clock < ends:
            self.reception.heard("", (), self._shown.language, final=False, by_voice=True)
        else:
            self._words = None
            self.reception.heard(words.text, words.alternatives, self._shown.language, final=True, by_voice=True)

    # --- what the robot does ------------------------------------------------------------------------------

    def _now(self) -> float:
        return self._clock

    def _caption(self, speaker: str, text: str, language: str) -> None:
        if speaker == "robot":
            self.record.add(Event(self.elapsed, "robot", text, reading_length(text, language), language))

    def _show(self, shown: Shown) -> None:
        if shown.state != self._shown.state:
            self.record.add(Event(self.elapsed, "state", shown.state))
        if shown.procedure_code and shown.procedure_code != self._shown.procedure_code:
            self.record.codes.append(shown.procedure_code)
        if shown.choices and shown.choices != self._shown.choices:
            offered = "; ".join(f"{n} {choice}" for n, choice in enumerate(shown.choices, 1))
            self.record.add(Event(self.elapsed, "shows", offered))
        if shown.place_id and shown.place_id != self._shown.place_id:
            self.record.add(Event(self.elapsed, "shows", f"{shown.place_id} on the map"))
        self._shown = shown

    def _moved(self, what: str) -> None:
        self.record.add(Event(self.elapsed, "motion", what))
        if what.startswith("leads to "):
            self.record.led_to.append(what.removeprefix("leads to ").split(",")[0])
        elif what.startswith("arrived at "):
            self.record.reached.append(what.removeprefix("arrived at "))

    def _guide_ended(self, code: int) -> None:
        self.reception.guide_ended(code)
