"""How often the end-pointing cuts a speaker off: readings and slow speech, with a patience that is fixed and one that
follows the words.

`python -m bench.endings FOLDER`: WAV files (16 kHz) with what is read in them in a text file of the same name. An end
is a cut where the sentence goes on, by the marks of the text. The slow speakers are espeak-ng, asking for something of
the site with a pause in the middle.
"""

from __future__ import annotations

import sys
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.answering import CHUNK, QUESTIONS, RATE
from bench.table import print_table
from dialogue.hearing import Endpointer, EndpointerParams, Transcript, Utterance, load_wav, make_recogniser, resample
from dialogue.hearing.biased.phrases import words_of
from dialogue.hearing.ending import Endings
from dialogue.hearing.listening import Listening
from dialogue.hearing.vocabulary import site_vocabulary

SITE = "maps/hcmc_center"
BEFORE = EndpointerParams(end_silence=0.48, sure_silence=0.48, unfinished_silence=0.48, quiet=0.0)
WAYS = (("fixed: 0.48 s, by the detector alone", BEFORE), ("by the words and the level", EndpointerParams()))
PAUSES = (0.4, 0.6, 0.8)
"""s that a slow speaker stands still in the middle of a question."""
Samples = npt.NDArray[np.int16]


def heard(sound: Samples, params: EndpointerParams) -> list[str]:
    """Return what is understood of each utterance that a sound is cut into."""
    texts: list[str] = []

    def take(utterance: Utterance, transcript: Transcript, language: str) -> None:
        texts.append(transcript.text)

    recogniser = make_recogniser("viet-phrases", "vi", phrases=SITE)
    endings = Endings("vi", site_vocabulary(SITE, "vi"))
    listening = Listening(Endpointer(params), lambda _: recogniser, take, endings=lambda _: endings)
    quiet = np.random.default_rng(0).normal(0.0, 20.0, 2 * RATE).astype(np.int16)
    sound = np.concatenate([sound, quiet])
    for first in range(0, len(sound), CHUNK):
        listening.accept(sound[first : first + CHUNK], first / RATE)
    return [text for text in texts if text]


def cuts(texts: list[str], read: str) -> tuple[int, int]:
    """Return how many ends there were before the last, and how many of them in the middle of what is read."""
    tokens = read.split()
    words = [(words_of(token) or [""])[0] for token in tokens]
    spoken = [word for text in texts for word in text.split()]
    place = {}
    for block in SequenceMatcher(None, spoken, words, autojunk=False).get_matching_blocks():
        place |= {block.a + i: block.b + i for i in range(block.size)}
    ends, middle, said = 0, 0, 0
    for text in texts[:-1]:
        said += len(text.split())
        ends += 1
        middle += said - 1 in place and tokens[place[said - 1]][-1] not in ".,;:?!…"
    return ends, middle


def slow(text: str, pause: float) -> Samples:
    """Return a question with a pause after half of its words, in a soft murmur."""
    from dialogue.speaking import EspeakVoice, VoiceSettings

    voice = EspeakVoice(VoiceSettings(voices=("vi=vi+f2",), rate=130, pitch=70, volume=100))
    words = text.split()
    halves = []
    for part in (words[: len(words) // 2], words[len(words) // 2 :]):
        rendered = voice.render(" ".join(part), "vi")
        said = resample(rendered.samples, rendered.rate).astype(np.float64)
        loud = np.flatnonzero(np.abs(said) > 0.03 * np.abs(said).max())
        halves.append(said[loud[0] : loud[-1]])
    sound = np.concatenate([np.zeros(RATE // 2), halves[0], np.zeros(round(pause * RATE)), halves[1]])
    level = np.sqrt(np.mean(np.square(halves[0]))) * 10 ** (-30 / 20)
    sound += np.random.default_rng(0).normal(0.0, level, len(sound))
    return np.clip(sound, -32768, 32767).astype(np.int16)


def main() -> int:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    readings = sorted(folder.glob("*.wav")) if folder else []
    rows = []
    for name, params in WAYS:
        found = [cuts(heard(load_wav(path), params), path.with_suffix(".txt").read_text()) for path in readings]
        ends, middle = np.sum(found, axis=0) if found else (0, 0)
        split = [sum(len(heard(slow(text, pause), params)) > 1 for text in QUESTIONS) for pause in PAUSES]
        rows.append((name, str(ends), str(middle), *(f"{n} of {len(QUESTIONS)}" for n in split)))
    print_table(("patience", "ends in readings", "in mid-sentence", *(f"cut, pause {p} s" for p in PAUSES)), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
