"""Mask identity and telephone numbers in whatever is logged, also those said in words."""

from __future__ import annotations

import logging
import re
import sys
import unicodedata
from functools import cache

from dialogue.languages import FOLDER, load_data
from guide_common.masking import MASK, spoken_numbers, written_numbers

DIGITS = 8
"""Least digits of a number that is masked: identity numbers have 9 or 12, telephones 8 to 11 and a country's code."""
WORDS = 7
"""Least digits of one said in words: the recogniser may have missed some."""


def masked(text: str) -> str:
    """Return a text with its long numbers replaced by `***`, written in digits or said in words of any language."""
    return _spoken().sub(_unless_written, _WRITTEN.sub(MASK, unicodedata.normalize("NFC", text)))


class MaskingFormatter(logging.Formatter):
    """Format log records, their errors included, with masked numbers."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return masked(super().format(record))


def log_masked(level: int = logging.WARNING) -> None:
    """Send the process's log to standard error, every line masked."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter("%(levelname)s:%(name)s:%(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _unless_written(number: re.Match[str]) -> str:
    return MASK if any(letter.isalpha() for letter in number[0]) else number[0]


@cache
def _spoken() -> re.Pattern[str]:
    words: set[str] = set()
    for path in FOLDER.glob("*/spelling.yaml"):
        data = load_data(path.parent.name, "spelling")
        words |= {*data["digits"], *data.get("in_numbers", [])}
    return spoken_numbers(words, WORDS)


_WRITTEN = written_numbers(DIGITS)
