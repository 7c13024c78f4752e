"""Print every sentence the robot can say, every short answer it reads, and every pattern it understands, for staff.

`python -m dialogue.phrasebook [LANGUAGE …]`; names in braces are filled in. In patterns (a|b) are alternatives, [a] may
be left out, <part> stands for the part of that name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from dialogue.conversation.answers import PRIORITY
from dialogue.conversation.phrases import Phrasebook
from dialogue.languages import languages, load_data

PATTERNS_OF = "counter_map"
"""The package in whose `lang/<code>/patterns.yaml` the patterns stand; read as data, never imported."""


def lines(language: str) -> Iterator[str]:
    """Give the phrases of a language by key, then the answers and the patterns by meaning."""
    for key, variants in Phrasebook(language).variants.items():
        for variant in variants:
            yield f"{language}  {key:32} {variant}"
    answers = load_data(language, "answers")
    for label in PRIORITY:
        yield f"{language}  heard as {label:23} {' | '.join(str(phrase) for phrase in answers[label])}"
    for number, phrases in answers["choices"].items():
        yield f"{language}  heard as choice {number:<16} {' | '.join(str(phrase) for phrase in phrases)}"
    yield f"{language}  parts two wishes                 {' | '.join(answers['joints'])}"
    yield f"{language}  begins a change of mind          {' | '.join(answers['instead'])}"
    yield from pattern_lines(language)


def pattern_lines(language: str) -> Iterator[str]:
    """Give the sentence patterns of a language by meaning; none where the counter map is not installed."""
    patterns = _patterns(language)
    for name, part in (patterns.get("parts") or {}).items():
        yield f"{language}  <{name}>{'':{max(0, 30 - len(name))}} {part}"
    for label, templates in (patterns.get("patterns") or {}).items():
        for template in templates:
            yield f"{language}  understood as {label:18} {template}"


def _patterns(language: str) -> dict[str, Any]:
    spec = find_spec(PATTERNS_OF)
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    path = Path(folders[0]) / "lang" / language / "patterns.yaml" if folders else None
    if path is None or not path.is_file():
        return {}
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return data


def main(args: list[str]) -> int:
    """Print the languages named, or all."""
    for language in args or languages():
        print("\n".join(lines(language)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
