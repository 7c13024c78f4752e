"""A trigram model of what is said at a site, made from its phrases: which token follows which.

Absolute discounting, the lower orders from the number of different contexts (Kneser and Ney, ICASSP 1995).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from dialogue.hearing.biased.acoustics import tokens

DISCOUNT = 0.7
LONGEST_TOKEN = 9
EDGE = 0
"""The token that stands before and behind a sentence: the blank, which no text holds."""
Keys = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PhraseModel:
    """Hold sorted keys and their values; a key is (u·V + v)·V + w of the tokens u v w, or v·V + w of two.

    `single` p(w); `pairs` the discounted p(w | v), `pair_rest` the share left to p(w) for each v; `triples` the
    discounted p(w | u v), `rests` the share left to p(w | v) for each known pair u v (1 for others).
    """

    single: Values
    pair_rest: Values
    pair_keys: Keys
    pairs: Values
    rest_keys: Keys
    rests: Values
    triple_keys: Keys
    triples: Values

    @property
    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """Return the arrays in the order `search` takes them."""
        return (
            self.single, self.pair_rest, self.pair_keys, self.pairs,
            self.rest_keys, self.rests, self.triple_keys, self.triples,
        )  # fmt: skip


def learn(sentences: Iterable[Sequence[str]]) -> PhraseModel:
    """Learn from sentences of lower-case words; words that the tokens cannot spell are left out with their sentence."""
    triples: Counter[tuple[int, int, int]] = Counter()
    for words in sentences:
        spelt = [spell(word) for word in words]
        if all(spelt):
            ids = [EDGE, EDGE, *(i for word in spelt for i in word), EDGE]
            triples.update(zip(ids, ids[1:], ids[2:], strict=False))
    size = len(tokens())
    before = Counter((v, w) for _, v, w in triples)
    pairs: Counter[tuple[int, int]] = Counter()
    for (u, v, w), count in triples.items():
        # A pair at the beginning has only the edge before it: there the number of its uses counts.
        pairs[v, w] += count if v == EDGE and u == EDGE else 0
    pairs = Counter({key: pairs[key] or different for key, different in before.items()})
    single = Counter(w for _, w in pairs)
    total = max(1, sum(single.values()))
    probability = np.full(size, (DISCOUNT * len(single) / total if single else 1.0) / size)
    for token, count in single.items():
        probability[token] += max(count - DISCOUNT, 0.0) / total
    pair_uses, pair_kinds = _contexts(pairs)
    rest = np.ones(size)
    for (token,), uses in pair_uses.items():
        rest[token] = DISCOUNT * pair_kinds[token,] / uses
    known, kinds = _contexts(triples)
    return PhraseModel(
        probability,
        rest,
        *_table({key: max(n - DISCOUNT, 0.0) / pair_uses[key[:1]] for key, n in pairs.items()}, size),
        *_table({key: DISCOUNT * kinds[key] / n for key, n in known.items()}, size),
        *_table({key: max(n - DISCOUNT, 0.0) / known[key[:2]] for key, n in triples.items()}, size),
    )


def _contexts(counts: Mapping[Any, int]) -> tuple[Counter[Any], Counter[Any]]:
    """Count the uses of each context (a key without its last token) and the different tokens that follow it."""
    uses: Counter[Any] = Counter()
    kinds: Counter[Any] = Counter()
    for key, count in counts.items():
        uses[key[:-1]] += count
        kinds[key[:-1]] += 1
    return uses, kinds


def _table(values: dict[Any, float], size: int) -> tuple[Keys, Values]:
    keys = np.zeros(len(values), np.int64)
    for place in range(max(map(len, values), default=0)):
        keys = keys * size + np.array([key[place] for key in values], np.int64)
    order = np.argsort(keys)
    return keys[order], np.array(list(values.values()))[order]


@lru_cache(maxsize=65536)
def spell(word: str) -> tuple[int, ...]:
    """Spell a word with the fewest tokens; empty when they cannot spell it."""
    ids = _ids()
    marked = "▁" + word
    best: list[tuple[int, ...] | None] = [()]
    for end in range(1, len(marked) + 1):
        ways = [
            (*known, ids[marked[begin:end]])
            for begin in range(max(0, end - LONGEST_TOKEN), end)
            if (known := best[begin]) is not None and marked[begin:end] in ids
        ]
        best.append(min(ways, key=len) if ways else None)
    return best[-1] or ()


@lru_cache(maxsize=1)
def _ids() -> dict[str, int]:
    return {token: i for i, token in enumerate(tokens())}
