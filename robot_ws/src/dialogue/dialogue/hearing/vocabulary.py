"""What visitors of a site may say in a language, for recognisers that are narrowed to it (grammar mode)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from dialogue.errors import LanguageError
from dialogue.languages import FOLDER, load_data

COMMON = ("requests", "answers")
"""Data files of a language whose phrases visitors say: what they come for, and short answers."""
IDLE = ("fillers", "question_ends", "joints", "joint_tails", "instead", "unfinished", "finished")
"""Answers' words that say nothing: in a grammar they would be heard in every noise."""
NAMES = ("name", "colloquial")
"""Columns of a site's procedures.csv, with the language behind."""


def site_vocabulary(site_dir: Path | str, language: str) -> tuple[str, ...]:
    """Return the phrases: the language's own, then the site's names of procedures and places in it.

    Raises LanguageError where there are none: the language has no data and the site no names in it.
    """
    code = language.split("-")[0]
    phrases = dict.fromkeys(phrase for phrase in (*_common(code), *_names(Path(site_dir), code)) if phrase.strip())
    if not phrases:
        raise LanguageError(f"{FOLDER / code}: no phrases to narrow '{language}' to; add requests.yaml or answers.yaml")
    return tuple(phrases)


def _common(code: str) -> Iterator[str]:
    for name in COMMON:
        if (FOLDER / code / f"{name}.yaml").is_file():
            for label, said in load_data(code, name).items():
                if label not in IDLE:
                    yield from _said(said)


def _said(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, list | dict):
        for each in said.values() if isinstance(said, dict) else said:
            yield from _said(each)


def _names(site: Path, code: str) -> Iterator[str]:
    procedures, places = site / "procedures.csv", site / "places.geojson"
    if procedures.is_file():
        with procedures.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column in NAMES:
                    yield from (row.get(f"{column}_{code}") or "").split(";")
    if places.is_file():
        for feature in json.loads(places.read_text(encoding="utf-8"))["features"]:
            name = feature["properties"].get("name")
            yield name.get(code, "") if isinstance(name, dict) else ""
