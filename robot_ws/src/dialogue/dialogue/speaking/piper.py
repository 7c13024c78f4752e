"""Piper voices: better ones, where a voice file is configured and the piper program is there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np

from dialogue.errors import BackendError
from dialogue.speaking.espeak import RENDER_LIMIT
from dialogue.speaking.voice import Sound, VoiceSettings


class PiperVoice:
    """Render each text with one run of the `piper` program and the language's voice file, in memory."""

    def __init__(self, settings: VoiceSettings) -> None:
        self.settings = settings

    def render(self, text: str, language: str) -> Sound:
        """Return the sound of a text; raise BackendError when the voice file or the program is missing."""
        model = self.settings.piper_model_of(language)
        if not model or not Path(model).is_file():
            raise BackendError(f"no Piper voice for '{language}'; set piper_models to {language}=/path/voice.onnx")
        done = self._run(["piper", "--model", model, "--output-raw"], text)
        return Sound(np.frombuffer(done[: len(done) // 2 * 2], np.int16), _rate(Path(f"{model}.json")))

    def close(self) -> None:
        """Hold nothing: each run ends by itself."""

    def _run(self, command: list[str], text: str) -> bytes:
        try:
            done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=RENDER_LIMIT, check=True)
        except FileNotFoundError:
            raise BackendError("piper is not installed; install the package piper-tts") from None
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise BackendError(f"piper failed ({error}); check its voice file") from None
        if len(done.stdout) < 2:
            raise BackendError("piper gave no sound; check its voice file")
        return done.stdout


def _rate(config: Path) -> int:
    """Return the rate (Hz) that a voice's `.onnx.json` tells."""
    try:
        return int(json.loads(config.read_text(encoding="utf-8"))["audio"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BackendError(f"{config}: not the configuration of a Piper voice; put it beside its .onnx") from None
