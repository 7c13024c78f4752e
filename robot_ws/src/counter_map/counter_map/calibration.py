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


@dataclass(frozen=True)
class Evidence:
    """Hold what speaks for the best procedure.

    `score`; `coverage` and `share`: the part of the question, and of the procedure's own words, that agree (0..1);
    `telling`: the weight of what agrees, nats.
    """

    score: float
    coverage: float
    telling: float
    share: float


@dataclass(frozen=True)
class Calibration:
    """Hold the fitted coefficients and the thresholds between sure, likely, several and nothing."""

    bias: float = -7.0
    score: float = 12.0
    coverage: float = 4.0
    telling: float = 0.0
    share: float = 0.0
    sharpness: float = 22.0
    answer: float = 0.75
    confirm: float = 0.35
    known: float = 0.45

    def probabilities(self, scores: NDArray[np.float32], evidence: Evidence) -> NDArray[np.float64]:
        """Give each candidate's probability: about something known at all × its share among the candidates.

        `scores` falling; the last owner of the index, everything outside, is a candidate like the others.
        """
        if not len(scores):
            return np.zeros(0)
        logit = self.bias + self.score * evidence.score + self.coverage * evidence.coverage
        logit += self.telling * np.log1p(evidence.telling) + self.share * evidence.share
        known = 1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30)))
        shares = np.exp(self.sharpness * (scores.astype(np.float64) - float(scores[0])))
        return np.asarray(known * shares / shares.sum())

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
