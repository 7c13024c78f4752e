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

from hall_sim.scenarios.settings_people import VisitorSettings

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
    """Return which kind of question a dotted dialogue state waits on: purpose, confirm, choose, offer, more or None."""
    kind = habits()["asks"].get(state.rsplit(".", 1)[-1])
    return None if kind is None else str(kind)


def tells(what: str, state: str) -> bool:
    """Tell whether a dotted dialogue state means `ready` or `goodbye`."""
    return state.split(".", 1)[0] in habits()[what]


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
        self.distracted = False
        """Whether something else has their whole attention."""
        self._changed = False
        self._rng = rng
        self._state = ""
        self._choices: tuple[str, ...] = ()
        self._procedure = ""
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

    def notice(self, state: str, choices: tuple[str, ...], procedure: str, time: float) -> None:
        """Notice which question the robot asks, which choices it names, and which procedure (code) it is about."""
        if state != self._state:
            self._turn += 1
            self._quiet_since = time
        if tells("goodbye", state) and self._times:
            self.parted = True
        self._state, self._choices, self._procedure = state, choices, procedure

    def change_mind(self) -> None:
        """Want to be led no more."""
        self._changed, self.accepted, self.refused = True, False, True

    def spoke_until(self, time: float) -> None:
        """Take note when the own words end: nobody answers while they speak themselves."""
        self._own_until = time

    def think(self, time: float) -> Answer | None:
        """Return what to say now, if anything; times in s since the start."""
        question = question_in(self._state)
        quiet = time - max(self._quiet_since, self._own_until)
        if question is None or self._robot_speaks or self.parted or self.distracted or quiet < QUIET + self._hesitation:
            return None
        if self._answered_turn == self._turn and quiet < UNANSWERED:
            return None
        if self._times.get(question, 0) >= MOST_TIMES:
            return None
        self._times[question] = self._times.get(question, 0) + 1
        self._answered_turn = self._turn
        self._own_until = time
        self._hesitation = float(self._rng.uniform(*HESITATION))
        return self._answer(question)

    def _answer(self, question: str) -> Answer:
        given = self.settings
        match question:
            case "purpose":
                return Answer("say", given.say, given.touch)
            case "choose":
                return self._choose()
            case "offer" | "confirm" if self._changed:
                return self._reply("refuse", given.refusal)
            case "confirm" if self._misunderstood():
                return self._reply("wrong", "")
            case "confirm":
                self.accepted = True
                return self._reply("confirm", given.confirm)
            case "offer" if given.refuse:
                self.accepted, self.refused = False, True
                return self._reply("refuse", given.refusal)
            case "offer":
                self.accepted = True
                return self._reply("accept", given.accept)
            case _:
                return self._reply("done", given.refusal)

    def _reply(self, kind: str, text: str) -> Answer:
        """Use the scenario's words, or the usual ones; on the screen the button that means the same."""
        if self.settings.touch:
            return Answer(kind, habits()["touch"][kind], touch=True)
        return Answer(kind, text or habits()["words"][self.settings.lang][kind])

    def _choose(self) -> Answer:
        """Pick what sounds most like the errand: by its number first, by its name when asked again."""
        wanted = (self.settings.wants or self.settings.say).lower()
        scores = [fuzz.token_set_ratio(wanted, choice.lower()) for choice in self._choices] or [0.0]
        best = int(np.argmax(scores))
        if self.settings.touch:
            return Answer("choose", habits()["touch"]["choice"].format(n=best + 1), touch=True)
        ordinals = habits()["words"][self.settings.lang]["choices"]
        by_name = self._times["choose"] > 1 and self._choices
        return Answer("choose", self._choices[best] if by_name else ordinals[min(best, len(ordinals) - 1)])

    def _misunderstood(self) -> bool:
        """Tell whether the robot asks about another procedure than the one they came for."""
        return bool(self.settings.procedure and self._procedure and self._procedure != self.settings.procedure)
