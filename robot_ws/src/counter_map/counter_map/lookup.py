"""Understand a visitor's sentence: a facility, a command, small talk, or which procedure they came for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from counter_map.calibration import Calibration, load_calibration
from counter_map.lookup_index import Floats, Index, Weights
from counter_map.lookup_language import Language, Words, languages, load_language
from counter_map.lookup_names import name_parts
from counter_map.lookup_synonyms import Slot, Synonyms
from counter_map.patterns import Found, Patterns
from counter_map.text import fold, has_diacritics, normalise

MAX_QUESTION_WORDS = 60
CANDIDATES = 3


@dataclass(frozen=True)
class Match:
    """Hold one candidate: what it is, how likely (calibrated, 0..1), and the words that decided."""

    code: str
    name: str
    probability: float
    evidence: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    matched: str = ""


@dataclass(frozen=True)
class Answer:
    """Hold what to do with a sentence.

    `decision`: answer | confirm | clarify | facility | command | chitchat | reject. `label` names the facility,
    command, counter (`counter:Q27`), zone or department; empty for procedures.
    """

    decision: str
    label: str = ""
    candidates: tuple[Match, ...] = field(default=())


class Lookup:
    """Find what visitors ask for among the procedures and places of one site."""

    def __init__(self, procedures: Iterable[Any], places: Any = (), names_only: bool = False,
                 weights: Weights | None = None, calibration: Calibration | None = None) -> None:
        self.procedures = list(procedures.values() if isinstance(procedures, Mapping) else procedures)
        self.places = list(places.values() if isinstance(places, Mapping) else places)
        self.names_only = names_only
        self._calibration = calibration or load_calibration()
        self._weights = weights or Weights()
        self._languages = {code: load_language(code) for code in languages()}
        self._patterns: dict[str, Patterns] = {}
        self._synonyms = {code: Synonyms(language.synonyms) for code, language in self._languages.items()}
        self._index = self._build_index()

    # ---- building

    def _build_index(self) -> Index:
        strings: list[Words] = []
        owners: list[int] = []
        names: list[bool] = []
        self._texts: list[str] = []
        for owner, procedure in enumerate(self.procedures):
            for text, code, is_name in self._texts_of(procedure):
                for words in self._forms(text, code):
                    strings.append(words)
                    owners.append(owner)
                    names.append(is_name)
                    self._texts.append(text)
        fillers = frozenset(word for language in self._languages.values() for word in language.fillers)
        extra = [self._field_words(procedure) for procedure in self.procedures]
        return Index(strings, owners, names, extra, fillers, self._weights)

    def _texts_of(self, procedure: Any) -> Iterable[tuple[str, str, bool]]:
        for code, name in procedure.names.items():
            if name:
                for part in name_parts(name):
                    yield part, code, True
        if not self.names_only:
            for code, phrases in (procedure.phrases or {}).items():
                for phrase in phrases:
                    yield phrase, code, False

    def _forms(self, text: str, code: str) -> list[Words]:
        """Give the text's words, and again with every colloquial word put officially."""
        language = self._languages.get(code) or Language(code)
        words = [word for word in language.canonical(normalise(text).split())[0]]
        if code == "en":
            words = [_stem(word) for word in words if word not in language.fillers]
        if not words:
            return []
        forms = [tuple(words)]
        official: list[str] = []
        changed = False
        for slot in self._slots(tuple(words), code, True, heard=False):
            official += slot.meanings[0] if slot.meanings else slot.words
            changed = changed or bool(slot.meanings)
        return [*forms, tuple(official)] if changed else forms

    def _field_words(self, procedure: Any) -> frozenset[str]:
        language = self._languages.get("vi") or Language("vi")
        text = f"{procedure.field or ''} {procedure.department or ''}"
        return frozenset(language.canonical(normalise(text).split())[0])

    def _patterns_of(self, code: str) -> Patterns:
        if code not in self._patterns:
            zones = {str(getattr(place, "zone", "") or "") for place in self.places} - {""}
            departments = {p.department for p in self.procedures if p.department}
            self._patterns[code] = Patterns(self._languages[code], zones, departments if len(departments) < 60 else ())
        return self._patterns[code]

    # ---- asking

    def find(self, text: str, language: str = "vi", names_only: bool = False) -> Answer:
        """Decide what a sentence asks for; anything that cannot be understood is a `reject`, never an error."""
        words = normalise(text).split()[:MAX_QUESTION_WORDS]
        if not words:
            return Answer("reject")
        code = _base(language)
        marked = has_diacritics(" ".join(words))
        for tried in dict.fromkeys((code, "vi", "en")):
            if tried in self._languages:
                found = self._pattern(words, tried, marked or tried == "en")
                if found is not None:
                    return self._answer_pattern(found)
        return self._rank(words, code, marked, names_only or self.names_only)

    def _pattern(self, words: list[str], code: str, marked: bool) -> Found | None:
        return self._patterns_of(code).find(self._languages[code].canonical(words)[0], marked)

    def _answer_pattern(self, found: Found) -> Answer:
        kind = found.label.split(":", 1)[0]
        evidence = (" ".join(found.words),)
        if kind == "counter":
            return self._answer_counter(found, evidence)
        if kind in ("zone", "department"):
            return Answer("facility", found.label, self._places_of(kind, found, evidence))
        if kind == "reject":
            return Answer("reject", found.label.split(":", 1)[1])
        if kind == "facility":
            wanted = found.label.split(":", 1)[1]
            return Answer("facility", found.label, tuple(
                Match(place.id, _name(place), found.likeness, evidence, (place.id,))
                for place in self.places if place.kind == wanted)[:CANDIDATES])
        decision = "chitchat" if kind == "chitchat" else "command"
        return Answer(decision, found.label)

    def _answer_counter(self, found: Found, evidence: tuple[str, ...]) -> Answer:
        for place in self.places:
            if place.kind == "counter" and str(place.number or place.id).lstrip("Qq0") == found.value:
                match = Match(place.id, _name(place), found.likeness, evidence, (place.id,))
                return Answer("facility", f"counter:{place.id}", (match,))
        return Answer("reject", "counter:unknown")

    def _places_of(self, kind: str, found: Found, evidence: tuple[str, ...]) -> tuple[Match, ...]:
        chosen = [p for p in self.places if p.kind == "counter" and getattr(p, kind, None) == found.value]
        return tuple(Match(p.id, _name(p), found.likeness, evidence, (p.id,)) for p in chosen[:CANDIDATES])

    def _rank(self, words: list[str], code: str, marked: bool, names_only: bool) -> Answer:
        if not self.procedures:
            return Answer("reject")
        language = self._languages.get(code) or Language(code)
        canonical, origin = language.canonical(words)
        if code == "en":
            canonical = [_stem(word) for word in canonical]
        slots = self._slots(tuple(canonical), code, marked)
        scores, coverage = self._index.score(slots, marked, names_only)
        best, strings = self._index.best_procedures(scores, coverage)
        top = np.argsort(-best, kind="stable")[: self._calibration.considered]
        probabilities = self._calibration.probabilities(best[top], _features(best, top, strings, coverage, slots))
        matches = tuple(
            self._match(int(at), float(p), int(strings[at]), words, canonical, origin, marked)
            for at, p in zip(top[:CANDIDATES], probabilities[:CANDIDATES], strict=True) if strings[at] >= 0 and best[at] > 0
        )
        return Answer(self._calibration.decide(probabilities), "", matches)

    def _match(self, owner: int, probability: float, string: int, words: list[str], canonical: list[str],
               origin: list[int], marked: bool) -> Match:
        procedure = self.procedures[owner]
        places = sorted({origin[i] for i in self._index.deciding(canonical, string, marked)
                         if self._index.word_weight(canonical[i], marked) > 0.8})
        name = procedure.names.get("vi") or next(iter(procedure.names.values()), procedure.code)
        return Match(procedure.code, name, round(probability, 4), _runs(words, places) or (" ".join(words),),
                     tuple(procedure.counters or ()), self._texts[string])

    def _slots(self, words: Words, code: str, marked: bool, heard: bool = True) -> list[Slot]:
        known = self._synonyms.get(code)
        return [Slot((word,)) for word in words] if known is None else known.slots(words, marked, heard)


def _features(best: Floats, top: Any, strings: Any, coverage: Floats, slots: list[Slot]) -> dict[str, float]:
    first = float(best[top[0]]) if len(top) else 0.0
    string = int(strings[top[0]]) if len(top) else -1
    return {"score": first, "coverage": float(coverage[string]) if string >= 0 else 0.0, "words": float(len(slots))}


def _runs(words: list[str], places: list[int]) -> tuple[str, ...]:
    """Join neighbouring words into the phrases as they were said."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return tuple(" ".join(words[i] for i in run) for run in runs)


def _name(place: Any) -> str:
    names = getattr(place, "names", None) or {}
    return str(names.get("vi") or next(iter(names.values()), place.id))


def _base(language: str) -> str:
    return (language or "vi").split("-")[0].split("_")[0].lower()


def _stem(word: str) -> str:
    """Take off a plural or -ing ending of an English word."""
    for ending, least in (("ing", 6), ("ies", 5), ("es", 6), ("s", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
