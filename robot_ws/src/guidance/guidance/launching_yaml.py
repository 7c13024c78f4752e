"""Read YAML and remember on which line everything stood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from guidance.errors import LaunchError


class Located(dict[str, Any]):
    """A mapping that knows its own line and the line of each key (1 is the first)."""

    line: int = 0
    lines: dict[str, int]


class LocatedList(list[Any]):
    """A sequence that knows its own line."""

    line: int = 0


class _Loader(yaml.SafeLoader):
    pass


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Located:
    found = Located()
    found.line = node.start_mark.line + 1
    found.lines = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[key] = key_node.start_mark.line + 1
    return found


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> LocatedList:
    found = LocatedList(loader.construct_object(child, deep=True) for child in node.value)
    found.line = node.start_mark.line + 1
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SEQUENCE_TAG, _sequence)


def read_launch(path: Path) -> LocatedList:
    """Return the entries under `launch:` of a launch file; raise LaunchError with file, line and mend."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LaunchError(path, None, f"cannot be read ({error.strerror}); give the path of a launch file") from None
    except UnicodeDecodeError:
        raise LaunchError(path, None, "is not UTF-8 text; give the path of a launch file in YAML") from None
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise LaunchError(path, mark.line + 1 if mark else None, f"not YAML ({problem}); mend the syntax") from None
    entries = data.get("launch") if isinstance(data, Located) else None
    if not isinstance(entries, LocatedList):
        raise LaunchError(path, 1, "a launch file holds one list named launch; begin it with `launch:`")
    return entries
