"""Several needs in one sentence: take it apart at its joints, and tell whether the parts are wishes of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from dialogue.conversation.facts import LookupAnswer
from dialogue.languages import load_data

SERVED = ("answer", "facility")
LIKELY = 0.3
"""Probability from which the first of two wishes may be one that has to be confirmed."""
MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold something that the visitor wants later: as they said it, and how it is called."""

    text: str
    name: str


@dataclass
class Hearing:
    """Gather what the counter map makes of a whole sentence and, where it has joints, of both parts."""

    parts: tuple[str, ...]
    answers: list[LookupAnswer] = field(default_factory=list)

    def take(self, answer: LookupAnswer) -> str:
        """Take the answer to what was asked last; return what to ask next, empty when all is known."""
        self.answers.append(answer)
        if not self.parts or (len(self.answers) == 1 and answer.decision in ("command", "chitchat")):
            self.parts = ()
            return ""
        return self.parts[len(self.answers) - 1] if len(self.answers) <= len(self.parts) else ""

    @property
    def answer(self) -> LookupAnswer:
        """Return what to act on: the first of two wishes, otherwise the whole sentence."""
        return self.answers[1] if self.second is not None else self.answers[0]

    @property
    def second(self) -> LookupAnswer | None:
        """Return the second wish, where there are two."""
        if len(self.answers) < 3:
            return None
        whole, first, second = self.answers
        likely = first.decision in SERVED or (bool(first.candidates) and first.candidates[0].probability >= LIKELY)
        apart = topic(first) and topic(second) and topic(first) != topic(second)
        return second if likely and apart and second.decision in SERVED and _adds(whole, second) else None


def topic(answer: LookupAnswer) -> str:
    """Return what an answer is about: a kind of place, a department, or the likeliest candidate."""
    if answer.decision == "facility" and answer.label:
        return answer.label
    return answer.candidates[0].code if answer.candidates else ""


def _adds(whole: LookupAnswer, second: LookupAnswer) -> bool:
    """Tell that the second part is more than the rest of one long name."""
    return second.decision == "facility" or topic(second) not in [c.code for c in whole.candidates[:1]]


def split_needs(text: str, language: str) -> tuple[str, ...]:
    """Return a sentence in two at its first joint that has words on both sides; empty when there is none."""
    words = text.split()
    if len(words) > MOST_WORDS:
        return ()
    for joint in _joints(language):
        before, found, after = _cut(text, joint)
        if found and before and after:
            return before, after
    return ()


def strip_change(text: str, language: str) -> tuple[str, bool]:
    """Take "no wait, I changed my mind" off the front of a sentence; tell whether it was there."""
    for words in _changes(language):
        found = re.match(rf"\W*{re.escape(words)}\b[\s,.]*(.+)", text, re.IGNORECASE | re.DOTALL)
        if found:
            return strip_change(found[1], language)[0], True
    return text, False


def _cut(text: str, joint: str) -> tuple[str, bool, str]:
    parts = re.split(rf"[\s,;]+{re.escape(joint)}[\s,;]+", text, maxsplit=1, flags=re.IGNORECASE)
    return (parts[0].strip(" ,;"), True, parts[1].strip(" ,;.")) if len(parts) == 2 else (text, False, "")


@cache
def _joints(language: str) -> tuple[str, ...]:
    """Return the joints, the longest first: "xong rồi" before "rồi"."""
    return tuple(sorted(map(str, load_data(language, "answers")["joints"]), key=len, reverse=True))


@cache
def _changes(language: str) -> tuple[str, ...]:
    return tuple(sorted(map(str, load_data(language, "answers")["instead"]), key=len, reverse=True))
