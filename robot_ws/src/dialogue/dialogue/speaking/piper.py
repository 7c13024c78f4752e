"""Piper voices: better ones, where a voice file is configured and the piper program is there."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from dialogue.errors import BackendError
from dialogue.speaking.espeak import RENDER_LIMIT
from dialogue.speaking.voice import Sound, VoiceSettings, read_wav


class PiperVoice:
    """Render each text with one run of the `piper` program and the language's voice file."""

    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings

    def render(self, text: str, language: str) -> Sound:
        """Return the sound of a text; raise BackendError when the voice file or the program is missing."""
        model = self.settings.piper_model_of(language)
        if not model or not Path(model).is_file():
            raise BackendError(f"no Piper voice for '{language}'; set piper_models to {language}=/path/voice.onnx")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "line.wav"
            self._run(["piper", "--model", model, "--output_file", str(path)], text)
            return read_wav(path.read_bytes())

    def close(self) -> None:
        """Hold nothing: each run ends by itself."""

    def _run(self, command: list[str], text: str) -> None:
        try:
            subprocess.run(command, input=text.encode(), capture_output=True, timeout=RENDER_LIMIT, check=True)
        except FileNotFoundError:
            raise BackendError("piper is not installed; install the package piper-tts") from None
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise BackendError(f"piper failed ({error}); check its voice file") from None
