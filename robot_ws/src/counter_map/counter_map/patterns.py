"""Recognise facilities, commands, counters and small talk from sentence templates, also through recogniser noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from counter_map.lookup_language import Language, Words
from counter_map.placeholders import Filled, Placeholders
from counter_map.text import fold, join_words
from counter_map.text_phonetics import SyllableTable

MAX_WORDS = 24
MAX_CORES = 40
LEAST_WORD_LIKENESS = 0.6
# A shorter sentence must be nearer: one wrong syllable in two is another sentence.
LEAST_LIKENESS = {2: 0.93, 3: 0.9, 4: 0.88}
LONG_LIKENESS = 0.86


@dataclass(frozen=True)
class Found:
    """Hold what a sentence asked for; `value` is the counter number, zone or department said."""

    label: str
    likeness: float
    words: Words
    value: str = ""

    @property
    def said(self) -> str:
        """Return the words that decided, slots filled."""
        return join_words(self.value if word.startswith("{") else word for word in self.words)


class Patterns:
    """Match whole sentences of one language against its templates."""

    def __init__(self, language: Language, placeholders: Placeholders) -> None:
        self.language = language
        self._placeholders = placeholders
        self._exact: dict[Words, str] = {}
        self._folded: dict[Words, str] = {}
        for label, sentences in language.patterns.items():
            for words in sentences:
                self._exact.setdefault(words, label)
                self._folded.setdefault(tuple(map(fold, words)), label)
        self._tables = _by_length(self._exact)
        vocabulary = sorted({word for words in self._exact for word in words})
        self._vocabulary = {word: i for i, word in enumerate(vocabulary)}
        self._syllables = SyllableTable(vocabulary)
        self._rows = {
            length: (np.array([[self._vocabulary[w] for w in words] for words in sentences], np.int64), sentences)
            for length, sentences in self._tables.items()
        }
        self._likeness_row = lru_cache(maxsize=4096)(self._compute_row)
        self._folded_leads = frozenset(tuple(map(fold, words)) for words in language.leads)
        self._folded_tails = frozenset(tuple(map(fold, words)) for words in language.tails)

    def find(self, words: list[str], marked: bool) -> Found | None:
        """Find the template the whole sentence fits; `marked`: it was written with diacritics."""
        if not words or len(words) > MAX_WORDS:
            return None
        variants = sorted(self._variants(tuple(words), marked), key=lambda variant: -len(variant.words))
        for variant in variants:
            found = self._exactly(variant, marked)
            if found is not None:
                return found
        for variant in variants:
            found = self._nearly(variant, marked)
            if found is not None:
                return found
        return None

    def core(self, words: Words, marked: bool) -> tuple[int, int]:
        """Say where the sentence begins and ends without leads and tails of two words and more."""
        plain = words if marked else tuple(map(fold, words))
        leads = self.language.leads if marked else self._folded_leads
        tails = self.language.tails if marked else self._folded_tails
        begin, end, moved = 0, len(words), True
        while moved and end - begin > 2:
            moved = False
            for length in range(min(6, end - begin - 2), 1, -1):
                if plain[begin : begin + length] in leads:
                    begin, moved = begin + length, True
                    break
                if plain[end - length : end] in tails:
                    end, moved = end - length, True
                    break
        return begin, end

    def _exactly(self, variant: Filled, marked: bool) -> Found | None:
        label = self._exact.get(variant.words)
        if label is None and not marked:
            label = self._folded.get(tuple(map(fold, variant.words)))
        return None if label is None else _found(label, 1.0, variant)

    def _nearly(self, variant: Filled, marked: bool) -> Found | None:
        length = len(variant.words)
        if length < 2 or length not in self._rows:
            return None
        ids, sentences = self._rows[length]
        rows = [self._likeness_row(word, not marked) for word in variant.words]
        likely = np.flatnonzero(rows[0][ids[:, 0]] >= LEAST_WORD_LIKENESS)
        for i in range(1, length):
            likely = likely[rows[i][ids[likely, i]] >= LEAST_WORD_LIKENESS]
        if not len(likely):
            return None
        mean = sum(rows[i][ids[likely, i]] for i in range(length)) / length
        best = int(np.argmax(mean))
        if mean[best] < LEAST_LIKENESS.get(length, LONG_LIKENESS):
            return None
        return _found(self._exact[sentences[likely[best]]], float(mean[best]), variant)

    def _compute_row(self, word: str, folded: bool) -> NDArray[np.float32]:
        row = np.zeros(len(self._vocabulary), np.float32)
        if self.language.diacritics and not word.startswith("{"):
            row[self._syllables.places] = self._syllables.likenesses(word, folded)
        if word in self._vocabulary:
            row[self._vocabulary[word]] = 1.0
        return row

    def _variants(self, words: Words, marked: bool) -> list[Filled]:
        """List the sentence with fewer and fewer leads and tails, and with its slots filled."""
        filled = self._placeholders.fill(words)
        return [Filled(cut, each.values) for each in filled for cut in self.cores(each.words, marked)]

    def cores(self, words: Words, marked: bool) -> list[Words]:
        """List the sentence with fewer and fewer leads and tails, itself first."""
        leads = self.language.leads if marked else self._folded_leads
        tails = self.language.tails if marked else self._folded_tails
        found = {words: None}
        queue = [words]
        while queue and len(found) < MAX_CORES:
            for cut in _cuts(queue.pop(0), leads, tails, marked):
                if cut not in found:
                    found[cut] = None
                    queue.append(cut)
        return list(found)


def _found(label: str, likeness: float, variant: Filled) -> Found:
    value = ""
    for slot, said in variant.values.items():
        if "{" + slot + "}" in label:
            label, value = label.replace("{" + slot + "}", said), said
    return Found(label, likeness, variant.words, value)


def _cuts(words: Words, leads: frozenset[Words], tails: frozenset[Words], marked: bool) -> list[Words]:
    plain = words if marked else tuple(map(fold, words))
    cuts: list[Words] = []
    for length in range(min(8, len(words) - 1), 0, -1):
        if plain[:length] in leads:
            cuts.append(words[length:])
        if plain[-length:] in tails:
            cuts.append(words[:-length])
    return cuts


def _by_length(sentences: Mapping[Words, str]) -> dict[int, list[Words]]:
    tables: dict[int, list[Words]] = {}
    for words in sentences:
        tables.setdefault(len(words), []).append(words)
    return tables
