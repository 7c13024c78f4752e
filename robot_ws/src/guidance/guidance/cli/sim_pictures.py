"""`guide sim picture` and `guide sim video` show a run; `guide sim compare` sets two suites side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from guide_common.errors import UserError

VIEWS = ("top", "near", "3d")


def register(sim: typer.Typer) -> None:
    """Add the verbs to `guide sim`."""
    sim.command("picture")(picture)
    sim.command("video")(video)
    sim.command("compare")(compare)


def picture(
    scenario: Annotated[Path, typer.Argument(help="A scenario such as sim/scenarios/demo.yaml.")],
    out: Annotated[Path, typer.Option(help="The PNG to write.")],
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random; the scenario's by default.")] = None,
    at: Annotated[float | None, typer.Option(min=0.0, help="s since the start; the end by default.")] = None,
    view: Annotated[str, typer.Option(help="top: the whole floor; near: around the robot; 3d.")] = "top",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was drawn as JSON and nothing else.")] = False,
) -> None:
    """Run a scenario in one process up to a moment and draw it."""
    from hall_sim.pictures.shots import take_picture

    if view not in VIEWS:
        raise UserError(f"--view {view}: give one of {', '.join(VIEWS)}")
    run, root = _run(scenario, seed)
    with _progress(run, at, as_json) as watch:
        moment = take_picture(run, root, out, at, view, [watch])  # type: ignore[arg-type]
    _tell(as_json, out, f"{out}: {moment.clock}, {moment.time:.1f} s, {moment.state}", time=round(moment.time, 2))


def video(
    what: Annotated[Path, typer.Argument(help="A scenario such as sim/scenarios/demo.yaml, or a recording (.mcap).")],
    out: Annotated[Path, typer.Option(help="The MP4 to write.")],
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random; the scenario's by default.")] = None,
    last: Annotated[float | None, typer.Option(min=0.1, help="Only so many s before the end.")] = None,
    speed: Annotated[float, typer.Option(min=0.1, max=100.0, help="Times as fast as the hall.")] = 4.0,
    view: Annotated[str, typer.Option(help="top: the whole floor; near: around the robot.")] = "near",
    site: Annotated[Path | None, typer.Option(help="Of a recording whose own site is not here any more.")] = None,
    floor: Annotated[str, typer.Option(help="Of a recording: the robot's floor.")] = "1",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was filmed as JSON and nothing else.")] = False,
) -> None:
    """Run a scenario in one process and film it from above, or film what a recording tells."""
    from guidance.cli.common import repository_root
    from hall_sim.pictures.shots import film_recording, film_run

    if view not in VIEWS[:2]:
        raise UserError(f"--view {view}: give one of {', '.join(VIEWS[:2])}")
    if what.suffix == ".mcap":
        frames = film_recording(what, repository_root(), out, last, speed, view == "top", site, floor)
        _tell(as_json, out, f"{out}: {frames} frames", frames=frames)
        return
    run, root = _run(what, seed)
    with _progress(run, None, as_json) as watch:
        frames = film_run(run, root, out, last, speed, view == "top", [watch])
    _tell(as_json, out, f"{out}: {frames} frames of {run.hall.time:.1f} s", frames=frames, time=round(run.hall.time, 2))


def compare(
    before: Annotated[Path, typer.Argument(help="The suite.json of one plan, or version.")],
    after: Annotated[Path, typer.Argument(help="The suite.json of the other.")],
    out: Annotated[Path, typer.Option(help="The HTML page to write.")] = Path("comparison.html"),
    names: Annotated[str, typer.Option(help="What to call the two, such as 'today,new plan'.")] = "",
    sites: Annotated[str, typer.Option(help="The two sites' folders, to show their floors: 'maps/a,maps/b'.")] = "",
    floor: Annotated[str, typer.Option(help="Id of the floor to show.")] = "1",
    language: Annotated[str, typer.Option(help="Of the page: en or vi.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON and nothing else.")] = False,
) -> None:
    """Compare two suites: what got better, what worse, and how sure that is."""
    from hall_sim.pictures.comparison import compare_suites, load_suite
    from hall_sim.pictures.comparison_page import write_page
    from hall_sim.pictures.comparison_words import Teller

    folders = [Path(folder) for folder in _two("--sites", sites)]
    comparison = compare_suites(load_suite(before), load_suite(after), _two("--names", names) or None)
    write_page(out, comparison, folders, floor, language)
    if as_json:
        typer.echo(json.dumps(comparison.as_json() | {"file": str(out)}, ensure_ascii=False))
        return
    for _, sentence in Teller(comparison, language).sentences():
        typer.echo(sentence)
    typer.echo(out)


def _two(option: str, text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(",")) if text else ()
    if parts and (len(parts) != 2 or not all(parts)):
        raise UserError(f"{option} {text}: give two, with a comma between them")
    return parts


def _run(scenario: Path, seed: int | None) -> tuple[Any, Path]:
    from guidance.cli.common import repository_root
    from hall_sim.runs.trip import make_run
    from hall_sim.scenarios.scenario import load_scenario

    root = repository_root()
    return make_run(load_scenario(scenario, seed=seed), root), root


@contextmanager
def _progress(run: Any, until: float | None, quiet: bool) -> Iterator[Callable[[Any, Any], None]]:
    """Show how far a run is, on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.completed:.0f} s simulated"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        limit = run.scenario.time_limit
        bar = progress.add_task("run", total=limit if until is None else min(until, limit))

        def watch(run: Any, tick: Any) -> None:
            if tick.scan is not None:
                progress.update(bar, completed=run.hall.time)

        yield watch


def _tell(as_json: bool, out: Path, sentence: str, **facts: float) -> None:
    typer.echo(json.dumps({"file": str(out), **facts}, ensure_ascii=False) if as_json else sentence)
