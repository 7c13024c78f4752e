"""The part of the conversation that acts on short answers, commands, choices and the language spoken."""

from __future__ import annotations

from dataclasses import replace

from dialogue.conversation.answers import DECLINE, read_choice
from dialogue.conversation.effects import AskLookup, StopHome
from dialogue.conversation.facts import CandidateFacts
from dialogue.conversation.telling import short_name
from dialogue.conversation.toilets import toilet_kind
from dialogue.conversation.understanding import PATIENCE, Understanding

HOMEWARD = ("goodbye", "returning")

MANNERS = {"louder": (1.5, 1.0), "quieter": (1 / 1.5, 1.0), "slower": (1.0, 0.8), "faster": (1.0, 1.25)}
"""By which factors loudness and tempo change."""
SOFTEST, LOUDEST = 0.4, 2.3
SLOWEST, FASTEST = 0.6, 1.3
"""Factors beyond which speech is no longer understood."""


class Replying(Understanding):
    """Reply: what `Conversation` does with yes, no, repeat, the second one, in English please."""

    def _command(self, command: str) -> None:
        """Act on a command or a short answer, in whatever state the robot is."""
        if command != "no":
            self._misses = 0
        if command.startswith("language:"):
            self._speak_language(command.partition(":")[2])
        elif self.guiding:
            self._command_while_leading(command)
        elif command in ("yes", "go"):
            self._yes()
        elif command in ("no", "thanks", "cancel", "stop", DECLINE):
            self._no(command)
        elif command == "help":
            self._say("ask.help")
            self._go("put_asking")
        elif command == "wait":
            self._silences = 0
            self._say("ask.wait")
            self._go(f"put_{self._open}")
        elif command == "back":
            self._say("ask.rephrase")
            self._go("put_asking")
        elif command in MANNERS:
            self._speak_otherwise(command)
        else:
            self._repeat()

    def _speak_otherwise(self, manner: str) -> None:
        """Speak louder, softer, slower or faster from now on, and say once more what was said."""
        gain, tempo = (was * factor for was, factor in zip(self._tuned, MANNERS[manner], strict=True))
        self._tune(min(LOUDEST, max(SOFTEST, gain)), min(FASTEST, max(SLOWEST, tempo)))
        self._say(f"manner.{manner}")
        if self.guiding:
            self._repeat_on_the_way()
        else:
            self._repeat()

    def _repeat_on_the_way(self) -> None:
        """Say where it goes; filled in by the part that leads."""

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
        state = self._open
        if state == "offering" and self.target is not None:
            self._lead_now()
        elif state == "choosing" and self._toilets:
            self._put_again(state)
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
        state = self._open
        if state in ("confirming", "choosing") and command == "no":
            self._candidate, self._candidates, self._toilets = None, (), ()
            self._ask_to_rephrase()
        elif state == "offering" and self._wishes and command in ("no", "cancel", "thanks", DECLINE):
            if self.state != "looking_up":
                self._come_back("asking")
            self.take_up_wish()
        elif state == "offering" and command in ("no", "cancel"):
            self.target = None
            self._say("anything_else.refused")
            self._go("put_anything_else")
        else:
            self._say("goodbye.plain" if state == "anything_else" else "goodbye.refused")
            self._go("finish")

    def _ask_to_rephrase(self) -> None:
        """Ask in other words what is wanted; a guess that was wrong twice is for a person."""
        self._misses += 1
        if self._misses >= PATIENCE:
            self._say("not_understood.human", staff=self._staff())
        else:
            self._say("ask.rephrase")
        self._go("put_asking")

    def _repeat(self) -> None:
        """Say once more what was told and asked last."""
        if self.state == "informing" and self._told is not None:
            self._say_lines(self._told)
            return
        if self._told is not None and self._open in ("offering", "anything_else") and not self._reached:
            self._say_lines(self._told)
        self._put_again(self._open)

    def _put_again(self, state: str) -> None:
        """Put the question of an awaiting state once more."""
        if state == "offering" and self.target is not None:
            self.ask_offer()
        elif state == "choosing" and (self._candidates or self._toilets):
            self._say_choices()
        elif state == "confirming" and self._candidate is not None:
            self._say("confirm.procedure", procedure=short_name(self._candidate.name))
        elif state == "anything_else":
            self._say("anything_else.ask")
        else:
            state = "asking"
            self._say("ask.what")
        self._go(f"put_{state}")

    def ask_offer(self) -> None:
        """Ask whether to lead the way."""
        assert self.target is not None
        self._say("offer.lead" if self.target.floor == self.site.floor else "offer.lift")

    # --- choices ------------------------------------------------------------------------------------------

    def _choice_of(self, readings: tuple[str, ...]) -> int:
        names = self.choices
        kinds = [f"wc_{toilet_kind(text, self.language)}" for text in readings]
        meant = (n for n, toilet in enumerate(self._toilets, 1) if toilet.kind in kinds)
        if toilet := next(meant, 0):
            return toilet
        return next((n for n in (read_choice(text, self.language, names) for text in readings) if n), 0)

    def _choose(self, number: int) -> None:
        if not 1 <= number <= len(self.choices):
            return
        self._by_number = False
        self._hush()
        if self._toilets:
            chosen = self._toilets[number - 1]
            if self.state != "looking_up":
                self._come_back("asking")
            self._tell(self._told_place(chosen))
            return
        self._settle_in_looking_up(self._candidates[number - 1])

    # --- language -----------------------------------------------------------------------------------------

    def _speak_language(self, language: str) -> None:
        """Go on in another language, in whatever state the robot is, and say so in it."""
        if language not in self.languages:
            return
        if self.state == "idle":
            self._forget_visitor()
        self._hinted = True
        if self.state == "idle":
            self.language = language
            self._say("greet.hello")
            self._go("greet")
            return
        self.language = language
        if self.guiding:
            self._lead_in_language()
        elif self.state == "arrived":
            self._say("ask.language_kept")
        elif self.state == "looking_up" and isinstance(self._question, AskLookup):
            self._question = replace(self._question, language=language)
            self._effects.append(self._question)
        else:
            self._hush()
            self._tell_in_language()

    def _tell_in_language(self) -> None:
        """Say again in the new language what was told and asked; what has names in it is looked up anew."""
        telling = self.state == "informing" or self._open in ("offering", "anything_else")
        if self.state in HOMEWARD or (self._open == "asking" and not telling):
            self._stop_going_home()
            self._say("ask.in_language")
            self._go("put_asking")
            return
        self._say("ask.language_kept")
        if telling and self._topic and not self._reached:
            self._look_up_label(self._topic)
        elif self._open in ("confirming", "choosing") and not self._toilets:
            self._look_up_names()
        else:
            self._put_again(self._open)

    def _stop_going_home(self) -> None:
        if self.state == "returning":
            self._effects.append(StopHome())
