"""Score a question against every name and phrase of a catalogue: soft words, pairs of words, coverage both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from counter_map.lookup_language import Words
from counter_map.lookup_synonyms import Slot
from counter_map.text import fold
from counter_map.text_phonetics import SyllableTable, parse

LEAST_PAIR_WEIGHT, MEANT_PAIR = 0.3, 0.6
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Weights:
    """Hold the knobs of the score; found by asking 700 of the site's phrases from the official names alone."""

    least_likeness: float = 0.84
    likeness_power: float = 5.0
    doubt: float = 0.6  # a word the catalogue knows is less likely another word misheard
    unknown_word: float = 0.1  # weight of a word no name holds, as a share of the rarest word's
    filler: float = 0.5
    absent_filler: float = 0.05
    filler_held: float = 0.35  # weight of a filler inside a name
    pair: float = 0.6
    share_power: float = 0.4
    field: float = 0.4
    own_name: float = 0.2  # how much the official name adds to the best phrase


@dataclass(frozen=True)
class Scores:
    """Hold every string's score, how much of the question it covers and how much of it is said, 0 to about 1."""

    scores: Floats
    coverage: Floats
    share: Floats
    telling: float
    """Weight of the whole question, nats."""


@dataclass(frozen=True)
class _Held:
    """Hold which strings hold a phrase, how well (0..1) and what weight of theirs agrees; which fields, how well."""

    weight: float
    strings: Ints
    held: Floats
    mass: Floats
    owners: Ints
    fields: Floats


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
        self._words = lru_cache(maxsize=4096)(self._compute_word)
        self._phrase = lru_cache(maxsize=8192)(self._compute_phrase)
        self._pairs = lru_cache(maxsize=8192)(self._compute_pairs)

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

    def _compute_word(self, word: str, marked: bool) -> _Held:
        """Say which strings, and which procedures' fields, hold the word, and how well, 0 to 1."""
        ids, likeness = self._expansions(word, marked)
        strings, held = _best_of([self._postings.of(int(at)) for at in ids], likeness)
        owners, fields = _best_of([self._extra.of(int(at)) for at in ids], likeness)
        mass = float(self._idf[ids[-1]]) if len(ids) else 0.0
        return _Held(self.word_weight(word, marked), strings, held, mass * held, owners, fields)

    def _compute_phrase(self, words: Words, marked: bool) -> _Held:
        """Say the same of several words together, each counting by its weight."""
        parts = [self._words(word, marked) for word in dict.fromkeys(words)]
        if len(parts) == 1:
            return parts[0]
        weight = sum(part.weight for part in parts)
        share = [part.weight / (weight or 1.0) for part in parts]
        strings, held, mass = _sum_of(
            [part.strings for part in parts],
            [s * part.held for s, part in zip(share, parts, strict=True)],
            [part.mass for part in parts],
        )
        owners, fields, _ = _sum_of(
            [part.owners for part in parts],
            [s * part.fields for s, part in zip(share, parts, strict=True)],
            [part.fields for part in parts],
        )
        return _Held(weight, strings, held, mass, owners, fields)

    def score(self, slots: Sequence[Slot], marked: bool, of_names: bool = False) -> Scores:
        """Score every string against a question."""
        knobs = self.weights
        count = len(self.strings)
        total, matched, extra = (
            np.zeros(count, np.float32),
            np.zeros(count, np.float32),
            np.zeros(self.procedures, np.float32),
        )
        best, mass = np.empty_like(total), np.empty_like(total)
        fields, spare = np.empty_like(extra), np.empty_like(extra)
        weight_sum = 1e-6
        for slot in slots:
            best[:], mass[:], fields[:] = 0.0, 0.0, 0.0
            weight = 0.0
            for words, as_said, share in ((slot.words, marked, 1.0), *((m, True, slot.weight) for m in slot.meanings)):
                held = self._phrase(words, as_said)
                weight = max(weight, held.weight)
                _take_better(best, mass, held.strings, held.held, held.mass, np.float32(share))
                _take_better(fields, spare, held.owners, held.fields, held.fields, np.float32(share))
            weight *= slot.importance
            _add(total, matched, extra, best, mass, fields, np.float32(weight))
            weight_sum += weight
        covered = total / weight_sum
        field = np.maximum(0.0, extra[self.owners] - total) / weight_sum
        share = np.minimum(1.0, matched / self._mass) + 1e-4
        pairs = self._pair_scores(slots, marked)
        scores = (covered + knobs.field * field) * share**knobs.share_power * (1.0 - knobs.pair + knobs.pair * pairs)
        if of_names:
            scores, covered = np.where(self.is_name, scores, 0.0), np.where(self.is_name, covered, 0.0)
        return Scores(np.asarray(scores, np.float32), np.asarray(covered, np.float32), share, weight_sum)

    def _pair_scores(self, slots: Sequence[Slot], marked: bool) -> Floats:
        """Say how many of the question's neighbouring words stand side by side in each string too."""
        found = np.zeros(len(self.strings), np.float32)
        weight_sum = 1e-6
        spoken = [word for slot in slots for word in slot.words]
        for pair in pairwise(spoken):
            strings, weights, weight = self._pairs(pair, marked)
            _add_at(found, strings, weights, np.float32(1.0))
            weight_sum += weight
        for slot in slots:
            for meaning in slot.meanings:
                strings, weights, _ = self._pairs(meaning, marked)
                _add_at(found, strings, weights, np.float32(MEANT_PAIR))
        return np.asarray(np.minimum(1.0, found / weight_sum), np.float32)

    def _compute_pairs(self, words: Words, marked: bool) -> tuple[Ints, Floats, float]:
        """Say which strings hold neighbours of a phrase side by side, and the weight of those they hold."""
        strings: list[Ints] = []
        weights: list[Floats] = []
        whole = 0.0
        for one, two in pairwise(words):
            weight = min(self.word_weight(one, marked), self.word_weight(two, marked))
            if weight > LEAST_PAIR_WEIGHT:
                strings.append(self._pair_holders(one, two, marked))
                weights.append(np.full(len(strings[-1]), weight, np.float32))
                whole += weight
        held, summed, _ = _sum_of(strings, weights, weights)
        return held, summed, whole

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

    def best_procedures(self, scores: Floats) -> tuple[Floats, Ints]:
        """Give each procedure's score (best string, a little for its name) and its best string."""
        best, where = self._maximum(scores)
        own_name, _ = self._maximum(np.where(self.is_name, scores, 0.0).astype(np.float32))
        return best + self.weights.own_name * own_name, where

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


