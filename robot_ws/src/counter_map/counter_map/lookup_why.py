"""Say which words of a sentence decided.

With every answer come the words that agree, or that pull most in the learned model; where a person asks why
(`explain`), each word is left out in turn, and what then is missing is its weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from counter_map.calibration import LEAST
from counter_map.features import places
from counter_map.text import join_words, normalise

if TYPE_CHECKING:
    from counter_map.lookup import Answer, Lookup, Question

Weights = NDArray[np.float64]
LEAST_SHARE = 0.25
"""Weight that a word needs to be named, as a share of the heaviest word's."""
LEAST_AGAINST = 0.05
"""Score by which a word has to speak for the runner-up to be named."""
MOST_WORDS = 24
"""Words of a sentence that are weighed; of a longer one the first."""


@dataclass(frozen=True)
class Why:
    """Hold what decided on a sentence.

    `by`: phrase (said word for word), name or text (a procedure's words agree), template, intent (learned examples), or
    nothing. `text`: the phrase, name, template or label. `words`: what decided, heaviest first, each with its share.
    `runner_up`: code of the second procedure; `rather`, `against`: words that speak for the first, and for the second.
    """

    by: str
    text: str = ""
    words: tuple[tuple[str, float], ...] = ()
    runner_up: str = ""
    rather: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


def explain(lookup: Lookup, text: str, language: str = "vi", names_only: bool = False) -> Why:
    """Say why a sentence is answered as it is; takes as long as asking it once for each of its words.

    Of several readings of a sound, the first is explained.
    """
    words = normalise(text.strip().split("\n", 1)[0]).split()[:MOST_WORDS]
    if not words:
        return Why("nothing")
    code, words = lookup.in_language(words, language)
    words = words[:MOST_WORDS]
    marked = lookup.is_marked(words, code)
    found = lookup.template(words, code, marked)
    if found is not None:
        return Why("template", found.label, ((found.said, 1.0),))
    answer = lookup.find(" ".join(words), language, names_only)
    question = lookup.question(words, code, marked)
    if answer.label or answer.decision == "reject":
        intent = lookup.intent(question)
        return Why("intent", intent.label, _shares(words, _intent_weights(lookup, question, intent.label)))
    return _of_procedure(lookup, answer, question, names_only)


def _of_procedure(lookup: Lookup, answer: Answer, question: Question, names_only: bool) -> Why:
    """Weigh the words for the best procedure, and for it against the next."""
    codes = [each.code for each in lookup.procedures]
    first = answer.candidates[0]
    second = answer.candidates[1].code if len(answer.candidates) > 1 else ""
    owners = [codes.index(code) for code in (first.code, second) if code]

    def scores(words: list[str]) -> Weights:
        asked = lookup.question(words, question.language, question.marked)
        return np.asarray(lookup.rank(asked, names_only).scores[owners], np.float64)

    whole = scores(question.words)
    missing = np.stack([whole - each for each in _without_each(question.words, scores)])
    ahead = missing[:, 0] - missing[:, 1] if second else np.zeros(len(missing))
    return Why(
        "phrase" if lookup.is_phrase(question) else "text",
        first.matched,
        _shares(question.words, missing[:, 0]),
        second,
        spoken(question.words, ahead),
        spoken(question.words, np.where(ahead < -LEAST_AGAINST, -ahead, 0.0)),
    )


def _without_each(words: Sequence[str], ask: Callable[[list[str]], Weights]) -> list[Weights]:
    return [ask([*words[:i], *words[i + 1 :]]) for i in range(len(words))]


def _intent_weights(lookup: Lookup, question: Question, label: str) -> Weights:
    """Say by how much the logarithm of an intent's probability falls without each of the first words."""
    words = question.words[:MOST_WORDS]

    def chance(kept: list[str]) -> Weights:
        return np.asarray(np.log(max(LEAST, lookup.intent_chance(kept, question.language, question.marked, label))))

    if len(words) == 1:
        return np.ones(1)
    return np.array([chance(words) - each for each in _without_each(words, chance)])


def word_weights(question: Question, pulls: NDArray[np.float32]) -> Weights:
    """Share what the features of a question's canonical words add among the words as said, (words,)."""
    weights = np.zeros(len(question.words))
    for at, pull in zip(places(len(question.origin), question.marked), pulls, strict=True):
        for place in at:
            weights[question.origin[place]] += float(pull) / len(at)
    return weights


def spoken(words: Sequence[str], weights: Weights) -> tuple[str, ...]:
    """Return the words that weigh most, neighbours joined as they were said."""
    return runs(words, _heavy(weights))


def _heavy(weights: Weights) -> list[int]:
    top = float(weights.max(initial=0.0))
    return [int(i) for i in np.flatnonzero(weights >= LEAST_SHARE * top)] if top > 1e-6 else []


def _shares(words: Sequence[str], weights: Weights) -> tuple[tuple[str, float], ...]:
    """Give the words that weigh most, heaviest first, with their share of all that speaks for it."""
    whole = float(np.maximum(weights, 0.0).sum())
    parts = [(join_words(words[i] for i in run), float(weights[run].sum()) / whole) for run in _runs(_heavy(weights))]
    return tuple(sorted(parts, key=lambda part: -part[1]))


def runs(words: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    """Join neighbouring words into the phrases as they were said."""
    return tuple(join_words(words[i] for i in run) for run in _runs(places))


def _runs(places: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for place in places:
        if found and found[-1][-1] == place - 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found
