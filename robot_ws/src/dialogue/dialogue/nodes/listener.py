"""The listener: sound in, recognised utterances out. Sound is dropped after the turn, but for a consented study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from guide_interfaces.msg import AudioChunk, DialogueState
from guide_interfaces.msg import Utterance as UtteranceMsg
from std_msgs.msg import Bool

from dialogue.conversions import samples_of, time_msg
from dialogue.errors import BackendError
from dialogue.hearing import Endpointer, EndpointerParams, Recognizer, Transcript, Utterance, make_recogniser, resample
from dialogue.hearing.cleaning import Cleaner, CleaningParams
from dialogue.hearing.ending import Endings
from dialogue.hearing.listening import Listening, ListeningThread
from dialogue.hearing.source import CHUNK, FileSource, Microphone
from dialogue.hearing.study import Study, StudyParams
from dialogue.hearing.vocabulary import site_vocabulary
from dialogue.hearing.wav import SAMPLE_RATE
from dialogue.masking import log_masked, masked
from guide_common.conversions import seconds
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED
from guide_common.running import run

TALK_OVER = ("idle", "goodbye", "returning")
"""States of the dialogue in which nobody's consent holds: the visitor has left."""

TIDY = 3600.0
"""s between two looks for what the study has kept long enough."""

MICROPHONE = ("device", "microphone")
VIETNAMESE = ("viet-asr", "viet-phrases")


@dataclass(frozen=True)
class ListenerParams:
    """Set where the sound comes from and what understands it; times in s.

    `source` is topic, device (the microphone), or file and the WAV file in `file`. `model` is the Vosk model of
    `language`; `vosk_models` names those of other languages, as "en=/path/model": a folder, or an installed package
    that brings one. Vietnamese needs none. In the languages of `grammars` a Vosk model hears only what visitors of the
    site at `site_dir` say; the backend viet-phrases expects the same phrases.
    """

    source: str = "topic"
    file: str = ""
    device: str = ""
    site_dir: str = ""
    model: str = ""
    language: str = "vi"
    backend: str = "viet-asr"
    vosk_models: tuple[str, ...] = ("",)
    grammars: tuple[str, ...] = ("",)
    tail: float = 0.2


