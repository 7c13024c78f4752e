"""The robot's sentences: variants by key and language, from `lang/<code>/phrases.yaml`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from dialogue.errors import LanguageError
from dialogue.languages import load_data


class Phrasebook:
    """Fill in phrases; the variants of a key take turns, so that the robot does not sound like a tape."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.variants = _flatten(load_data(language, "phrases"))
        self._used: Counter[str] = Counter()

    def __contains__(self, key: str) -> bool:
        return key in self.variants

    def render(self, key: str, values: Mapping[str, str] | None = None) -> str:
        """Return the next variant of a phrase with its values; raise LanguageError when key or value is unknown."""
        if key not in self.variants:
            raise LanguageError(f"lang/{self.language}/phrases.yaml: no phrase '{key}'; add it")
        variants = self.variants[key]
        text = variants[self._used[key] % len(variants)]
        self._used[key] += 1
        try:
            return _capitals(" ".join(text.format_map(dict(values or {})).split()))
        except KeyError as missing:
            raise LanguageError(f"lang/{self.language}/phrases.yaml: '{key}' asks for {missing}, not given") from None


def _capitals(text: str) -> str:
    """Begin each sentence with a capital, whatever value stands there."""
    return re.sub(r"(?:^|(?<=[.?!] ))\w", lambda letter: letter[0].upper(), text)


def placeholders(text: str) -> frozenset[str]:
    """Return the names in braces of a phrase."""
    return frozenset(re.findall(r"{(\w+)}", text))


def _flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, tuple[str, ...]]:
    flat: dict[str, tuple[str, ...]] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{key}.")
        else:
            flat[key] = tuple(value) if isinstance(value, list) else (str(value),)
    return flat
