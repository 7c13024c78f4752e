"""Turn lookup scores into probabilities and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

DATA = Path(__file__).parent / "lang" / "calibration.yaml"


@dataclass(frozen=True)
class Calibration:
    """Hold the fitted coefficients and the thresholds between sure, likely, several and nothing."""

    considered: int = 12
    bias: float = -7.0
    score: float = 12.0
    coverage: float = 4.0
    words: float = 0.0
    sharpness: float = 22.0
    answer: float = 0.75
    confirm: float = 0.4
    known: float = 0.5

    def probabilities(self, scores: NDArray[np.float32], features: Mapping[str, float]) -> NDArray[np.float64]:
        """Give each candidate's probability: in the catalogue at all × its share among the candidates."""
        if not len(scores):
            return np.zeros(0)
        logit = self.bias + self.score * features["score"] + self.coverage * features["coverage"]
        logit += self.words * np.log1p(features["words"])
        known = 1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30)))
        shares = np.exp(self.sharpness * (scores.astype(np.float64) - float(scores[0])))
        return np.asarray(known * shares / shares.sum())

    def decide(self, probabilities: NDArray[np.float64]) -> str:
        """Choose among answer, confirm, clarify and reject."""
        if not len(probabilities):
            return "reject"
        if probabilities[0] >= self.answer:
            return "answer"
        if probabilities[0] >= self.confirm:
            return "confirm"
        return "clarify" if float(probabilities.sum()) >= self.known else "reject"


@lru_cache(maxsize=1)
def load_calibration(path: Path = DATA) -> Calibration:
    """Load the fitted coefficients; the defaults above where there is no file."""
    if not path.exists():
        return Calibration()
    return Calibration(**(yaml.safe_load(path.read_text(encoding="utf-8")) or {}))
