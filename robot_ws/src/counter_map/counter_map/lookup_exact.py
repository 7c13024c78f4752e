"""Know the phrases of procedures word for word, so that one that was just taught answers before anything is fitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from counter_map.lookup_language import Language, Words, load_language
from counter_map.text import fold, normalise

if TYPE_CHECKING:
    from counter_map.patterns import Patterns


@lru_cache(maxsize=65536)
def phrase_key(text: str, language: str) -> Words:
    """Return what all ways to write one phrase share: its canonical words."""
    return tuple(load_language(language).canonical(normalise(text).split())[0])


class ExactPhrases:
    """Tell whose phrase a sentence is, word for word."""

    def __init__(
        self, procedures: Iterable[Any], languages: Mapping[str, Language], patterns: Mapping[str, Patterns]
    ) -> None:
        """Take the phrases of procedures; what two of them share belongs to neither."""
        self._languages, self._patterns = languages, patterns
        phrases: dict[tuple[str, Words], tuple[str, str]] = {}
        for procedure in procedures:
            for language, texts in (procedure.phrases or {}).items():
                for text in texts:
                    _claim(phrases, (language, phrase_key(text, language)), procedure.code, text)
        folded: dict[tuple[str, Words], tuple[str, str]] = {}
        for (language, words), (code, text) in phrases.items():
            _claim(folded, (language, tuple(map(fold, words))), code, text)
        self._marked, self._folded = _owned(phrases), _owned(folded)

    def said(self, words: Sequence[str], language: str, marked: bool) -> tuple[str, str] | None:
        """Return the code of the procedure and its phrase that a sentence is, courtesy round it or not.

        `marked`: the words were written with diacritics.
        """
        for code in dict.fromkeys((language, *self._languages)):
            known = self._languages.get(code)
            if known is None or (known.letters is not None and not known.writes(words)):
                continue
            canonical = tuple(known.canonical(list(words))[0])
            cores = self._patterns[code].cores(canonical, marked) if code == language else [canonical]
            found = next((owner for core in cores if (owner := self._find(core, code, marked)) is not None), None)
            if found is not None:
                return found
        return None

    def _find(self, words: Words, language: str, marked: bool) -> tuple[str, str] | None:
        if marked or (language, words) in self._marked:
            return self._marked.get((language, words))
        return self._folded.get((language, tuple(map(fold, words))))


def _claim(found: dict[tuple[str, Words], tuple[str, str]], key: tuple[str, Words], code: str, text: str) -> None:
    holder = found.setdefault(key, (code, text))
    if holder[0] != code:
        found[key] = ("", text)


def _owned(found: Mapping[tuple[str, Words], tuple[str, str]]) -> dict[tuple[str, Words], tuple[str, str]]:
    return {key: owner for key, owner in found.items() if owner[0] and key[1]}
