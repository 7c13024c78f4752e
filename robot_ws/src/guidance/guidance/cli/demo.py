"""`guide demo`: a simulated visitor asks aloud and is led to the counter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `guide demo` to the command line."""
    app.command("demo")(demo)


def demo(
    seed: Annotated[int | None, typer.Option(help="Seed of the crowd, the visitor and the sensors.")] = None,
    speed: Annotated[str, typer.Option(help="Cap on the speed of time: max, or a factor such as 1.0.")] = "max",
    say: Annotated[str | None, typer.Option(help="What the visitor asks, instead of the scenario's question.")] = None,
    accept: Annotated[str | None, typer.Option(help="What the visitor answers when offered to be led.")] = None,
    touch: Annotated[bool, typer.Option("--touch", help="The visitor answers on the screen instead of aloud.")] = False,
    screen: Annotated[bool, typer.Option("--screen", help="Serve the visitor screen on localhost.")] = False,
    scenario: Annotated[Path | None, typer.Option(help="Scenario file; default sim/scenarios/demo.yaml.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for report, picture, recording and logs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    """Run the demo: greet, listen, explain, lead through the hall, say goodbye, go home."""
    from rich.console import Console

    from guidance.cli.common import repository_root, speed_cap
    from guidance.demo.runner import RunOptions, run_scenario
    from guidance.demo.session import DemoError
    from guidance.demo.summary import print_summary
    from guidance.demo.view import open_view
    from hall_sim.runs.verdict import EXIT_CODES, Verdict

    root = repository_root()
    options = RunOptions(
        scenario=scenario or root / "sim" / "scenarios" / "demo.yaml",
        root=root, seed=seed, speed=speed_cap(speed), say=say, accept=accept,
        touch=touch, screen=screen, record=True, record_audio=True, folder=out,
    )  # fmt: skip
    console = Console(stderr=as_json)
    try:
        with open_view(console) as view:
            result = run_scenario(options, view)
    except DemoError as error:
        typer.echo(f"the rig broke: {error}", err=True)
        raise typer.Exit(EXIT_CODES[Verdict.RIG_BROKE]) from None
    if as_json:
        typer.echo(json.dumps(result.report, ensure_ascii=False, indent=2))
    else:
        print_summary(console, result)
    raise typer.Exit(0 if result.success else 1)
