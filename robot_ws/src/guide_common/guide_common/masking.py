"""Find numbers that tell who somebody is, written in digits or said in words of any language."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"


def written_numbers(least: int, between: str = r"\s.\-") -> re.Pattern[str]:
    """Match numbers of at least so many digits, with `between` (of a character class) allowed between them."""
    return re.compile(rf"(?<!\w)\+?(?:\(?\d\)?[{between}]?){{{least - 1},}}\d(?!\w)")


def spoken_numbers(words: Iterable[str], least: int) -> re.Pattern[str]:
    """Match at least so many digits said in `words`, or written one by one among them."""
    every = {*words, *map(str, range(10))}
    either = "|".join(sorted(map(re.escape, every), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:(?:{either})[\s,.\-]*){{{least - 1},}}(?:{either})(?!\w)", re.IGNORECASE)
