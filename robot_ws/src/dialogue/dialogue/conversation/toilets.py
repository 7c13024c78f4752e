"""Which toilet a visitor needs: women's, men's, or the one a wheelchair gets into."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from dialogue.conversation.facts import PlaceFacts
from dialogue.languages import languages, load_data

KINDS = ("women", "men", "accessible")
"""In the order in which they are offered."""


def toilet_kind(text: str, language: str) -> str:
    """Return which of KINDS a sentence about toilets names, empty when none or two that differ."""
    said = f" {_plain(text)} "
    words = load_data(language, "answers")["toilets"]
    found = {kind for kind in KINDS if any(f" {_plain(str(each))} " in said for each in words[kind])}
    if "accessible" in found:
        return "accessible"
    return found.pop() if len(found) == 1 else ""


def kinds_of_toilets(places: Iterable[PlaceFacts]) -> tuple[PlaceFacts, ...]:
    """Return the first toilet of each kind, in the order of KINDS, told apart by its kind of place (`wc_women`).

    Which is which is read from the site's names of them, in any of the robot's languages.
    """
    first: dict[str, PlaceFacts] = {}
    for place in places:
        kind = next((k for k in (toilet_kind(place.name, language) for language in languages()) if k), "")
        if kind:
            first.setdefault(kind, replace(place, kind=f"wc_{kind}"))
    return tuple(first[kind] for kind in KINDS if kind in first)


def _plain(text: str) -> str:
    """Put single spaces between the words; marks are kept: without them other words look alike."""
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower()))
