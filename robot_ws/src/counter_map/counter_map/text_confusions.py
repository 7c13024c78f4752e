"""Say how much hearing one syllable speaks for another having been said, as learned from a recogniser's mistakes.

The odds of (said, heard) are log P(heard | said) / P(heard), nats: positive speaks for the pair, and a syllable that
the recogniser writes for anything ("anh", "ơi") speaks for little. They are the sum over onset, nucleus, coda and tone
of the learned tables; where a pair of whole syllables was seen, its count draws the sum towards what was counted.
`counter_map.confusions_fit` makes the tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from counter_map.text_phonetics import parse

LANG_FOLDER = Path(__file__).parent / "lang"
SAME_WORD, OTHER_WORD = 3.0, -2.0
"""Odds of words that are no Vietnamese syllables: equal, and not."""
MOST = 5.0
SEEN_WEIGHT = 1.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Confusions:
    """Hold the learned log odds [said, heard] of each part, and the counts of whole syllables."""

    nuclei: tuple[str, ...]
    onset: Floats
    nucleus: Floats
    coda: Floats
    tone: Floats
    pairs: Mapping[tuple[str, str], int]
    said: Mapping[str, int]
    heard: Mapping[str, int]
    total: int
    skipped: float = -0.7
    """Odds of a said syllable that was not heard at all."""
    added: float = -0.3
    """Odds of a heard syllable that stands for nothing said."""

    def odds(self, said: str, heard: str) -> float:
        """Give the odds of one pair, nats."""
        return float(SaidWords([said], self).odds(heard)[0])


class SaidWords:
    """Compare one heard word with a whole vocabulary of words that may have been said."""

    def __init__(self, vocabulary: Sequence[str], confusions: Confusions) -> None:
        self._confusions = confusions
        self._at = {word: i for i, word in enumerate(vocabulary)}
        self._nuclei = {nucleus: i for i, nucleus in enumerate(confusions.nuclei)}
        parts = [self._parts(word) for word in vocabulary]
        self._known = np.array([part is not None for part in parts], bool)
        table = np.array([part or (0, 0, 0, 0) for part in parts], np.int64).reshape(-1, 4)
        self._onset, self._nucleus, self._coda, self._tone = table.T
        self._counts = np.array([confusions.said.get(word, 0) for word in vocabulary], np.float64)
        self._seen: dict[str, list[tuple[int, int]]] = {}
        for (said, heard), count in confusions.pairs.items():
            if said in self._at:
                self._seen.setdefault(heard, []).append((self._at[said], count))

    def _parts(self, word: str) -> tuple[int, int, int, int] | None:
        found = parse(word)
        if found is None or found.nucleus not in self._nuclei:
            return None
        return found.onset, self._nuclei[found.nucleus], found.coda, found.tone

    def odds(self, heard: str) -> NDArray[np.float32]:
        """Give the odds of every vocabulary word, nats, when `heard` was heard."""
        tables = self._confusions
        parts = self._parts(heard)
        odds = np.full(len(self._known), OTHER_WORD)
        if parts is not None:
            onset, nucleus, coda, tone = parts
            total = tables.onset[self._onset, onset] + tables.nucleus[self._nucleus, nucleus]
            total += tables.coda[self._coda, coda] + tables.tone[self._tone, tone]
            odds = np.where(self._known, total, odds)
        if heard in self._at and (parts is None or not self._known[self._at[heard]]):
            odds[self._at[heard]] = SAME_WORD
        seen = np.zeros(len(odds))
        for at, count in self._seen.get(heard, ()):
            seen[at] = count
        expected = self._counts * (tables.heard.get(heard, 0) / max(tables.total, 1))
        drawn = np.log((seen + SEEN_WEIGHT * np.exp(np.minimum(odds, MOST))) / (expected + SEEN_WEIGHT))
        return np.asarray(drawn, np.float32)


def confusions_file(language: str) -> Path:
    """Say where a language's learned confusions stand."""
    return LANG_FOLDER / language / "confusions.json"


@lru_cache(maxsize=8)
def load_confusions(language: str) -> Confusions | None:
    """Load a language's learned confusions; None where none were learned."""
    path = confusions_file(language)
    if not path.exists():
        return None
    return from_data(json.loads(path.read_text(encoding="utf-8")))


def from_data(data: Mapping[str, Any]) -> Confusions:
    """Make confusions of what the file holds; a pair of syllables is written "said heard"."""
    tables = {part: np.array(data[part], np.float64) for part in ("onset", "nucleus", "coda", "tone")}
    pairs = {(said, heard): int(n) for key, n in data["pairs"].items() for said, heard in [key.split()]}
    return Confusions(
        tuple(data["nuclei"]), **tables, pairs=pairs, said=data["said"], heard=data["heard"], total=int(data["total"]),
        skipped=float(data["skipped"]), added=float(data["added"]),
    )  # fmt: skip
