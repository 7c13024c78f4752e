"""What every part of the conversation shares: what is known of the visitor, and how to say things and change state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialogue.conversation.effects import AskLookup, AskPlaces, Effect, Hush, Say, Tune
from dialogue.conversation.facts import CandidateFacts, PlaceFacts, SiteFacts, Target
from dialogue.conversation.machine import AWAITING, SPEAKING
from dialogue.conversation.needs import Hearing, Wish
from dialogue.conversation.telling import Telling, distinct_names, place_name

if TYPE_CHECKING:
    from dialogue.conversation.facts import LookupAnswer


class Talk:
    """Hold one visitor's talk; the parts of `Conversation` are built on it."""

    if TYPE_CHECKING:
        state: str
        site: SiteFacts
        languages: tuple[str, ...]
        _first_language: str
        _effects: list[Effect]
        _now: float
        _since: float

        def ask_anything_else(self) -> None:
            """Ask for further wishes."""

        def _act_on(self, answer: LookupAnswer) -> None: ...
        def _come_back(self, state: str) -> None: ...
        def _command(self, command: str) -> None: ...
        def _command_while_leading(self, command: str) -> None: ...
        def _choose(self, number: int) -> None: ...
        def _forget_leading(self) -> None: ...
        def _lead_in_language(self) -> None: ...
        def _lead_now(self) -> None: ...
        def _put_again(self, state: str) -> None: ...
        def _tell(self, told: Telling) -> None: ...
        def _unknown_place(self) -> Telling: ...
        def _ask_places(self, wanted: str, question: AskPlaces) -> None: ...

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

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the names that the visitor may choose from."""
        if self._toilets:
            return tuple(place_name(place.kind, self.language) for place in self._toilets)
        return distinct_names([candidate.name for candidate in self._candidates])

    @property
    def _open(self) -> str:
        """Return the question that is open, also while something is looked up for it."""
        return self.awaiting or self._open_question or "asking"

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

    def _tune(self, gain: float, tempo: float) -> None:
        """Speak louder or slower, to no more than can be understood."""
        if (gain, tempo) != self._tuned:
            self._tuned = gain, tempo
            self._effects.append(Tune(gain, tempo))

    def _staff(self) -> str:
        return self.site.phrase("staff", self.language)

    _tuned = (1.0, 1.0)
    """How loud and how fast it speaks: factors of what is usual."""

    def _forget_visitor(self) -> None:
        self._tune(1.0, 1.0)
        self.language = self._first_language
        self.target: Target | None = None
        self.procedure_code = ""
        self._candidate: CandidateFacts | None = None
        self._candidates: tuple[CandidateFacts, ...] = ()
        self._toilets: tuple[PlaceFacts, ...] = ()
        self._told: Telling | None = None
        self._reached = ""
        self._question: AskLookup | AskPlaces | None = None
        self._hearing: Hearing | None = None
        self._wishes: list[Wish] = []
        self._open_question = self._wanted = self._topic = self._about = ""
        self._by_number = self._straight = self._changed = self._hinted = self._naming = False
        self._silences = self._misses = self._delays = 0
        self._forget_leading()
