"""Understand a visitor's sentence: a facility, a command, small talk, or which procedure they came for."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from counter_map.calibration import Calibration, Evidence, load_calibration
from counter_map.intents import Intent, Intents, load_intents
from counter_map.lookup_exact import ExactPhrases
from counter_map.lookup_heard import HeardRanker
from counter_map.lookup_index import Floats, Index, Weights
from counter_map.lookup_language import DEFAULT_LANGUAGE, Language, Words, language_of, languages, load_language
from counter_map.lookup_names import name_parts
from counter_map.lookup_sound import SoundIndex
from counter_map.lookup_synonyms import Slot, Synonyms
from counter_map.lookup_why import runs, spoken, word_weights
from counter_map.patterns import Found, Patterns
from counter_map.phrase_model import FLOOR, Example, PhraseModel, can_learn
from counter_map.placeholders import Placeholders
from counter_map.text import has_diacritics, normalise
from counter_map.text_confusions import load_confusions

MAX_QUESTION_WORDS = 60
HEARD_INTENT = 0.5
OTHER_READINGS = 2
WORTH = {"answer": 4, "command": 4, "facility": 4, "confirm": 3, "clarify": 2, "chitchat": 1}
CANDIDATES = 3
CONSIDERED = 12
LEAST_TELLING = 0.8
MAX_DEPARTMENTS = 60
WARMING = ("làm nóng máy hai mươi bảy", "lam nong may")
"""Asked once when a lookup is built, so that no visitor waits for what is loaded at first use."""
LEAST_INTENT = 0.35
"""Least share that the best other label has of all that is no procedure."""
LEARNED_WEIGHT = 0.08
"""Score for each natural logarithm of the learned probability."""
EXACT = 0.99
"""Least probability of a procedure one of whose phrases was said word for word."""
PURPOSE_FROM, PURPOSE_IMPORTANCE, COURTESY_IMPORTANCE = 2, 0.5, 0.1


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


@dataclass(frozen=True)
class Question:
    """Hold a sentence as said, in canonical words (`plain`; `canonical` without endings), and cut into slots."""

    language: str
    words: list[str]
    plain: list[str]
    canonical: list[str]
    origin: list[int]
    slots: list[Slot]
    marked: bool


@dataclass(frozen=True)
class Ranking:
    """Hold the best owners with their probabilities, and every owner's score and best string."""

    owners: list[int]
    probabilities: NDArray[np.float64]
    scores: Floats
    strings: NDArray[np.int32]
    evidence: Evidence


