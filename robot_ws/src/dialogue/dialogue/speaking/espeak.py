"""The espeak-ng program as a voice: the plain way, and the fall-back of pyttsx3."""

from __future__ import annotations

import subprocess

from dialogue.errors import BackendError
from dialogue.speaking.voice import Sound, VoiceSettings, read_wav

RENDER_LIMIT = 20.0
"""s, wall clock, a sentence may take to render (a usual one takes 0.03 s)."""


class EspeakVoice:
    """Render each text with one run of espeak-ng, its WAV taken from standard output."""

    def __init__(self, settings: VoiceSettings | None = None) -> None:
        self.settings = settings or VoiceSettings()

    def render(self, text: str, language: str) -> Sound:
        """Return the sound of a text; raise BackendError when espeak-ng is missing or lacks the language."""
        s = self.settings
        command = ["espeak-ng", "-v", s.voice_of(language), "-s", str(s.rate), "-p", str(s.pitch)]
        command += ["-a", str(s.volume), "--stdin", "--stdout"]
        try:
            done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=RENDER_LIMIT, check=False)
        except FileNotFoundError:
            raise BackendError("espeak-ng is not installed; install the system package espeak-ng") from None
        except subprocess.TimeoutExpired:
            raise BackendError("espeak-ng did not finish; check the system package espeak-ng") from None
        if done.returncode != 0 or not done.stdout:
            reason = done.stderr.decode(errors="replace").strip().splitlines()
            raise BackendError(f"espeak-ng cannot speak '{language}' ({reason[0] if reason else 'no sound'})")
        return read_wav(done.stdout)

    def close(self) -> None:
        """Hold nothing: each run ends by itself."""
