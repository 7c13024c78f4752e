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

    `words`: nats a full agreement of words is worth; `first`: share of the first reading's sound, the rest is the
    last's; `warmth`: nats of score to one nat of probability. An expected one is among the best three with
    the log odds `bias` + `agreement` · the best owner's word score + `clear` · the three's share of all probability.
    """

    words: float = 10.0
    first: float = 0.25
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
    """Weigh word scores of the best reading with sound scores of the best and of the plainest one."""

    def __init__(self, sounds: SoundIndex, params: HeardParams | None = None) -> None:
        self._sounds = sounds
        self._params = params or HeardParams()

    def sound_scores(self, readings: Sequence[Sequence[str]]) -> Floats:
        """Give each owner's sound odds, nats, from the first reading and, weighing more, the last, the least bent."""
        first = self._sounds.scores(readings[0])
        last = first if len(readings) == 1 else self._sounds.scores(readings[-1])
        share = self._params.first
        return np.asarray(share * first + (1.0 - share) * last, np.float32)

    def rank(self, readings: Sequence[Sequence[str]], word_scores: Floats) -> HeardRanking:
        """Rank owners for readings (words, best first, the last as it sounded alone) and their word scores, 0..1."""
        params = self._params
        sounds = self.sound_scores(readings)
        scores = sounds + params.words * word_scores
        best = int(np.argmax(scores))
        if scores[best] <= IMPOSSIBLE / 2:
            return HeardRanking(np.zeros(len(scores)), 0.0)
        shares = np.exp((scores.astype(np.float64) - float(scores[best])) / params.warmth)
        shares /= shares.sum()
        clear = float(np.sort(shares)[-SHOWN:].sum())
        evidence = params.bias + params.agreement * float(word_scores[best]) + params.clear * clear
        known = 1.0 / (1.0 + np.exp(-evidence))
        return HeardRanking(known * shares, float(known))
