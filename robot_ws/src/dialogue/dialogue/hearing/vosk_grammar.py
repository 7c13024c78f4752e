"""Phrases as a Vosk grammar: in words that the model knows, and what it hears back as they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

UNKNOWN = "[unk]"
"""The word by which a model that has it tells what is none of the phrases."""

NEAR = 50.0
"""Least likeness (0..100, by letters) of a phrase that may have been meant by what was heard."""
READINGS = 2
"""How many such phrases are given."""

Pieces = tuple[str, ...]


class Grammar:
    """Hold phrases in the words of a model; a word that it lacks is put together from the fewest that it has.

    Args:
        phrases: what may be said.
        knows: tells whether the model has a word.
    """

    def __init__(self, phrases: Iterable[str], knows: Callable[[str], bool]) -> None:
        self._knows = knows
        self._whole: dict[Pieces, str] = {}
        self.missing: set[str] = set()
        entries = {entry: _plain(phrase) for phrase in phrases if (entry := self._entry(phrase))}
        self.entries = [*entries, *([UNKNOWN] if entries and knows(UNKNOWN) else [])]
        self._phrases = {phrase: _letters(phrase) for phrase in entries.values()}
        self._longest = max(map(len, self._whole), default=0)

    def as_written(self, text: str) -> str:
        """Return what was heard with the pieces of words put together again."""
        heard, out, at = text.split(), [], 0
        while at < len(heard):
            for length in range(min(self._longest, len(heard) - at), 0, -1):
                word = self._whole.get(tuple(heard[at : at + length]))
                if word:
                    out.append(word)
                    at += length
                    break
            else:
                out.append(heard[at])
                at += 1
        return " ".join(out)

    def nearest(self, text: str) -> tuple[str, ...]:
        """Return the phrases that are most like what was heard (as written), best first; not that text itself."""
        from rapidfuzz import fuzz, process

        if not text:
            return ()
        found = process.extract(_letters(text), self._phrases, scorer=fuzz.ratio, score_cutoff=NEAR, limit=READINGS + 1)
        return tuple(phrase for _, _, phrase in found if phrase != text)[:READINGS]

    def _entry(self, phrase: str) -> str:
        """Return a phrase in the model's words; empty where one of its words cannot be put together."""
        pieces: list[str] = []
        for word in _plain(phrase).split():
            parts = (word,) if self._knows(word) else self._split(word)
            if not parts:
                self.missing.add(word)
                return ""
            if len(parts) > 1:
                self._whole[parts] = word
            pieces += parts
        return " ".join(pieces)

    def _split(self, word: str) -> Pieces:
        """Return the fewest known words that make up a word, none where there are none."""
        best: list[Pieces | None] = [(), *[None] * len(word)]
        for end in range(1, len(word) + 1):
            for begin in range(end):
                before, piece = best[begin], word[begin:end]
                if before is None or not self._knows(piece):
                    continue
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = (*before, piece)
        return best[-1] or ()


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def _letters(text: str) -> str:
    """Return a text without spaces, syllables and accented letters taken apart."""
    return unicodedata.normalize("NFD", text.replace(" ", ""))
