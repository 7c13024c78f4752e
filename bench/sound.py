"""Hear sentences that espeak-ng speaks, look them up, and say how far sound costs words and procedures.

    python -m bench.sound [SENTENCES.csv ...] [--recordings FOLDER] [--cache FILE] [--noise DB ...] [--write]

SENTENCES has the columns utterance, lang, kind and expected: codes or official names of procedures, `en:` names in
English, " ;; " between those of which any will do. Vietnamese questions for procedures are spoken in every setting;
what was heard is kept in the cache, so that a run that was ended goes on where it stopped. Two readings are compared:
`plain`, what the model gives for the sound alone, and `biased`, with the site's phrases in mind.

`--write` puts the tables into docs/understanding.md; `--pairs FILE` writes what was heard of the site's own phrases for
`counter_map.confusions_fit` instead of measuring.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein
from sklearn.feature_extraction.text import TfidfVectorizer

from counter_map.lookup import Lookup
from counter_map.site import load_site
from counter_map.text import fold, normalise
from dialogue.hearing import load_wav, resample
from dialogue.hearing.biased import BiasedRecogniser
from dialogue.hearing.biased.phrases import read_phrases
from dialogue.speaking import EspeakVoice, VoiceSettings

ROOT = Path(__file__).parents[1]
SITE = ROOT / "maps/hcmc_center"
CACHE = ROOT / ".guide/sound.jsonl"
DOCUMENT = ROOT / "docs/understanding.md"
BEGIN, END = "<!-- sound: written by bench.sound -->", "<!-- /sound -->"
ASKING = ("direct", "colloquial", "asr_noise", "noise", "ambiguous", "southern", "")
WITHIN = 3


@dataclass(frozen=True)
class Setting:
    """Name one way to speak: voice, words a minute, pitch 0–99, and hall noise in dB below speech (None: silence)."""

    voice: str
    rate: int
    pitch: int
    noise: float | None = None

    def __str__(self) -> str:
        return f"{self.voice} {self.rate}/{self.pitch}" + ("" if self.noise is None else f", {self.noise:.0f} dB")


SETTINGS = (
    Setting("vi+f2", 150, 70),
    Setting("vi", 140, 70),
    Setting("vi+f4", 140, 60),
    Setting("vi-vn-x-south+f2", 150, 70),
)


@dataclass(frozen=True)
class Sentence:
    """Hold a sentence and the procedures any of which it may mean."""

    text: str
    expected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """Hold what was heard of a sentence: the readings best first, the last by sound alone."""

    readings: tuple[str, ...]

    @property
    def biased(self) -> str:
        return self.readings[0] if self.readings else ""

    @property
    def plain(self) -> str:
        return self.readings[-1] if self.readings else ""


class Ears:
    """Speak and hear sentences, keeping on disk what was heard."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._known: dict[tuple[str, str], Heard] = {}
        self._recogniser: BiasedRecogniser | None = None
        cache.parent.mkdir(parents=True, exist_ok=True)
        if cache.exists():
            for line in cache.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._known[row["text"], row["setting"]] = Heard(tuple(row["readings"]))

    def hear(self, text: str, setting: Setting) -> Heard:
        """Return what is heard of a text."""
        key = text, str(setting)
        if key not in self._known:
            self._known[key] = self.listen(self._speak(text, setting))
            row = {"text": text, "setting": str(setting), "readings": self._known[key].readings}
            with self._cache.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return self._known[key]

    def listen(self, samples: npt.NDArray[np.int16]) -> Heard:
        """Return what is heard of 16 kHz sound."""
        self._recogniser = self._recogniser or BiasedRecogniser(read_phrases(SITE))
        self._recogniser.accept(samples)
        found = self._recogniser.final()
        return Heard((found.text, *found.alternatives) if found.text else ())

    def _speak(self, text: str, setting: Setting) -> npt.NDArray[np.int16]:
        voice = EspeakVoice(
            VoiceSettings(voices=(f"vi={setting.voice}",), rate=setting.rate, pitch=setting.pitch, volume=100)
        )
        sound = voice.render(text, "vi")
        samples = resample(sound.samples, sound.rate)
        return samples if setting.noise is None else add_noise(samples, setting.noise)


def add_noise(samples: npt.NDArray[np.int16], decibels: float) -> npt.NDArray[np.int16]:
    """Add hall noise (falling by 3 dB an octave, seed 0) that many dB below the mean power of the speech."""
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=len(samples)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, len(samples))
    speech = samples.astype(np.float64)
    noise *= np.sqrt(np.mean(speech**2) / np.mean(noise**2)) * 10.0 ** (-decibels / 20.0)
    return np.clip(speech + noise, -32768, 32767).astype(np.int16)


