"""Read a scenario file into plain values: other files it includes, its parameters and what they are drawn from.

    include: base.yaml                  # or a list; this file's values are put over theirs
    parameters:
      people: 30
      pace: {uniform: [0.6, 1.0]}
      who: {choice: [grandmother, student]}
      late: {normal: [20, 5], least: 0, most: 60}
    crowd: {people: "${people}"}
    visitor: {pace: ["${pace}", "${pace}"]}

A parameter is a value or a distribution, drawn anew for each seed. `${name}` alone becomes the value with its
type; inside other text it becomes text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from guide_common.errors import UserErrors

PARAMETER_STREAM = 100
"""Number of the random stream that parameters are drawn from."""
DEEPEST = 8
"""Files that may include one another in a row."""
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

Values = dict[str, Any]


def read_values(path: Path, seed: int | None = None, parameters: Mapping[str, Any] | None = None) -> Values:
    """Return the values of a scenario file with its includes and parameters put in; raise UserErrors.

    Args:
        path: the YAML file.
        seed: of the distributions; the file's own when None.
        parameters: values put in place of the file's.
    """
    values = _read(path, ())
    wanted = values.pop("parameters", None) or {}
    if not isinstance(wanted, dict):
        raise UserErrors([f"{path}: parameters: must be a mapping of names to values or distributions; change it"])
    unknown = sorted(set(parameters or {}) - set(wanted))
    if unknown:
        known = ", ".join(sorted(wanted)) or "none"
        raise UserErrors([f"{path}: there is no parameter {unknown[0]}; the parameters are {known}"])
    drawn_by = seed if seed is not None else values.get("seed", 0)
    drawn = _draw(path, wanted | dict(parameters or {}), drawn_by if isinstance(drawn_by, int) else 0)
    return {key: _filled(path, key, value, drawn) for key, value in values.items()}


def _read(path: Path, above: tuple[Path, ...]) -> Values:
    values = _parse(path)
    includes = values.pop("include", [])
    includes = [includes] if isinstance(includes, str) else includes
    if not isinstance(includes, list) or not all(isinstance(each, str) for each in includes):
        raise UserErrors([f"{path}: include: must be a file or a list of files; change it"])
    here = (*above, path.resolve())
    if len(here) > DEEPEST or len(set(here)) < len(here):
        raise UserErrors([f"{path}: include: the files include one another; take one of the includes out"])
    merged: Values = {}
    for include in includes:
        merged = _merged(merged, _read(path.parent / include, here))
    return _merged(merged, _with_site(path, values))


def _with_site(path: Path, values: Values) -> Values:
    """Make the site's folder, which is written beside its file, absolute."""
    if isinstance(values.get("site"), str):
        values["site"] = str((path.parent / values["site"]).resolve())
    return values


def _parse(path: Path) -> Values:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or "not readable"
        raise UserErrors([f"{path}: {reason}; give a file such as those in sim/scenarios or sim/days"]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserErrors([f"{path}: not YAML ({' '.join(str(error).split())}); mend the syntax"]) from None
    if not isinstance(data, dict):
        raise UserErrors([f"{path}: expected a mapping with name, site, visitor and expect"])
    return data


def _merged(under: Values, over: Values) -> Values:
    """Put values over others, mappings key by key; anything else as a whole."""
    merged = dict(under)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _draw(path: Path, wanted: Mapping[str, Any], seed: int) -> Values:
    rng = np.random.default_rng([abs(seed), PARAMETER_STREAM])
    return {name: _value(path, name, wanted[name], rng) for name in sorted(wanted)}


def _value(path: Path, name: str, wanted: Any, rng: np.random.Generator) -> Any:
    if not isinstance(wanted, dict):
        return wanted
    kinds = [kind for kind in DISTRIBUTIONS if kind in wanted]
    if len(kinds) != 1:
        known = ", ".join(DISTRIBUTIONS)
        raise UserErrors([f"{path}: parameters.{name}: name one distribution of {known}; change it"])
    try:
        return DISTRIBUTIONS[kinds[0]](wanted, rng)
    except (TypeError, ValueError, KeyError) as error:
        raise UserErrors([f"{path}: parameters.{name}: {kinds[0]} cannot be drawn from ({error}); change it"]) from None


def _uniform(wanted: Values, rng: np.random.Generator) -> float:
    low, high = wanted["uniform"]
    return float(rng.uniform(low, high))


def _normal(wanted: Values, rng: np.random.Generator) -> float:
    mean, spread = wanted["normal"]
    drawn = float(rng.normal(mean, spread))
    return min(max(drawn, float(wanted.get("least", -np.inf))), float(wanted.get("most", np.inf)))


def _integer(wanted: Values, rng: np.random.Generator) -> int:
    low, high = wanted["integer"]
    return int(rng.integers(low, high, endpoint=True))


def _choice(wanted: Values, rng: np.random.Generator) -> Any:
    values = list(wanted["choice"])
    weights = np.asarray(wanted.get("weights", [1.0] * len(values)), np.float64)
    if len(weights) != len(values):
        raise ValueError(f"{len(values)} values have {len(weights)} weights")
    return values[int(rng.choice(len(values), p=weights / weights.sum()))]


DISTRIBUTIONS: dict[str, Callable[[Values, np.random.Generator], Any]] = {
    "uniform": _uniform,
    "normal": _normal,
    "integer": _integer,
    "choice": _choice,
}


def _filled(path: Path, where: str, value: Any, drawn: Values) -> Any:
    if isinstance(value, dict):
        return {key: _filled(path, f"{where}.{key}", each, drawn) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(path, where, each, drawn) for each in value]
    if not isinstance(value, str):
        return value
    names = _PLACEHOLDER.findall(value)
    for name in names:
        if name not in drawn:
            known = ", ".join(drawn) or "none"
            raise UserErrors([f"{path}: {where}: there is no parameter {name}; the parameters are {known}"])
    if len(names) == 1 and value == f"${{{names[0]}}}":
        return drawn[names[0]]
    return _PLACEHOLDER.sub(lambda match: str(drawn[match[1]]), value)
