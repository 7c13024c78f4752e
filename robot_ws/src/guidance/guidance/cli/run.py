"""`guide run LAUNCH.yaml [arg:=value …]`: run a launch file with or without ROS's own launch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("run")(run)


def run(
    launch_file: Annotated[Path, typer.Argument(metavar="LAUNCH.yaml", help="a launch file, as for `ros2 launch`")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARG:=VALUE …]", help="arguments of the launch file")
    ] = None,
    show_args: Annotated[bool, typer.Option("--show-args", "-s", help="list what the file takes, and end")] = False,
    log_dir: Annotated[
        Path | None, typer.Option("--log-dir", help="write each node's output to a file there instead")
    ] = None,
) -> None:
    """Run the nodes of a launch file until Ctrl-C; restart those that die."""
    given = _arguments(arguments or [])
    if show_args:
        _show(launch_file, given)
        return
    from guidance.launching import Launch

    launch = Launch(launch_file, given, log_dir=log_dir)
    raise typer.Exit(_until_told(launch))


def _arguments(words: list[str]) -> dict[str, str]:
    from guidance.errors import LaunchError

    given = {}
    for word in words:
        name, assigned, value = word.partition(":=")
        if not assigned or not name:
            raise LaunchError(word, None, "is no argument; write name:=value")
        given[name] = value
    return given


def _show(path: Path, given: dict[str, str]) -> None:
    from guidance.launching import describe

    for argument in describe(path, given).arguments.values():
        default = "required" if argument.default is None else repr(argument.default)
        print(f"{argument.name}:={default}  {argument.description}")


def _until_told(launch: object) -> int:
    """Run the launch until it ends or SIGINT or SIGTERM comes; return its exit code."""
    import signal

    from guidance.launching import Launch

    assert isinstance(launch, Launch)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: launch.request_stop())
    with launch:
        while (code := launch.wait(0.5)) is None:
            continue
    return code
