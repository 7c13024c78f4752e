"""Score a question against every name and phrase of a catalogue: soft words, pairs of words, coverage both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from counter_map.lookup_language import Words
from counter_map.lookup_synonyms import Slot
from counter_map.text import fold
from counter_map.text_phonetics import SyllableTable, parse

CACHED_BYTES = 32_000_000
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Weights:
    """Hold the knobs of the score; found by `counter_map.calibration` on the site's own phrases."""

    least_likeness: float = 0.68
    likeness_power: float = 3.0
    doubt: float = 0.35  # a word the catalogue knows is less likely another word misheard
    unknown_word: float = 0.55  # weight of a word no name holds, as a share of the rarest word's
    filler: float = 0.3
    absent_filler: float = 0.05
    filler_held: float = 0.35  # weight of a filler inside a name
    pair: float = 0.45
    share_power: float = 0.4
    field: float = 0.12
    own_name: float = 0.2  # how much the official name adds to the best phrase
    any_coverage: float = 0.2


@dataclass(frozen=True)
class Scores:
    """Hold every string's score, how much of the question it covers and how much of it is said, 0 to about 1."""

    scores: Floats
    coverage: Floats
    share: Floats
    telling: float
    """Weight of the whole question, nats."""


class _Postings:
    """List, for each feature, the strings that hold it."""

    def __init__(self, features: Sequence[int], strings: Sequence[int], count: int) -> None:
        order = np.argsort(np.asarray(features, np.int64), kind="stable")
        self.strings = np.asarray(strings, np.int32)[order]
        self._starts = np.searchsorted(np.asarray(features, np.int64)[order], np.arange(count + 1))

    def of(self, feature: int) -> Ints:
        return self.strings[self._starts[feature] : self._starts[feature + 1]]