class Baseline:
    """TF-IDF of scikit-learn on the lookup's own strings: words 1–2 folded and characters 2–4 with diacritics."""

    def __init__(self, lookup: Lookup) -> None:
        rows = [
            (normalise(text), p.code) for p in lookup.procedures for text in (p.names["vi"], *p.phrases.get("vi", ()))
        ]
        self._codes = [code for _, code in rows]
        self._words = TfidfVectorizer(ngram_range=(1, 2), preprocessor=fold, token_pattern=r"\S+", sublinear_tf=True)
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        texts = [text for text, _ in rows]
        self._word_rows, self._letter_rows = self._words.fit_transform(texts), self._letters.fit_transform(texts)

    def find(self, text: str) -> list[str]:
        """List the best procedures of a text."""
        asked = [normalise(text)]
        scores = self._word_rows @ self._words.transform(asked).T
        scores += self._letter_rows @ self._letters.transform(asked).T
        ranked = np.asarray(scores.todense()).ravel()
        order = [i for i in np.argsort(-ranked, kind="stable")[:200] if ranked[i] > 0]
        return list(dict.fromkeys(self._codes[i] for i in order))[:WITHIN]


def read_sentences(path: Path, lookup: Lookup) -> list[Sentence]:
    """Read the Vietnamese sentences that ask for a procedure of the site."""
    codes = {p.code: p.code for p in lookup.procedures}
    for procedure in lookup.procedures:
        codes.setdefault(procedure.names["vi"], procedure.code)
        codes.setdefault("en:" + procedure.names.get("en", ""), procedure.code)
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wanted = [part.strip() for part in row["expected"].replace(" && ", " ;; ").split(" ;; ")]
            expected = tuple(codes[part] for part in wanted if part in codes)
            if row["lang"] == "vi" and row["kind"] in ASKING and expected:
                found.append(Sentence(row["utterance"], expected))
    return list({sentence.text: sentence for sentence in found}.values())


def word_errors(said: str, heard: str, plainly: Callable[[str], str] = str) -> tuple[int, int]:
    """Count the wrong, missing and added words, and the words said (a Vietnamese word here is a syllable)."""
    one, two = plainly(normalise(said)).split(), plainly(normalise(heard)).split()
    return Levenshtein.distance(one, two), len(one)


def error_rate(pairs: Iterable[tuple[str, str]], plainly: Callable[[str], str] = str) -> float:
    counts = [word_errors(*pair, plainly) for pair in pairs]
    return sum(wrong for wrong, _ in counts) / max(1, sum(words for _, words in counts))


class Measure:
    """Measure one setting."""

    def __init__(self, lookup: Lookup, ears: Ears) -> None:
        self._lookup, self._ears, self._baseline = lookup, ears, Baseline(lookup)

    def row(self, setting: Setting, sentences: Sequence[Sentence]) -> list[str]:
        """Give a setting's table row: errors, then top-1/top-3 of each method."""
        heard = [self._ears.hear(sentence.text, setting) for sentence in sentences]
        pairs = list(zip(sentences, heard, strict=True))
        errors = [
            error_rate((s.text, h.plain) for s, h in pairs),
            error_rate(((s.text, h.plain) for s, h in pairs), fold),
            error_rate((s.text, h.biased) for s, h in pairs),
        ]
        methods: list[Callable[[Heard], list[list[str]]]] = [
            lambda h: [self._baseline.find(h.plain)],
            lambda h: [self._typed(h.plain)],
            lambda h: [self._from_sound([h.plain])],
            lambda h: [self._baseline.find(h.biased)],
            lambda h: [self._from_sound(h.readings)],
            lambda h: [self._from_sound([r]) for r in h.readings] + [self._typed(r) for r in h.readings],
        ]
        hits = [_hits([(s, m(h)) for s, h in pairs]) for m in methods]
        ceiling = _hits([(s, [self._typed(s.text)]) for s in sentences])
        return [str(setting), str(len(sentences)), *(f"{100 * e:.0f}" for e in errors), *hits, ceiling]

    def _typed(self, text: str) -> list[str]:
        return [match.code for match in self._lookup.find(text, "vi").candidates]

    def _from_sound(self, readings: Sequence[str]) -> list[str]:
        return [match.code for match in self._lookup.find_heard(readings, "vi").candidates]


HEAD = (
    "setting", "sentences", "WER plain", "without marks", "WER biased", "TF-IDF, plain", "lookup as typed, plain",
    "lookup by sound, plain", "TF-IDF, biased", "lookup by sound, all readings", "oracle over readings",
    "from the text",
)  # fmt: skip


