"""What several verbs need: where the repository is, and reading shared options."""

from __future__ import annotations

import os
from pathlib import Path

from guide_common.errors import UserError


def repository_root() -> Path:
    """Return the repository's root: $GUIDE_ROOT (set by ./guide), or the folder above that holds maps/ and launch/."""
    named = os.environ.get("GUIDE_ROOT")
    candidates = [Path(named)] if named else [Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents]
    for folder in candidates:
        if (folder / "maps").is_dir() and (folder / "launch").is_dir():
            return folder
    raise UserError("cannot find the repository (maps/ and launch/); run ./guide at its root or set GUIDE_ROOT")


def speed_cap(text: str) -> float | None:
    """Read `--speed`: None for `max`, else the factor."""
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.05 <= factor <= 100.0:
        raise UserError(f"--speed {text}: give max, or a factor of real time between 0.05 and 100, such as 1.0")
    return factor