class Index:
    """Index strings (words already canonical), each belonging to one procedure by number."""

    def __init__(
        self,
        strings: Sequence[Words],
        owners: Sequence[int],
        names: Sequence[bool],
        extra: Sequence[frozenset[str]],
        fillers: frozenset[str],
        weights: Weights,
    ) -> None:
        self.weights = weights
        self.strings = [tuple(words) for words in strings]
        self.owners = np.asarray(owners, np.int32)
        self.procedures = int(self.owners.max()) + 1 if len(owners) else 0
        self.is_name = np.asarray(names, bool)
        self._starts = np.searchsorted(self.owners, np.arange(self.procedures))
        self._fillers = fillers
        self._build_vocabulary(extra)
        self._build_postings(extra)
        self._build_pairs()
        self._expansions = lru_cache(maxsize=8192)(self._compute_expansions)
        self._pair_holders = lru_cache(maxsize=4096)(self._compute_pair_holders)
        self.word_weight = lru_cache(maxsize=8192)(self._compute_word_weight)
        kept = int(np.clip(CACHED_BYTES // (4 * max(len(self.strings), 1)), 64, 8192))
        self._word_scores = lru_cache(maxsize=kept)(self._compute_word_scores)
        self._extra_scores = lru_cache(maxsize=kept)(self._compute_extra_scores)
        self._phrase = lru_cache(maxsize=kept // 4)(self._compute_phrase)

    # ---- building

    def _build_vocabulary(self, extra: Sequence[frozenset[str]]) -> None:
        known = {word for words in self.strings for word in words}
        known.update(word for words in extra for word in words)
        self.vocabulary = sorted(known)
        self._ids = {word: i for i, word in enumerate(self.vocabulary)}
        folds = [fold(word) for word in self.vocabulary]
        fold_names = sorted(set(folds))
        at = {word: i for i, word in enumerate(fold_names)}
        self._fold_ids = at
        self._fold_of = np.array([at[word] for word in folds], np.int64) if folds else np.zeros(0, np.int64)
        self._members: dict[str, list[int]] = {}
        for i, word in enumerate(folds):
            self._members.setdefault(word, []).append(i)
        self._syllables = SyllableTable(self.vocabulary)
        self._others = [w for w in self.vocabulary if len(w) >= 4 and parse(w) is None]

    def _build_postings(self, extra: Sequence[frozenset[str]]) -> None:
        size = max(len(self.vocabulary), 1)
        lengths = np.array([len(words) for words in self.strings], np.int64)
        self._tokens = np.array([self._ids[word] for words in self.strings for word in words], np.int64)
        self._token_strings = np.repeat(np.arange(len(self.strings)), lengths)
        held = _distinct(self._token_strings * size + self._tokens)
        strings, words = held // size, held % size
        self._postings = _Postings(words, strings, len(self.vocabulary))
        self._idf: Floats = self._rarity(words, self.owners[strings], len(self.vocabulary))
        self._fold_idf = self._rarity(self._fold_of[words], self.owners[strings], len(self._fold_ids))
        self._top_idf = float(_idf(1, max(self.procedures, 1)))
        for word in self._fillers:
            if word in self._ids:
                self._idf[self._ids[word]] *= self.weights.filler_held
        mass = np.bincount(strings, self._idf[words], len(self.strings)) if len(strings) else np.zeros(0)
        self._mass = np.maximum(mass, 1e-3).astype(np.float32)
        self._extra = _Postings(
            [self._ids[w] for words in extra for w in words],
            [i for i, words in enumerate(extra) for _ in words],
            len(self.vocabulary),
        )

    def _rarity(self, features: NDArray[np.int64], owners: Ints, count: int) -> Floats:
        """Inverse document frequency of each feature, a procedure being a document."""
        total = max(self.procedures, 1)
        held = _distinct(features * total + owners) // total
        return np.asarray(_idf(np.bincount(held, minlength=count).astype(np.float32), total), np.float32)

    def _build_pairs(self) -> None:
        size = max(len(self._fold_ids), 1)
        folded = self._fold_of[self._tokens]
        together = self._token_strings[1:] == self._token_strings[:-1]
        keys = (folded[:-1] * size + folded[1:])[together]
        strings = self._token_strings[1:][together]
        order = np.argsort(keys, kind="stable")
        self._pair_keys = keys[order]
        self._pair_strings = strings[order].astype(np.int32)

    # ---- asking

    def _compute_expansions(self, word: str, marked: bool) -> tuple[Ints, Floats]:
        """List the vocabulary words `word` may stand for, rising by likeness (1 = the same)."""
        found: dict[int, float] = {}
        folded = fold(word)
        known = word in self._ids if marked else folded in self._fold_ids
        doubt = self.weights.doubt if known else 1.0
        if parse(word) is not None:
            likeness = self._syllables.likenesses(word, not marked)
            for place in np.flatnonzero(likeness >= self.weights.least_likeness):
                sure = doubt * float(likeness[place]) ** self.weights.likeness_power
                found[int(self._syllables.places[place])] = sure
        elif len(word) >= 4 and self._others:
            for other, score, _ in process.extract(
                word, self._others, scorer=Indel.normalized_similarity, score_cutoff=0.8, limit=6
            ):
                found[self._ids[other]] = float(score) ** 3
        for member in self._members.get(folded, ()):
            same = 1.0 if not marked else 0.85
            found[member] = max(found.get(member, 0.0), same)
        if word in self._ids:
            found[self._ids[word]] = 1.0
        order = sorted(found, key=found.__getitem__)
        return np.array(order, np.int32), np.array([found[i] for i in order], np.float32)

    def _idf_of(self, word: str, marked: bool) -> float | None:
        """Rarity of a word that stands in the catalogue, without diacritics that of all words it may be."""
        if marked:
            return float(self._idf[self._ids[word]]) if word in self._ids else None
        return float(self._fold_idf[self._fold_ids[word]]) if word in self._fold_ids else None

    def _compute_word_weight(self, word: str, marked: bool) -> float:
        """Say how much a question's word tells, as inverse document frequency."""
        if word in self._fillers or (not marked and word in self._folded_fillers):
            rarity = self._idf_of(word, marked)
            return self._top_idf * self.weights.absent_filler if rarity is None else rarity * self.weights.filler
        ids, likeness = self._expansions(word, marked)
        if not len(ids):
            return self._top_idf * self.weights.unknown_word
        best = ids[likeness >= likeness[-1] - 1e-6]
        idf = self._fold_idf[self._fold_of[best]].max() if not marked else self._idf[best].max()
        trust = float(likeness[-1])
        return float(idf) * trust + (1.0 - trust) * self._top_idf * self.weights.unknown_word

    @property
    def _folded_fillers(self) -> frozenset[str]:
        return _folded(self._fillers)

    def _compute_word_scores(self, word: str, marked: bool) -> Floats:
        """How well each string holds the word, 0 to 1."""
        scores = np.zeros(len(self.strings), np.float32)
        for at, likeness in zip(*self._expansions(word, marked), strict=True):
            scores[self._postings.of(int(at))] = likeness
        return scores

    def _compute_extra_scores(self, word: str, marked: bool) -> Floats:
        scores = np.zeros(self.procedures, np.float32)
        for at, likeness in zip(*self._expansions(word, marked), strict=True):
            scores[self._extra.of(int(at))] = likeness
        return scores

    def score(self, slots: Sequence[Slot], marked: bool, of_names: bool = False) -> Scores:
        """Score every string against a question."""
        knobs = self.weights
        total = np.zeros(len(self.strings), np.float32)
        matched = np.zeros(len(self.strings), np.float32)
        extra = np.zeros(self.procedures, np.float32)
        weight_sum = 1e-6
        for slot in slots:
            weight, scores, mass, field_scores = self._slot(slot, marked)
            weight *= slot.importance
            total += weight * scores
            matched += mass
            extra += weight * field_scores
            weight_sum += weight
        covered = total / weight_sum
        field = np.maximum(0.0, extra[self.owners] - total) / weight_sum
        share = np.minimum(1.0, matched / self._mass) + 1e-4
        pairs = self._pair_scores(slots, marked)
        scores = (covered + knobs.field * field) * share**knobs.share_power * (1.0 - knobs.pair + knobs.pair * pairs)
        if of_names:
            scores, covered = np.where(self.is_name, scores, 0.0), np.where(self.is_name, covered, 0.0)
        return Scores(np.asarray(scores, np.float32), np.asarray(covered, np.float32), share, weight_sum)

    def _slot(self, slot: Slot, marked: bool) -> tuple[float, Floats, Floats, Floats]:
        weight, scores, mass, extra = self._phrase(slot.words, marked)
        for meaning in slot.meanings:
            other_weight, other_scores, other_mass, other_extra = self._phrase(meaning, True)
            better = slot.weight * other_scores > scores
            scores = np.where(better, slot.weight * other_scores, scores)
            mass = np.where(better, other_mass, mass)
            extra = np.maximum(extra, slot.weight * other_extra)
            weight = max(weight, other_weight)
        return weight, scores, mass, extra

    def _compute_phrase(self, words: Words, marked: bool) -> tuple[float, Floats, Floats, Floats]:
        scores = np.zeros(len(self.strings), np.float32)
        mass = np.zeros(len(self.strings), np.float32)
        extra = np.zeros(self.procedures, np.float32)
        weight_sum = 0.0
        for word in dict.fromkeys(words):
            weight = self.word_weight(word, marked)
            alike = self._word_scores(word, marked)
            scores += weight * alike
            extra += weight * self._extra_scores(word, marked)
            ids, _ = self._expansions(word, marked)
            mass += alike * (float(self._idf[ids[-1]]) if len(ids) else 0.0)
            weight_sum += weight
        return weight_sum, scores / (weight_sum or 1.0), mass, extra / (weight_sum or 1.0)

    def _pair_scores(self, slots: Sequence[Slot], marked: bool) -> Floats:
        """Say how many of the question's neighbouring words stand side by side in each string too."""
        found = np.zeros(len(self.strings), np.float32)
        weight_sum = 1e-6
        spoken = [word for slot in slots for word in slot.words]
        for words in (spoken, *(meaning for slot in slots for meaning in slot.meanings)):
            share = 1.0 if words is spoken else 0.6
            for one, two in pairwise(words):
                weight = share * min(self.word_weight(one, marked), self.word_weight(two, marked))
                holders = self._pair_holders(one, two, marked)
                if weight > 0.3:
                    weight_sum += weight if words is spoken else 0.0
                    found[holders] += weight
        return np.asarray(np.minimum(1.0, found / weight_sum), np.float32)

    def _compute_pair_holders(self, one: str, two: str, marked: bool) -> Ints:
        size = len(self._fold_ids)
        firsts, seconds = self._near_folds(one, marked), self._near_folds(two, marked)
        keys = (firsts[:, None] * size + seconds[None, :]).ravel()
        lows = np.searchsorted(self._pair_keys, keys, "left")
        highs = np.searchsorted(self._pair_keys, keys, "right")
        parts = [self._pair_strings[low:high] for low, high in zip(lows, highs, strict=True) if high > low]
        return np.asarray(_distinct(np.concatenate(parts)), np.int32) if parts else np.zeros(0, np.int32)

    def _near_folds(self, word: str, marked: bool) -> NDArray[np.int64]:
        ids, likeness = self._expansions(word, marked)
        if not len(ids):
            return np.zeros(0, np.int64)
        near = ids[likeness >= max(0.55, float(likeness[-1]) - 0.25)][-6:]
        return np.asarray(_distinct(self._fold_of[near]), np.int64)

    def best_procedures(self, scores: Floats, coverage: Floats) -> tuple[Floats, Ints]:
        """Give each procedure's score (best string, a little for its name and coverage) and its best string."""
        best, where = self._maximum(scores)
        own_name, _ = self._maximum(np.where(self.is_name, scores, 0.0).astype(np.float32))
        covered, _ = self._maximum(coverage)
        return best + self.weights.own_name * own_name + self.weights.any_coverage * covered, where

    def _maximum(self, values: Floats) -> tuple[Floats, Ints]:
        top = np.maximum.reduceat(values, self._starts)
        return top, self._first_at(values, top)

    def _first_at(self, values: Floats, top: Floats) -> Ints:
        hits = np.flatnonzero(values == top[self.owners])
        owners = self.owners[hits]
        where = np.zeros(self.procedures, np.int32)
        where[owners[::-1]] = hits[::-1].astype(np.int32)
        return where

    def deciding(self, slots: Sequence[Slot], string: int, marked: bool) -> list[int]:
        """List the places of the question's words that the string holds, itself or by their official meaning."""
        held = {self._ids[word] for word in self.strings[string]}
        places: list[int] = []
        at = 0
        for slot in slots:
            places += [at + i for i, word in enumerate(slot.words) if self._holds(held, word, marked)]
            if slot.meanings and any(all(self._holds(held, word, True) for word in m) for m in slot.meanings):
                places += range(at, at + len(slot.words))
            at += len(slot.words)
        return places

    def _holds(self, held: set[int], word: str, marked: bool) -> bool:
        return not held.isdisjoint(self._expansions(word, marked)[0].tolist())


@lru_cache(maxsize=8)
def _folded(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(fold, words))


def _distinct(values: Any) -> Any:
    ordered = np.sort(values)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def _idf(count: Any, total: int) -> Any:
    return np.log1p((total - count + 0.5) / (count + 0.5))
