"""Read short answers on the spot: yes, no, stop, the second one …, from `lang/<code>/answers.yaml`."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from dialogue.languages import load_data

DECLINE = "decline"
"""The label of a refusal with thanks: more than a no, the visitor is leaving."""

LONGEST = 8
"""Words; more is a request, not an answer."""

PRIORITY = ("stop", "cancel", "no", "back", "slower", "faster", "wait", "louder", "repeat", "yes", "go", "thanks")
"""Of several answers in one breath the first of these counts: 'yes, no, stop' is a stop."""

Phrases = dict[tuple[str, ...], str]


def read_answer(text: str, language: str) -> str:
    """Return the label of a short answer (one of PRIORITY, or DECLINE), empty when it is none or something longer."""
    words = _words(text)
    if not words or len(words) > LONGEST:
        return ""
    unmarked = [_fold(word) for word in words]
    for fold in (False, True):
        phrases, fillers = _answers(language, fold)
        found, unknown = _cover(unmarked if fold else words, phrases, fillers)
        # the recogniser may garble one word beside a clear one: "cơm cảm ơn" for "không cảm ơn"
        garbled = fold and unknown == 1 and len(words) <= 4 and "thanks" in found
        # without their marks other words look alike: "có chớ" is no "chờ"; only what has none is read so
        if found and ((unknown == 0 and (not fold or words == unmarked)) or garbled):
            return "" if _asks(words, phrases, fillers, language) else _decide(found)
    return ""


def read_choice(text: str, language: str, names: tuple[str, ...]) -> int:
    """Return which of the offered names is meant, from 1; 0 when none is clear."""
    from rapidfuzz.fuzz import token_set_ratio

    words = _words(text)
    ordinals = load_data(language, "answers")["choices"]
    for number, phrases in ordinals.items():
        if int(number) <= len(names) and any(tuple(_words(phrase)) == tuple(words) for phrase in phrases):
            return int(number)
    said = " ".join(_fold(word) for word in words)
    scores = [token_set_ratio(said, " ".join(_fold(word) for word in _words(name))) for name in names]
    best = max(scores, default=0.0)
    clear = best >= 80.0 and sorted(scores)[-2:][0] < best - 8.0 if len(scores) > 1 else best >= 80.0
    return scores.index(best) + 1 if clear and len(words) > 1 else 0


def _asks(words: list[str], phrases: Phrases, fillers: frozenset[str], language: str) -> bool:
    """Tell a question ("có phải không") from a polite answer ("dạ không")."""
    ends = load_data(language, "answers").get("question_ends") or []
    first = next((n for n, word in enumerate(words) if word not in fillers), len(words))
    core = words[first:]
    found = _cover(core, phrases, fillers)[0]
    return "yes" in found and "no" in found and core[-1] in ends and core[0] not in ends


def _decide(found: list[str]) -> str:
    if "thanks" in found and ("no" in found or "cancel" in found) and "yes" not in found:
        return DECLINE
    return next((label for label in PRIORITY if label in found), "")


def _cover(words: list[str], phrases: Phrases, fillers: frozenset[str]) -> tuple[list[str], int]:
    """Read words from left to right as phrases, longest first, and fillers; return labels and the count unread."""
    found: list[str] = []
    unknown = first = 0
    longest = max(map(len, phrases))
    while first < len(words):
        size = next((n for n in range(longest, 0, -1) if tuple(words[first : first + n]) in phrases), 0)
        if size:
            found.append(phrases[tuple(words[first : first + size])])
        elif words[first] not in fillers:
            unknown += 1
        first += max(size, 1)
    return found, unknown


@cache
def _answers(language: str, fold: bool) -> tuple[Phrases, frozenset[str]]:
    data = load_data(language, "answers")
    turn = _fold if fold else str
    phrases: Phrases = {}
    for label in reversed(PRIORITY):  # so that where folding makes two the same, the more urgent one counts
        for phrase in data[label]:
            phrases[tuple(turn(word) for word in _words(phrase))] = label
    return phrases, frozenset(turn(word) for word in data["fillers"])


def _words(text: str) -> list[str]:
    text = unicodedata.normalize("NFC", str(text)).lower()
    return re.findall(r"[^\W_]+", text)


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))
