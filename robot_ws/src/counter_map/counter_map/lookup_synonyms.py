"""Find, in a question, the everyday phrases that stand for official words, also when they were misheard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from counter_map.lookup_language import Synonym, Words
from counter_map.text import fold
from counter_map.text_phonetics import SyllableTable

MOST_UNLIKE = 0.12
"""Likeness that all syllables of a phrase together may lack of being the same."""
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
        found: dict[tuple[int, int], tuple[Synonym, float]] = {}
        for length, (ids, chosen) in self._rows.items():
            for at in range(len(words) - length + 1):
                best, mean = _nearest(rows[at : at + length], ids)
                if (1.0 - mean) * length <= MOST_UNLIKE:
                    found[at, length] = (chosen[best], mean**2)
        return found

    def _compute_row(self, word: str, marked: bool) -> NDArray[np.float32]:
        row = np.zeros(len(self._ids), np.float32)
        row[self._syllables.places] = self._syllables.likenesses(word, not marked)
        if word in self._ids:
            row[self._ids[word]] = 1.0
        return row


@njit(cache=True, nogil=True)
def _nearest(rows: NDArray[np.float32], ids: NDArray[np.int64]) -> tuple[int, float]:
    """Find the phrase (words, by number in the vocabulary) that words sound most like, and their mean likeness."""
    best, top = -1, 0.0
    for i in range(ids.shape[0]):
        total = 0.0
        for k in range(ids.shape[1]):
            alike = rows[k, ids[i, k]]
            if alike < LEAST_WORD_LIKENESS:
                total = 0.0
                break
            total += alike
        mean = total / ids.shape[1]
        if mean > top:
            best, top = i, mean
    return best, top
