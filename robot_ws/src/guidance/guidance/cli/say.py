"""Verb `guide say`: a sentence in the robot's voice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""

    @app.command("say")
    def say(
        text: Annotated[str, typer.Argument(help="What to say.")],
        out: Annotated[Path, typer.Option(help="WAV file to write.")],
        lang: Annotated[str, typer.Option(help="Language of the text.")] = "vi",
        backend: Annotated[str, typer.Option(help="pyttsx3, espeak-ng or piper.")] = "pyttsx3",
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Speak a text into a WAV file."""
        from time import perf_counter

        from dialogue.errors import BackendError
        from dialogue.speaking import CachedVoice, VoiceSettings, make_voice, save_wav

        if not text.strip():
            raise BackendError("nothing to say; give a text")
        voice = CachedVoice(make_voice(VoiceSettings(backend=backend)))
        try:
            begin = perf_counter()
            sound = voice.render(text, lang)
            took = perf_counter() - begin
        finally:
            voice.close()
        save_wav(sound, out)
        if as_json:
            answer = {"file": str(out), "duration": round(sound.duration, 3), "render": round(took, 4)}
            print(json.dumps(answer, ensure_ascii=False))
        else:
            typer.echo(f"{out}: {sound.duration:.1f} s of speech, rendered in {took:.2f} s")
