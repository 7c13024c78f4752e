"""The study mode: keep the sound of visitors who have agreed to it, for a while. Off unless a folder is set."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import time

from dialogue.errors import BackendError
from dialogue.hearing.endpoint import Utterance
from dialogue.hearing.recogniser import Transcript
from dialogue.masking import masked
from dialogue.speaking.voice import Sound, save_wav

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class StudyParams:
    """Set where sound is kept for a study (empty: nowhere, there is no study), for how many days and MB at most."""

    folder: str = ""
    keep_days: float = 30.0
    keep_mb: float = 500.0


class Study:
    """Keep utterances as `<ms since 1970>.wav` and `.json`, readable by their owner alone, while a visitor consents.

    Args:
        params: where and how long; raises BackendError when the folder cannot be written.
        now: s since 1970.
    """

    def __init__(self, params: StudyParams, now: Callable[[], float] = time) -> None:
        self._params, self._now = params, now
        self._folder = Path(params.folder) if params.folder else None
        self._consent = False
        if self._folder is not None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise BackendError(
                    f"{self._folder}: no folder for the study ({error}); set another study.folder"
                ) from None
            self.tidy()

    @property
    def keeps(self) -> bool:
        """Tell whether what is heard now is kept."""
        return self._consent and self._folder is not None

    def consent(self, given: bool) -> None:
        """Take the visitor's agreement or its end; it ends with the conversation at the latest."""
        self._consent = given

    def keep(self, utterance: Utterance, transcript: Transcript, language: str) -> None:
        """Keep an utterance if its visitor has agreed; numbers in its text are masked. Raises BackendError."""
        if not self.keeps or self._folder is None:
            return
        stem = self._folder / f"{round(self._now() * 1000)}"
        said = {"text": masked(transcript.text), "confidence": transcript.confidence, "language": language}
        before = os.umask(0o077)
        try:
            save_wav(Sound(utterance.samples, 16_000), stem.with_suffix(".wav"))
            stem.with_suffix(".json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        except OSError as error:
            raise BackendError(f"{self._folder}: the study cannot be written ({error})") from None
        finally:
            os.umask(before)
        self.tidy()

    def tidy(self) -> None:
        """Delete what is older than `keep_days`, and the oldest beyond `keep_mb`."""
        if self._folder is None:
            return
        oldest, room = (self._now() - self._params.keep_days * DAY) * 1000, self._params.keep_mb * 1e6
        stems = {int(path.stem) for path in self._folder.iterdir() if path.stem.isdigit()}
        for stem in sorted(stems, reverse=True):
            files = [path for path in (self._folder / f"{stem}.wav", self._folder / f"{stem}.json") if path.exists()]
            room -= sum(path.stat().st_size for path in files)
            if stem < oldest or room < 0.0:
                for path in files:
                    path.unlink(missing_ok=True)
