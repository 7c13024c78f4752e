"""Fit the lookup's probabilities on the site's own phrases, each asked while it is withheld.

    python -m counter_map.calibration_fit maps/hcmc_center

Questions about something known are the colloquial phrases (as they are, within a sentence, without diacritics, and
with a syllable misheard); the others are the sentences of `lang/<code>/outside.yaml`.
Writes `lang/<code>/calibration.yaml`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from counter_map.calibration import Calibration, Evidence, calibration_file
from counter_map.lookup import Lookup
from counter_map.site import load_site
from counter_map.text import fold, has_diacritics, normalise
from counter_map.text_phonetics import likeness

CARRIERS = ("{}", "tôi muốn {}", "em ơi {} ở đâu vậy", "cho hỏi {} thì tới quầy nào", "{} cần giấy tờ gì")
SHARPNESSES = (8.0, 12.0, 16.0, 20.0, 24.0, 28.0, 34.0)
SEED = 7


@dataclass(frozen=True)
class Sample:
    """Hold one withheld question: its evidence, the best scores, and where the right owner stands (-1: nowhere)."""

    evidence: Evidence
    scores: NDArray[np.float32]
    right: int
    known: bool


def misheard(text: str, vocabulary: list[str], random: Random) -> str:
    """Swap one syllable for another that sounds nearly the same."""
    words = normalise(text).split()
    at = random.randrange(len(words))
    near = [word for word in vocabulary if word != words[at] and likeness(words[at], word) >= 0.8]
    return " ".join([*words[:at], random.choice(near) if near else words[at], *words[at + 1 :]])


def samples(lookup: Lookup, code: str, names_only: bool, random: Random) -> list[Sample]:
    """Ask every phrase of a language while it is withheld, and everything outside."""
    ask = _vietnamese if code == "vi" else _others
    owners = range(len(lookup.procedures))
    found = [sample for owner in owners for sample in ask(lookup, owner, code, names_only, random)]
    for text in lookup.languages[code].outside:
        for said in dict.fromkeys((text, fold(normalise(text)))):
            found.append(_sample(lookup, said, text, len(lookup.procedures), names_only, code))
    return found


def _vietnamese(lookup: Lookup, owner: int, code: str, names_only: bool, random: Random) -> Iterator[Sample]:
    for phrase in lookup.procedures[owner].phrases.get(code, ()):
        said = random.choice(CARRIERS).format(phrase)
        kind = random.random()
        if kind < 0.2:
            said = fold(normalise(said))
        elif kind < 0.45:
            said = misheard(said, lookup.vocabulary, random)
        # Visitors often use a phrase the site knows: a third is asked with its phrase in place.
        yield _sample(lookup, said, "" if random.random() < 0.33 else phrase, owner, names_only, code)


def _others(lookup: Lookup, owner: int, code: str, names_only: bool, random: Random) -> Iterator[Sample]:
    name = lookup.procedures[owner].names.get(code)
    if name:
        strange = sorted({word for text in lookup.languages[code].outside for word in normalise(text).split()})
        yield _sample(lookup, _rephrased(name, strange, random), "", owner, names_only, code)


def _rephrased(text: str, strange: list[str], random: Random) -> str:
    """Leave out words and put strange ones in: there is one text a procedure, so it cannot be withheld whole."""
    words = normalise(text).split()
    kept = [word for word in words if random.random() > 0.4] or words
    for _ in range(random.choice((0, 1, 1, 2, 2, 3))):
        kept.insert(random.randrange(len(kept) + 1), random.choice(strange))
    return " ".join(kept)


def _sample(lookup: Lookup, said: str, without: str, owner: int, names_only: bool, code: str) -> Sample:
    marked = has_diacritics(said) or code == "en"
    ranking = lookup.rank(lookup.question(normalise(said).split(), code, marked), names_only, without)
    right = ranking.owners.index(owner) if owner in ranking.owners else -1
    known = owner < len(lookup.procedures)
    return Sample(ranking.evidence, ranking.scores[ranking.owners], right, known)


def fit(found: list[Sample]) -> Calibration:
    """Fit whether a question is about something known, then how sharply scores tell candidates apart."""
    seen = [sample.evidence for sample in found]
    features = np.array([(e.score, e.coverage, np.log1p(e.telling), e.share) for e in seen])
    known = np.array([sample.known for sample in found])
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(features, known)
    weights = model.coef_[0]
    start = Calibration(
        bias=float(model.intercept_[0]),
        score=float(weights[0]),
        coverage=float(weights[1]),
        telling=float(weights[2]),
        share=float(weights[3]),
    )
    return min((replace(start, sharpness=sharp) for sharp in SHARPNESSES), key=lambda c: _loss(c, found))


def _loss(calibration: Calibration, found: list[Sample]) -> float:
    losses = []
    for sample in found:
        if sample.known:
            given = calibration.probabilities(sample.scores, sample.evidence)
            losses.append(-np.log(max(float(given[sample.right]) if sample.right >= 0 else 0.0, 1e-3)))
    return float(np.mean(losses))


def reliability(
    calibration: Calibration, found: list[Sample], bins: int = 10
) -> tuple[float, list[tuple[float, float]]]:
    """Give the expected calibration error of the best candidate, and (said, true) of equal-count bins."""
    first = [float(calibration.probabilities(sample.scores, sample.evidence)[0]) for sample in found]
    pairs = sorted(zip(first, (sample.known and sample.right == 0 for sample in found), strict=True))
    groups = [group for group in np.array_split(np.array(pairs, np.float64), bins) if len(group)]
    rows = [(float(group[:, 0].mean()), float(group[:, 1].mean())) for group in groups]
    error = sum(len(g) * abs(said - true) for g, (said, true) in zip(groups, rows, strict=True)) / max(len(pairs), 1)
    return float(error), rows


def main() -> int:
    """Fit every language on a site and write the coefficients."""
    site = load_site(Path(sys.argv[1]))
    lookup = Lookup(site.procedures, site.places)
    for code in lookup.languages:
        random = Random(SEED)
        found = samples(lookup, code, False, random) + samples(lookup, code, True, random)
        random.shuffle(found)
        error, rows = reliability(fit(found[::2]), found[1::2])
        print(f"{code}: calibration error on the held-out half {error:.3f}")
        for said, true in rows:
            print(f"  said {said:.2f}  true {true:.2f}")
        kept = {key: round(value, 4) for key, value in asdict(fit(found)).items()}
        note = "# Fitted by counter_map.calibration_fit; the thresholds answer, confirm, known are chosen by hand.\n"
        calibration_file(code).write_text(note + yaml.safe_dump(kept), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
