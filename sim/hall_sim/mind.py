"""What the visitor understands of the robot's talk, and what they answer.

The visitor perceives what a person would: whether the robot is speaking, and
which question it is asking (the state shown on its screen). They answer when it
has been quiet for a moment, say it again when they are asked again, and give up
after a few times.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import yaml
from rapidfuzz import fuzz

from hall_sim.scenario import VisitorSettings

QUIET = 0.7
"""s of silence after which a person takes their turn."""
HESITATION = (0.2, 0.9)
"""s more until they begin."""
UNANSWERED = 9.0
"""s without any reaction after which they say it again."""
MOST_TIMES = 3
"""Times that the same question is answered (the first and two more)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Say something: the words, or the label that is touched on the screen instead; and what it answers."""

    kind: str
    text: str
    touch: bool = False


@cache
def habits() -> dict[str, Any]:
    """Return the data that the mind works with."""
    text = resources.files("hall_sim").joinpath("data/mind.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def question_in(state: str) -> str | None:
    """Return which kind of question a dotted dialogue state asks: purpose, confirm, choose, offer or None."""
    for part in reversed(state.lower().split(".")):
        for kind, words in habits()["asks"].items():
            if any(word in part for word in words):
                return str(kind)
    return None


def tells(what: str, state: str) -> bool:
    """Tell whether a dotted dialogue state means `ready` or `goodbye`."""
    return any(word in part for part in state.lower().split(".") for word in habits()[what])


class VisitorMind:
    """Decide what to say and when.

    Args:
        settings: the visitor of the scenario.
        rng: of hesitation.
    """

    def __init__(self, settings: VisitorSettings, rng: np.random.Generator) -> None:
        self.settings = settings
        self.accepted = False
        self.refused = False
        self.parted = False
        self._rng = rng
        self._state = ""
        self._choices: tuple[str, ...] = ()
        self._robot_speaks = False
        self._turn = 0
        self._answered_turn = -1
        self._times: dict[str, int] = {}
        self._quiet_since = 0.0
        self._own_until = 0.0
        self._hesitation = float(rng.uniform(*HESITATION))

    def robot_speaks(self, speaks: bool, time: float) -> None:
        """Notice that the robot begins or ends to speak."""
        if self._robot_speaks and not speaks:
            self._turn += 1
        self._robot_speaks = speaks
        self._quiet_since = time

    def notice(self, state: str, choices: tuple[str, ...], time: float) -> None:
        """Notice which question the robot asks, and which choices it names."""
        if state != self._state:
            self._turn += 1
            self._quiet_since = time
        if tells("goodbye", state) and self._times:
            self.parted = True
        self._state, self._choices = state, choices

    def spoke_until(self, time: float) -> None:
        """Take note when the own words end: nobody answers while they speak themselves."""
        self._own_until = time

    def think(self, time: float) -> Answer | None:
        """Return what to say now, if anything; times in s since the start."""
        question = question_in(self._state)
        quiet = time - max(self._quiet_since, self._own_until)
        if question is None or self._robot_speaks or self.parted or quiet < QUIET + self._hesitation:
            return None
        if self._answered_turn == self._turn and quiet < UNANSWERED:
            return None
        if self._times.get(question, 0) >= MOST_TIMES:
            return None
        self._times[question] = self._times.get(question, 0) + 1
        self._answered_turn = self._turn
        self._hesitation = float(self._rng.uniform(*HESITATION))
        return self._answer(question)

    def _answer(self, question: str) -> Answer:
        given, touch = self.settings, self.settings.touch
        words, labels = habits()["words"][given.lang], habits()["touch"]
        if question == "purpose":
            return Answer("say", given.say, touch)
        if question == "choose":
            n = self._best_choice()
            ordinals = words["choices"]
            said = ordinals[min(n, len(ordinals) - 1)]
            return Answer("choose", labels["choice"].format(n=n + 1) if touch else said, touch)
        if question == "confirm":
            self.accepted = True
            return Answer("confirm", labels["confirm"] if touch else given.confirm or words["confirm"], touch)
        if given.refuse:
            self.accepted, self.refused = False, True
            return Answer("refuse", labels["refuse"] if touch else given.refusal or words["refuse"], touch)
        self.accepted = True
        return Answer("accept", labels["accept"] if touch else given.accept or words["accept"], touch)

    def _best_choice(self) -> int:
        """Return the index of the choice that sounds most like what the visitor came for."""
        if not self._choices:
            return 0
        wanted = (self.settings.wants or self.settings.say).lower()
        scores = [fuzz.token_set_ratio(wanted, choice.lower()) for choice in self._choices]
        return int(np.argmax(scores))
