"""How long to wait after the last word: a complete request needs no patience, a sentence left in the air needs more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from dialogue.conversation.answers import read_answer
from dialogue.languages import load_data

COMPLETE, USUAL, UNFINISHED = "complete", "usual", "unfinished"
LONGEST_ENDING = 4
"""Words of the longest ending that is data."""
Ending = Callable[[str], str]
SHORTEST = 2
"""Words of a phrase that a request can end with; one word alone may be the beginning of anything."""


class Endings:
    """Tell from what has been understood so far whether a sentence may be over.

    Args:
        language: of what is spoken; its short answers, and the words after which more must follow, are data.
        phrases: what visitors of the site ask for, whole.
    """

    def __init__(self, language: str, phrases: Iterable[str] = ()) -> None:
        self._language = language
        self._wholes = {words for phrase in phrases if len(words := _words(phrase)) >= SHORTEST}
        self._parts = {words[:n] for words in self._wholes for n in range(SHORTEST, len(words))}
        self._longest = max(map(len, self._wholes), default=0)
        answers = load_data(language, "answers")
        self._open = {_words(str(each)) for each in answers.get("unfinished") or ()}
        self._wholes |= {_words(str(each)) for each in answers.get("finished") or ()}

    def __call__(self, text: str) -> str:
        """Return COMPLETE, USUAL or UNFINISHED."""
        words = _words(text)
        tails = [words[-n:] for n in range(1, min(len(words), max(self._longest, LONGEST_ENDING)) + 1)]
        if any(tail in self._wholes for tail in tails) and not any(tail in self._parts for tail in tails):
            return COMPLETE
        if any(tail in self._open for tail in tails):
            return UNFINISHED
        return COMPLETE if read_answer(text, self._language) else USUAL


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower()))
