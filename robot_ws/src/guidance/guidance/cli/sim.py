"""`guide sim SCENARIO.yaml` runs a scenario; `guide sim export gazebo SITE` writes a world for another simulator."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from guidance.demo.view import View

DEFAULT = "run"


class _ScenarioOrVerb(TyperGroup):
    """Take a first word that is no verb as the scenario to run."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command for the arguments; `run` when the first of them is not one."""
        if args and args[0] not in self.commands:
            args = [DEFAULT, *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before options that come ahead of the scenario, except a plain --help."""
        if args and args[0].startswith("-") and args[0] != "--help":
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


sim = typer.Typer(
    cls=_ScenarioOrVerb, no_args_is_help=True, help="Simulate: guide sim SCENARIO.yaml, guide sim export …"
)
export = typer.Typer(no_args_is_help=True, help="Write the hall for another simulator.")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    from guidance.cli.sim_pictures import register as register_pictures
    from guidance.cli.sim_suite import register as register_suite

    register_suite(sim)
    register_pictures(sim)
    sim.add_typer(export, name="export")
    app.add_typer(sim, name="sim")


@sim.command(DEFAULT)
def run(
    scenario: Annotated[Path, typer.Argument(help="A scenario such as sim/scenarios/demo.yaml.")],
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of everything random; the scenario's own by default.")
    ] = None,
    speed: Annotated[str, typer.Option(help="Cap in simulated seconds per second, or max.")] = "max",
    out: Annotated[Path | None, typer.Option(help="Folder for the report; of a graph for all else too.")] = None,
    mode: Annotated[str, typer.Option(help="in_process or graph; the scenario's own by default.")] = "",
    live: Annotated[bool, typer.Option("--live", help="Show conversation, state and way while it runs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    """Run a scenario and print its metrics.

    Exit code 0: all as it should be; 1: the robot failed; 2: the scenario is wrong; 3: the rig broke;
    4: a requirement was missed.
    """
    from guidance.demo.session import DemoError
    from guide_common.errors import UserError
    from hall_sim.errors import ProgramMissing
    from hall_sim.runs.verdict import EXIT_CODES, Verdict
    from hall_sim.scenarios.scenario import load_scenario

    if mode not in ("", "in_process", "graph"):
        raise UserError(f"--mode {mode}: give in_process or graph")
    mode = mode or load_scenario(scenario, seed=seed).mode
    run_one = _run_graph if mode == "graph" else _run_in_process
    try:
        with ExitStack() as opened:
            view = opened.enter_context(_view(as_json)) if live else None
            code = run_one(scenario, seed, speed, out, as_json, view)
    except (DemoError, ProgramMissing) as error:
        typer.echo(f"the rig broke: {error}", err=True)
        code = EXIT_CODES[Verdict.RIG_BROKE]
    raise typer.Exit(code)


def _view(as_json: bool) -> AbstractContextManager[View]:
    from rich.console import Console

    from guidance.demo.view import open_view

    return open_view(Console(stderr=as_json))


def _run_in_process(
    scenario: Path, seed: int | None, speed: str, out: Path | None, as_json: bool, view: View | None
) -> int:
    from guidance.cli.common import repository_root, speed_cap
    from hall_sim.pictures.live import watch_live
    from hall_sim.pictures.moment import watch_all
    from hall_sim.runs.inprocess import pace
    from hall_sim.runs.trip import make_run
    from hall_sim.scenarios.scenario import load_scenario

    run = make_run(load_scenario(scenario, seed=seed), repository_root())
    cap = speed_cap(speed)
    run.watch = watch_all(*([pace(cap)] if cap is not None else []), *([watch_live(view)] if view is not None else []))
    return _tell(run.run(), out, as_json)


def _tell(report: dict[str, Any], folder: Path | None, as_json: bool) -> int:
    import json

    from rich.console import Console

    from guidance.demo.runner import RunResult
    from guidance.demo.summary import print_summary
    from hall_sim.runs.verdict import exit_code

    files = {}
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        files["report"] = folder / "report.json"
        files["report"].write_text(json.dumps(report, ensure_ascii=False, indent=2), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        print_summary(Console(), RunResult(report, folder or Path(), files))
    return exit_code([report])


def _run_graph(scenario: Path, seed: int | None, speed: str, out: Path | None, as_json: bool, view: View | None) -> int:
    import json

    from rich.console import Console

    from guidance.cli.common import repository_root, speed_cap
    from guidance.demo.runner import RunOptions, run_scenario
    from guidance.demo.summary import print_summary
    from hall_sim.runs.verdict import exit_code

    options = RunOptions(scenario=scenario, root=repository_root(), seed=seed, speed=speed_cap(speed), folder=out)
    result = run_scenario(options, view)
    if as_json:
        typer.echo(json.dumps(result.report, ensure_ascii=False))
    else:
        print_summary(Console(), result)
    return exit_code([result.report])


@export.command("gazebo")
def gazebo(
    site: Annotated[Path, typer.Argument(help="The folder of a site, such as maps/hcmc_center.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    robot: Annotated[Path | None, typer.Option(help="The folder of the robot; robots/concierge by default.")] = None,
    floor: Annotated[str | None, typer.Option(help="Id of one floor; all of them by default.")] = None,
    sdf: Annotated[str, typer.Option(help="1.9 for Gazebo Harmonic, 1.6 for Gazebo 11 (gzserver).")] = "1.9",
    as_json: Annotated[bool, typer.Option("--json", help="Print the files as JSON and nothing else.")] = False,
) -> None:
    """Write an SDF world and robot for Gazebo from a site folder."""
    import json

    from counter_map.site import load_site
    from guidance.cli.common import repository_root
    from hall_sim.gazebo import export_gazebo

    robot = robot or repository_root() / "robots" / "concierge"
    floors = [floor] if floor else list(load_site(site).floors)
    files = list(dict.fromkeys(file for each in floors for file in export_gazebo(site, out, each, robot, sdf)))
    if as_json:
        typer.echo(json.dumps({"files": [str(file) for file in files]}, ensure_ascii=False))
        return
    for file in files:
        typer.echo(file)
