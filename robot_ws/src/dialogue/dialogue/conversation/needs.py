"""Several needs in one sentence: take it apart at its joints, and tell whether the parts are wishes of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from dialogue.conversation.facts import LookupAnswer
from dialogue.languages import load_data

SERVED = ("answer", "facility")
LIKELY = 0.5
"""Probability from which a part that has to be confirmed may be a wish of its own."""
CERTAIN = 0.98
"""Probability from which a whole sentence is one wish, unless a part is about the same and the other is sure."""
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
        apart = topic(first) and topic(second) and topic(first) != topic(second)
        return second if apart and _likely(first) and _likely(second) and _adds(whole, first, second) else None


def topic(answer: LookupAnswer) -> str:
    """Return what an answer is about: a kind of place, a department, or the likeliest candidate."""
    if answer.decision == "facility" and answer.label:
        return answer.label
    return answer.candidates[0].code if answer.candidates else ""


def _likely(part: LookupAnswer) -> bool:
    return part.decision in SERVED or (part.decision == "confirm" and part.candidates[0].probability >= LIKELY)


def _adds(whole: LookupAnswer, first: LookupAnswer, second: LookupAnswer) -> bool:
    """Tell that the second part is more than the rest of one long request that is understood as it stands."""
    understood = whole.decision == "answer" and whole.candidates[0].probability >= CERTAIN
    if second.decision == "facility" or not understood:
        return True
    return second.decision == "answer" and topic(whole) in (topic(first), topic(second))


def split_needs(text: str, language: str) -> tuple[str, ...]:
    """Return a sentence in two at its first joint that has words on both sides; empty when there is none."""
    words = text.split()
    if len(words) > MOST_WORDS:
        return ()
    for joint in _joints(language):
        before, found, after = _cut(text, joint)
        if found and before and after:
            return before, _without_tail(after, language)
    return ()


def _without_tail(text: str, language: str) -> str:
    """Take "nữa" off the end of a second wish: it belongs to the joint."""
    words = text.split()
    tails = load_data(language, "answers")["joint_tails"]
    return " ".join(words[:-1]) if len(words) > 1 and words[-1] in tails else text


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
