"""Transcribe a whole sound file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from dialogue.errors import SoundFileError
from dialogue.hearing.endpoint import Endpointer, EndpointerParams
from dialogue.hearing.recogniser import Recognizer, Transcript, make_recogniser
from dialogue.hearing.wav import SAMPLE_RATE, load_wav


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold one utterance of a file: begin and end in s from the file's start, and its transcript."""

    start: float
    end: float
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class FileTranscript:
    """Hold the text of a file, its utterances, and timings in s (duration, load, endpoint, recognise)."""

    text: str
    segments: tuple[Segment, ...]
    timings: dict[str, float]

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Other readings of the whole, each the n-th reading of every utterance."""
        depth = max((len(s.transcript.alternatives) for s in self.segments), default=0)
        return tuple(
            " ".join((s.transcript.text, *s.transcript.alternatives)[: n + 1][-1] for s in self.segments).strip()
            for n in range(1, depth + 1)
        )


def transcribe_file(
    path: Path | str,
    language: str = "vi",
    backend: str = "viet-asr",
    model: str | None = None,
    recogniser: Recognizer | None = None,
) -> FileTranscript:
    """Transcribe a sound file; raise UserError when it cannot be read, is silent or holds no speech.

    `recogniser` re-uses one that is loaded; else `backend`, `language` and the Vosk `model` folder choose one.
    """
    sound = load_wav(path)
    timings = {"duration": len(sound) / SAMPLE_RATE}
    begin = perf_counter()
    recogniser = recogniser or make_recogniser(backend, language, model)
    timings["load"] = perf_counter() - begin
    begin = perf_counter()
    endpointer = Endpointer(EndpointerParams(gate_rms=0.0))
    utterances = endpointer.accept(sound, 0.0) + endpointer.flush()
    timings["endpoint"] = perf_counter() - begin
    if not utterances:
        raise SoundFileError(f"{path}: no speech in it; record someone speaking")
    begin = perf_counter()
    segments = []
    for utterance in utterances:
        recogniser.accept(utterance.samples)
        transcript = recogniser.final(utterance.silence)
        segments.append(Segment(round(utterance.start, 3), round(utterance.end, 3), transcript))
    timings["recognise"] = perf_counter() - begin
    text = " ".join(s.transcript.text for s in segments if s.transcript.text)
    return FileTranscript(text, tuple(segments), {name: round(value, 4) for name, value in timings.items()})
