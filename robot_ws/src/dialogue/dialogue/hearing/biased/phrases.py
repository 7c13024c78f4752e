"""Where the phrases that a recogniser expects come from, and the ways people ask around them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random

import yaml

from dialogue.errors import BackendError
from dialogue.hearing.biased.phrase_model import PhraseModel, learn

LANGUAGE = Path(__file__).parents[2] / "lang/vi"
PHRASE_COLUMNS = ("name_vi", "colloquial_vi")
WAYS = 2
"""How many times a phrase is put between a beginning and an end, besides standing alone."""
_NO_WORD = re.compile(r"[^\w]+|_+")
_PART = re.compile(r"[;\n]+")


def learn_phrases(phrases: Iterable[str]) -> PhraseModel:
    """Learn a phrase model from a site's phrases, alone and in usual questions, and from small talk with the robot."""
    return learn(sentences(phrases))


def sentences(phrases: Iterable[str]) -> Iterator[list[str]]:
    """Give the words of each phrase, alone and `WAYS` times as part of a question (always the same ones)."""
    courtesies = _courtesies()
    random = Random(1)
    for phrase in phrases:
        words = words_of(phrase)
        if words:
            yield words
            for _ in range(WAYS):
                yield [*random.choice(courtesies["leads"]).split(), *words, *random.choice(courtesies["tails"]).split()]
    for sentence in courtesies["sentences"]:
        yield from [words_of(sentence)] * (WAYS + 1)


def read_phrases(path: str | Path) -> list[str]:
    """Read phrases from a text file, one a line, or from a site's procedures.csv (or the folder that holds it).

    Raises BackendError when the file is missing, is not UTF-8 or holds no phrase.
    """
    path = Path(path)
    path = path / "procedures.csv" if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BackendError(f"{path}: the recogniser's phrases cannot be read ({error})") from None
    lines = list(_cells(text)) if path.suffix == ".csv" else text.splitlines()
    phrases = [part.strip() for line in lines for part in _PART.split(line) if part.strip()]
    if not phrases:
        raise BackendError(f"{path}: no phrases in it; give a text file with one a line or a site's procedures.csv")
    return phrases


def _cells(text: str) -> Iterator[str]:
    for row in csv.DictReader(text.splitlines()):
        yield from (row.get(column) or "" for column in PHRASE_COLUMNS)


def words_of(text: str) -> list[str]:
    """Give a text's lower-case words without signs."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFC", text).lower()).split()


@cache
def _courtesies() -> dict[str, list[str]]:
    data = yaml.safe_load((LANGUAGE / "courtesies.yaml").read_text(encoding="utf-8"))
    answers = yaml.safe_load((LANGUAGE / "answers.yaml").read_text(encoding="utf-8"))
    for ending in ("unfinished", "finished"):
        answers.pop(ending, None)
    groups = [group for group in answers.values() if isinstance(group, list)]
    groups += [group for choices in answers.values() if isinstance(choices, dict) for group in choices.values()]
    data["sentences"] += [text for group in groups for text in group]
    return {part: [str(text or "") for text in data[part]] for part in ("leads", "tails", "sentences")}
