"""Add a phrase to a procedure in the store, or take one away."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from counter_map.errors import ChangeRefused
from counter_map.lookup_exact import phrase_key
from counter_map.lookup_language import languages, load_language
from counter_map.store_schema import PLACES, PROCEDURES
from counter_map.text import normalise

MAX_CHARACTERS, MAX_WORDS = 160, 24
NEAREST = 3


def add_phrase(connection: Connection, site: str, code: str, phrase: str, language: str) -> None:
    """Add a phrase, unless the procedure has it already.

    Raises:
        ChangeRefused: it is no phrase, another procedure has it, or it already means something else.
    """
    tidy = check_phrase(phrase, language)
    key = phrase_key(tidy, language)
    row = _procedure(connection, site, code)
    own = row["phrases"].get(language, [])
    if any(phrase_key(text, language) == key for text in own):
        return
    _refuse_if_taken(_rows(connection, site), code, tidy, language)
    _refuse_if_understood(connection, site, tidy, language)
    _put(connection, site, code, row["phrases"] | {language: [*own, tidy]})


def remove_phrase(connection: Connection, site: str, code: str, phrase: str, language: str) -> None:
    """Take a phrase away; raise ChangeRefused when the procedure does not have it."""
    row = _procedure(connection, site, code)
    key = phrase_key(phrase, language)
    own = row["phrases"].get(language, [])
    left = [text for text in own if phrase_key(text, language) != key]
    if len(left) == len(own):
        near = get_close_matches(normalise(phrase), own, NEAREST, 0.4)
        hint = "; it has " + ", ".join(f"“{text}”" for text in near) if near else ""
        raise ChangeRefused(
            f"“{_short(phrase)}” is no phrase of {code} in {language}{hint}; guide procedure show {code} lists them"
        )
    phrases = {**row["phrases"], language: left}
    _put(connection, site, code, {code: texts for code, texts in phrases.items() if texts})


def check_phrase(phrase: str, language: str) -> str:
    """Return a phrase with its spaces and signs tidied; raise ChangeRefused when it is none."""
    if language not in languages():
        raise ChangeRefused(f"there is no language {language}; use one of {', '.join(languages())}")
    tidy = " ".join("".join(c if c.isprintable() else " " for c in phrase[: 4 * MAX_CHARACTERS]).split())
    if not any(char.isalpha() for char in normalise(tidy)):
        raise ChangeRefused("the phrase holds no word; put what visitors say in quotes")
    words = len(normalise(tidy).split())
    if len(tidy) > MAX_CHARACTERS or words > MAX_WORDS:
        limit = f"at most {MAX_WORDS} words and {MAX_CHARACTERS} letters"
        raise ChangeRefused(f"the phrase “{_short(tidy)}” is too long; teach what visitors say in {limit}")
    if ";" in tidy:
        raise ChangeRefused(
            f"the phrase “{_short(tidy)}” holds a semicolon, which parts phrases; teach them one by one"
        )
    return tidy


def _refuse_if_taken(rows: Iterable[RowMapping], code: str, phrase: str, language: str) -> None:
    key = phrase_key(phrase, language)
    for row in rows:
        texts = [*row["phrases"].get(language, []), row["names"].get(language, "")]
        if row["code"] != code and any(text and phrase_key(text, language) == key for text in texts):
            name = _short(next(iter(row["names"].values()), ""))
            raise ChangeRefused(
                f"“{phrase}” is already a phrase of {row['code']} ({name}); take it away there first: "
                f'guide procedure forget {row["code"]} "{phrase}"'
            )


def _refuse_if_understood(connection: Connection, site: str, phrase: str, language: str) -> None:
    """Refuse what the sentence templates take first, such as commands: it would never reach the procedure."""
    from counter_map.patterns import Patterns  # numba behind it is slow to import, and most changes need none
    from counter_map.placeholders import Placeholders

    place, procedure = PLACES.c, PROCEDURES.c
    zones = connection.scalars(select(place.zone).where(place.site == site).distinct())
    departments = connection.scalars(select(procedure.department).where(procedure.site == site).distinct())
    placeholders = Placeholders(language, filter(None, zones), filter(None, departments))
    words = phrase_key(phrase, language)
    found = Patterns(load_language(language), placeholders).find(list(words), True)
    if found is not None:
        raise ChangeRefused(f"“{phrase}” is understood as {found.label}, which comes first; add what the visitor wants")


def _rows(connection: Connection, site: str) -> list[RowMapping]:
    columns = (PROCEDURES.c.code, PROCEDURES.c.names, PROCEDURES.c.phrases)
    return list(connection.execute(select(*columns).where(PROCEDURES.c.site == site)).mappings())


def _procedure(connection: Connection, site: str, code: str) -> RowMapping:
    where = (PROCEDURES.c.site == site) & (PROCEDURES.c.code == code)
    row = connection.execute(select(PROCEDURES.c.phrases).where(where)).mappings().first()
    if row is None:
        raise ChangeRefused(f"there is no procedure {code}; guide ask finds codes by words")
    return row


def _put(connection: Connection, site: str, code: str, phrases: dict[str, Any]) -> None:
    where = (PROCEDURES.c.site == site) & (PROCEDURES.c.code == code)
    connection.execute(update(PROCEDURES).where(where).values(phrases=phrases))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
