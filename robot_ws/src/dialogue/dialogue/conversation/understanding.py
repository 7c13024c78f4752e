"""The part of the conversation that finds out what the visitor wants and tells it."""

from __future__ import annotations

from dialogue.conversation.base import Talk
from dialogue.conversation.closing import in_own_words
from dialogue.conversation.effects import AskLookup, AskPlaces, Say, StopHome
from dialogue.conversation.facts import CandidateFacts, LookupAnswer, PlaceFacts
from dialogue.conversation.needs import Hearing, Wish, split_needs, strip_change
from dialogue.conversation.telling import (
    Telling,
    place_name,
    redirects,
    short_name,
    tell_area,
    tell_counter,
    tell_place,
    tell_procedure,
)
from dialogue.conversation.toilets import kinds_of_toilets, toilet_kind
from dialogue.languages import load_data

PATIENCE = 2
"""Silences in a row before the robot says goodbye; requests not understood before it names staff and screen."""

NOT_PLACES = ("cashier", "wifi", "parking", "metro")
INSTEAD = {"human": "reception", "priority": "ticket"}
"""Facility labels that are no kind of place: staff must tell, or another kind is looked for."""
AREAS = ("department", "zone")


class Understanding(Talk):
    """Understand: what `Conversation` does in its states looking_up and informing."""

    # --- asking the counter map ---------------------------------------------------------------------------

    def _ask_lookup(self, text: str, alternatives: tuple[str, ...] = ()) -> None:
        # only on the way: "thôi" also begins the name of a procedure
        wanted, self._changed = strip_change(text, self.language) if self.guiding else (text, False)
        self._naming = False
        self._hearing = Hearing(() if self.guiding else split_needs(wanted, self.language))
        self._question = AskLookup(wanted, self.language, tuple(alternatives))
        self._effects.append(self._question)
        if not self.guiding:
            self._come_back(self.awaiting or "asking")

    def _look_up_label(self, label: str) -> None:
        """Look up what was touched, or what was told, by its label: `facility:wc`, `counter:Q17`, `procedure:…`."""
        kind, _, value = label.partition(":")
        if kind == "facility" and self.guiding:
            self._keep_for_later(label, self._called(LookupAnswer("facility", label)))
            return
        if kind == "facility":
            self._facility(value)
            return
        self._straight = kind == "counter"
        self._hearing, self._changed, self._naming = Hearing(()), False, False
        self._question = AskLookup(label if kind == "procedure" else value or label, self.language)
        self._effects.append(self._question)
        if not self.guiding:
            self._come_back(self.awaiting or "asking")

    def _look_up_names(self) -> None:
        """Look up by their codes, in the language that is spoken now, what the visitor is asked about."""
        candidate = (self._candidate,) if self._candidate is not None else ()
        asked = self._candidates if self._open == "choosing" else candidate
        labels = tuple(f"procedure:{candidate.code}" for candidate in asked)
        self._hearing, self._naming = Hearing(labels[1:]), True
        self._question = AskLookup(labels[0], self.language)
        self._effects.append(self._question)
        self._come_back(self._open)

    def _take_names(self, hearing: Hearing) -> None:
        named = tuple(answer.candidates[0] for answer in hearing.answers if answer.candidates)
        if self._open == "choosing":
            self._candidates = named
        else:
            self._candidate = named[0] if named else None
        self._put_again(self._open)

    def _come_back(self, state: str) -> None:
        """Look up, and remember which question was open."""
        if self.state == "returning":
            self._effects.append(StopHome())
        self._open_question = state
        self._delays = 0
        self._go("look_up")

    def lookup_answered(self, answer: LookupAnswer) -> None:
        """Act on what the counter map makes of the visitor's words."""
        answer = in_own_words(answer, self.site, self.language, self._now)
        if self.guiding:
            self._answer_while_leading(answer)
        elif self.state == "looking_up":
            hearing = self._hearing or Hearing(())
            if following := hearing.take(answer):
                self._question = AskLookup(following, self.language)
                self._effects.append(self._question)
                return
            self._about = hearing.parts[0] if hearing.second is not None else _lines(self._question)
            self._hearing = self._question = None
            if self._naming:
                self._naming = False
                self._take_names(hearing)
                return
            if hearing.second is not None:
                self._remember_second(hearing)
            self._act_on(hearing.answer)

    def _answer_while_leading(self, answer: LookupAnswer) -> None:
        """Obey a command; go elsewhere at once only where the visitor says so, otherwise keep the wish for later."""
        if answer.decision == "command":
            self._command_while_leading(answer.label.partition(":")[2])
        elif answer.decision not in ("answer", "confirm", "clarify", "facility"):
            return
        elif self._changed:
            self._change_goal()
            self._act_on(answer)
        elif isinstance(self._question, AskLookup):
            self._keep_for_later(self._question.text, self._called(answer))

    def _keep_for_later(self, text: str, name: str) -> None:
        self._wishes = [Wish(text, name)]
        self._say("guide.later", wish=name)

    def _change_goal(self) -> None:
        """Stop leading, for something else; filled in by the part that leads."""

    def _act_on(self, answer: LookupAnswer) -> None:
        kind, _, value = answer.label.partition(":")
        if answer.decision == "command" and kind == "command":
            self._command(value)
        elif kind == "choice" and self._candidates and value.isdigit():
            self._choose(int(value))
        elif answer.decision == "facility" and kind == "facility":
            self._facility(value, self._about)
        elif answer.decision == "facility" and kind in AREAS and answer.candidates:
            self._area(kind, value, answer.candidates)
        elif answer.decision == "chitchat":
            self._chat(value)
        elif answer.candidates and answer.decision in ("answer", "confirm", "clarify", "facility"):
            self._consider(answer, by_number=kind == "counter" or self._straight)
        else:
            self._decline(answer.label)

    def _consider(self, answer: LookupAnswer, by_number: bool) -> None:
        self._straight, self._toilets = False, ()
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

    def _say_choices(self) -> None:
        if self._toilets:
            self._say("choose.toilet" if len(self._toilets) == 2 else "choose.toilet_any")
            return
        names = dict(zip(("first", "second", "third"), self.choices, strict=False))
        self._say("choose.two" if len(names) == 2 else "choose.three", **names)

    # --- telling ------------------------------------------------------------------------------------------

    def _take(self, candidate: CandidateFacts) -> None:
        """Settle on a candidate; ask first where a closed counter sends its visitors."""
        self._candidate, self._candidates, self._misses = candidate, (), 0
        self.procedure_code = candidate.code
        self._topic = f"{'counter' if self._by_number else 'procedure'}:{candidate.code}"
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
        self.target, self._reached, self._toilets = told.target, "", ()
        self._say_lines(told)
        if not told.lines:
            self._say("ask.what")
            self._go("put_asking")
            return
        self._told = told
        self._go("inform")

    def _area(self, kind: str, name: str, counters: tuple[CandidateFacts, ...]) -> None:
        self.procedure_code, self._by_number, self._misses = "", False, 0
        self._topic = f"{kind}:{name}"
        self._tell(tell_area(name, counters, self.site, self.language))

    def _facility(self, kind: str, said: str = "") -> None:
        """Tell about a kind of place; `said` are the words in which it was asked for."""
        self.procedure_code, self._by_number, self._misses = "", False, 0
        self._topic, self._about, self._toilets = f"facility:{kind}", said, ()
        if self.state != "looking_up":
            self._come_back("asking")
        if kind == "hours":
            self._tell(Telling((("inform.hours", {"hours": self.site.phrase("hours", self.language)}),)))
        elif kind in NOT_PLACES:
            self._tell(self._unknown_place())
        else:
            self._ask_places("facility", AskPlaces(kind=INSTEAD.get(kind, kind)))

    def _answer_places(self, places: tuple[PlaceFacts, ...]) -> None:
        """Tell the nearest of the places asked for; which toilet is asked where that was not said."""
        toilets = kinds_of_toilets(places) if places and places[0].kind == "wc" else ()
        wanted = toilet_kind(self._about, self.language)
        fitting = next((place for place in toilets if place.kind == f"wc_{wanted}"), None)
        if fitting is not None:
            self._tell(self._told_place(fitting))
        elif len(toilets) > 1 and toilets[0].floor == self.site.floor:
            self._candidates, self._toilets = (), toilets
            self._say_choices()
            self._go("put_choosing")
        else:
            self._tell(self._told_place(places[0]) if places else self._unknown_place())

    def _told_place(self, place: PlaceFacts) -> Telling:
        return tell_place(place, self.site, self.language)

    def _unknown_place(self) -> Telling:
        return Telling((("inform.place_unknown", {"staff": self._staff()}),))

    def _ask_places(self, wanted: str, question: AskPlaces) -> None:
        self._wanted, self._question = wanted, question
        self._effects.append(question)

    # --- a second wish ------------------------------------------------------------------------------------

    def has_wish(self) -> bool:
        """Tell whether the visitor named something else that they want; asked by the machine."""
        return bool(self._wishes)

    def _remember_second(self, hearing: Hearing) -> None:
        second = hearing.second
        assert second is not None
        self._wishes = [Wish(hearing.parts[1], self._called(second))]
        self._say("wish.both", first=self._called(hearing.answer), second=self._wishes[0].name)

    def take_up_wish(self) -> None:
        """Go on to what the visitor named as their second wish; called by the machine."""
        wish = self._wishes.pop(0)
        self.target = None
        self._say("wish.next", wish=wish.name)
        self._open_question, self._delays = "asking", 0
        kind, _, value = wish.text.partition(":")
        if kind == "facility":
            self._facility(value)
            return
        self._hearing = None
        self._question = AskLookup(wish.text, self.language)
        self._effects.append(self._question)

    def _called(self, answer: LookupAnswer) -> str:
        """Return how what an answer is about is called in a sentence."""
        kind, _, value = answer.label.partition(":")
        if answer.decision == "facility" and kind == "facility":
            names = load_data(self.language, "phrases")["place"]
            return str(names.get(value) or names["hours" if value == "hours" else "other"])
        if answer.decision == "facility" and kind in AREAS:
            return value
        if not answer.candidates:
            return place_name("other", self.language)
        return short_name(answer.candidates[0].name)

    # --- what no counter is for ---------------------------------------------------------------------------

    def _chat(self, value: str) -> None:
        self._misses = 0
        if value == "thanks" and self._open in ("offering", "anything_else"):
            self._command("thanks")
        elif value == "bye":
            self._command("cancel")
        else:
            known = load_data(self.language, "phrases")["chitchat"]
            self._say(f"chitchat.{value if value in known else 'any'}")
            self._put_again(self._open)

    def _decline(self, label: str) -> None:
        """Answer what the lookup gives no counter for: an emergency, a counter that is not there, anything else."""
        if label == "emergency":
            self._misses = 0
            self._say("emergency.staff", staff=self._staff())
            self._go("put_anything_else")
        elif label == "counter:unknown":
            self._tell(Telling((("inform.counter_unknown", {"staff": self._staff()}),)))
        else:
            self._not_understood()

    def _not_understood(self) -> None:
        self._misses += 1
        state = self._open
        if self._misses == PATIENCE + 1:
            self._hand_over()
            return
        if self._misses > PATIENCE:
            self.target = None
            self._say("goodbye.silent")
            self._go("finish")
            return
        if self._misses == PATIENCE:
            self._say("not_understood.human", staff=self._staff())
        else:
            self._say("not_understood.yes_or_no" if state in ("confirming", "offering") else "not_understood.once")
            self._say_other_languages()
        self._go(f"put_{state}")

    def _hand_over(self) -> None:
        """Offer to take who is not understood to the people at the reception desk."""
        misses = self._misses
        self._facility("human")
        self._misses = misses

    def _say_other_languages(self) -> None:
        """Tell, in each other language, that it is spoken too: to who has not said a word that was understood."""
        if self._open != "asking" or self._topic or self._hinted:
            return
        self._hinted = True
        for language in self.languages:
            if language != self.language:
                self._effects.append(Say("ask.other_language", language))


def _lines(question: AskLookup | AskPlaces | None) -> str:
    return question.lines if isinstance(question, AskLookup) else ""
