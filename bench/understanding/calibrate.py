"""Fit the lookup's probabilities on the tuning half of the sentences, and tell the calibration error on the other half.

    python -m bench.understanding.calibrate

Every sentence is asked with all phrases and from official names alone. Writes `lang/vi/calibration.yaml` (used for
every language without one of its own); the thresholds in it are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bench.understanding.__main__ import ROOT, TABLES
from bench.understanding.score import DECLINED, LABELLED, Sentence, read_sentences
from counter_map.calibration import (
    DEFAULT_LANGUAGE,
    Calibration,
    Evidence,
    calibration_file,
    load_calibration,
    log_odds,
)  # fmt: skip
from counter_map.lookup import Lookup
from counter_map.site import load_site
from counter_map.text import has_diacritics, normalise

SHARPNESSES = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0)
COEFFICIENTS = ("score", "coverage", "telling", "share", "learned", "modelled", "outside", "procedure")


@dataclass(frozen=True)
class Sample:
    """Hold one question: its evidence, the best scores falling, where the right owners stand, whether there is one.

    `labelled`: it asked for a facility or gave a command.
    """

    evidence: Evidence
    scores: NDArray[np.float32]
    right: tuple[int, ...]
    known: bool
    labelled: bool


def sample(lookup: Lookup, sentence: Sentence, names_only: bool) -> Sample:
    """Rank one sentence."""
    words = normalise(sentence.text).split()
    marked = has_diacritics(sentence.text) or sentence.language == "en"
    ranking = lookup.rank(lookup.question(words, sentence.language, marked), names_only)
    codes = [each.code for each in lookup.procedures]
    places = enumerate(ranking.owners)
    right = tuple(i for i, owner in places if owner < len(codes) and codes[owner] in sentence.expected)
    known = sentence.kind not in (*LABELLED, *DECLINED)
    return Sample(ranking.evidence, ranking.scores[ranking.owners], right, known, sentence.kind in LABELLED)


def fit(samples: Iterable[Sample], start: Calibration) -> Calibration:
    """Fit whether a procedure is meant at all, then how sharply the scores tell candidates apart."""
    found = list(samples)
    features = np.array([each.evidence.features() for each in found])
    model = LogisticRegression(C=10.0, max_iter=2000).fit(features, [e.known for e in found])
    weights = dict(zip(COEFFICIENTS, map(float, model.coef_[0]), strict=True))
    fitted = replace(start, bias=float(model.intercept_[0]), **weights)
    by_phrases = [each for each in found if each.evidence.learned is not None]
    by_names = [each for each in found if each.evidence.learned is None]
    sharp = min(SHARPNESSES, key=lambda s: _loss(replace(fitted, sharpness=s), by_phrases))
    names_sharp = min(SHARPNESSES, key=lambda s: _loss(replace(fitted, names_sharpness=s), by_names))
    return _trusted(replace(fitted, sharpness=sharp, names_sharpness=names_sharp), found)


def _trusted(calibration: Calibration, found: list[Sample]) -> Calibration:
    """Fit the first candidate's log-odds to how often it is right (Platt scaling)."""
    asked = [each for each in found if not each.labelled]
    plain = replace(calibration, slope=1.0, shift=0.0)
    odds = [log_odds(float(plain.probabilities(each.scores, each.evidence)[0])) for each in asked]
    model = LogisticRegression(C=100.0).fit(np.array(odds)[:, None], [0 in each.right for each in asked])
    return replace(calibration, slope=float(model.coef_[0][0]), shift=float(model.intercept_[0]))


def _loss(calibration: Calibration, found: list[Sample]) -> float:
    losses = []
    for each in found:
        if each.known:
            given = calibration.probabilities(each.scores, each.evidence)
            losses.append(-np.log(max(float(sum(given[list(each.right)])), 1e-3)))
    return float(np.mean(losses))


def main() -> int:
    """Fit and write."""
    site = load_site(ROOT / "maps/hcmc_center")
    lookup = Lookup(site.procedures, site.places)
    sentences = [s for path in TABLES for s in read_sentences(path) if not s.held_out]
    start = load_calibration(DEFAULT_LANGUAGE)
    fitted = fit((sample(lookup, each, names) for each in sentences for names in (False, True)), start)
    kept = {key: round(value, 4) for key, value in asdict(fitted).items()}
    note = "# Fitted by bench.understanding.calibrate; the thresholds answer, confirm, known are chosen by hand.\n"
    calibration_file(DEFAULT_LANGUAGE).write_text(note + yaml.safe_dump(kept), encoding="utf-8")
    print(f"{len(sentences)} sentences: {kept}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
