"""Describe a sentence by what a linear model may learn from: words, sounds, and which stand together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from counter_map.text import fold
from counter_map.text_phonetics import CODAS, ONSETS, parse

_ALIKE_ONSETS = (
    ("s", "x"),
    ("tr", "ch"),
    ("d", "gi", "v", "r"),
    ("l", "n"),
    ("c", "kh"),
    ("t", "th"),
    ("ph", "p", "b"),
)
_ALIKE_CODAS = (("n", "ng", "nh"), ("c", "t", "ch"))
FIRST, LAST = "^", "$"


def _classes(names: Sequence[str], alike: Iterable[Sequence[str]]) -> tuple[int, ...]:
    first = {name: group[0] for group in alike for name in group}
    return tuple(names.index(first.get(name, name)) for name in names)


_ONSET_CLASS, _CODA_CLASS = _classes(ONSETS, _ALIKE_ONSETS), _classes(CODAS, _ALIKE_CODAS)


@lru_cache(maxsize=65536)
def sound_key(word: str) -> str:
    """Return what a syllable shares with those it is easily confused with; any other word without diacritics."""
    part = parse(word)
    if part is None:
        return fold(word)
    return f"{_ONSET_CLASS[part.onset]}{fold(part.nucleus)}{_CODA_CLASS[part.coda]}"


def features(words: Sequence[str], marked: bool) -> list[str]:
    """List the features of a sentence's canonical words; `marked`: it was written with diacritics.

    A sound (k), two sounds in a row (p) and with one between (s), and a word as written (w).
    """
    keys = [FIRST, *map(sound_key, words), LAST]
    found = [f"k{key}" for key in keys[1:-1]]
    found += [f"p{one} {two}" for one, two in pairwise(keys)]
    found += [f"s{one} {two}" for one, two in zip(keys, keys[2:], strict=False)]
    if marked:
        found += [f"w{word}" for word in words]
    return found


def places(count: int, marked: bool) -> list[tuple[int, ...]]:
    """List the places of the words (0 to count - 1) that each of `features` of so many words is made of."""
    single = [(i,) for i in range(count)]
    pairs = [(i - 1, i) for i in range(count + 1)]
    apart = [(i - 1, i + 1) for i in range(count)]
    every = [*single, *pairs, *apart, *(single if marked else ())]
    return [tuple(at for at in each if 0 <= at < count) for each in every]


def training_forms(words: Sequence[str], marked: bool) -> list[list[str]]:
    """List the features of a sentence as it stands and, where it has diacritics, as typed without them."""
    forms = [features(words, marked)]
    folded = [fold(word) for word in words]
    if marked and folded != list(words):
        forms.append(features(folded, False))
    return forms
