"""Ask the lookup every sentence of a table and count what it makes of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from counter_map.lookup import Answer, Lookup

LABELLED = ("facility", "command")
DECLINED = ("chitchat", "out_of_scope", "nonsense")
UNAMBIGUOUS = ("direct", "colloquial", "no_diacritics", "asr_noise", "teencode", "mixed", "english")
BINS = 10


@dataclass(frozen=True)
class Sentence:
    """Hold what a visitor said and what would be right: codes or a label, any of them."""

    text: str
    language: str
    kind: str
    region: str
    expected: frozenset[str]

    @property
    def held_out(self) -> bool:
        """Say whether the sentence is in the half that nothing was tuned on; the same on every machine."""
        return crc32(self.text.encode()) % 2 == 0

    @property
    def row(self) -> str:
        """Name the table's row."""
        return f"{self.kind}, {self.region}" if self.region else self.kind


@dataclass(frozen=True)
class Asked:
    """Hold a sentence, and what was answered with all phrases and from the official names alone."""

    sentence: Sentence
    answer: Answer
    by_names: Answer

    def right(self, depth: int = 1, names: bool = False) -> bool:
        """Say whether a right procedure is among the first `depth`, or whether label or refusal are right."""
        answer = self.by_names if names else self.answer
        if self.sentence.kind in LABELLED:
            return answer.label in self.sentence.expected
        if self.sentence.kind in DECLINED:
            return answer.decision in ("reject", "chitchat")
        shown = [match.code for match in answer.candidates[:depth] if answer.decision not in ("facility", "command")]
        return not self.sentence.expected.isdisjoint(shown)


def read_sentences(path: Path) -> list[Sentence]:
    """Read a table with the columns utterance, lang, kind, region, expected (codes or labels, | between)."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Sentence(r["utterance"], r["lang"], r["kind"], r["region"], frozenset(r["expected"].split("|")))
            for r in csv.DictReader(file)
        ]


def ask(lookup: Lookup, sentences: list[Sentence]) -> list[Asked]:
    """Ask every sentence twice, with all phrases and from official names alone."""
    asked = []
    for each in sentences:
        by_names = lookup.find(each.text, each.language, names_only=True)
        asked.append(Asked(each, lookup.find(each.text, each.language), by_names))
    return asked


def reliability(asked: list[Asked]) -> tuple[float, list[tuple[float, float, int]]]:
    """Return the expected calibration error of the first candidate and (said, true, count) of equal-count bins."""
    pairs: list[tuple[float, bool]] = []
    for each in asked:
        if each.sentence.kind in LABELLED:
            continue
        for names in (False, True):
            answer = each.by_names if names else each.answer
            if answer.candidates and answer.decision in ("answer", "confirm", "clarify", "reject"):
                right = each.sentence.kind not in DECLINED and answer.candidates[0].code in each.sentence.expected
                pairs.append((answer.candidates[0].probability, right))
    ordered: NDArray[np.float64] = np.array(sorted(pairs), np.float64)
    groups = [group for group in np.array_split(ordered, BINS) if len(group)]
    rows = [(float(g[:, 0].mean()), float(g[:, 1].mean()), len(g)) for g in groups]
    error = sum(count * abs(said - true) for said, true, count in rows) / max(len(pairs), 1)
    return error, rows
