"""Take out of a question whatever may tell who asked it: numbers, plates, addresses of mail, names.

What introduces a name, and the words of numbers, stand in `lang/<code>/private.yaml`. In doubt more is taken out than
needed: the question is kept to teach from, not to be read again in full.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import yaml

from counter_map.lookup_language import LANG_FOLDER, Words, expand
from counter_map.text import fold, normalise
from guide_common.masking import MASK, spoken_numbers, written_numbers

MAX_RAW, MAX_KEPT = 2000, 120
"""Characters of a question that are looked at, and that are kept."""
DIGITS, WORDS = 5, 6
"""Least digits of a number that is taken out, written and said in words; counters and years have fewer."""
_MAIL = re.compile(r"\S+@\S+")
_PLATE = re.compile(r"(?<!\w)\d{2}[\s\-]?[A-Za-zĐđ]{1,2}\d?[\s.\-]*\d{3}[\s.]?\d{1,2}(?!\w)")
_NUMBER = written_numbers(DIGITS, r"\s.\-/,")
_WORD = re.compile(r"\w+")
_EDGE = ".,;:!?\"'()[]“”‘’…"
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class _Leads:
    """Hold what names come after: folded words with how many words of a name follow; surnames; unspaced scripts."""

    words: dict[Words, int]
    longest: int
    unspaced: tuple[str, ...]
    surnames: frozenset[str]


def masked(question: str) -> str:
    """Return a question in normalised words, at most MAX_KEPT characters, `***` in place of what was taken out."""
    text = unicodedata.normalize("NFC", question[:MAX_RAW])
    for pattern in (_MAIL, _PLATE, _NUMBER, _spoken()):
        text = pattern.sub(f" {MASK} ", text)
    text = _WORD.sub(_unless_code, text)
    parts = (normalise(part) for part in _without_names(text).split(MASK))
    kept = re.sub(r"\*\*\*(?: \*\*\*)+", MASK, f" {MASK} ".join(parts)).strip()
    return kept if len(kept) <= MAX_KEPT else kept[: MAX_KEPT + 1].rsplit(" ", 1)[0][:MAX_KEPT]


def _unless_code(word: re.Match[str]) -> str:
    """Take out a word with as many digits as a number has, such as that of a passport."""
    return MASK if sum(map(str.isdigit, word[0])) >= DIGITS else word[0]


def _without_names(text: str) -> str:
    words = text.split()
    folded = [fold(word.lower().strip(_EDGE)) for word in words]
    leads = _leads()
    out: list[str] = []
    at = 0
    while at < len(words):
        length, names = _lead(folded, at, leads)
        if length:
            out += [*words[at : at + length], MASK]
            at += length + max(names if _capitals(words, at + length) < 2 else 0, _capitals(words, at + length))
            continue
        joined = next((lead for lead in leads.unspaced if lead in words[at]), None)
        if joined is not None:
            out += [words[at].split(joined)[0] + joined, MASK]
            at += 2
            continue
        run = _capitals(words, at) if folded[at] in leads.surnames else 0
        out.append(MASK if run > 1 else words[at])
        at += max(run, 1)
    return " ".join(out)


def _lead(folded: list[str], at: int, leads: _Leads) -> tuple[int, int]:
    """Give how many words at `at` introduce a name (0: none) and how many of the name follow."""
    for length in range(leads.longest, 0, -1):
        names = leads.words.get(tuple(folded[at : at + length]))
        if names is not None:
            return length, names
    return 0, 0


def _capitals(words: list[str], at: int) -> int:
    """Count the words from `at` on that begin with a capital."""
    end = at
    while end < len(words) and words[end].strip(_EDGE)[:1].isupper():
        end += 1
    return end - at


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, object]]:
    found = sorted(LANG_FOLDER.glob("*/private.yaml"))
    return {path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in found}


@lru_cache(maxsize=1)
def _spoken() -> re.Pattern[str]:
    words = [str(word) for data in _data().values() for word in data["digits"]]  # type: ignore[attr-defined]
    return spoken_numbers({*words, *map(fold, words)}, WORDS)


@lru_cache(maxsize=1)
def _leads() -> _Leads:
    words: dict[Words, int] = {}
    unspaced: list[str] = []
    surnames: set[str] = set()
    for data in _data().values():
        surnames |= {fold(str(name).lower()) for name in data["surnames"]}  # type: ignore[attr-defined]
        for template in data["names"]:  # type: ignore[attr-defined]
            for sentence in expand(str(template)):
                if _UNSPACED.search(sentence[0]):
                    unspaced.append("".join(sentence))
                else:
                    words[tuple(map(fold, sentence))] = int(str(data["name_words"]))
    return _Leads(words, max(map(len, words)), tuple(unspaced), frozenset(surnames))