class Lookup:
    """Find what visitors ask for among the procedures and places of one site."""

    def __init__(
        self,
        procedures: Iterable[Any],
        places: Any = (),
        names_only: bool = False,
        weights: Weights | None = None,
        calibration: Calibration | None = None,
        intents: Intents | None = None,
    ) -> None:
        self.procedures = list(procedures.values() if isinstance(procedures, Mapping) else procedures)
        self.places = list(places.values() if isinstance(places, Mapping) else places)
        self.names_only = names_only
        self._calibration = calibration
        self._given_intents = intents
        self._weights = weights or Weights()
        self.languages = {code: load_language(code) for code in languages()}
        self._placeholders = {code: self._placeholders_of(code) for code in self.languages}
        self._patterns = {code: Patterns(self.languages[code], self._placeholders[code]) for code in self.languages}
        self._synonyms = {code: Synonyms(language.synonyms) for code, language in self.languages.items()}
        self._index = self._build_index()
        self._heard = {code: ranker for code in self.languages if (ranker := self._build_heard(code)) is not None}
        self._exact = self._exact_phrases(() if names_only else self.procedures)
        for text in WARMING:
            self.find(text)

    def with_phrases(self, procedures: Iterable[Any]) -> Lookup:
        """Return this lookup knowing the phrases of `procedures` word for word, at once; the rest stays as it was."""
        other = copy.copy(self)
        other._exact = self._exact_phrases(procedures)
        return other

    def _exact_phrases(self, procedures: Iterable[Any]) -> ExactPhrases:
        return ExactPhrases(procedures, self.languages, self._patterns)

    # ---- building

    def _build_index(self) -> Index:
        strings: list[Words] = []
        owners: list[int] = []
        names: list[bool] = []
        examples: dict[str, list[Example]] = {language.group: [] for language in self.languages.values()}
        self._texts: list[str] = []
        for owner, texts in enumerate(self._all_texts()):
            for text, code, is_name in texts:
                forms = self._forms(text, code)
                learned = examples[self._group(code)]
                learned += [Example(words, self._marked(text, code), owner) for words in forms[:1]]
                for words in forms:
                    strings.append(words)
                    owners.append(owner)
                    names.append(is_name)
                    self._texts.append(text)
        phrases, count = len(names) - sum(names), len(self.procedures) + 1
        self._learned = {
            group: PhraseModel(each, count)
            for group, each in examples.items()
            if each and can_learn(phrases, each, count)
        }
        fillers = frozenset(word for language in self.languages.values() for word in language.fillers)
        extra = [*map(self._field_words, self.procedures), frozenset[str]()]
        return Index(strings, owners, names, extra, fillers, self._weights)

    def _group(self, code: str) -> str:
        return self.languages[code].group if code in self.languages else ""

    def _intents_of(self, code: str) -> Intents:
        return self._given_intents or load_intents(self._group(code))

    def _build_heard(self, code: str) -> HeardRanker | None:
        confusions = load_confusions(code)
        if confusions is None:
            return None
        texts = [(t, owner) for owner, of in enumerate(self._all_texts()) for t, lang, _ in of if lang == code]
        return HeardRanker(SoundIndex([t for t, _ in texts], [o for _, o in texts], self._index.procedures, confusions))

    def _all_texts(self) -> Iterator[Iterable[tuple[str, str, bool]]]:
        """Give the texts of every procedure, and last those of everything no counter handles."""
        yield from map(self._texts_of, self.procedures)
        yield [(text, code, True) for code, language in self.languages.items() for text in language.outside]

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
        language = self.languages.get(code) or Language(code)
        words = language.canonical(normalise(text).split())[0]
        if language.endings:
            words = language.stems(word for word in words if word not in language.fillers)
        if not words:
            return []
        official = self._synonyms[code].official(tuple(words)) if code in self._synonyms else None
        return [tuple(words)] if official is None else [tuple(words), official]

    def _field_words(self, procedure: Any) -> frozenset[str]:
        language = self.languages.get("vi") or Language("vi")
        text = f"{procedure.field or ''} {procedure.department or ''}"
        return frozenset(language.canonical(normalise(text).split())[0])

    def _placeholders_of(self, code: str) -> Placeholders:
        zones = {str(getattr(place, "zone", "") or "") for place in self.places} - {""}
        departments = {p.department for p in self.procedures if p.department}
        return Placeholders(code, zones, departments if len(departments) < MAX_DEPARTMENTS else ())

    @property
    def vocabulary(self) -> list[str]:
        """Return every word of the indexed names and phrases."""
        return self._index.vocabulary

    # ---- asking

    def find(self, text: str, language: str = "vi", names_only: bool = False) -> Answer:
        """Decide what a sentence asks for; anything that cannot be understood is a `reject`, never an error.

        Several lines are the readings of one sound, as for `find_heard`.
        """
        if "\n" in text.strip():
            return self.find_heard(text.splitlines(), language)
        words = normalise(text).split()[:MAX_QUESTION_WORDS]
        if not words:
            return Answer("reject")
        if (touched := self._touched(text)) is not None:
            return touched
        code, words = self.in_language(words, language)
        marked = self.is_marked(words, code)
        found = self.template(words, code, marked)
        if found is not None:
            return self._answer_pattern(found)
        return self._rank(words, code, marked, names_only or self.names_only)

    def in_language(self, words: list[str], asked: str) -> tuple[str, list[str]]:
        """Return the language asked for, or the one whose letters the words are written in, and the words it parts."""
        code = language_of(asked)
        if code not in self.languages or not self.languages[code].writes(words):
            code = next((each for each, language in self.languages.items() if language.writes(words)), code)
        known = self.languages.get(code)
        return code, words if known is None else known.words_said(words)[:MAX_QUESTION_WORDS]

    def is_marked(self, words: list[str], code: str) -> bool:
        """Tell whether words are written with diacritics, or in letters that need none."""
        known = self.languages.get(code)
        return has_diacritics(" ".join(words)) or (known is not None and known.writes(words))

    def _may_be(self, words: list[str], code: str) -> bool:
        language = self.languages[code]
        return language.letters is None or language.writes(words)

    def _marked(self, text: str, code: str) -> bool:
        known = self.languages.get(code)
        return known is None or not known.diacritics or has_diacritics(text)

    def template(self, words: list[str], code: str, marked: bool) -> Found | None:
        """Find the sentence template that normalised words fit, the visitor's language before the others."""
        for tried in dict.fromkeys((code, DEFAULT_LANGUAGE, *self.languages)):
            if tried in self.languages and self._may_be(words, tried):
                found = self._pattern(words, tried, marked or not self.languages[tried].diacritics)
                if found is not None:
                    return found
        return None

    def _touched(self, text: str) -> Answer | None:
        """Answer the label of a procedure, `procedure:CODE`, as a screen gives it."""
        kind, _, code = text.partition(":")
        chosen = next((p for p in self.procedures if p.code == code), None) if kind == "procedure" else None
        if chosen is None:
            return None
        return Answer("answer", "", (Match(code, _name(chosen), 1.0, (code,), tuple(chosen.counters or ())),))

    def find_heard(self, readings: Sequence[str], language: str = "vi") -> Answer:
        """Decide what a sound asks for from its readings, best first, the last as it sounded without expectations."""
        kept = [words for text in readings if (words := normalise(text).split()[:MAX_QUESTION_WORDS])]
        code = language_of(language)
        if not kept or not self.procedures or code not in self._heard:
            answers = [self.find(" ".join(words), language) for words in kept[: 1 + OTHER_READINGS]]
            return max(answers, key=_worth, default=Answer("reject"))
        question = self.question(kept[0], code, True)
        intent = self.intent(question)
        found = self._pattern(kept[0], code, True) if intent.procedure < HEARD_INTENT else None
        if found is not None:
            return self._answer_pattern(found)
        ranking = self.rank(question, intent=intent)
        heard = self._heard[code].rank(kept, ranking.scores)
        order = np.argsort(-heard.probabilities, kind="stable")[:CONSIDERED]
        likely = [(int(o), float(heard.probabilities[o])) for o in order if o < len(self.procedures)]
        matches = tuple(self._match(o, p, int(ranking.strings[o]), question) for o, p in likely[:CANDIDATES] if p > 0)
        decision = self._calibration_of(code).decide([p for _, p in likely], sum(p for _, p in likely))
        if decision == "reject" and intent.probability >= HEARD_INTENT:
            return self._answer_intent(intent, question, matches)
        return Answer(decision, "", matches)

    def _pattern(self, words: list[str], code: str, marked: bool) -> Found | None:
        return self._patterns[code].find(self.languages[code].canonical(words)[0], marked)

    def _answer_pattern(self, found: Found, evidence: tuple[str, ...] = ()) -> Answer:
        kind = found.label.split(":", 1)[0]
        evidence = evidence or (found.said,)
        if kind == "counter":
            return self._answer_counter(found, evidence)
        if kind in ("zone", "department"):
            return Answer("facility", found.label, self._places_of(kind, found, evidence))
        if kind == "reject":
            return Answer("reject", found.label.split(":", 1)[1])
        if kind == "facility":
            wanted = found.label.split(":", 1)[1]
            return Answer(
                "facility",
                found.label,
                tuple(
                    Match(place.id, _name(place), found.likeness, evidence, (place.id,))
                    for place in self.places
                    if place.kind == wanted
                )[:CANDIDATES],
            )
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
        question = self.question(words, code, marked)
        intent = self.intent(question)
        if not self.procedures:
            return self._answer_intent(intent, question, ())
        ranking = self.rank(question, names_only, intent)
        likely = [
            (owner, float(p))
            for owner, p in zip(ranking.owners, ranking.probabilities, strict=True)
            if owner < len(self.procedures) and ranking.scores[owner] > 0
        ]
        shown = likely[:CANDIDATES]
        matches = tuple(self._match(owner, p, int(ranking.strings[owner]), question) for owner, p in shown)
        if not names_only and (said := self._said(question)) is not None:
            return Answer("answer", "", _put_first(said, matches))
        decision = self._calibration_of(code).decide([p for _, p in likely], sum(p for _, p in likely))
        return Answer(decision, "", matches) if decision != "reject" else self._answer_intent(intent, question, matches)

    def _said(self, question: Question) -> Match | None:
        """Give the procedure one of whose phrases the question is."""
        found = self._exact.said(question.words, question.language, question.marked)
        known = [] if found is None else [p for p in self.procedures if p.code == found[0]]
        if found is None or not known:  # a procedure that is newer than the index
            return None
        counters = tuple(known[0].counters or ())
        return Match(known[0].code, _name(known[0]), EXACT, (" ".join(question.words),), counters, found[1])

    def intent(self, question: Question) -> Intent:
        """Say what a question asks for when it is no procedure."""
        code = question.language if question.language in self._placeholders else DEFAULT_LANGUAGE
        return self._intents_of(code).find(
            self._placeholders[code].fill(tuple(question.plain), last_number=True), question.marked
        )

    def _answer_intent(self, intent: Intent, question: Question, matches: tuple[Match, ...]) -> Answer:
        """Act on the intent of a question that asks for no procedure; `matches` are what came near."""
        kind = intent.label.split(":", 1)[0]
        if kind in ("outside", "nonsense") or intent.probability < LEAST_INTENT * (1.0 - intent.procedure):
            return Answer("reject", "", matches)
        label = {"counter": "counter:" + intent.value, "chitchat": "chitchat:any", "emergency": "reject:emergency"}
        named = f"{kind}:{intent.value}" if kind in ("zone", "department") else label.get(kind, intent.label)
        shown = kind not in ("command", "chitchat", "emergency")  # the others name no words
        evidence: tuple[str, ...] = ()
        if shown:
            pulls = self._intents_of(question.language).pulls(question.plain, question.marked, intent.label)
            evidence = spoken(question.words, word_weights(question, pulls))
        return self._answer_pattern(Found(named, intent.probability, tuple(question.words), intent.value), evidence)

    def _calibration_of(self, code: str) -> Calibration:
        return self._calibration or load_calibration(code)

    def question(self, words: list[str], code: str, marked: bool) -> Question:
        """Prepare normalised words for `rank`; `marked`: written with diacritics."""
        language = self.languages.get(code) or Language(code)
        plain, origin = language.canonical(words)
        canonical = language.stems(plain)
        return Question(code, words, plain, canonical, origin, self._slots(tuple(canonical), code, marked), marked)

    def intent_chance(self, words: list[str], code: str, marked: bool, label: str) -> float:
        """Return how likely normalised words are of one label of the intents, 0..1."""
        plain = (self.languages.get(code) or Language(code)).canonical(words)[0]
        placeholders = self._placeholders[code if code in self._placeholders else DEFAULT_LANGUAGE]
        intents = self._intents_of(code)
        at = intents.labels.index(label)
        filled = placeholders.fill(tuple(plain), last_number=True)
        return max(float(intents.probabilities(each, marked)[at]) for each in filled)

    def is_phrase(self, question: Question) -> bool:
        """Tell whether a question is a procedure's phrase, word for word."""
        return self._said(question) is not None

    def rank(self, question: Question, names_only: bool = False, intent: Intent | None = None) -> Ranking:
        """Score every procedure; the last owner stands for everything outside."""
        found = self._index.score(question.slots, question.marked, names_only)
        best, strings = self._index.best_procedures(found.scores)
        learned = None
        model = self._learned.get(self._group(question.language))
        if model is not None and not names_only:
            learned = model.scores(tuple(question.canonical), question.marked)
            best = best + LEARNED_WEIGHT * (learned - FLOOR)
        top = np.argsort(-best[: len(self.procedures)], kind="stable")[:CONSIDERED]
        first = int(np.argmax(best[: len(self.procedures)]))
        covered = float(found.coverage[strings[first]])
        evidence = Evidence(
            score=float(best[first]),
            coverage=covered,
            telling=covered * found.telling,
            share=float(found.share[strings[first]]),
            learned=None if learned is None else float(learned[first]),
            outside=float(best[-1] - best[first]),
            procedure=(intent or self.intent(question)).procedure,
        )
        probabilities = self._calibration_of(question.language).probabilities(best[top], evidence)
        return Ranking([int(owner) for owner in top], probabilities, best, strings, evidence)

    def _match(self, owner: int, probability: float, string: int, question: Question) -> Match:
        procedure = self.procedures[owner]
        weight = self._index.word_weight
        places = sorted(
            {
                question.origin[i]
                for i in self._index.deciding(question.slots, string, question.marked)
                if weight(question.canonical[i], question.marked) > LEAST_TELLING
            }
        )
        name = procedure.names.get("vi") or next(iter(procedure.names.values()), procedure.code)
        model = self._learned.get(self._group(question.language))
        if not places and model is not None:
            pulls = model.pulls(tuple(question.canonical), question.marked, owner)
            evidence = spoken(question.words, word_weights(question, pulls))
        else:
            evidence = runs(question.words, places)
        return Match(
            procedure.code, name, round(probability, 4), evidence, tuple(procedure.counters or ()), self._texts[string]
        )

    def _slots(self, words: Words, code: str, marked: bool) -> list[Slot]:
        known = self._synonyms.get(code)
        slots = [Slot((word,)) for word in words] if known is None else known.slots(words, marked)
        slots = self._lighten_courtesy(slots, code, marked)
        return _lighten_purpose(slots, self.languages[code].purposes if code in self.languages else frozenset())

    def _lighten_courtesy(self, slots: list[Slot], code: str, marked: bool) -> list[Slot]:
        """Let "cho tôi hỏi …", "… ở quầy nào vậy" count for nearly nothing."""
        words = tuple(word for slot in slots for word in slot.words)
        begin, end = self._patterns[code].core(words, marked) if code in self._patterns else (0, len(words))
        lightened, at = [], 0
        for slot in slots:
            inside = begin <= at < end or slot.meanings
            lightened.append(slot if inside else replace(slot, importance=COURTESY_IMPORTANCE))
            at += len(slot.words)
        return lightened