def _hits(found: Sequence[tuple[Sentence, list[list[str]]]]) -> str:
    """Give the share of sentences with a wanted procedure first, and among three, in any of the lists."""
    first = sum(any(codes[:1] and codes[0] in s.expected for codes in lists) for s, lists in found)
    among = sum(any(set(codes[:WITHIN]) & set(s.expected) for codes in lists) for s, lists in found)
    return f"{100 * first / len(found):.0f}/{100 * among / len(found):.0f}"


def recordings_row(folder: Path, ears: Ears) -> list[str]:
    """Give the errors on recorded speech: NAME.wav beside NAME.txt."""
    pairs = []
    for path in sorted(folder.glob("*.wav")):
        heard = ears.listen(load_wav(path))
        pairs.append((path.with_suffix(".txt").read_text(encoding="utf-8"), heard))
    plain, biased = error_rate((t, h.plain) for t, h in pairs), error_rate((t, h.biased) for t, h in pairs)
    return ["recordings", str(len(pairs)), f"{100 * plain:.1f}", "", f"{100 * biased:.1f}"]


METHODS = """## From sound

espeak-ng speaks each sentence in each setting (voice, words a minute/pitch), the recogniser hears it, the lookup finds
the procedure. Error rates and top-1/top-3 in %. *Plain*: the likeliest tokens of the sound alone. *Biased*: the best
reading with the site's phrases in mind. *TF-IDF*: scikit-learn, folded words 1–2 and letters 2–4 with diacritics, on
the lookup's Vietnamese names and phrases. *By sound*: aligned with every phrase by learned confusions. *Oracle*: does
any reading, asked as typed or by sound, give the procedure? *From the text*: the sentence as written.
`python -m bench.sound` makes the tables."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(row) for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


def write_section(text: str) -> None:
    """Put a text between the marks of the document, made when it is missing."""
    known = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else "# Understanding\n"
    known += "" if BEGIN in known else f"\n{BEGIN}\n{END}\n"
    before, rest = known.split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def write_pairs(path: Path, ears: Ears, count: int) -> None:
    """Hear the site's own phrases, each in one setting, and write a text, a tab and the plain transcript a line."""
    phrases = list(dict.fromkeys(read_phrases(SITE)))
    Random(5).shuffle(phrases)
    with path.open("w", encoding="utf-8") as file:
        for i, phrase in enumerate(phrases[:count]):
            file.write(f"{phrase}\t{ears.hear(phrase, SETTINGS[i % len(SETTINGS)]).plain}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure understanding from sound.")
    parser.add_argument(
        "sentences", type=Path, nargs="*", help="a table for each file; by default the tests' sentences"
    )
    parser.add_argument("--recordings", type=Path, help="folder of NAME.wav (16 kHz) and NAME.txt")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where what was heard is kept")
    parser.add_argument("--limit", type=int, help="measure that many sentences, chosen at random (seed 5)")
    parser.add_argument("--noise-limit", type=int, default=40, help="sentences of the rows with noise")
    parser.add_argument("--noise", type=float, nargs="*", default=[], help="dB of speech above hall noise, a row each")
    parser.add_argument("--write", action="store_true", help="put the table into docs/understanding.md")
    parser.add_argument("--pairs", type=Path, help="write pairs for counter_map.confusions_fit instead")
    given = parser.parse_args()
    ears = Ears(given.cache)
    if given.pairs:
        write_pairs(given.pairs, ears, given.limit or 900)
        return 0
    site = load_site(SITE)
    lookup = Lookup(site.procedures, site.places)
    measure = Measure(lookup, ears)
    begin = perf_counter()
    quiet = SETTINGS[0]
    settings = [*SETTINGS, *(Setting(quiet.voice, quiet.rate, quiet.pitch, noise) for noise in given.noise)]
    parts = []
    for path in given.sentences or [ROOT / "tests/counter_map/utterances.csv"]:
        sentences = read_sentences(path, lookup)
        Random(5).shuffle(sentences)
        rows = [
            measure.row(s, sentences[: given.noise_limit if s.noise is not None else given.limit]) for s in settings
        ]
        parts.append(f"### {path.stem.replace('_', ' ')}\n\n{table(HEAD, rows)}")
    if given.recordings:
        parts.append(f"### Recordings\n\n{table(HEAD[:5], [recordings_row(given.recordings, ears)])}")
    text = "\n\n".join([METHODS, *parts])
    print(text, f"\n({perf_counter() - begin:.0f} s)")
    if given.write:
        write_section(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
