"""Fit and ask a multinomial logistic regression over sparse features, in the second that a site's edit may take.

Stochastic gradient descent on the cross-entropy, one example at a time; the step falls as 1/sqrt(1 + 4 t/classes).
The first steps are large, so where a descent ends depends on the order of the examples: several are averaged.
Classes that an example gives next to no probability are left alone: their gradient is as small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
STEP, BIAS_STEP, EPOCHS, DESCENTS, LEAST_GRADIENT = 8.0, 0.8, 4, 5, 1e-3
LEAST_EXAMPLES = 2
SEED = 7


@njit(cache=True, nogil=True)
def _scores(weights: Floats, bias: Floats, ids: Ints, values: Floats, out: Floats) -> None:
    out[:] = bias
    for i in range(ids.size):
        row, value = weights[ids[i]], values[i]
        for k in range(out.size):
            out[k] += value * row[k]


@njit(cache=True, nogil=True)
def _softmax(scores: Floats) -> None:
    top = scores.max()
    total = np.float32(0.0)
    for k in range(scores.size):
        scores[k] = np.exp(scores[k] - top)
        total += scores[k]
    for k in range(scores.size):
        scores[k] /= total


@njit(cache=True, nogil=True)
def _descend(
    weights: Floats,
    bias: Floats,
    starts: NDArray[np.int64],
    ids: Ints,
    values: Floats,
    classes: Ints,
    orders: NDArray[np.int64],
) -> None:
    gradient = np.empty(bias.size, np.float32)
    seen = 0
    for epoch in range(orders.shape[0]):
        for example in orders[epoch]:
            begin, end = starts[example], starts[example + 1]
            _scores(weights, bias, ids[begin:end], values[begin:end], gradient)
            _softmax(gradient)
            gradient[classes[example]] -= np.float32(1.0)
            falling = 1.0 / np.sqrt(1.0 + 4.0 * seen / classes.size)
            seen += 1
            for k in range(bias.size):
                if abs(gradient[k]) < LEAST_GRADIENT:
                    continue
                bias[k] -= np.float32(BIAS_STEP * falling) * gradient[k]
                step = np.float32(STEP * falling) * gradient[k]
                for i in range(begin, end):
                    weights[ids[i], k] -= step * values[i]


class Linear:
    """Tell classes apart by named sparse features."""

    def __init__(self, features: Sequence[str], idf: Floats, weights: Floats, bias: Floats) -> None:
        """Take what was fitted: how rare each feature is, weights (features, classes), bias (classes,)."""
        self.features, self.idf, self.weights, self.bias = list(features), idf, weights, bias
        self._ids = {feature: i for i, feature in enumerate(self.features)}

    @classmethod
    def fit(cls, examples: Sequence[Sequence[str]], classes: Sequence[int], count: int) -> Linear:
        """Fit `count` classes to examples, each a list of features; a feature of one example only is left out."""
        held = Counter(feature for example in examples for feature in set(example))
        known = sorted(feature for feature, times in held.items() if times >= LEAST_EXAMPLES)
        idf = np.log1p(len(examples) / np.array([held[f] for f in known], np.float32)).astype(np.float32)
        model = cls(known, idf, np.zeros((len(known), count), np.float32), np.zeros(count, np.float32))
        if examples:
            model._descend([model._row(example) for example in examples], np.asarray(classes, np.int32))
        return model

    def _descend(self, rows: Sequence[tuple[Ints, Floats]], classes: Ints) -> None:
        starts = np.concatenate([[0], np.cumsum([len(ids) for ids, _ in rows])]).astype(np.int64)
        ids, values = np.concatenate([ids for ids, _ in rows]), np.concatenate([values for _, values in rows])
        random = np.random.default_rng(SEED)
        weights, bias = np.empty_like(self.weights), np.empty_like(self.bias)
        for _ in range(DESCENTS):
            weights[:], bias[:] = 0.0, 0.0
            orders = np.stack([random.permutation(len(rows)) for _ in range(EPOCHS)])
            _descend(weights, bias, starts, ids, values, classes, orders)
            self.weights += weights / DESCENTS
            self.bias += bias / DESCENTS

    def _row(self, found: Sequence[str]) -> tuple[Ints, Floats]:
        ids = np.array(sorted({self._ids[feature] for feature in found if feature in self._ids}), np.int32)
        values = self.idf[ids]
        return ids, np.asarray(values / max(float(np.linalg.norm(values)), 1e-6), np.float32)

    def log_probabilities(self, found: Sequence[str]) -> Floats:
        """Return the natural logarithm of each class's probability, (classes,)."""
        ids, values = self._row(found)
        scores = np.empty(self.bias.size, np.float32)
        _scores(self.weights, self.bias, ids, values, scores)
        scores -= scores.max()
        return np.asarray(scores - np.log(np.exp(scores).sum()), np.float32)

    def pulls(self, found: Sequence[str], cls: int) -> Floats:
        """Return what each feature adds to a class's score beyond what it adds to the classes' mean, (features,)."""
        ids = np.array([self._ids.get(feature, -1) for feature in found], np.int32)
        known = np.unique(ids[ids >= 0])
        if not known.size:
            return np.zeros(len(ids), np.float32)
        norm = max(float(np.linalg.norm(self.idf[known])), 1e-6)
        beyond = self.weights[ids, cls] - self.weights[ids].mean(axis=1)
        return np.asarray(np.where(ids < 0, 0.0, beyond * self.idf[ids] / norm), np.float32)
