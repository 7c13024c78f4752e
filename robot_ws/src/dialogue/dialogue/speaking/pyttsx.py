"""pyttsx3 on espeak-ng as a voice, in a worker process; espeak-ng itself steps in when that process fails."""

from __future__ import annotations

import json
import logging
import select
import subprocess
import sys
import threading

from dialogue.errors import BackendError
from dialogue.speaking.espeak import RENDER_LIMIT, EspeakVoice
from dialogue.speaking.voice import Sound, VoiceSettings, read_wav

log = logging.getLogger(__name__)


class PyttsxVoice:
    """Render with pyttsx3: `save_to_file` in a process of its own, started once and again if it dies."""

    def __init__(self, settings: VoiceSettings | None = None) -> None:
        self.settings = settings or VoiceSettings()
        self._fall_back = EspeakVoice(self.settings)
        self._worker: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def render(self, text: str, language: str) -> Sound:
        """Return the sound of a text; raise BackendError when neither pyttsx3 nor espeak-ng can speak."""
        with self._lock:
            try:
                return self._ask(text, language)
            except (OSError, ValueError, BackendError) as error:
                log.warning("pyttsx3 failed (%s): espeak-ng speaks this sentence", error)
                self.close()
                return self._fall_back.render(text, language)

    def close(self) -> None:
        """End the worker process."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                pipe.close()

    def _ask(self, text: str, language: str) -> Sound:
        s = self.settings
        request = {"text": text, "voice": s.voice_of(language), "rate": s.rate, "pitch": s.pitch, "volume": s.volume}
        worker = self._running()
        assert worker.stdin is not None and worker.stdout is not None
        worker.stdin.write(json.dumps(request).encode() + b"\n")
        worker.stdin.flush()
        if not select.select([worker.stdout], [], [], RENDER_LIMIT)[0]:
            raise BackendError("no answer")
        answer = json.loads(worker.stdout.readline() or b'{"size": 0, "error": "the process ended"}')
        if answer["error"] or not answer["size"]:
            raise BackendError(answer["error"] or "no sound")
        return read_wav(worker.stdout.read(answer["size"]))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._worker is None or self._worker.poll() is not None:
            self.close()
            command = [sys.executable, "-m", "dialogue.speaking.pyttsx_worker"]
            self._worker = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._worker
