"""Tell what a sentence asks for: a procedure, a facility, a command, small talk, or nothing the centre does.

The examples stand in `lang/<code>/intents.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from counter_map.features import features, training_forms
from counter_map.linear import Linear
from counter_map.linear_store import fitted
from counter_map.lookup_language import languages, load_language
from counter_map.placeholders import Filled
from counter_map.text import has_diacritics, normalise
from counter_map.text_numbers import digits_for_words

PROCEDURE = "procedure"
_NEEDS = {"counter": "n", "zone": "zone", "department": "department"}
"""The placeholder that a label cannot go without."""


@dataclass(frozen=True)
class Intent:
    """Hold how likely a procedure is asked for, and the best of all other labels with its probability."""

    procedure: float
    label: str
    probability: float
    value: str = ""


class Intents:
    """Recognise the intents of some languages."""

    def __init__(self, codes: Sequence[str]) -> None:
        """Fit the examples of these languages, or take the fit that was kept."""
        data = {code: load_language(code).intents for code in codes}
        self.labels = sorted({PROCEDURE, *(label for intents in data.values() for label in intents)})
        self._procedure = self.labels.index(PROCEDURE)
        self._model = fitted("intents", data, lambda: self._fit(data))
        self._need = [_NEEDS.get(label) for label in self.labels]

    def _fit(self, data: Mapping[str, Mapping[str, Sequence[str]]]) -> Linear:
        rows: list[list[str]] = []
        classes: list[int] = []
        for code, intents in data.items():
            for label, texts in intents.items():
                forms = [form for text in texts for form in _forms(text, code)]
                rows += forms
                classes += [self.labels.index(label)] * len(forms)
        return Linear.fit(rows, classes, len(self.labels))

    def probabilities(self, filled: Filled, marked: bool) -> NDArray[np.float32]:
        """Return the probability of each label, those whose placeholder is missing ruled out; (labels,)."""
        scores = self._model.log_probabilities(features(filled.words, marked))
        for k, need in enumerate(self._need):
            if need is not None and need not in filled.values:
                scores[k] = -np.inf
        grown = np.exp(scores - scores.max())
        return np.asarray(grown / grown.sum(), np.float32)

    def find(self, variants: Sequence[Filled], marked: bool) -> Intent:
        """Weigh a sentence as it is (first) and with its placeholders; a placeholder never hides a procedure."""
        chances = [self.probabilities(filled, marked) for filled in variants]
        procedure = max(float(each[self._procedure]) for each in chances)
        best = Intent(procedure, "", 0.0)
        for filled, each in zip(variants, chances, strict=True):
            each[self._procedure] = 0.0
            k = int(np.argmax(each))
            need = self._need[k]
            # A variant with a placeholder is there for the labels that need it.
            if float(each[k]) > best.probability and (need is not None or filled is variants[0]):
                best = Intent(procedure, self.labels[k], float(each[k]), filled.values[need] if need else "")
        return best

    def pulls(self, words: Sequence[str], marked: bool, label: str) -> NDArray[np.float32]:
        """Return what each of the words' features adds to a label's score, (features,)."""
        return self._model.pulls(features(words, marked), self.labels.index(label))


def _forms(text: str, code: str) -> list[list[str]]:
    words = [word for part in text.split() for word in ([part] if part.startswith("{") else normalise(part).split())]
    canonical = load_language(code).canonical(words)[0]
    digits = digits_for_words(canonical, code)
    return training_forms(["{n}" if word.isdigit() else word for word in digits], has_diacritics(text) or code != "vi")


@lru_cache(maxsize=8)
def load_intents(group: str = "") -> Intents:
    """Return the model of the languages of a group (see `Language.group`), fitted once a process."""
    return Intents([code for code in languages() if load_language(code).group == group])
