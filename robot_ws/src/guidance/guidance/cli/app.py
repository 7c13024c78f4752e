"""Put the verbs together and turn a person's mistake into one sentence and exit code 2."""

from __future__ import annotations

import json
import sys
from functools import cache
from importlib import import_module
from typing import Any

import typer

from guide_common.errors import UserError

VERBS = ("ask", "hear", "say", "plan", "maps", "places", "phrases", "run", "sim", "demo")


@cache
def command_line() -> typer.Typer:
    """Return the command line with all its verbs."""
    app = typer.Typer(
        name="guide",
        help="The guide robot: ask it, plan, simulate, run, and change its floor.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for verb in VERBS:
        import_module(f"guidance.cli.{verb}").register(app)
    return app


def main() -> int:
    """Run the command line; return the exit code."""
    try:
        return int(command_line()(prog_name="./guide", standalone_mode=False) or 0)
    except UserError as error:
        _tell(str(error))
    except typer.TyperException as error:
        _tell(_usage(error))
    except typer.Abort:
        return 130
    return 2


def _usage(error: Any) -> str:
    """Return what is wrong with the words of a command, and where to look; the help where there are no words."""
    said = str(error.format_message()).strip()
    context = getattr(error, "ctx", None)
    if context is None or "\n" in said:
        return said
    return f"{said.rstrip('.')}; see {context.command_path} --help"


def _tell(sentence: str) -> None:
    if "--json" in sys.argv:
        print(json.dumps({"error": sentence}, ensure_ascii=False))
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
