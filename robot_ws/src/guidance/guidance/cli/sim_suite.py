"""`guide sim suite DIR` runs many scenarios with many seeds; `guide sim schema` writes the scenarios' JSON schema."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guide_common.errors import UserError

if TYPE_CHECKING:
    from rich.progress import Progress


def register(sim: typer.Typer) -> None:
    """Add the verbs to `guide sim`."""
    sim.command("suite")(suite)
    sim.command("day")(day)
    sim.command("schema")(schema)


def suite(
    scenarios: Annotated[Path, typer.Argument(help="A folder of scenarios, or one scenario.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds each scenario runs with.")] = 20,
    first_seed: Annotated[int, typer.Option(min=0, help="The first of them.")] = 1,
    jobs: Annotated[str, typer.Option(help="Processes on this machine, or auto for one a core.")] = "auto",
    cluster: Annotated[str, typer.Option(help="Address of a Dask scheduler, such as tcp://10.0.0.5:8786.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for suite.json, junit.xml and what failures leave.")] = None,
    thresholds: Annotated[Path | None, typer.Option(help="YAML list of what the whole suite must reach.")] = None,
    evidence: Annotated[bool, typer.Option(help="Record, picture and film each run that fell short.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Run every scenario with every seed.

    The exit code is that of the worst verdict, as in `guide sim`; with --thresholds single runs may fall short, and
    it is 4 when a threshold is missed, 2 or 3 when a scenario is wrong or the rig broke. Each report is added to
    runs.jsonl in --out as it comes.
    """
    from rich.console import Console

    from guidance.cli.common import repository_root
    from hall_sim.runs.suite import find_scenarios, jobs_of, run_suite
    from hall_sim.runs.summary import junit, summarise
    from hall_sim.runs.thresholds import missed_thresholds, read_thresholds
    from hall_sim.runs.verdict import exit_code, exit_code_of_suite

    root, begun = repository_root(), time.monotonic()
    todo = jobs_of(find_scenarios(scenarios), seeds, first_seed)
    wanted = read_thresholds(thresholds) if thresholds is not None else None
    console = Console(stderr=as_json)
    reports = []
    _clear(out, [_run_folder(job.scenario.stem, job.seed) for job in todo])
    with _progress(console) as progress, _stream(out) as stream:
        bar = progress.add_task("runs", total=len(todo), fell_short=0)
        for report in run_suite(todo, root, _workers(jobs), cluster):
            reports.append(report)
            stream(report)
            fell_short = sum(not each["success"] for each in reports)
            progress.update(bar, advance=1, fell_short=fell_short)
    reports.sort(key=lambda report: (report["scenario"], report["seed"]))
    document = {"suite": scenarios.stem, "runs": reports, "summary": summarise(reports)}
    document["performance"] = {"wall_s": round(time.monotonic() - begun, 1)}
    if out is not None:
        _leave(out, document, junit(scenarios.stem, reports))
        _leave_evidence(out, reports, root, console) if evidence else None
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        _print(console, document)
    if wanted is None:
        raise typer.Exit(exit_code(reports))
    missed = missed_thresholds(wanted, document["summary"])
    for sentence in missed:
        typer.echo(sentence, err=True)
    raise typer.Exit(exit_code_of_suite(reports, missed))