class Listener(ManagedNode):
    """Hear the visitor, but not the robot: sound is dropped while `speaking` and a tail after it.

    With `cleaning.barge_in` visitors may speak into the robot's words: what the speaker plays is taken out instead.
    """

    def __init__(self) -> None:
        super().__init__("listener")
        self._params = declare(self, ListenerParams())
        self._endpointing = declare(self, EndpointerParams(), "endpoint")
        self._study_params = declare(self, StudyParams(), "study")
        self._study = Study(StudyParams())
        self._cleaning = declare(self, CleaningParams(), "cleaning")
        self._cleaner = Cleaner(CleaningParams())
        self._thread: ListeningThread | None = None
        self._microphone: Microphone | None = None
        self._speaking, self._silent_since = False, 0.0

    @property
    def shut(self) -> bool:
        """Tell whether sound is dropped because the robot speaks."""
        return self._speaking and not self._cleaning.barge_in

    @property
    def studied(self) -> bool:
        """Tell whether what the visitor says now is kept, as they have agreed."""
        return self._study.keeps

    def configure(self) -> None:
        """Load the recogniser and begin to watch what decides when to listen."""
        self._study = Study(self._study_params)
        self._cleaner = Cleaner(self._cleaning)
        self._utterances = self.create_publisher(UtteranceMsg, "utterance", EVENTS)
        self._thread = ListeningThread(self._listening())
        self._thread.start(self._params.language)
        self._subscriptions_made = [
            self.create_subscription(Bool, "speaking", self._on_speaking, LATCHED),
            self.create_subscription(DialogueState, "dialogue_state", self._on_state, LATCHED),
        ]
        if self._cleaning.barge_in:
            voice = self.create_subscription(AudioChunk, "speaker/audio", self._on_own_voice, EVENTS)
            self._subscriptions_made.append(voice)
        if self._study_params.folder:
            consents = self.create_subscription(Bool, "study_consent", self._on_consent, EVENTS)
            self._subscriptions_made.append(consents)
            self._tidy_timer = self.create_timer(TIDY, self._study.tidy)
        if self._params.source == "topic":
            chunks = self.create_subscription(AudioChunk, "microphone/audio", self._on_audio, EVENTS)
            self._subscriptions_made.append(chunks)

    def _listening(self) -> Listening:
        endpointer = Endpointer(self._endpointing)
        return Listening(endpointer, self._load, self._heard, self._noticed, self._endings)

    def _endings(self, language: str) -> Endings:
        site = self._params.site_dir
        return Endings(language, site_vocabulary(site, language) if site else ())

    def activate(self) -> None:
        """Open the microphone or the file."""
        if self._params.source in MICROPHONE:
            self._microphone = Microphone(self._from_microphone, self._params.device)
        elif self._params.source != "topic":
            self._file = FileSource(self._params.file if self._params.source == "file" else self._params.source)
            self._file_timer = self.create_timer(CHUNK / SAMPLE_RATE, self._from_file)

    def deactivate(self) -> None:
        """Close the microphone or the file, forget what was being said."""
        if self._microphone is not None:
            self._microphone.close()
            self._microphone = None
        elif self._params.source != "topic":
            self.destroy_timer(self._file_timer)
        if self._thread is not None:
            self._thread.interrupt()

    def cleanup(self) -> None:
        """End the listening thread and the subscriptions."""
        if self._microphone is not None:
            self.deactivate()
        if self._thread is None:
            return
        self._thread.stop()
        self._thread = None
        if self._study_params.folder:
            self.destroy_timer(self._tidy_timer)
        for subscription in self._subscriptions_made:
            self.destroy_subscription(subscription)
        self.destroy_publisher(self._utterances)

    def work_done_until(self) -> object:
        """Return the time of the oldest sound that is not yet worked up, else now."""
        behind = self._thread.behind_since if self._thread is not None else None
        return super().work_done_until() if behind is None else time_msg(behind)

    def _load(self, language: str) -> Recognizer:
        models = dict(entry.split("=", 1) for entry in self._params.vosk_models if "=" in entry)
        if self._params.model:
            models.setdefault(self._params.language, self._params.model)
        if language in models:
            narrowed = language in self._params.grammars
            grammar = site_vocabulary(self._params.site_dir, language) if narrowed else ()
            return make_recogniser("vosk", language, models[language], grammar)
        if self._params.backend in VIETNAMESE and language != "vi":
            self.get_logger().warning(f"no recogniser for '{language}' (set vosk_models): it is heard as Vietnamese")
            language = "vi"
        return make_recogniser(self._params.backend, language, models.get(language), phrases=self._params.site_dir)

    def _on_speaking(self, msg: Bool) -> None:
        if self._speaking and not msg.data:
            self._silent_since = self._now()
        if msg.data and not self._speaking and self._thread is not None and not self._cleaning.barge_in:
            self._thread.interrupt()
        self._speaking = msg.data

    def _on_own_voice(self, msg: AudioChunk) -> None:
        self._cleaner.robot_says(samples_of(msg), msg.sample_rate, seconds(msg.header.stamp))

    def _on_consent(self, msg: Bool) -> None:
        self._study.consent(msg.data)

    def _on_state(self, msg: DialogueState) -> None:
        if msg.state.split(".")[0] in TALK_OVER:
            self._study.consent(False)
        if msg.language and self._thread is not None:
            self._thread.speak_in(msg.language.split("-")[0])

    def _on_audio(self, msg: AudioChunk) -> None:
        self._take(resample(samples_of(msg), msg.sample_rate), seconds(msg.header.stamp))

    def _from_microphone(self, samples: npt.NDArray[np.int16]) -> None:
        self._take(samples, self._now() - len(samples) / SAMPLE_RATE)

    def _from_file(self) -> None:
        samples = self._file.next()
        if samples is not None:
            self._take(samples, self._now() - len(samples) / SAMPLE_RATE)

    def _take(self, samples: npt.NDArray[np.int16], time: float) -> None:
        if not self.active or self._thread is None:
            return
        own_voice = self._speaking or time < self._silent_since + self._params.tail
        if own_voice and not self._cleaning.barge_in:
            return
        self._thread.take(self._cleaner.clean(samples, time), time)

    def _noticed(self, partial: str, language: str) -> None:
        """Tell that someone speaks, so that nobody takes the time of recognising for silence."""
        if self.active:
            msg = UtteranceMsg(text=partial, language=language, is_final=False, source="voice")
            msg.header.stamp = self.get_clock().now().to_msg()
            self._utterances.publish(msg)

    def _heard(self, utterance: Utterance, transcript: Transcript, language: str) -> None:
        if not self.active:
            return
        msg = UtteranceMsg(language=language, is_final=True, source="voice")
        msg.header.stamp = time_msg(utterance.end)
        msg.text, msg.confidence = transcript.text, float(transcript.confidence)
        msg.alternatives = list(transcript.alternatives)
        self._utterances.publish(msg)
        try:
            self._study.keep(utterance, transcript, language)
        except BackendError as error:
            self.get_logger().error(masked(str(error)))

    def _now(self) -> float:
        return float(self.get_clock().now().nanoseconds * 1e-9)


def main() -> int:
    """Run the node."""
    log_masked()
    return run(Listener)


if __name__ == "__main__":
    raise SystemExit(main())
