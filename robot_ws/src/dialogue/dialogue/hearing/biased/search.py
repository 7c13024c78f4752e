"""Find the likeliest readings of frame posteriors under a phrase model: CTC prefix beam search, frame by frame.

Prefix probabilities as in Hannun et al., "First-pass large vocabulary continuous speech recognition using
bi-directional recurrent DNNs" (2014); prefixes are nodes of a tree, so that each is weighed by the model once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from dialogue.hearing.biased.acoustics import Posteriors, tokens
from dialogue.hearing.biased.phrase_model import PhraseModel

NEVER = -1e30
TABLE = 1 << 16


@dataclass(frozen=True)
class SearchParams:
    """Set the search. `model`: weight of the phrase model against the sound; `word`: bonus a token, nats;
    `elsewhere`: share of tokens that no phrase foretells; `beam`: prefixes kept; `candidates`: tokens tried a frame;
    `quiet`: a frame surer than this of the blank begins no token."""

    model: float = 1.2
    word: float = 7.0
    elsewhere: float = 0.02
    beam: int = 48
    candidates: int = 120
    quiet: float = 0.99


class Search:
    """Read one utterance; feed posteriors as they come."""

    def __init__(self, model: PhraseModel, params: SearchParams | None = None) -> None:
        self.params = params or SearchParams()
        self._model: Any = model.arrays
        self.reset()

    def reset(self) -> None:
        """Forget the utterance under way."""
        beam = self.params.beam
        self._nodes = np.zeros((beam, 2), np.int32)
        self._weights = np.zeros(beam)
        self._node_count = 1
        self._alive = np.zeros(beam, np.int32)
        self._blank, self._ending = np.full(beam, NEVER), np.full(beam, NEVER)
        self._blank[0] = 0.0
        self._count = 1

    def accept(self, posteriors: Posteriors) -> None:
        """Take the next log posteriors, shape (frames, tokens)."""
        params = self.params
        for frame in posteriors:
            if frame[0] > np.log(params.quiet):
                likely = np.zeros(0, np.int64)
            else:
                likely = np.argpartition(-frame, params.candidates)[: params.candidates]
            self._reserve(self._node_count + params.beam)
            self._count, self._node_count = _advance(
                frame, likely, self._nodes, self._weights, self._node_count, self._alive, self._blank, self._ending,
                self._count, params.model, params.word, params.elsewhere, self._model,
            )  # fmt: skip

    def _reserve(self, count: int) -> None:
        if count > len(self._nodes):
            self._nodes = np.concatenate([self._nodes, np.zeros_like(self._nodes)])
            self._weights = np.concatenate([self._weights, np.zeros_like(self._weights)])

    def readings(self, count: int) -> list[tuple[str, float]]:
        """Give up to `count` different readings, best first, with their log scores."""
        found: dict[str, float] = {}
        scores = _final(
            self._nodes, self._weights, self._alive, self._blank, self._ending, self._count, self.params.model,
            self.params.elsewhere, self._model,
        )  # fmt: skip
        for i in np.argsort(-scores, kind="stable"):
            text = self._text(int(self._alive[i]))
            if text and text not in found:
                found[text] = float(scores[i])
            if len(found) == count:
                break
        return list(found.items())

    def _text(self, node: int) -> str:
        parts = []
        while node:
            parts.append(tokens()[self._nodes[node, 1]])
            node = int(self._nodes[node, 0])
        return "".join(reversed(parts)).replace("▁", " ").strip()


def plain_reading(best: npt.NDArray[np.int64]) -> str:
    """Read the likeliest token of each frame, repeats and blanks taken out: the sound alone, without phrases."""
    changed = np.concatenate([[True], best[1:] != best[:-1]]) if len(best) else np.zeros(0, bool)
    return "".join(tokens()[i] for i in best[changed & (best != 0)]).replace("▁", " ").strip()


@njit(cache=True, nogil=True)
def _at(keys: Any, values: Any, key: int, other: float) -> float:
    i = np.searchsorted(keys, key)
    return values[i] if i < len(keys) and keys[i] == key else other


@njit(cache=True, nogil=True)
def _probability(u: int, v: int, w: int, elsewhere: float, model: Any) -> float:
    single, pair_rest, pair_keys, pairs, rest_keys, rests, triple_keys, triples = model
    size = len(single)
    two = _at(pair_keys, pairs, v * size + w, 0.0) + pair_rest[v] * single[w]
    three = _at(triple_keys, triples, (u * size + v) * size + w, 0.0) + _at(rest_keys, rests, u * size + v, 1.0) * two
    return (1.0 - elsewhere) * three + elsewhere / size


@njit(cache=True, nogil=True)
def _either(one: float, two: float) -> float:
    if one < two:
        one, two = two, one
    return one + np.log1p(np.exp(two - one)) if two > NEVER else one


@njit(cache=True, nogil=True)
def _slot(table: Any, keys: Any, key: int) -> int:
    mask = len(table) - 1
    at = (key * 0x9E3779B1 >> 7) & mask
    while table[at] >= 0 and keys[table[at]] != key:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def _advance(
    frame: Any, likely: Any, nodes: Any, weights: Any, node_count: int, alive: Any, blank: Any, ending: Any,
    count: int, model_weight: float, bonus: float, elsewhere: float, model: Any,
) -> tuple[int, int]:  # fmt: skip
    size = len(frame)
    room = count * (len(likely) + 1)
    table = np.full(TABLE, -1, np.int32)
    keys, tokens_of = np.empty(room, np.int64), np.empty(room, np.int32)
    origin, new_blank, new_ending = np.empty(room, np.int32), np.empty(room), np.empty(room)
    weight = np.empty(room)
    used = 0
    for i in range(count):
        node = alive[i]
        key = np.int64(nodes[node, 0]) * size + nodes[node, 1]
        table[_slot(table, keys, key)] = used
        total = _either(blank[i], ending[i])
        keys[used], tokens_of[used], origin[used], weight[used] = key, -1, i, weights[node]
        new_blank[used] = total + frame[0]
        new_ending[used] = ending[i] + frame[nodes[node, 1]] if node else NEVER
        used += 1
    for i in range(count):
        node = alive[i]
        last = nodes[node, 1]
        before = nodes[nodes[node, 0], 1]
        total = _either(blank[i], ending[i])
        for token in likely:
            if token == 0:
                continue
            score = (blank[i] if token == last else total) + frame[token]
            if score <= NEVER:
                continue
            key = np.int64(node) * size + token
            at = _slot(table, keys, key)
            if table[at] < 0:
                table[at] = used
                chance = _probability(before, last, token, elsewhere, model)
                keys[used], tokens_of[used], origin[used] = key, token, i
                weight[used] = weights[node] + model_weight * np.log(chance) + bonus
                new_blank[used], new_ending[used] = NEVER, score
                used += 1
            else:
                new_ending[table[at]] = _either(new_ending[table[at]], score)
    return _keep(
        nodes, weights, node_count, alive, blank, ending, used, tokens_of, origin, new_blank, new_ending, weight
    )


@njit(cache=True, nogil=True)
def _keep(
    nodes: Any, weights: Any, node_count: int, alive: Any, blank: Any, ending: Any, used: int, tokens_of: Any,
    origin: Any, new_blank: Any, new_ending: Any, weight: Any,
) -> tuple[int, int]:  # fmt: skip
    """Keep the best prefixes and give the new ones among them a node."""
    scores = np.empty(used)
    for k in range(used):
        scores[k] = -(_either(new_blank[k], new_ending[k]) + weight[k])
    chosen = np.argsort(scores)[: len(alive)]
    parents = alive.copy()
    for place, k in enumerate(chosen):
        node = parents[origin[k]]
        if tokens_of[k] >= 0:
            nodes[node_count, 0], nodes[node_count, 1] = node, tokens_of[k]
            weights[node_count] = weight[k]
            node = node_count
            node_count += 1
        alive[place], blank[place], ending[place] = node, new_blank[k], new_ending[k]
    return len(chosen), node_count


@njit(cache=True, nogil=True)
def _final(
    nodes: Any, weights: Any, alive: Any, blank: Any, ending: Any, count: int, model_weight: float, elsewhere: float,
    model: Any,
) -> Any:  # fmt: skip
    scores = np.empty(count)
    for i in range(count):
        node = alive[i]
        end = _probability(nodes[nodes[node, 0], 1], nodes[node, 1], 0, elsewhere, model)
        scores[i] = _either(blank[i], ending[i]) + weights[node] + model_weight * np.log(end)
    return scores
