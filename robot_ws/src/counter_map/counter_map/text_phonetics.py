"""Say how alike two Vietnamese syllables sound, across regions, spelling slips and recogniser errors.

A syllable is onset + nucleus + coda + tone. The costs below follow the mergers described for the northern, central
and southern dialects (Hoàng Thị Châu, "Phương ngữ học tiếng Việt", 2004; Kirby, "Vietnamese (Hanoi Vietnamese)",
JIPA 41(3), 2011): d/gi/v/r, s/x, tr/ch, l/n, hỏi/ngã, final n/ng and c/t; the rest is closeness of articulation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from counter_map.text import fold, split_tone

ONSETS = (
    "", "b", "c", "ch", "d", "đ", "g", "gi", "h", "kh", "l", "m", "n", "ng", "nh", "p", "ph", "qu", "r", "s", "t",
    "th", "tr", "v", "x",
)  # fmt: skip
CODAS = ("", "c", "ch", "m", "n", "ng", "nh", "p", "t")
_SAME_ONSET = {"k": "c", "q": "c", "gh": "g", "ngh": "ng"}
_SYLLABLE = re.compile(
    r"(ngh|ng|gh|gi(?=[aeiouyăâêôơư])|kh|nh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
    r"([aeiouyăâêôơư]{1,4})(ch|ng|nh|[cmnpt])?\Z"
)
_ONSET_COSTS: dict[float, tuple[tuple[str, ...], ...]] = {
    0.05: (("s", "x"), ("tr", "ch"), ("d", "gi")),
    0.08: (("l", "n"), ("d", "v"), ("gi", "v"), ("d", "r"), ("gi", "r"), ("g", "r")),
    0.12: (("d", "đ"), ("b", "p"), ("t", "th"), ("kh", "h"), ("ng", "nh"), ("n", "nh"), ("qu", "h"), ("qu", "g")),
    0.18: (("t", "đ"), ("tr", "t"), ("ch", "t"), ("ch", "x"), ("tr", "gi"), ("ch", "gi"), ("c", "g"), ("c", "kh"),
           ("ph", "v"), ("ph", "th"), ("p", "ph"), ("m", "n"), ("nh", "gi"), ("ch", "s"), ("tr", "s"), ("v", "b"),
           ("v", "qu"), ("l", "r"), ("nh", "d"), ("x", "th"), ("s", "th"), ("tr", "đ")),
    0.25: (("t", "c"), ("m", "b"), ("l", "đ"), ("l", "d"), ("n", "đ"), ("h", "ph"), ("kh", "th"), ("c", "th"),
           ("p", "t"), ("p", "c"), ("c", "h"), ("t", "ch"), ("x", "t"), ("s", "t"), ("v", "đ"), ("v", "m")),
}  # fmt: skip
_CODA_COSTS: dict[float, tuple[tuple[str, ...], ...]] = {
    0.06: (("n", "ng"), ("c", "t"), ("nh", "n"), ("ch", "t")),
    0.1: (("ch", "c"), ("nh", "ng")),
    0.15: (("m", "n"), ("p", "t"), ("m", "ng"), ("p", "c")),
    0.2: (("t", "n"), ("c", "ng"), ("p", "m"), ("ch", "nh")),
}
OTHER_ONSET, NO_ONSET, OTHER_CODA, NO_CODA = 0.36, 0.26, 0.3, 0.22
_TONE_COSTS = {(3, 4): 0.02, (4, 5): 0.05, (3, 5): 0.06, (2, 3): 0.06, (0, 1): 0.06}
OTHER_TONE = 0.09
QUALITY_COST, EDIT_COST, MAX_NUCLEUS_COST = 0.06, 0.17, 0.5


@dataclass(frozen=True)
class Syllable:
    """Hold the parts of one syllable; `onset` and `coda` index ONSETS and CODAS, tone is 0–5."""

    onset: int
    nucleus: str
    coda: int
    tone: int


@lru_cache(maxsize=65536)
def parse(word: str) -> Syllable | None:
    """Split a word into onset, nucleus, coda and tone; None when it cannot be a Vietnamese syllable."""
    base, tone = split_tone(word)
    found = _SYLLABLE.match(base)
    if found is None:
        return None
    onset, nucleus, coda = found.group(1) or "", found.group(2), found.group(3) or ""
    if onset == "q":
        return None
    onset = _SAME_ONSET.get(onset, onset)
    return Syllable(ONSETS.index(onset), _one_spelling(nucleus, coda), CODAS.index(coda), tone)


def _one_spelling(nucleus: str, coda: str) -> str:
    if nucleus == "y" or (nucleus.endswith("y") and nucleus[:-1] in ("u", "qu") and coda):
        return nucleus[:-1] + "i"
    return {"yê": "iê", "ya": "ia"}.get(nucleus, nucleus)


def _symmetric(
    names: tuple[str, ...], costs: dict[float, tuple[tuple[str, ...], ...]], other: float, missing: float
) -> NDArray[np.float32]:
    table = np.full((len(names), len(names)), other, np.float32)
    table[0, :] = table[:, 0] = missing
    np.fill_diagonal(table, 0.0)
    for cost, pairs in costs.items():
        for one, two in pairs:
            i, j = names.index(one), names.index(two)
            table[i, j] = table[j, i] = cost
    return table


ONSET_TABLE = _symmetric(ONSETS, _ONSET_COSTS, OTHER_ONSET, NO_ONSET)
CODA_TABLE = _symmetric(CODAS, _CODA_COSTS, OTHER_CODA, NO_CODA)
TONE_TABLE = np.full((6, 6), OTHER_TONE, np.float32)
np.fill_diagonal(TONE_TABLE, 0.0)
for (_one, _two), _cost in _TONE_COSTS.items():
    TONE_TABLE[_one, _two] = TONE_TABLE[_two, _one] = _cost
# A writer who leaves out diacritics writes d for đ too: the folded onset table lets the two agree.
FOLDED_ONSET_TABLE = ONSET_TABLE.copy()
_D, _DD = ONSETS.index("d"), ONSETS.index("đ")
FOLDED_ONSET_TABLE[_D] = np.minimum(ONSET_TABLE[_D], ONSET_TABLE[_DD])
FOLDED_ONSET_TABLE[:, _D] = FOLDED_ONSET_TABLE[_D]
FOLDED_ONSET_TABLE[_D, _DD] = FOLDED_ONSET_TABLE[_DD, _D] = 0.0


@lru_cache(maxsize=65536)
def nucleus_cost(one: str, two: str) -> float:
    """Cost of hearing one vowel group as another: quality slips are cheap, added or lost vowels dearer."""
    rows = [[float(j) * EDIT_COST for j in range(len(two) + 1)]]
    for i, a in enumerate(one, 1):
        row = [i * EDIT_COST]
        for j, b in enumerate(two, 1):
            change = 0.0 if a == b else QUALITY_COST if fold(a) == fold(b) else EDIT_COST * 1.2
            row.append(min(rows[-1][j] + EDIT_COST, row[-1] + EDIT_COST, rows[-1][j - 1] + change))
        rows.append(row)
    return min(MAX_NUCLEUS_COST, rows[-1][-1])


def likeness(one: str, two: str) -> float:
    """Say how alike two syllables sound, 0 to 1; words that are not syllables are alike only when equal."""
    if one == two:
        return 1.0
    a, b = parse(one), parse(two)
    if a is None or b is None:
        return 0.0
    cost = ONSET_TABLE[a.onset, b.onset] + CODA_TABLE[a.coda, b.coda] + TONE_TABLE[a.tone, b.tone]
    return max(0.0, 1.0 - float(cost) - nucleus_cost(a.nucleus, b.nucleus))


@lru_cache(maxsize=4096)
def _nucleus_costs(nucleus: str, others: tuple[str, ...], folded: bool) -> NDArray[np.float32]:
    return np.array([nucleus_cost(nucleus, fold(other) if folded else other) for other in others], np.float32)


class SyllableTable:
    """Compare one syllable with a whole vocabulary at once."""

    def __init__(self, vocabulary: list[str]) -> None:
        parsed = [parse(word) for word in vocabulary]
        self.places = np.array([i for i, part in enumerate(parsed) if part is not None], np.int64)
        parts = [part for part in parsed if part is not None]
        self._onsets = np.array([part.onset for part in parts], np.int64)
        self._codas = np.array([part.coda for part in parts], np.int64)
        self._tones = np.array([part.tone for part in parts], np.int64)
        self._nuclei = tuple(sorted({part.nucleus for part in parts}))
        at = {nucleus: i for i, nucleus in enumerate(self._nuclei)}
        self._nucleus = np.array([at[part.nucleus] for part in parts], np.int64)

    def likenesses(self, word: str, folded: bool = False) -> NDArray[np.float32]:
        """Give how alike `word` sounds to the vocabulary words at `places`; `folded`: the writer used no marks."""
        part = parse(word)
        if part is None or not len(self.places):
            return np.zeros(len(self.places), np.float32)
        onset_table = FOLDED_ONSET_TABLE if folded else ONSET_TABLE
        costs = _nucleus_costs(part.nucleus, self._nuclei, folded)
        total = onset_table[part.onset][self._onsets] + CODA_TABLE[part.coda][self._codas]
        total += costs[self._nucleus]
        if not folded:
            total += TONE_TABLE[part.tone][self._tones]
        return np.asarray(np.maximum(0.0, 1.0 - total), np.float32)
