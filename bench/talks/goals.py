"""What a visitor came for, how they ask for it, and by what they know that the robot means it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml

from bench.understanding.score import UNAMBIGUOUS, read_sentences
from counter_map.lookup import Lookup
from counter_map.model import Place, Procedure, Site
from counter_map.text import fold
from counter_map.text_phonetics import SyllableTable
from dialogue.conversation.telling import place_name, short_name

DATA = Path(__file__).parent / "data"
SENTENCES = Path(__file__).parents[1] / "understanding/sentences.csv"
ALIKE = 0.72
"""How alike a word must sound that a recogniser puts in place of another."""
ATTEMPTS = 3
COUNTER_WORD = {"vi": "quầy", "en": "counter"}


@cache
def sayings(language: str) -> dict[str, Any]:
    """Return what visitors say in a language."""
    data: dict[str, Any] = yaml.safe_load((DATA / f"{language}.yaml").read_text(encoding="utf-8"))
    return data


@cache
def unseen_sentences(language: str) -> dict[str, list[str]]:
    """Return, by procedure, sentences of the evaluation that mean it alone: none of them is indexed."""
    found: dict[str, list[str]] = {}
    for each in read_sentences(SENTENCES):
        if each.language == language and each.kind in UNAMBIGUOUS and len(each.expected) == 1:
            found.setdefault(next(iter(each.expected)), []).append(each.text)
    return found


@dataclass(frozen=True)
class Goal:
    """Hold one thing wanted.

    Attributes:
        sentences: how it is asked for, the next one when the robot has not understood.
        name: what the robot calls it, in small letters.
        touch: its label on the screen.
        places: where it is; the robot leads to one of these, or to the lift where they are on another floor.
        numbers: the counters of which one must be told, empty for what is no counter.
        floor: of those places.
    """

    sentences: tuple[str, ...]
    name: str
    touch: str
    places: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    floor: str = "1"
    code: str = ""

    def means(self, lines: tuple[str, ...]) -> bool:
        """Tell whether the robot speaks of this."""
        return any(self.name in line.lower() for line in lines)

    def told(self, lines: tuple[str, ...], language: str) -> bool:
        """Tell whether the robot has told what there is to know: the counter's number, or that it is meant."""
        text = " ".join(lines).lower()
        word = COUNTER_WORD[language]
        right = not self.numbers or any(re.search(rf"\b{word} {n}\b", text) for n in self.numbers)
        if self.touch == "facility:ticket":  # every procedure's last line names the ticket machine
            return any(self.name in line.lower() and "quầy" not in line and "counter" not in line for line in lines)
        return right and (self.name in text or not self.name)


