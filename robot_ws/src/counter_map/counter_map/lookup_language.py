"""Read a language's words, sentence patterns and synonyms from `lang/<code>/*.yaml`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from counter_map.text import fold, normalise
from counter_map.text_numbers import digits_for_letters
from guide_common.errors import UserError

LANG_FOLDER = Path(__file__).parent / "lang"
DEFAULT_LANGUAGE = "vi"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PIECES = re.compile(r"\(|\)|\[|\]|\||<[a-z_]+>|\{[a-z_]+\}|[^\s()\[\]|<>{}]+")
MAX_SENTENCES = 20000
Words = tuple[str, ...]


class PatternError(UserError):
    """Say which sentence template cannot be read, and why."""


def expand(template: str, parts: Mapping[str, str] | None = None) -> list[Words]:
    """List every sentence a template accepts: (a|b) alternatives, [a] optional, <part> another template."""
    pieces = _PIECES.findall(template)
    sentences, end = _alternatives(pieces, 0, parts or {}, template, "")
    if end != len(pieces):
        raise PatternError(f"Sentence template '{template}' closes a bracket it never opened: remove it.")
    return sentences


def _alternatives(
    pieces: list[str], at: int, parts: Mapping[str, str], template: str, closing: str
) -> tuple[list[Words], int]:
    found: list[Words] = []
    current: list[Words] = [()]
    while at < len(pieces) and pieces[at] not in ")]":
        if pieces[at] == "|":
            found, current, at = found + current, [()], at + 1
            continue
        options, at = _one_piece(pieces, at, parts, template)
        current = [left + right for left, right in itertools.product(current, options)]
        if len(current) > MAX_SENTENCES:
            raise PatternError(f"Sentence template '{template}' has over {MAX_SENTENCES} forms: split it.")
    if closing and (at >= len(pieces) or pieces[at] != closing):
        raise PatternError(f"Sentence template '{template}' misses a '{closing}': add it.")
    return list(dict.fromkeys(found + current)), at


def _one_piece(pieces: list[str], at: int, parts: Mapping[str, str], template: str) -> tuple[list[Words], int]:
    piece = pieces[at]
    if piece in "([":
        closing = ")" if piece == "(" else "]"
        options, at = _alternatives(pieces, at + 1, parts, template, closing)
        return ([(), *options] if piece == "[" else options), at + 1
    if piece.startswith("<"):
        if piece[1:-1] not in parts:
            raise PatternError(f"Sentence template '{template}' names a part {piece} that is not under 'parts'.")
        return expand(parts[piece[1:-1]], parts), at + 1
    return [(piece,)], at + 1


@dataclass(frozen=True)
class Synonym:
    """Hold one way people say a thing and the official words for it, both as canonical words."""

    say: Words
    means: tuple[Words, ...]
    weight: float = 0.85


@dataclass
class Language:
    """Hold what is known of one language."""

    code: str
    rewrites: dict[Words, Words] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    leads: frozenset[Words] = frozenset()
    tails: frozenset[Words] = frozenset()
    patterns: dict[str, list[Words]] = field(default_factory=dict)
    synonyms: list[Synonym] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    intents: dict[str, list[str]] = field(default_factory=dict)
    purposes: frozenset[str] = frozenset()
    endings: list[tuple[str, int, str]] = field(default_factory=list)
    diacritics: bool = False
    """Diacritics tell words apart, and many people leave them out."""
    letters: re.Pattern[str] | None = None
    """Letters that are compared one by one, where a script parts no words or glues endings to them."""
    numerals: dict[str, int] = field(default_factory=dict)
    number_ends: frozenset[str] = frozenset()
    """Letters of numbers, and those that a number stands before, where numbers are said in such letters."""
    spaced: bool = True
    """Words are written with spaces between them."""
    longest_rewrite: int = 1
    rewritten: frozenset[str] = frozenset()
    """First words of `rewrites`."""

    @property
    def group(self) -> str:
        """Return what languages that are learned together share: their script; those in Latin letters share none."""
        return self.code if self.letters is not None else ""

    def canonical(self, words: list[str]) -> tuple[list[str], list[int]]:
        """Bring regional words, shorthand and abbreviations to one form; also where each word came from."""
        words, places = self._pieces(words)
        if self.numerals:
            words, places = digits_for_letters(words, places, self.numerals, self.number_ends)
        out: list[str] = []
        origin: list[int] = []
        at = 0
        while at < len(words):
            used, new = self._rewrite(words, at)
            out += new
            origin += [places[at]] * len(new)
            at += used
        return out, origin

    def writes(self, words: Iterable[str]) -> bool:
        """Tell whether words are written in letters that only this language and its like have."""
        return self.letters is not None and self.letters.search(" ".join(words)) is not None

    def words_said(self, words: list[str]) -> list[str]:
        """Return the words, single letters where the script parts no words."""
        return words if self.spaced else list(self._pieces(words)[0])

    def _pieces(self, words: list[str]) -> tuple[list[str], Sequence[int]]:
        """Cut words into the letters that are compared one by one; also where each piece came from."""
        if not self.writes(words):
            return words, range(len(words))
        assert self.letters is not None
        cut = [(piece, at) for at, word in enumerate(words) for piece in self.letters.split(word) if piece]
        return [piece for piece, _ in cut], [at for _, at in cut]

    def stems(self, words: Iterable[str]) -> list[str]:
        """Take off the language's endings (`endings` in words.yaml: ending, least letters of the word, instead)."""
        return [self._stem(word) for word in words] if self.endings else list(words)

    def _stem(self, word: str) -> str:
        for ending, least, instead in self.endings:
            if len(word) >= least and word.endswith(ending):
                return word[: len(word) - len(ending)] + instead
        return word

    def _rewrite(self, words: list[str], at: int) -> tuple[int, Words]:
        if words[at] not in self.rewritten:
            return 1, (words[at],)
        for length in range(min(self.longest_rewrite, len(words) - at), 0, -1):
            new = self.rewrites.get(tuple(words[at : at + length]))
            if new is not None:
                return length, new
        return 1, (words[at],)


