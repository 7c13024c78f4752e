"""Listen: sound goes in, recognised utterances come out; and the same in a thread, so that no caller waits."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from dialogue.hearing.ending import USUAL, Ending
from dialogue.hearing.endpoint import Endpointer, Utterance
from dialogue.hearing.recogniser import Recognizer, Transcript
from dialogue.hearing.wav import SAMPLE_RATE

Samples = npt.NDArray[np.int16]
Heard = Callable[[Utterance, Transcript, str], None]
Noticed = Callable[[str, str], None]
Item = tuple[Samples, float] | str
"""Sound and its time, a language, or FORGET."""
FORGET = ""
log = logging.getLogger(__name__)

GAP = 0.05
"""s by which the times of two chunks may differ from their lengths and still be one sound."""
QUEUE_LIMIT = 600
"""Chunks (half a minute at 50 ms) kept while a recognition runs; beyond it the oldest sound is dropped."""


class Listening:
    """Run end-pointing and recognition, the first while someone speaks.

    `heard(utterance, transcript, language)` is called for each utterance, and before it `noticed(partial text,
    language)`: when speech begins, whenever more of it is understood, and when it has ended.
    `recognisers(language)` loads the recogniser of a language when it is first needed, and `endings(language)` what
    tells from its text whether a sentence may be over.
    """

    def __init__(
        self,
        endpointer: Endpointer,
        recognisers: Callable[[str], Recognizer],
        heard: Heard,
        noticed: Noticed = lambda text, language: None,
        endings: Callable[[str], Ending] = lambda language: lambda text: USUAL,
    ) -> None:
        self._endpointer = endpointer
        self._recognisers = recognisers
        self._heard = heard
        self._noticed = noticed
        self._endings = endings
        self._ending: dict[str, Ending] = {}
        self._fed = 0
        self._speaks = self._told = ""
        self._loaded: dict[str, Recognizer] = {}
        self.language = "vi"

    def speak_in(self, language: str) -> None:
        """Take the language of the next utterance and load its recogniser; one under way keeps its own."""
        self.language = language
        self._of(language)

    def accept(self, samples: Samples, time: float) -> None:
        """Hear samples whose first one is of `time` (s)."""
        for utterance in self._endpointer.accept(samples, time):
            self._finish(utterance)
        if self._endpointer.in_speech:
            self._feed(self._endpointer.under_way())
        elif self._fed:
            self.forget()  # too short to be speech

    def forget(self) -> None:
        """Forget an utterance that is under way: what follows is not the visitor."""
        self._endpointer.reset()
        if self._fed:
            self._fed = 0
            self._recogniser().reset()

    def _feed(self, samples: Samples) -> None:
        if not self._fed:
            self._speaks = self.language  # whatever changes while someone speaks, they began in this one
            self._told = ""
            self._noticed("", self._speaks)
        recogniser = self._recogniser()
        if len(samples) > self._fed:
            recogniser.accept(samples[self._fed :])
            self._fed = len(samples)
            if (text := recogniser.partial()) != self._told:
                self._told = text
                self._endpointer.expect(self._ending[self._speaks](text))
                self._noticed(text, self._speaks)

    def _finish(self, utterance: Utterance) -> None:
        if self._fed:
            self._noticed(self._told, self._speaks)
        self._feed(utterance.samples)
        transcript = self._recogniser().final(utterance.silence)
        self._fed = 0
        self._heard(utterance, transcript, self._speaks)
        self._recogniser().reset()  # after the answer has begun, not before

    def _recogniser(self) -> Recognizer:
        return self._of(self._speaks or self.language)

    def _of(self, language: str) -> Recognizer:
        if language not in self._loaded:
            self._loaded[language] = self._recognisers(language)
            self._ending[language] = self._endings(language)
        return self._loaded[language]


class ListeningThread:
    """Listen in a thread of its own, in which the listening's callbacks are called."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._in_hand: float | None = None
        self._inbox: queue.Queue[Item | None] = queue.Queue(QUEUE_LIMIT)
        self._thread = threading.Thread(target=self._run, name="listening", daemon=True)

    def start(self, language: str) -> None:
        """Load the recogniser of a language and begin to listen."""
        self._listening.speak_in(language)
        self._thread.start()

    def speak_in(self, language: str) -> None:
        """Take the language that the visitor will speak next; its recogniser is loaded meanwhile."""
        if language != self._listening.language:
            self._listening.language = language
            self._put(language)

    def take(self, samples: Samples, time: float) -> None:
        """Hear samples whose first one is of `time` (s)."""
        self._put((samples, time))

    @property
    def behind_since(self) -> float | None:
        """Return the time (s) of the oldest sound that is not worked up; None when all is."""
        if self._in_hand is not None:
            return self._in_hand
        waiting = next((item for item in tuple(self._inbox.queue) if isinstance(item, tuple)), None)
        return None if waiting is None else waiting[1]

    def interrupt(self) -> None:
        """Forget an utterance that is under way."""
        self._put(FORGET)

    def stop(self) -> None:
        """End the thread; wait until it has ended."""
        self._put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def _put(self, item: Item | None) -> None:
        while True:
            try:
                self._inbox.put_nowait(item)
                return
            except queue.Full:
                self._inbox.get_nowait()

    def _run(self) -> None:
        while (item := self._inbox.get()) is not None:
            item = self._with_what_followed(item)
            self._in_hand = item[1] if isinstance(item, tuple) else None
            try:
                self._work_up(item)
            except Exception:  # a backend's failure must not end the listening
                log.exception("recognition failed")
                self._listening.forget()
            finally:
                self._in_hand = None

    def _with_what_followed(self, item: Item) -> Item:
        """Put sound together with what has come since, so that no end-point waits behind several recognitions."""
        if not isinstance(item, tuple):
            return item
        sound, time = [item[0]], item[1]
        ends = time + len(item[0]) / SAMPLE_RATE
        waiting = self._inbox.queue
        with self._inbox.mutex:
            while waiting and isinstance(waiting[0], tuple) and abs(waiting[0][1] - ends) < GAP:
                sound.append(waiting.popleft()[0])
                ends += len(sound[-1]) / SAMPLE_RATE
        return np.concatenate(sound), time

    def _work_up(self, item: Item) -> None:
        if item == FORGET:
            self._listening.forget()
        elif isinstance(item, str):
            self._listening.speak_in(item)
        else:
            self._listening.accept(*item)
