"""Rank procedures for a sentence that came from sound: what its readings say, and what they sound like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counter_map.lookup_sound import IMPOSSIBLE, SoundIndex

SHOWN = 3
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class HeardParams:
    """Set how scores of words and of sounds make probabilities; chosen on heard sentences.

    `words`: nats a full agreement of words is worth; `warmth`: nats of score to one nat of probability. What is meant
    is among the best three with the log odds `bias` + `agreement` · the best owner's word score + `clear` · the three's
    share of all probability.
    """

    words: float = 10.0
    warmth: float = 2.0
    bias: float = -2.4
    agreement: float = 0.65
    clear: float = 4.6


@dataclass(frozen=True)
class HeardRanking:
    """Hold every owner's probability, and the probability that what is meant is among the best."""

    probabilities: NDArray[np.float64]
    known: float


class HeardRanker:
    """Weigh the word scores of the best reading with the sound scores of the last, the least bent by expectations."""

    def __init__(self, sounds: SoundIndex, params: HeardParams | None = None) -> None:
        self._sounds = sounds
        self._params = params or HeardParams()

    def rank(self, readings: Sequence[Sequence[str]], word_scores: Floats) -> HeardRanking:
        """Rank owners for readings (words, best first, the last as it sounded alone) and the first's word scores."""
        params = self._params
        scores = self._sounds.scores(readings[-1]) + params.words * word_scores
        best = int(np.argmax(scores))
        if scores[best] <= IMPOSSIBLE / 2:
            return HeardRanking(np.zeros(len(scores)), 0.0)
        shares = np.exp((scores.astype(np.float64) - float(scores[best])) / params.warmth)
        shares /= shares.sum()
        clear = float(np.sort(shares)[-SHOWN:].sum())
        evidence = params.bias + params.agreement * float(word_scores[best]) + params.clear * clear
        known = 1.0 / (1.0 + np.exp(-evidence))
        return HeardRanking(known * shares, float(known))
