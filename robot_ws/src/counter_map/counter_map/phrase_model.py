"""Learn from a site's names and phrases which procedure a sentence means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counter_map.features import features, training_forms
from counter_map.linear import Floats, Linear
from counter_map.linear_store import fitted
from counter_map.lookup_language import Words

FLOOR = -12.0
"""Least logarithm of a probability that is told apart."""
MAX_WEIGHTS = 40_000_000
"""Features × procedures; a larger catalogue goes without the model (160 MB)."""


@dataclass(frozen=True)
class Example:
    """Hold a text's canonical words, whether it has diacritics (or needs none), and whose it is."""

    words: Words
    marked: bool
    owner: int


class PhraseModel:
    """Give each owner's probability, as learned from its texts."""

    def __init__(self, examples: Sequence[Example], owners: int) -> None:
        """Fit the examples of `owners` owners."""
        data = [[e.words, e.marked, e.owner] for e in examples]
        self._linear = fitted("phrases", data, lambda: _fit(examples, owners))

    def scores(self, words: Words, marked: bool) -> Floats:
        """Return the natural logarithm of each owner's probability, at least FLOOR; (owners,)."""
        return np.maximum(self._linear.log_probabilities(features(words, marked)), np.float32(FLOOR))

    def pulls(self, words: Words, marked: bool, owner: int) -> Floats:
        """Return what each of the words' features adds to an owner's score, (features,)."""
        return self._linear.pulls(features(words, marked), owner)


def _fit(examples: Sequence[Example], owners: int) -> Linear:
    rows = [(form, e.owner) for e in examples for form in training_forms(e.words, e.marked)]
    return Linear.fit([form for form, _ in rows], [owner for _, owner in rows], owners)


def can_learn(phrases: int, examples: Sequence[Example], owners: int) -> bool:
    """Say whether a model is worth its memory: there are phrases to learn from, and not too many owners."""
    words = len({word for example in examples for word in example.words})
    return phrases > 0 and 5 * words * owners <= MAX_WEIGHTS
