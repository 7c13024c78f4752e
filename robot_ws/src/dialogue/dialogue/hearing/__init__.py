"""Hearing: sound files and streams in, end-pointed utterances and their transcripts out."""

from dialogue.hearing.endpoint import Endpointer, EndpointerParams, Utterance
from dialogue.hearing.recogniser import Recognizer, Transcript, make_recogniser
from dialogue.hearing.transcribe import FileTranscript, transcribe_file
from dialogue.hearing.wav import SAMPLE_RATE, load_wav, resample

__all__ = [
    "SAMPLE_RATE",
    "Endpointer",
    "EndpointerParams",
    "FileTranscript",
    "Recognizer",
    "Transcript",
    "Utterance",
    "load_wav",
    "make_recogniser",
    "resample",
    "transcribe_file",
]
