"""The conversation: events in, effects out. Time is told to it; it has no clock, no thread and no ROS.

The node calls an event method, then does what `drain()` returns. `tick(now)` lets states time out.
"""

from __future__ import annotations

from dialogue.conversation.answers import read_answer
from dialogue.conversation.effects import Effect
from dialogue.conversation.facts import PlaceFacts, SiteFacts
from dialogue.conversation.leading import Leading
from dialogue.conversation.machine import AWAITING, TIMEOUTS, make_machine
from dialogue.conversation.telling import short_name
from dialogue.conversation.understanding import PATIENCE

LABELS = ("facility", "counter", "procedure")


class Conversation(Leading):
    """Hold one visitor's conversation; see `machine` for the states."""

    def __init__(self, site: SiteFacts, language: str = "vi", languages: tuple[str, ...] = ("vi", "en")) -> None:
        self.site = site
        self.languages = languages
        self._first_language = language
        self._effects: list[Effect] = []
        self._now = self._since = 0.0
        self._forget_visitor()
        self._machine = make_machine(self)

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
        self._heard_at = self._now
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
        """Take a touch on the screen: a label, or free words typed there.

        Labels: `command:…`, `language:…`, `choice:n`, `facility:kind`, `counter:id`, `procedure:code`, and `browsing:`
        for a visitor who reads or scrolls, so that the robot does not take them for silent.
        """
        kind, _, value = label.partition(":")
        self._silences = 0
        if kind == "command":
            self._touched_command(value)
        elif kind == "language":
            self._speak_language(value)
        elif kind == "choice" and value.isdigit():
            self._choose(int(value))
        elif kind == "browsing":
            self.hearing()
        elif kind in LABELS:
            if not self.guiding:
                self._hush()
            self._look_up_label(label)
        elif label.strip():
            self._hush()
            self._ask_lookup(label)

    def said(self) -> None:
        """Go on after the robot has said all it had to say."""
        if self.speaking:
            self._go("all_said")

    # --- events: the counter map --------------------------------------------------------------------------

    def places_answered(self, places: tuple[PlaceFacts, ...]) -> None:
        """Act on the places that were asked for, nearest first."""
        wanted, self._wanted = self._wanted, ""
        if wanted == "lift":
            self._lead_to_lift(places)
        elif wanted == "redirect" and self.state == "looking_up" and self._candidate is not None:
            self._inform(self._candidate, places[0] if places else None)
        elif wanted == "facility" and self.state == "looking_up":
            self._answer_places(places)

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
            self._say_other_languages()

    def part(self) -> None:
        """Say goodbye after a good turn."""
        self._say("goodbye.plain")

    def part_in_silence(self) -> None:
        """Say goodbye to someone who does not answer."""
        self._say("goodbye.silent")

    def part_unable(self) -> None:
        """Say goodbye when the counter map does not answer."""
        self._say("lookup.unable", staff=self._staff())
