"""Verb `guide hear`: what the robot understands of recorded speech."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""

    @app.command("hear")
    def hear(
        files: Annotated[list[Path], typer.Argument(help="WAV files, any rate and channel count.")],
        lang: Annotated[str, typer.Option(help="Language that is spoken.")] = "vi",
        backend: Annotated[str, typer.Option(help="viet-asr or vosk.")] = "viet-asr",
        model: Annotated[str | None, typer.Option(help="Folder of a Vosk model.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Transcribe WAV files and tell how long each step took."""
        from dataclasses import asdict

        from dialogue.hearing import make_recogniser, transcribe_file

        recogniser = make_recogniser(backend, lang, model)
        results = [(path, transcribe_file(path, lang, recogniser=recogniser)) for path in files]
        if as_json:
            document = [{"file": str(path), **asdict(result)} for path, result in results]
            print(json.dumps(document[0] if len(document) == 1 else document, ensure_ascii=False, indent=2))
            return
        for path, result in results:
            _show(path, result, many=len(results) > 1)


def _show(path: Path, result: object, many: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if many:
        console.print(f"[bold]{path}[/bold]")
    console.print(result.text)  # type: ignore[attr-defined]
    t = result.timings  # type: ignore[attr-defined]
    factor = t["recognise"] / t["duration"]
    console.print(
        f"[dim]{t['duration']:.1f} s of sound · end-pointing {t['endpoint']:.2f} s · "
        f"recognition {t['recognise']:.2f} s (real-time factor {factor:.2f})[/dim]"
    )
