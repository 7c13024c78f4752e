"""The conversation: events in, effects out. Time is told to it; it has no clock, no thread and no ROS.

The node calls an event method, then does what `drain()` returns. `tick(now)` lets states time out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialogue.conversation.answers import read_answer, read_choice
from dialogue.conversation.effects import (
    AskLookup,
    AskPlaces,
    Effect,
    Hush,
    Say,
    StopHome,
)
from dialogue.conversation.facts import CandidateFacts, LookupAnswer, PlaceFacts, SiteFacts, Target
from dialogue.conversation.leading import Leading
from dialogue.conversation.machine import AWAITING, SPEAKING, TIMEOUTS, make_machine
from dialogue.conversation.telling import (
    Telling,
    redirects,
    short_name,
    tell_counter,
    tell_place,
    tell_procedure,
)

PATIENCE = 2
"""Silences in a row before the robot says goodbye; requests not understood before it names staff and screen."""

NOT_PLACES = ("cashier", "wifi", "parking", "metro")
INSTEAD = {"human": "reception", "priority": "ticket"}
"""Facility labels that are no kind of place: staff must tell, or another kind is looked for."""


class Conversation(Leading):
    """Hold one visitor's conversation; see `machine` for the states."""

    if TYPE_CHECKING:
        state: str
    _wanted: str
    _candidates: tuple[CandidateFacts, ...]
    _told: Telling | None

    def __init__(self, site: SiteFacts, language: str = "vi", languages: tuple[str, ...] = ("vi", "en")) -> None:
        self.site = site
        self.languages = languages
        self._first_language = language
        self._effects: list[Effect] = []
        self._now = self._since = 0.0
        self._forget_visitor()
        self._machine = make_machine(self)

    # --- what the node reads ------------------------------------------------------------------------------

    @property
    def awaiting(self) -> str:
        """Return the awaiting state that is on, its question being put or waiting for an answer; else empty."""
        return self.state.split(".")[0] if self.state.split(".")[0] in AWAITING else ""

    @property
    def guiding(self) -> bool:
        """Tell whether a visitor is being led."""
        return self.state.startswith("guiding.")

    @property
    def speaking(self) -> bool:
        """Tell whether this state ends when the robot has said all it had to say."""
        return self.state in SPEAKING

    @property
    def place_id(self) -> str:
        """Return the place that the visitor is told about, led to or was just led to, empty when none."""
        return self.target.place_id if self.target else self._reached

    def drain(self) -> list[Effect]:
        """Return what is to be done since the last call."""
        effects, self._effects = self._effects, []
        return effects

    # --- time ---------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Tell the time (s of the ROS clock); a state that has lasted too long times out."""
        if now < self._now - 1.0 or self._now == 0.0:
            self._since = now  # the clock was set
        self._now = now
        if now - self._since > TIMEOUTS.get(self.state, float("inf")):
            self._since = now
            self._go("timeout")

    def state_changed(self) -> None:
        """Start the time of the new state; called by the machine."""
        self._since = self._now

    # --- events: the visitor ------------------------------------------------------------------------------

    def person_near(self) -> None:
        """Greet someone who has come to stand before the robot."""
        if self.state == "idle":
            self._forget_visitor()
            self._say("greet.hello")
            self._go("greet")

    def person_left(self) -> None:
        """Let go of a visitor who has walked off; while leading that is the guide's to notice."""
        if self.awaiting or self.state in ("greeting", "informing", "looking_up"):
            self._hush()
            self._say("goodbye.left")
            self._go("finish")

    def hearing(self) -> None:
        """Take note that the visitor is speaking, or has spoken and is being recognised: that is no silence."""
        if self.state in AWAITING:
            self._since = self._now

    def heard(self, text: str, alternatives: tuple[str, ...] = ()) -> None:
        """Take what was recognised; an empty text is a voice that was not understood."""
        if self.speaking and not self.awaiting and self.state != "goodbye":
            return  # said before the robot had finished: the microphone was shut
        readings = tuple(t for t in (text, *alternatives) if t.strip())
        if not readings:
            if self.state in AWAITING:
                self._not_understood()
            return
        self._silences = 0
        answer = read_answer(self.best_reading(text, alternatives), self.language)
        if self.state == "choosing" and (number := self._choice_of(readings)):
            self._choose(number)
        elif answer and (self.guiding or self.awaiting):
            self._command(answer)
        elif self.state not in ("goodbye", "looking_up"):
            self._ask_lookup(readings[0], readings[1:])

    def best_reading(self, text: str, alternatives: tuple[str, ...] = ()) -> str:
        """Return the reading that is a short answer where the robot waits for one, otherwise the first."""
        readings = [t for t in (text, *alternatives) if t.strip()] or [text]
        short = (t for t in readings if read_answer(t, self.language)) if self.awaiting or self.guiding else iter(())
        return next(short, readings[0])

    def touched(self, label: str) -> None:
        """Take a touch on the screen: a label, or free words typed there."""
        kind, _, value = label.partition(":")
        self._silences = 0
        if kind == "command":
            self._touched_command(value)
        elif kind == "language":
            self._speak_language(value)
        elif kind == "choice" and value.isdigit():
            self._choose(int(value))
        elif self.guiding:
            self._say("guide.later")
        elif kind == "facility":
            self._hush()
            self._facility(value)
        else:
            self._hush()
            self._straight = kind == "counter"
            self._ask_lookup(label if kind not in ("procedure", "counter") else value)

    def said(self) -> None:
        """Go on after the robot has said all it had to say."""
        if self.speaking:
            self._go("all_said")

    # --- events: the counter map --------------------------------------------------------------------------

    def lookup_answered(self, answer: LookupAnswer) -> None:
        """Act on what the counter map makes of the visitor's words."""
        kind, _, value = answer.label.partition(":")
        if self.guiding:
            self._answer_while_leading(answer.decision, value)
        elif self.state != "looking_up":
            return
        elif answer.decision == "command" and kind == "command":
            self._command(value)
        elif kind == "choice" and self._candidates and value.isdigit():
            self._choose(int(value))
        elif answer.decision == "facility" and kind == "facility":
            self._facility(value)
        elif answer.decision == "chitchat":
            self._chat(value)
        elif answer.candidates and answer.decision in ("answer", "confirm", "clarify", "facility"):
            self._consider(answer, by_number=kind == "counter" or self._straight)
        else:
            self._not_understood()

    def places_answered(self, places: tuple[PlaceFacts, ...]) -> None:
        """Act on the places that were asked for, nearest first."""
        wanted, self._wanted = self._wanted, ""
        if wanted == "lift":
            self._lead_to_lift(places)
        elif wanted == "redirect" and self.state == "looking_up" and self._candidate is not None:
            self._inform(self._candidate, places[0] if places else None)
        elif wanted == "facility" and self.state == "looking_up":
            self._tell(tell_place(places[0], self.site, self.language) if places else self._unknown_place())

    # --- what the machine calls ---------------------------------------------------------------------------

    @property
    def has_target(self) -> bool:
        """Tell whether there is somewhere that the robot can lead to; asked by the machine."""
        return self.target is not None and not self.unplaced

    def first_silence(self) -> bool:
        """Count a silence; tell whether the robot should ask once more."""
        self._silences += 1
        return self._silences < PATIENCE

    def first_delay(self) -> bool:
        """Count an answer of the counter map that is late; tell whether to ask it once more."""
        self._delays += 1
        return self._delays < PATIENCE

    def look_up_again(self) -> None:
        """Ask the visitor for patience and the counter map once more."""
        self._say("lookup.wait")
        if self._question is not None:
            self._effects.append(self._question)

    def ask_offer(self) -> None:
        """Ask whether to lead the way."""
        assert self.target is not None
        self._say("offer.lead" if self.target.floor == self.site.floor else "offer.lift")

    def ask_anything_else(self) -> None:
        """Ask for further wishes."""
        if self.unplaced and self.target is not None:
            self.target = None
            self._say_unplaced()
        self._say("anything_else.ask")

    def ask_again(self) -> None:
        """Put the question of the awaiting state once more, in words that tell what to answer."""
        if self.awaiting == "confirming" and self._candidate is not None:
            self._say("confirm.again", procedure=short_name(self._candidate.name))
        elif self.awaiting == "choosing":
            self._say_choices()
        else:
            self._say({"offering": "offer.again", "anything_else": "anything_else.ask"}.get(self.awaiting, "ask.again"))

    def part(self) -> None:
        """Say goodbye after a good turn."""
        self._say("goodbye.plain")

    def part_in_silence(self) -> None:
        """Say goodbye to someone who does not answer."""
        self._say("goodbye.silent")

    def part_unable(self) -> None:
        """Say goodbye when the counter map does not answer."""
        self._say("lookup.unable", staff=self._staff())

    # --- understanding ------------------------------------------------------------------------------------

    def _ask_lookup(self, text: str, alternatives: tuple[str, ...] = ()) -> None:
        self._question = AskLookup(text, self.language, tuple(alternatives))
        self._effects.append(self._question)
        if not self.guiding:
            self._come_back(self.awaiting or "asking")

    def _come_back(self, state: str) -> None:
        """Look up, and remember which question was open."""
        if self.state == "returning":
            self._effects.append(StopHome())
        self._open_question = state
        self._delays = 0
        self._go("look_up")

    def _consider(self, answer: LookupAnswer, by_number: bool) -> None:
        self._straight = False
        sure = answer.decision in ("answer", "facility") or by_number
        if sure:
            self._by_number = by_number
            self._take(answer.candidates[0])
        elif answer.decision == "confirm" or len(answer.candidates) == 1:
            self._candidate = answer.candidates[0]
            self._say("confirm.procedure", procedure=short_name(self._candidate.name))
            self._go("put_confirming")
        else:
            self._candidates = answer.candidates[:3]
            self._say_choices()
            self._go("put_choosing")

    def _take(self, candidate: CandidateFacts) -> None:
        """Settle on a candidate; ask first where a closed counter sends its visitors."""
        self._candidate, self._candidates, self._misses = candidate, (), 0
        self.procedure_code = candidate.code
        if redirect := redirects(candidate):
            self._ask_places("redirect", AskPlaces(id=redirect))
            return
        self._inform(candidate, None)

    def _inform(self, candidate: CandidateFacts, redirect: PlaceFacts | None) -> None:
        tell = tell_counter if self._by_number else tell_procedure
        told = tell(candidate, self.site, self.language, redirect)
        if self._by_number and told.target is not None and told.target.floor == self.site.floor:
            self.target = told.target
            self._say_lines(told)
            self._lead_now()
        else:
            self._tell(told)

    def _tell(self, told: Telling) -> None:
        self.target, self._reached = told.target, ""
        self._say_lines(told)
        if not told.lines:
            self._say("ask.what")
            self._go("put_asking")
            return
        self._told = told
        self._go("inform")

    def _facility(self, kind: str) -> None:
        self.procedure_code, self._by_number = "", False
        if self.state != "looking_up":
            self._come_back("asking")
        if kind == "hours":
            self._tell(Telling((("inform.hours", {"hours": self.site.phrase("hours", self.language)}),)))
        elif kind in NOT_PLACES:
            self._tell(self._unknown_place())
        else:
            self._ask_places("facility", AskPlaces(kind=INSTEAD.get(kind, kind)))

    def _unknown_place(self) -> Telling:
        return Telling((("inform.place_unknown", {"staff": self._staff()}),))

    def _chat(self, value: str) -> None:
        self._misses = 0
        if value == "thanks" and self._open_question in ("offering", "anything_else"):
            self._command("thanks")
            return
        self._say("chitchat.any")
        self._go("put_asking")

    def _not_understood(self) -> None:
        self._misses += 1
        state = self.awaiting or self._open_question or "asking"
        if self._misses > PATIENCE:
            self.target = None
            self._say("goodbye.silent")
            self._go("finish")
            return
        if self._misses == PATIENCE:
            self._say("not_understood.human", staff=self._staff())
        else:
            self._say("not_understood.yes_or_no" if state in ("confirming", "offering") else "not_understood.once")
        self._go(f"put_{state}")

    # --- answers and commands -----------------------------------------------------------------------------

    def _command(self, command: str) -> None:
        """Act on a command or a short answer, in whatever state the robot is."""
        if command.startswith("language:"):
            self._speak_language(command.partition(":")[2])
        elif self.guiding:
            self._command_while_leading(command)
        elif command in ("yes", "go"):
            self._yes()
        elif command in ("no", "thanks", "cancel", "stop"):
            self._no(command)
        elif command == "help":
            self._say("ask.help")
            self._go("put_asking")
        elif command == "back":
            self._say("ask.rephrase")
            self._go("put_asking")
        else:  # repeat, louder, wait, slower …: what was said last, once more
            self._repeat()

    def _touched_command(self, command: str) -> None:
        if not (self.guiding or self.awaiting or self.state in ("informing", "greeting", "looking_up")):
            return
        if self.state.endswith("speaking") or self.state == "informing":
            self._hush()
        if self.state == "informing" and command in ("yes", "go") and self.target is not None:
            self._lead_now()
        else:
            self._command(command)

    def _yes(self) -> None:
        state = self.awaiting or self._open_question
        if state == "offering" and self.target is not None:
            self._lead_now()
        elif state == "confirming" and self._candidate is not None:
            self._by_number = False
            self._settle_in_looking_up(self._candidate)
        else:
            self._say("ask.what")
            self._go("put_asking")

    def _settle_in_looking_up(self, candidate: CandidateFacts) -> None:
        if self.state != "looking_up":
            self._come_back(self.awaiting)
        self._take(candidate)

    def _no(self, command: str) -> None:
        state = self.awaiting or self._open_question
        if state in ("confirming", "choosing") and command == "no":
            self._candidate, self._candidates = None, ()
            self._say("ask.rephrase")
            self._go("put_asking")
            return
        self._say("goodbye.plain" if state == "anything_else" else "goodbye.refused")
        self._go("finish")

    def _repeat(self) -> None:
        state = self.awaiting or self._open_question or "asking"
        if state == "offering" and self._told is not None:
            self._say_lines(self._told)
            self.ask_offer()
        elif state == "choosing":
            self._say_choices()
        elif state == "confirming" and self._candidate is not None:
            self._say("confirm.procedure", procedure=short_name(self._candidate.name))
        else:
            self._say("anything_else.ask" if state == "anything_else" else "ask.what")
        self._go(f"put_{state}")

    def _choice_of(self, readings: tuple[str, ...]) -> int:
        names = self.choices
        return next((n for n in (read_choice(text, self.language, names) for text in readings) if n), 0)

    def _choose(self, number: int) -> None:
        if not 1 <= number <= len(self._candidates):
            return
        self._by_number = False
        self._hush()
        self._settle_in_looking_up(self._candidates[number - 1])

    def _say_choices(self) -> None:
        names = dict(zip(("first", "second", "third"), self.choices, strict=False))
        self._say("choose.two" if len(names) == 2 else "choose.three", **names)

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the names that the visitor may choose from."""
        return tuple(short_name(candidate.name) for candidate in self._candidates)

    def _speak_language(self, language: str) -> None:
        if language not in self.languages:
            return
        self.language = language
        if self.state in ("idle", "returning") or self.guiding:
            return
        self._hush()
        if self.awaiting in ("", "asking"):
            self._say("ask.in_language")
            if self.state != "goodbye":
                self._go("put_asking")
        else:
            self._repeat()

    # --- helpers ------------------------------------------------------------------------------------------

    def _go(self, trigger: str) -> None:
        self.trigger(trigger)  # type: ignore[attr-defined]

    def _say(self, key: str, **values: str) -> None:
        self._effects.append(Say(key, self.language, values))

    def _say_lines(self, told: Telling) -> None:
        for key, values in told.lines:
            self._say(key, **values)

    def _hush(self) -> None:
        self._effects.append(Hush())

    def _ask_places(self, wanted: str, question: AskPlaces) -> None:
        self._wanted, self._question = wanted, question
        self._effects.append(question)

    def _staff(self) -> str:
        return self.site.phrase("staff", self.language)

    def _forget_visitor(self) -> None:
        self.language = self._first_language
        self.target: Target | None = None
        self.procedure_code = ""
        self._candidate: CandidateFacts | None = None
        self._candidates = ()
        self._told = None
        self._reached = ""
        self._question: AskLookup | AskPlaces | None = None
        self._open_question = self._wanted = ""
        self._by_number = self._straight = False
        self._silences = self._misses = self._delays = 0
        self._forget_leading()