def _best_of(places: Sequence[Ints], likeness: Floats) -> tuple[Ints, Floats]:
    """Give every place once with the likeness it has last (they rise)."""
    if not len(places):
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    if len(places) == 1:
        return places[0], np.full(len(places[0]), likeness[0], np.float32)
    joined = np.concatenate(places)[::-1]
    values = np.repeat(likeness, [len(place) for place in places])[::-1]
    distinct, first = np.unique(joined, return_index=True)
    return distinct, np.asarray(values[first], np.float32)


def _sum_of(places: Sequence[Ints], values: Sequence[Floats], others: Sequence[Floats]) -> tuple[Ints, Floats, Floats]:
    """Give every place once with the sums of its values and of its other values."""
    if not len(places):
        return np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32)
    distinct, where = np.unique(np.concatenate(places), return_inverse=True)
    sums = (np.bincount(where, np.concatenate(each), len(distinct)) for each in (values, others))
    one, two = (np.asarray(each, np.float32) for each in sums)
    return distinct, one, two


@njit(cache=True, nogil=True)
def _take_better(best: Floats, mass: Floats, places: Ints, values: Floats, masses: Floats, share: np.float32) -> None:
    for i in range(places.size):
        value = share * values[i]
        if value > best[places[i]]:
            best[places[i]] = value
            mass[places[i]] = masses[i]


@njit(cache=True, nogil=True)
def _add(
    total: Floats, matched: Floats, extra: Floats, best: Floats, mass: Floats, fields: Floats, weight: np.float32
) -> None:
    for i in range(total.size):
        total[i] += weight * best[i]
        matched[i] += mass[i]
    for i in range(extra.size):
        extra[i] += weight * fields[i]


@njit(cache=True, nogil=True)
def _add_at(found: Floats, places: Ints, values: Floats, share: np.float32) -> None:
    for i in range(places.size):
        found[places[i]] += share * values[i]