def _lighten_purpose(slots: list[Slot], purposes: frozenset[str]) -> list[Slot]:
    """Let "… để đi làm", "… đi nước ngoài" count for less than what is asked before it."""
    begins = next((i for i, slot in enumerate(slots) if i >= PURPOSE_FROM and slot.words[0] in purposes), len(slots))
    return [*slots[:begins], *(replace(slot, importance=PURPOSE_IMPORTANCE) for slot in slots[begins:])]


def _put_first(said: Match, matches: Sequence[Match]) -> tuple[Match, ...]:
    """Put a procedure before what else was found, leaving that no more probability than there is."""
    chance = max([said.probability, *(each.probability for each in matches if each.code == said.code)])
    left = 1.0 - chance
    others = [each for each in matches if each.code != said.code][: CANDIDATES - 1]
    scale = left / max(left, sum(each.probability for each in others), 1e-9)
    scaled = (replace(each, probability=round(each.probability * scale, 4)) for each in others)
    return (replace(said, probability=round(chance, 4)), *scaled)


def _worth(answer: Answer) -> tuple[int, float]:
    """Give what to compare the answers to several readings of one sound by."""
    return WORTH.get(answer.decision, 0), answer.candidates[0].probability if answer.candidates else 0.0


def _name(place: Any) -> str:
    names = getattr(place, "names", None) or {}
    return str(names.get("vi") or next(iter(names.values()), place.id))
