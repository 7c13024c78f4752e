"""Count the questions that found nothing, masked, until the store takes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from counter_map.unanswered_mask import masked

WAITING = 200
"""Questions that wait for the store at most; what comes on top of them is not counted."""


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a masked question, its language, and the day it was asked."""

    text: str
    language: str
    day: date


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Hold one line of the staff's list: a masked question, how often it was asked, and between which days."""

    text: str
    language: str
    count: int
    first_day: date
    last_day: date


class Tally:
    """Collect questions for the store; what is said is masked before anything is kept."""

    def __init__(self) -> None:
        self._counts: Counter[Question] = Counter()

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, said: str, language: str, day: date) -> None:
        """Count a question that found nothing; of several readings of one sound the first."""
        text = masked(said.strip().split("\n", 1)[0])
        if any(char.isalpha() for char in text):
            self.give_back({Question(text, language, day): 1})

    def take(self) -> dict[Question, int]:
        """Return what has been counted, and begin anew."""
        taken, self._counts = dict(self._counts), Counter()
        return taken

    def give_back(self, counts: dict[Question, int]) -> None:
        """Count what the store did not take."""
        for question, count in counts.items():
            if question in self._counts or len(self._counts) < WAITING:
                self._counts[question] += count
