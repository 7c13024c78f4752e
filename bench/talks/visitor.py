"""A made-up visitor: listens to what the robot asks, answers it, follows, and keeps to a character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bench.talks.goals import Goal, sayings
from bench.talks.hall import Say, Touch, View
from dialogue.conversation.telling import short_name

Act = Say | Touch

REACTS = (0.6, 2.0)
"""s between the robot's question and the visitor's answer."""
PAUSES = (3.0, 8.0)
"""s that a visitor who said stop stands still."""


@dataclass
class Character:
    """Hold how a visitor behaves.

    Attributes:
        by_touch: never speaks.
        follows: wants to be led.
        silent: never does anything.
        openers: what they say or touch before they say what they came for.
        at_offer: what they do before they answer the offer to be led.
        walking: what they do at which part of the way (0..1).
        leaves: the state in which they walk off, and after how many seconds of it.
        both_at_once: says the first two wishes in one sentence.
        instead: says the second wish in place of an answer to the offer for the first.
    """

    by_touch: bool = False
    follows: bool = True
    silent: bool = False
    openers: list[Act] = field(default_factory=list)
    at_offer: list[Act] = field(default_factory=list)
    walking: list[tuple[float, Act]] = field(default_factory=list)
    leaves: tuple[str, float] | None = None
    both_at_once: bool = False
    instead: bool = False


class Visitor:
    """Visit (`bench.talks.hall.Guest`).

    Attributes:
        told: how many turns they had taken when each wish was told; None for one that has not been.
        asked: how often they asked for each wish.
        gave_up: whether they left without what they came for.
    """

    def __init__(self, goals: Sequence[Goal], character: Character, rng: Random, language: str = "vi") -> None:
        self.goals, self.character, self.language = list(goals), character, language
        self.near = True
        self.told: list[int | None] = [None] * len(self.goals)
        self.asked = [0] * len(self.goals)
        self.gave_up = False
        self.turns = 0
        self.late = 0.0
        """s for which they say nothing at first."""
        self._rng = rng
        self._state, self._state_since = "", 0.0
        self._reaction = rng.uniform(*REACTS)
        self._resume_at: float | None = None

    # --- what they notice ---------------------------------------------------------------------------------

    def step(self, view: View) -> Act | None:
        """Do something, or nothing."""
        self._notice(view)
        if not self.near or self.character.silent:
            self._go_when_over(view)
            return None
        if view.shown.state.startswith("guiding."):
            return self._count(self._while_walking(view))
        if not view.asked or view.quiet_for < self._reaction or view.now < self.late:
            return None
        self._reaction = self._rng.uniform(*REACTS)
        return self._count(self._answer(view))

    def _notice(self, view: View) -> None:
        if view.shown.state != self._state:
            self._state, self._state_since = view.shown.state, view.now
        leaves = self.character.leaves
        if leaves and view.shown.state.startswith(leaves[0]) and view.now - self._state_since >= leaves[1]:
            self.near = False
        for number, goal in enumerate(self.goals):
            if self.told[number] is None and view.lines and goal.told(view.lines, view.shown.language):
                self.told[number] = self.turns

    def _go_when_over(self, view: View) -> None:
        if self.near and view.shown.state in ("returning", "idle") and view.now > 10.0:
            self.near = False

    def _count(self, act: Act | None) -> Act | None:
        if act is not None and not self._state.startswith("guiding."):
            self.turns += 1
        return act

    # --- what they answer ---------------------------------------------------------------------------------

    def _answer(self, view: View) -> Act | None:
        match view.asked:
            case "asking":
                return self._ask()
            case "confirming":
                return self._is_it_that(view)
            case "choosing":
                return self._choose(view)
            case "offering":
                return self._offered(view)
            case "anything_else":
                return self._ask() if None in self.told and not self._spent else self._say("enough", "command:no")
            case "returning" | "idle":
                self._go_when_over(view)
        return None

    @property
    def _wanted(self) -> int:
        return self.told.index(None) if None in self.told else len(self.goals) - 1

    @property
    def _spent(self) -> bool:
        return bool(self.goals) and self.asked[self._wanted] >= len(self.goals[self._wanted].sentences)

    def _ask(self) -> Act | None:
        if self.character.openers:
            return self.character.openers.pop(0)
        if not self.goals or self._spent:
            self.gave_up = bool(self.goals) and None in self.told
            return self._say("enough", "command:no")
        number = self._wanted
        goal, attempt = self.goals[number], self.asked[number]
        self.asked[number] += 1
        if self.character.by_touch:
            return Touch(goal.touch)
        if self.character.both_at_once and number == 0 and attempt == 0:
            self.asked[1] += 1
            return Say(self._any("two", first=goal.sentences[0], second=self.goals[1].sentences[0]))
        return Say(goal.sentences[attempt])

    def _is_it_that(self, view: View) -> Act:
        right = any(goal.means(view.lines) for goal in self.goals)
        return self._say("right", "command:yes") if right else self._say("wrong", "command:no")

    def _choose(self, view: View) -> Act:
        if any(goal.touch == "facility:wc" for goal in self.goals) and self._state_is_of_toilets(view):
            return self._choose_toilet(view)
        names = [short_name(choice).lower() for choice in view.shown.choices]
        wanted = next((n for n, name in enumerate(names, 1) if any(goal.name == name for goal in self.goals)), 0)
        if not wanted:
            return self._say("none", "command:no")
        spoken = Say(self._rng.choice(sayings(view.shown.language)["choice"][wanted]))
        return Touch(f"choice:{wanted}") if self.character.by_touch else spoken

    def _state_is_of_toilets(self, view: View) -> bool:
        return any(choice in sayings(view.shown.language)["toilets"] for choice in view.shown.choices)

    def _choose_toilet(self, view: View) -> Act:
        """Say which toilet, in a word or more; a third of those asked need the accessible one."""
        number = self._rng.randint(1, len(view.shown.choices))
        said = self._rng.choice(sayings(view.shown.language)["toilets"][view.shown.choices[number - 1]])
        return Touch(f"choice:{number}") if self.character.by_touch else Say(said)

    def _offered(self, view: View) -> Act | None:
        if self.character.at_offer:
            return self.character.at_offer.pop(0)
        if self.character.instead and self.told[-1] is None:
            return self._ask_last()
        if not any(count is not None for count in self.told):
            return self._ask()  # it speaks of something else
        if self.character.follows:
            return self._say("yes", "command:yes")
        return self._say("not_now" if None in self.told else "no", "command:no")

    def _ask_last(self) -> Act:
        self.asked[-1] += 1
        goal = self.goals[-1]
        return Touch(goal.touch) if self.character.by_touch else Say(goal.sentences[min(self.asked[-1], 3) - 1])

    def _say(self, kind: str, label: str) -> Act:
        return Touch(label) if self.character.by_touch else Say(self._any(kind))

    def _any(self, kind: str, **values: str) -> str:
        return str(self._rng.choice(sayings(self.language)[kind])).format(**values)

    # --- on the way ---------------------------------------------------------------------------------------

    def _while_walking(self, view: View) -> Act | None:
        if view.shown.state == "guiding.paused":
            return self._go_on(view)
        self._resume_at = None
        walking = self.character.walking
        if walking and view.way_done >= walking[0][0] and view.quiet_for > 0.3:
            return walking.pop(0)[1]
        return None

    def _go_on(self, view: View) -> Act | None:
        if self._resume_at is None:
            self._resume_at = view.now + self._rng.uniform(*PAUSES)
        if view.now < self._resume_at or view.quiet_for < 0.3:
            return None
        self._resume_at = view.now + PAUSES[1]
        return self._say("go", "command:yes")
