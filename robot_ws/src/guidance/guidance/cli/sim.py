"""`guide sim SCENARIO.yaml` runs a scenario; `guide sim export gazebo SITE` writes a world for another simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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
    sim.add_typer(export, name="export")
    app.add_typer(sim, name="sim")


@sim.command(DEFAULT)
def run(
    scenario: Annotated[Path, typer.Argument(help="A scenario such as sim/scenarios/demo.yaml.")],
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of everything random; the scenario's own by default.")
    ] = None,
    speed: Annotated[str, typer.Option(help="Cap in simulated seconds per second, or max.")] = "max",
    out: Annotated[Path | None, typer.Option(help="Folder for report, picture, recording and logs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON and nothing else.")] = False,
) -> None:
    """Run a scenario on the whole graph and print its metrics; exit code 1: it fell short, 3: the rig broke."""
    import json

    from rich.console import Console

    from guidance.cli.common import repository_root, speed_cap
    from guidance.demo.runner import RunOptions, run_scenario
    from guidance.demo.session import DemoError
    from guidance.demo.summary import print_summary

    options = RunOptions(scenario=scenario, root=repository_root(), seed=seed, speed=speed_cap(speed), folder=out)
    try:
        result = run_scenario(options)
    except DemoError as error:
        typer.echo(f"the rig broke: {error}", err=True)
        raise typer.Exit(3) from None
    if as_json:
        typer.echo(json.dumps(result.report, ensure_ascii=False))
    else:
        print_summary(Console(), result)
    raise typer.Exit(0 if result.success else 1)


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
