"""What the lookup makes of sentences that nobody indexed: the committed tables of the evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.understanding.score import DECLINED, LABELLED, UNAMBIGUOUS, Asked, ask, read_sentences, reliability
from counter_map.lookup import Lookup
from counter_map.site import load_site

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    site = load_site(ROOT / "maps/hcmc_center")
    tables = (ROOT / "bench/understanding/sentences.csv", ROOT / "bench/understanding/dev.csv")
    held_out = [each for path in tables for each in read_sentences(path) if each.held_out]
    return ask(Lookup(site.procedures, site.places), held_out)


def share(values: list[bool]) -> float:
    assert len(values) > 40
    return float(np.mean(values))


def vietnamese(asked: list[Asked]) -> list[Asked]:
    kinds = (*LABELLED, *DECLINED)
    return [each for each in asked if each.sentence.kind not in kinds and each.sentence.language == "vi"]


def test_procedures_with_the_sites_phrases(asked: list[Asked]) -> None:
    assert share([each.right() for each in vietnamese(asked)]) >= 0.94
    assert share([each.right(3) for each in vietnamese(asked)]) >= 0.985


def test_procedures_from_official_names_alone(asked: list[Asked]) -> None:
    assert share([each.right(1, names=True) for each in vietnamese(asked)]) >= 0.70
    assert share([each.right(3, names=True) for each in vietnamese(asked)]) >= 0.85


def test_sentences_without_diacritics_and_misheard_ones(asked: list[Asked]) -> None:
    rows = [each for each in asked if each.sentence.kind in ("no_diacritics", "asr_noise")]
    assert share([each.right() for each in rows]) >= 0.95


def test_facilities_and_commands(asked: list[Asked]) -> None:
    assert share([each.right() for each in asked if each.sentence.kind in LABELLED]) >= 0.90


def test_what_is_not_ours_is_declined(asked: list[Asked]) -> None:
    assert share([each.right() for each in asked if each.sentence.kind in DECLINED]) >= 0.88


def test_good_questions_are_answered_at_once_and_hardly_refused(asked: list[Asked]) -> None:
    good = [each.answer.decision for each in asked if each.sentence.kind in UNAMBIGUOUS]
    assert share([decision in ("answer", "confirm") for decision in good]) >= 0.90
    assert share([decision in ("answer", "confirm", "clarify") for decision in good]) >= 0.96


def test_scores_say_how_often_they_are_right(asked: list[Asked]) -> None:
    error, _ = reliability(asked)
    assert error <= 0.06
