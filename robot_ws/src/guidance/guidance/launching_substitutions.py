"""Expand `$(var name)`, `$(env NAME default)`, `$(dirname)` and `$(find-pkg-share pkg)`, nested as one likes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


class SubstitutionError(ValueError):
    """Tell what is wrong with a substitution; the caller adds file and line."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Hold what substitutions may look up: launch configurations, environment, the folder of the file."""

    variables: Mapping[str, str]
    environment: Mapping[str, str]
    folder: Path


def expand(text: str, scope: Scope) -> tuple[str, bool]:
    """Return the text with every substitution replaced, and whether there was any; raise SubstitutionError."""
    value, at, found = _until(text, 0, "", scope)
    if at != len(text):
        raise SubstitutionError(f"cannot read {text!r} beyond column {at + 1}")
    return value, found


def _until(text: str, at: int, stops: str, scope: Scope) -> tuple[str, int, bool]:
    """Read on from `at` up to one of the stop characters, replacing substitutions on the way."""
    parts: list[str] = []
    found = False
    while at < len(text) and text[at] not in stops:
        if text.startswith("\\$", at):
            parts.append("$")
            at += 2
        elif text.startswith("$(", at):
            value, at = _substitution(text, at + 2, scope)
            parts.append(value)
            found = True
        elif stops and text[at] in "'\"":
            value, at, _ = _until(text, at + 1, text[at], scope)
            parts.append(value)
            at += 1
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts), at, found


def _substitution(text: str, at: int, scope: Scope) -> tuple[str, int]:
    words: list[str] = []
    while at < len(text) and text[at] != ")":
        if text[at].isspace():
            at += 1
            continue
        word, at, _ = _until(text, at, " \t)", scope)
        words.append(word)
    if at >= len(text):
        raise SubstitutionError(f"{text!r} lacks a closing bracket")
    if not words:
        raise SubstitutionError(f"{text!r} has an empty $()")
    name, arguments = words[0], words[1:]
    if name not in _KNOWN:
        raise SubstitutionError(f"$({name} …) is not known here; use one of {', '.join(sorted(_KNOWN))}")
    least, most, work = _KNOWN[name]
    if not least <= len(arguments) <= most:
        raise SubstitutionError(f"$({name} …) takes {least} to {most} words, not {len(arguments)}")
    return work(scope, *arguments), at + 1


def _var(scope: Scope, name: str, default: str | None = None) -> str:
    value = scope.variables.get(name, default)
    if value is None:
        known = ", ".join(sorted(scope.variables)) or "none"
        raise SubstitutionError(f"$(var {name}) is not set; known here: {known}; declare it with an arg or a let")
    return value


def _env(scope: Scope, name: str, default: str | None = None) -> str:
    value = scope.environment.get(name, default)
    if value is None:
        raise SubstitutionError(f"$(env {name}) is not set; export {name} or write $(env {name} default)")
    return value


def _dirname(scope: Scope) -> str:
    return str(scope.folder)


def _find_pkg_share(scope: Scope, package: str) -> str:
    for prefix in scope.environment.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        share = Path(prefix) / "share" / package
        if prefix and share.is_dir():
            return str(share)
    raise SubstitutionError(f"package {package} is in no AMENT_PREFIX_PATH; build the workspace or correct the name")


_KNOWN: dict[str, tuple[int, int, Callable[..., str]]] = {
    "var": (1, 2, _var),
    "env": (1, 2, _env),
    "dirname": (0, 0, _dirname),
    "find-pkg-share": (1, 1, _find_pkg_share),
}
