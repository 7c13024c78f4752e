"""Turn lookup scores into probabilities and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

LANG_FOLDER = Path(__file__).parent / "lang"
DEFAULT_LANGUAGE = "vi"
LEAST = 1e-4
"""Least probability that is told from none."""


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)), p kept LEAST away from 0 and 1."""
    return float(np.log(max(probability, LEAST) / max(1.0 - probability, LEAST)))


@dataclass(frozen=True)
class Evidence:
    """Hold what speaks for the best procedure.

    `score`; `coverage` and `share`: the part of the question, and of the procedure's own words, that agree (0..1);
    `telling`: the weight of what agrees, nats. `learned`: natural logarithm of the probability that the site's phrases
    give it, None without phrases. `outside`: how far the score of what no counter handles is above. `procedure`:
    probability that the sentence asks for any procedure.
    """

    score: float
    coverage: float
    telling: float
    share: float
    learned: float | None = None
    outside: float = 0.0
    procedure: float = 0.5

    def features(self) -> tuple[float, ...]:
        """Return what the logistic regression sees, in the order of `Calibration.weights`."""
        modelled = 0.0 if self.learned is None else 1.0
        return (
            self.score, self.coverage, float(np.log1p(self.telling)), self.share, self.learned or 0.0, modelled,
            self.outside, log_odds(self.procedure),
        )  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """Hold the fitted coefficients and the thresholds between sure, likely, several and nothing."""

    bias: float = -7.0
    score: float = 12.0
    coverage: float = 4.0
    telling: float = 0.0
    share: float = 0.0
    learned: float = 0.0
    modelled: float = 0.0
    outside: float = 0.0
    procedure: float = 0.5
    sharpness: float = 22.0
    names_sharpness: float = 22.0
    slope: float = 1.0
    shift: float = 0.0
    answer: float = 0.75
    confirm: float = 0.35
    known: float = 0.45

    def probabilities(self, scores: NDArray[np.float32], evidence: Evidence) -> NDArray[np.float64]:
        """Give each candidate's probability: about something known at all × its share among the candidates.

        `scores` falling; the last owner of the index, everything outside, is a candidate like the others.
        """
        if not len(scores):
            return np.zeros(0)
        logit = self.bias + float(np.dot(self.weights, evidence.features()))
        known = 1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30)))
        sharpness = self.sharpness if evidence.learned is not None else self.names_sharpness
        shares = np.exp(sharpness * (scores.astype(np.float64) - float(scores[0])))
        return self._trusted(known * shares / shares.sum())

    def _trusted(self, chances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring the first candidate's probability to how often it is right, the others with it."""
        first = 1.0 / (1.0 + np.exp(-self.slope * log_odds(float(chances[0])) - self.shift))
        return np.asarray(chances * min(first / max(chances[0], LEAST), 1.0 / chances.sum()))

    @property
    def weights(self) -> tuple[float, ...]:
        """Return the coefficients in the order of `Evidence.features`."""
        return (
            self.score, self.coverage, self.telling, self.share, self.learned, self.modelled, self.outside,
            self.procedure,
        )  # fmt: skip

    def decide(self, probabilities: Sequence[float], known: float) -> str:
        """Choose among answer, confirm, clarify and reject; `known`: probability that any procedure is meant."""
        if not probabilities or known < self.known:
            return "reject"
        if probabilities[0] >= self.answer:
            return "answer"
        return "confirm" if probabilities[0] >= self.confirm else "clarify"


def calibration_file(language: str) -> Path:
    """Say where a language's fitted coefficients stand."""
    return LANG_FOLDER / language / "calibration.yaml"


@lru_cache(maxsize=8)
def load_calibration(language: str) -> Calibration:
    """Load a language's coefficients, or Vietnamese ones where it has none of its own."""
    path = calibration_file(language)
    if not path.exists():
        path = calibration_file(DEFAULT_LANGUAGE)
    return Calibration(**(yaml.safe_load(path.read_text(encoding="utf-8")) or {}))