def languages() -> list[str]:
    """List the languages there is data for."""
    return sorted(folder.name for folder in LANG_FOLDER.iterdir() if (folder / "words.yaml").exists())


def language_of(tag: str) -> str:
    """Return the language of a tag such as "en-US", in at most 8 letters; the first of all languages without one."""
    return (tag or DEFAULT_LANGUAGE)[:32].split("-")[0].split("_")[0].lower()[:8]


@lru_cache(maxsize=8)
def load_language(code: str) -> Language:
    """Load one language; a language without data gives empty rules, so that names still match."""
    folder = LANG_FOLDER / code
    if not (folder / "words.yaml").exists():
        return Language(code)
    data = _read(folder / "words.yaml")
    language = Language(code)
    language.letters = re.compile(f"([{data['letters']}])") if "letters" in data else None
    language.numerals = {str(letter): int(value) for letter, value in data.get("numerals", {}).items()}
    language.number_ends = frozenset(map(str, data.get("number_ends", [])))
    language.spaced = bool(data.get("spaced", True))
    language.rewrites = _rewrites(language, data.get("rewrites", {}))
    language.longest_rewrite = max((len(key) for key in language.rewrites), default=1)
    language.diacritics = bool(data.get("diacritics", False))
    language.purposes = frozenset(map(str, data.get("purposes", [])))
    language.rewritten = frozenset(key[0] for key in language.rewrites)
    language.endings = [(str(e), int(least), str(new)) for e, least, new in data.get("endings", [])]
    language.fillers = frozenset(language.canonical(str(data.get("fillers", "")).split())[0])
    language.leads = frozenset(_sentences(language, data, "leads"))
    language.tails = frozenset(_sentences(language, data, "tails"))
    patterns = _read(folder / "patterns.yaml")
    for label, templates in patterns.get("patterns", {}).items():
        language.patterns[str(label)] = list(
            _canonical_sentences(language, (s for t in templates for s in expand(str(t), patterns.get("parts"))))
        )
    language.synonyms = list(_synonyms(language, _read(folder / "synonyms.yaml").get("synonyms", [])))
    intents = _read(folder / "intents.yaml").get("intents", {}) if (folder / "intents.yaml").exists() else {}
    language.intents = {str(label): list(map(str, texts)) for label, texts in intents.items()}
    language.outside = [str(sentence) for sentence in _read(folder / "outside.yaml").get("outside", [])]
    return language


def _read(path: Path) -> dict[str, Any]:
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    return dict(data or {})


def _rewrites(language: Language, data: Mapping[Any, Any]) -> dict[Words, Words]:
    pairs: dict[Words, Words] = {}
    for said, meant in data.items():
        key, meaning = (tuple(language.canonical(normalise(str(text)).split())[0]) for text in (said, meant))
        pairs[key] = meaning
        # Without diacritics only forms of several syllables are safe: "ma" is má, mà, mã and more.
        folded = tuple(map(fold, key))
        if len(key) > 2 and folded not in pairs:
            pairs[folded] = tuple(map(fold, pairs[key]))
    return pairs


def _sentences(language: Language, data: Mapping[str, Any], key: str) -> Iterator[Words]:
    for template in data.get(key, []):
        yield from _canonical_sentences(language, expand(str(template), data.get("parts")))


def _canonical_sentences(language: Language, sentences: Any) -> Iterator[Words]:
    seen: set[Words] = set()
    for sentence in sentences:
        words = tuple(language.canonical(list(sentence))[0])
        if words and words not in seen:
            seen.add(words)
            yield words


def _synonyms(language: Language, groups: list[dict[str, Any]]) -> Iterator[Synonym]:
    for group in groups:
        means = tuple(_official(language, str(text)) for text in group["means"])
        for text in group["say"]:
            for sentence in expand(str(text)):
                yield Synonym(_official(language, " ".join(sentence)), means, float(group.get("weight", 0.85)))


def _official(language: Language, text: str) -> Words:
    return tuple(language.stems(language.canonical(normalise(text).split())[0]))
