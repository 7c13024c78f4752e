"""Read numbers said in words: "hai mươi bảy", "twenty seven", "một trăm lẻ hai"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from counter_map.text import fold

_UNITS = {
    "vi": {"khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
           "muoi": 10},
    "en": {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
           "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
           "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19},
}  # fmt: skip
_EN_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
            "ninety": 90}  # fmt: skip
_LATE_UNITS = {"mot": 1, "lam": 5, "nham": 5, "tu": 4, "bay": 7, "bảy": 7, "nam": 5, "rui": 0}
_TWENTY = ("hăm", "hâm")
_NOT = "khong"
"""Said for "no" far more often than for nought; a number never begins with it."""
_ZERO_LINKS = frozenset(("le", "linh"))


def read_number(words: list[str], start: int, language: str) -> tuple[int, int] | None:
    """Read the longest number that begins at `start`; (value, words used), or None where there is none."""
    word = words[start]
    if word.isascii() and word.isdigit():
        return (int(word), 1) if len(word) <= 6 else None
    return _english(words, start) if language == "en" else _vietnamese(words, start)


def _vietnamese(words: list[str], start: int) -> tuple[int, int] | None:
    folded = [fold(word) for word in words[start : start + 6]]
    units = _UNITS["vi"]
    if words[start] in _TWENTY and len(folded) > 1 and 0 < _LATE_UNITS.get(folded[1], units.get(folded[1], 10)) < 10:
        return _after_ten(folded, 20, 1)
    if folded[0] not in units or folded[0] == _NOT:
        return None
    value, used = units[folded[0]], 1
    if used < len(folded) and folded[used] == "tram":
        value, used = value * 100, used + 1
        if used < len(folded) and folded[used] in _ZERO_LINKS:
            used += 1
        if used < len(folded) and folded[used] in units:
            tail = _vietnamese(words, start + used)
            if tail is not None and tail[0] < 100:
                return value + tail[0], used + tail[1]
        return value, used
    if value == 10:
        return _after_ten(folded, 10, used)
    if used < len(folded) and folded[used] in ("muoi", "chuc"):
        return _after_ten(folded, value * 10, used + 1)
    if used < len(folded) and folded[used] in units and value < 10 and units[folded[used]] < 10 and value > 0:
        return value * 10 + units[folded[used]], used + 1  # "hai bảy", as people shorten it
    return value, used


def _after_ten(folded: list[str], value: int, used: int) -> tuple[int, int]:
    if used < len(folded):
        unit = _LATE_UNITS.get(folded[used], _UNITS["vi"].get(folded[used], 10))
        if 0 < unit < 10:
            return value + unit, used + 1
    return value, used


def _english(words: list[str], start: int) -> tuple[int, int] | None:
    word = words[start]
    if word in _EN_TENS:
        unit = _UNITS["en"].get(words[start + 1], 0) if start + 1 < len(words) else 0
        return (_EN_TENS[word] + unit, 2) if 0 < unit < 10 else (_EN_TENS[word], 1)
    if word in _UNITS["en"]:
        return _UNITS["en"][word], 1
    return None


def digits_for_words(words: list[str], language: str) -> list[str]:
    """Write every number of a sentence in digits and leave the other words as they are."""
    out, at = [], 0
    while at < len(words):
        number = read_number(words, at, language)
        out.append(words[at] if number is None else str(number[0]))
        at += 1 if number is None else number[1]
    return out


def digits_for_letters(
    letters: Sequence[str], places: Sequence[int], values: Mapping[str, int], ends: Collection[str]
) -> tuple[list[str], list[int]]:
    """Write numbers in digits that are said in letters of their own ("이 십 칠 번", "二 十 七 号"); also their places.

    `values` of 10 and more multiply what stands before them. A number is one only before one of `ends`, such as "번":
    its letters mean other things elsewhere.
    """
    out: list[str] = []
    kept: list[int] = []
    at = 0
    while at < len(letters):
        end = at
        while end < len(letters) and letters[end] in values:
            end += 1
        if at < end < len(letters) and letters[end] in ends:
            out.append(str(_value([values[letter] for letter in letters[at:end]])))
            kept.append(places[at])
            at = end
            continue
        out += letters[at : max(end, at + 1)]
        kept += places[at : max(end, at + 1)]
        at = max(end, at + 1)
    return out, kept


def _value(parts: Iterable[int]) -> int:
    total = digits = 0
    for part in parts:
        if part >= 10:
            total, digits = total + max(digits, 1) * part, 0
        else:
            digits = digits * 10 + part
    return total + digits
