"""Find, in a question, the everyday phrases that stand for official words, also when they were misheard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from counter_map.lookup_language import Synonym, Words
from counter_map.text import fold
from counter_map.text_phonetics import SyllableTable

LEAST_LIKENESS = 0.88
LEAST_WORD_LIKENESS = 0.72
LONGEST = 5


@dataclass(frozen=True)
class Slot:
    """Hold one span of the question: its own words, and the official words it may stand for."""

    words: Words
    meanings: tuple[Words, ...] = ()
    weight: float = 1.0
    importance: float = 1.0


class Synonyms:
    """Cut questions of one language into slots."""

    def __init__(self, synonyms: Iterable[Synonym]) -> None:
        merged: dict[Words, Synonym] = {}
        for synonym in synonyms:
            known = merged.get(synonym.say)
            means = synonym.means if known is None else tuple(dict.fromkeys(known.means + synonym.means))
            merged[synonym.say] = replace(synonym, means=means)
        self._exact = merged
        self._folded = {tuple(map(fold, said)): synonym for said, synonym in merged.items() if len(said) > 1}
        self._longest: dict[str, int] = {}
        for said in (*self._exact, *self._folded):
            self._longest[said[0]] = max(self._longest.get(said[0], 0), len(said))
        vocabulary = sorted({word for said in merged for word in said})
        self._ids = {word: i for i, word in enumerate(vocabulary)}
        self._syllables = SyllableTable(vocabulary)
        self._row = lru_cache(maxsize=2048)(self._compute_row)
        self._rows: dict[int, tuple[NDArray[np.int64], list[Synonym]]] = {}
        for length in range(2, LONGEST + 1):
            chosen = [synonym for said, synonym in merged.items() if len(said) == length]
            if chosen:
                ids = np.array([[self._ids[word] for word in s.say] for s in chosen], np.int64)
                self._rows[length] = (ids, chosen)

    def slots(self, words: Words, marked: bool) -> list[Slot]:
        """Cut words into slots, longest phrases first, allowing for misheard syllables."""
        near = self._near(words, marked) if self._exact else {}
        plain = words if marked else tuple(map(fold, words))
        slots: list[Slot] = []
        at = 0
        while at < len(words):
            length, synonym, likeness = self._at(plain, at, marked, near)
            if synonym is None:
                slots.append(Slot((words[at],)))
            else:
                slots.append(Slot(words[at : at + length], synonym.means, synonym.weight * likeness))
            at += length
        return slots

    def official(self, words: Words) -> Words | None:
        """Put every everyday phrase of a text in its first official wording; None when there is none."""
        out: list[str] = []
        changed, at = False, 0
        while at < len(words):
            length, synonym, _ = self._at(words, at, True, {}) if words[at] in self._longest else (1, None, 1.0)
            out += words[at : at + length] if synonym is None else synonym.means[0]
            changed = changed or synonym is not None
            at += length
        return tuple(out) if changed else None

    def _at(
        self, plain: Words, at: int, marked: bool, near: dict[tuple[int, int], tuple[Synonym, float]]
    ) -> tuple[int, Synonym | None, float]:
        table = self._exact if marked else self._folded
        longest = max(self._longest.get(plain[at], 0), LONGEST if near else 0)
        for length in range(min(longest, len(plain) - at), 0, -1):
            synonym = table.get(plain[at : at + length])
            if synonym is not None:
                return length, synonym, 1.0
            if (at, length) in near:
                return length, *near[at, length]
        return 1, None, 1.0

    def _near(self, words: Words, marked: bool) -> dict[tuple[int, int], tuple[Synonym, float]]:
        rows = np.stack([self._row(word, marked) for word in words])
        alike = rows >= LEAST_WORD_LIKENESS
        found: dict[tuple[int, int], tuple[Synonym, float]] = {}
        for length, (ids, chosen) in self._rows.items():
            for at in range(len(words) - length + 1):
                likely = np.flatnonzero(alike[at][ids[:, 0]])
                for k in range(1, length):
                    likely = likely[alike[at + k][ids[likely, k]]]
                if len(likely):
                    mean = sum(rows[at + k][ids[likely, k]] for k in range(length)) / length
                    best = int(np.argmax(mean))
                    if mean[best] >= LEAST_LIKENESS:
                        found[at, length] = (chosen[likely[best]], float(mean[best]) ** 2)
        return found

    def _compute_row(self, word: str, marked: bool) -> NDArray[np.float32]:
        row = np.zeros(len(self._ids), np.float32)
        row[self._syllables.places] = self._syllables.likenesses(word, not marked)
        if word in self._ids:
            row[self._ids[word]] = 1.0
        return row
