"""Read YAML and remember on which line each key stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from counter_map.mistakes import Mistakes

Key = str | int


@dataclass(frozen=True, slots=True)
class Document:
    """Hold the data of a YAML file and the line (from 1) of each key, by its path of keys and indices."""

    data: Any
    lines: dict[tuple[Key, ...], int]

    def line(self, *path: Key) -> int:
        """Return the line of a key, or of the nearest key above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(path: Path, mistakes: Mistakes) -> Document | None:
    """Read a YAML file; note a missing file, broken syntax or a doubled key, and return None when unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        mistakes.add(path, 1, "no such file", "add it or mend the name that asks for it")
        return None
    except (OSError, UnicodeDecodeError) as error:
        mistakes.add(path, 1, f"cannot be read ({error})", "save it as UTF-8 text")
        return None
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        lines: dict[tuple[Key, ...], int] = {}
        _index(loader, node, (), lines, path, mistakes)
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        mistakes.add(path, mark.line + 1 if mark else 1, f"not YAML ({problem})", "mend the syntax")
        return None
    finally:
        loader.dispose()
    return Document(data, lines)


def _index(
    loader: yaml.SafeLoader,
    node: yaml.Node | None,
    path: tuple[Key, ...],
    lines: dict[tuple[Key, ...], int],
    file: Path,
    mistakes: Mistakes,
) -> None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            name = loader.construct_object(key_node, deep=True)
            key = (*path, name if isinstance(name, str | int) else str(name))
            line = key_node.start_mark.line + 1
            if key in lines:
                mend = f"keep one (the other is on line {lines[key]})"
                mistakes.add(file, line, f"{key[-1]} stands there twice", mend)
            lines[key] = line
            _index(loader, value, key, lines, file, mistakes)
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            lines[(*path, i)] = item.start_mark.line + 1
            _index(loader, item, (*path, i), lines, file, mistakes)