class Wishes:
    """Draw goals from a site."""

    def __init__(self, site: Site, lookup: Lookup, rng: Random, language: str = "vi", noise: float = 0.02) -> None:
        self.site, self._lookup, self.rng, self.language, self.noise = site, lookup, rng, language, noise
        self.manner, self.clips = "procedure", False
        """In which sentences procedures are named, and whether a word of them is left out."""

    def say(self, kind: str, **values: str) -> str:
        """Return one of the sentences of a kind."""
        return str(self.rng.choice(sayings(self.language)[kind])).format(**values)

    def procedure(self, floor: str = "", elsewhere: bool = False) -> Goal:
        """Draw a procedure that has phrases in the language, of a floor where one is named."""
        fit = [p for p in self.site.procedures.values() if self._fits(p, floor, elsewhere)]
        return self.of_procedure(self.rng.choice(fit))

    def _worded(self, phrase: str) -> str:
        """Return a phrase, without one of its words where the visitor clips them."""
        words = phrase.split()
        if self.clips and len(words) > 3:
            del words[self.rng.randrange(len(words))]
        return " ".join(words)

    def _fits(self, procedure: Procedure, floor: str, elsewhere: bool) -> bool:
        counters = [self.site.places[counter] for counter in procedure.counters]
        floors = {counter.floor for counter in counters if counter.open or counter.redirect_to}
        right_status = (procedure.status == "elsewhere") == elsewhere
        named = bool(procedure.phrases.get(self.language)) and self.language in procedure.names
        return bool(right_status and named and floors and (floor in floors or not floor))

    def of_procedure(self, procedure: Procedure) -> Goal:
        """Return the wish for a procedure: a sentence that nobody indexed or one of its phrases, another, its name."""
        phrases = list(procedure.phrases[self.language])
        chosen = self.rng.sample(phrases, min(2, len(phrases)))
        name = short_name(procedure.name(self.language))
        said = [self.heard(self.say(self.manner, x=self._worded(phrase))) for phrase in [*chosen, name]]
        unseen = (
            [] if self.clips or self.manner != "procedure" else unseen_sentences(self.language).get(procedure.code, [])
        )
        if unseen:
            said[0] = self.heard(self.rng.choice(unseen))
        counters = [self.site.places[counter] for counter in procedure.counters]
        return Goal(
            tuple(said),
            name.lower(),
            f"procedure:{procedure.code}",
            frozenset(self._with_stand_ins(counters)),
            tuple(self.site.places[c].number for c in self._with_stand_ins(counters)),
            counters[0].floor if len({c.floor for c in counters}) == 1 else "",
            procedure.code,
        )

    def _with_stand_ins(self, counters: list[Place]) -> list[str]:
        return [c.id for c in counters] + [c.redirect_to for c in counters if c.redirect_to]

    def facility(self, kind: str = "") -> Goal:
        """Draw a kind of place that every hall has."""
        known = sayings(self.language)["facilities"]
        kind = kind or self.rng.choice(sorted(known))
        sentences = tuple(self.heard(self.say("place", x=self.rng.choice(known[kind]))) for _ in range(ATTEMPTS))
        places = frozenset(place.id for place in self.site.places_of(kind))
        return Goal(sentences, place_name(kind, self.language).lower(), f"facility:{kind}", places)

    def counter(self, floor: str = "1", number: str = "") -> Goal:
        """Draw a counter that is asked for by its number."""
        fit = [p for p in self.site.places_of("counter", floor) if p.number == number or (not number and p.open)]
        place = self.rng.choice(fit)
        called = str(sayings(self.language)["counter"]).format(n=place.number)
        sentences = tuple(self.say("go_there", x=called) for _ in range(ATTEMPTS))
        ids = self._with_stand_ins([place])
        numbers = tuple(self.site.places[each].number for each in ids)
        return Goal(sentences, "", f"counter:{place.id}", frozenset(ids), numbers, floor)

    def department(self) -> Goal:
        """Draw a department that has an open counter on the robot's floor."""
        here = {p.department for p in self.site.places_of("counter", "1") if p.open and p.department.startswith("Sở")}
        name = self.rng.choice(sorted(here))
        places = [p for p in self.site.places_of("counter") if p.department == name]
        sentences = tuple(self.say("place", x=name) for _ in range(ATTEMPTS))
        numbers = tuple(p.number for p in places)
        return Goal(sentences, "", f"department:{name}", frozenset(p.id for p in places), numbers)

    def heard(self, sentence: str) -> str:
        """Return a sentence as a recogniser may give it: now and then a word that sounds like the one said."""
        if self.language != "vi" or self.noise <= 0.0:
            return sentence
        return " ".join(self._misheard(word) if self.rng.random() < self.noise else word for word in sentence.split())

    def _misheard(self, word: str) -> str:
        table, words = _table(tuple(self._lookup.vocabulary))
        alike = table.likenesses(word)
        near = [int(i) for i in np.flatnonzero((alike >= ALIKE) & (alike < 1.0))]
        return words[int(table.places[self.rng.choice(near)])] if near else word


def unmarked(sentence: str) -> str:
    """Return a sentence as it is typed by who leaves out the marks."""
    return fold(sentence)


@cache
def _table(vocabulary: tuple[str, ...]) -> tuple[SyllableTable, tuple[str, ...]]:
    return SyllableTable(list(vocabulary)), vocabulary
