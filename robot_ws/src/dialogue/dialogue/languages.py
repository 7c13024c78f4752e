"""Find the data of each language: `lang/<code>/<name>.yaml`. A new language is a folder, no code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dialogue.errors import LanguageError

FOLDER = Path(__file__).parent / "lang"


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that have phrases, Vietnamese first."""
    found = sorted(path.parent.name for path in FOLDER.glob("*/phrases.yaml"))
    return tuple(sorted(found, key=lambda code: code != "vi"))


@cache
def load_data(language: str, name: str) -> Any:
    """Read one data file of a language; raise LanguageError that names the file and the mend."""
    path = FOLDER / language.split("-")[0] / f"{name}.yaml"
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(languages())
        raise LanguageError(f"{path}: no data for language '{language}'; use one of {known}") from None
    except yaml.YAMLError as error:
        raise LanguageError(f"{path}: not YAML ({str(error).splitlines()[0]}); mend the syntax") from None