def day(
    plan: Annotated[Path, typer.Argument(help="A day, such as sim/days/weekday.yaml.")],
    seed: Annotated[int, typer.Option(min=0, help="Of who comes, when, and what they want.")] = 1,
    jobs: Annotated[str, typer.Option(help="Processes on this machine, or auto for one a core.")] = "auto",
    cluster: Annotated[str, typer.Option(help="Address of a Dask scheduler, such as tcp://10.0.0.5:8786.")] = "",
    out: Annotated[Path | None, typer.Option(help="File for the JSON document.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Simulate a day in the hall, each hour a run of its own; exit code 3 when the rig broke, else 0."""
    from rich.console import Console

    from guidance.cli.common import repository_root
    from hall_sim.runs.day import hours_of, run_hour
    from hall_sim.runs.day_summary import day_document
    from hall_sim.runs.suite import spread

    console, begun = Console(stderr=as_json), time.monotonic()
    todo = hours_of(plan, seed)
    hours, broken = [], []
    with _progress(console) as progress:
        bar = progress.add_task("hours", total=len(todo), fell_short=0)
        for hour, result in spread(run_hour, todo, repository_root(), _workers(jobs), cluster):
            if isinstance(result, BaseException):
                broken.append(f"{hour.begins}: {result!r}")
            else:
                hours.append(result)
            short = sum(not visit["success"] for each in hours for visit in each["visits"])
            progress.update(bar, advance=1, fell_short=short)
    document = day_document(plan.stem, seed, hours, broken)
    document["performance"] = {"wall_s": round(time.monotonic() - begun, 1)}
    if out is not None:
        out.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        _print_day(console, document)
    for sentence in broken:
        typer.echo(f"the rig broke: {sentence}", err=True)
    raise typer.Exit(3 if broken else 0)


def _print_day(console: Any, document: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None)
    for name in ("hour", "asked", "served", "as wanted", "wrong", "assists", "wait", "km", "contacts"):
        table.add_column(name, justify="left" if name == "hour" else "right")
    for row in (*document["hours"], document["day"]):
        table.add_row(
            *(row["hour"], str(row["asked"]), str(row["served"]), f"{row['as_wanted']:.0%}", str(row["wrong_counter"])),
            *(str(row["assists"]), f"{row['mean_wait_s']:.0f} s", f"{row['km']:.2f}", str(row["contacts"])),
        )
    console.print(table)


def schema(
    out: Annotated[Path | None, typer.Option(help="File to write to; the terminal by default.")] = None,
) -> None:
    """Write the JSON schema of scenario files, for editors that check while one types."""
    from hall_sim.scenarios.schema import scenario_schema

    text = json.dumps(scenario_schema(), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def _workers(jobs: str) -> int:
    if jobs == "auto":
        return 0
    if not jobs.isdigit() or int(jobs) < 1:
        raise UserError(f"--jobs {jobs}: give auto or a number of processes")
    return int(jobs)


def _progress(console: Any) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[fell_short]} fell short"))
    return Progress(TextColumn("{task.description}"), *columns, TimeRemainingColumn(), console=console)


@contextmanager
def _stream(folder: Path | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Give a function that keeps a report as soon as it is there, so that a sweep that is stopped loses nothing."""
    if folder is None:
        yield lambda report: None
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "runs.jsonl").open("w", encoding="utf-8") as file:

        def keep(report: dict[str, Any]) -> None:
            file.write(json.dumps(report, ensure_ascii=False) + "\n")
            file.flush()

        yield keep


def _run_folder(scenario: str, seed: int) -> str:
    return f"{scenario}-{seed}"


def _clear(folder: Path | None, runs: list[str]) -> None:
    """Remove what earlier runs of the same names left where they fell short."""
    if folder is None:
        return
    for run in runs:
        if (folder / run / "replay.txt").is_file():
            shutil.rmtree(folder / run)


def _leave(folder: Path, document: dict[str, Any], junit: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.json").write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "junit.xml").write_text(junit, encoding="utf-8")


def _leave_evidence(folder: Path, reports: list[dict[str, Any]], root: Path, console: Any) -> None:
    from hall_sim.pictures.evidence import leave_evidence
    from hall_sim.runs.verdict import Verdict

    for report in reports:
        if report["success"] or report["verdict"] == Verdict.SCENARIO_WRONG.value:
            continue
        place = folder / _run_folder(report["scenario"], report["seed"])
        seen = f"see {place}"
        try:
            leave_evidence(Path(report["file"]), report["seed"], place, root)
        except Exception as error:  # a rig that broke may break again before there is anything to see
            seen = f"it could not be made again: {error!r}"
        console.print(f"{report['scenario']} seed {report['seed']}: {report['verdict']}, {seen}", highlight=False)


def _print(console: Any, document: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for name in ("scenario", "runs", "passed", "95 %", "arrived", "waiting", "in range", "nearest", "contacts"):
        table.add_column(name, justify="left" if name == "scenario" else "right", no_wrap=True)
    rows = document["summary"]["scenarios"] | {"all": document["summary"]}
    for name, figures in rows.items():
        passed, metrics = figures["passed"], figures["metrics"]
        table.add_row(
            *(name, str(figures["runs"]), f"{passed['share']:.1%}", f"{passed['low']:.0%}–{passed['high']:.0%}"),
            *(_mean(metrics, "arrived_after_s", "{:.0f} s"), _mean(metrics, "waiting_s", "{:.1f} s")),
            *(_mean(metrics, "visitor_in_range", "{:.0%}"), _mean(metrics, "nearest_person_m", "{:.2f} m")),
            _mean(metrics, "contacts", "{:.2f}"),
        )
    console.print(table)


def _mean(metrics: dict[str, Any], name: str, shown: str) -> str:
    return shown.format(metrics[name]["mean"]) if name in metrics else "–"
