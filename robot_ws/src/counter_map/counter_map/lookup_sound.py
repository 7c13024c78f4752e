"""Find the phrase that was said from what a recogniser made of it: confusion-weighted alignment with every phrase.

Misheard text shares few words with what was said, but it still sounds like it. Each phrase is aligned, syllable by
syllable and in order, with the transcript; the best alignment's odds (`text_confusions`) are the phrase's score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from counter_map.text import normalise
from counter_map.text_confusions import Confusions, SaidWords

IMPOSSIBLE = -1e6
Floats = NDArray[np.float32]


class SoundIndex:
    """Score the owners of phrases by how well a transcript may be one of their phrases misheard."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int], count: int, confusions: Confusions) -> None:
        words = [tuple(normalise(phrase).split()) for phrase in phrases]
        kept = dict.fromkeys((said, owner) for said, owner in zip(words, owners, strict=True) if said)
        vocabulary = sorted({word for said, _ in kept for word in said})
        at = {word: i for i, word in enumerate(vocabulary)}
        self._said = SaidWords(vocabulary, confusions)
        self._words = np.array([at[word] for said, _ in kept for word in said], np.int32)
        self._starts = np.concatenate([[0], np.cumsum([len(said) for said, _ in kept])]).astype(np.int32)
        self._owners = np.array([owner for _, owner in kept], np.int32)
        self._count = count
        self._skipped, self._added = confusions.skipped, confusions.added

    def scores(self, transcript: Sequence[str]) -> Floats:
        """Give each owner's best phrase's odds, nats, for the words of a transcript; shape (owners,)."""
        best = np.full(self._count, IMPOSSIBLE, np.float32)
        if len(transcript) and len(self._owners):
            odds = np.stack([self._said.odds(word) for word in transcript], axis=1)
            _align(odds, self._words, self._starts, self._owners, self._skipped, self._added, best)
        return best


@njit(cache=True, nogil=True)
def _align(odds: Any, words: Any, starts: Any, owners: Any, skipped: float, added: float, best: Any) -> None:
    """Write each owner's greatest sum of odds over in-order pairs, `skipped` and `added` for what is left over."""
    heard = odds.shape[1]
    row, below = np.zeros(heard + 1), np.zeros(heard + 1)
    for phrase in range(len(owners)):
        for j in range(heard + 1):
            row[j] = j * added
        for place in range(starts[phrase], starts[phrase + 1]):
            below[0] = row[0] + skipped
            for j in range(1, heard + 1):
                both = row[j - 1] + odds[words[place], j - 1]
                below[j] = max(both, row[j] + skipped, below[j - 1] + added)
            row, below = below, row
        owner = owners[phrase]
        best[owner] = max(best[owner], row[heard])
