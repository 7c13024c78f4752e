"""Turn whatever was typed or recognised into clean, comparable words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MAX_RAW_CHARS = 8000
MAX_CHARS = 600
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
_NO_WORD = re.compile(r"[^\w]+|_+")
_LETTERS_APART = re.compile("(?<![^ ][\u2e80-\ud7af])(?<=[\u2e80-\ud7af]) (?=[\u2e80-\ud7af](?![^ ]))")
_TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"
_MARKS = re.compile("[\u0300-\u036f]")
_PLAIN_WORDS = re.compile(r"[a-z0-9 ]*\Z")


def normalise(text: str) -> str:
    """Give lower-case NFC words split by single spaces; at most `MAX_CHARS` characters; never raise.

    Signs and control characters become spaces, zero-width characters vanish. Doing it twice changes nothing.
    """
    clean = text[:MAX_RAW_CHARS]
    for _ in range(4):
        again = _once(clean)
        if again == clean:
            break
        clean = again
    return clean


def _once(text: str) -> str:
    if _PLAIN_WORDS.match(text):
        return _cut(" ".join(text.split()))
    visible = _INVISIBLE.sub("", text)
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).lower())
    return _cut(_NO_WORD.sub(" ", _MARKS.sub("", composed)).strip())


def _cut(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    return text[:MAX_CHARS].rsplit(" ", 1)[0].strip()


def join_words(parts: Iterable[str]) -> str:
    """Write words one after another, with no space between two letters of a script that has none."""
    return _LETTERS_APART.sub("", " ".join(parts))


def words(text: str) -> list[str]:
    """Split normalised text into words."""
    return normalise(text).split()


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Take off every diacritic and turn đ into d ("Đất ở" → "dat o" after `normalise`)."""
    if text.isascii():
        return text
    plain = _MARKS.sub("", unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D")))
    return unicodedata.normalize("NFC", plain)


@lru_cache(maxsize=65536)
def split_tone(word: str) -> tuple[str, int]:
    """Part a syllable from its tone: the rest in NFC, and 0 (level) or 1–5 (huyền, sắc, ngã, hỏi, nặng)."""
    tone = 0
    rest = []
    for char in unicodedata.normalize("NFD", word):
        place = _TONE_MARKS.find(char)
        if place >= 0:
            tone = place + 1
        else:
            rest.append(char)
    return unicodedata.normalize("NFC", "".join(rest)), tone


def has_diacritics(text: str) -> bool:
    """Tell whether the writer used Vietnamese letters at all (đ or any mark)."""
    return fold(text) != text
