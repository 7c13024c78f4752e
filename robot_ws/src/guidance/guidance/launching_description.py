"""Turn a launch file into the processes it describes, the way `ros2 launch` would.

Only what our files use is understood (arg, let, set_env, node, include, group,
push_ros_namespace; if/unless on each); anything else is an error, so that a
file that runs here runs with `ros2 launch` too.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from guidance.errors import LaunchError
from guidance.launching_substitutions import Scope, SubstitutionError, expand
from guidance.launching_yaml import Located, LocatedList, read_launch

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
NODE_KEYS = {
    "pkg", "exec", "name", "namespace", "param", "remap", "env", "args",
    "respawn", "respawn_delay", "output", "on_exit", "if", "unless",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """Describe one process: what to run and how to watch it.

    `parameters` holds typed values and, as Path, parameter files, in their order.
    `required` ends the whole launch when the process ends.
    """

    name: str
    package: str
    executable: str
    namespace: str = ""
    node_name: str | None = None
    parameters: tuple[tuple[str, Any] | Path, ...] = ()
    remaps: tuple[tuple[str, str], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    respawn: bool = False
    respawn_delay: float = 0.0
    output: str = "screen"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """Describe an argument that a launch file takes."""

    name: str
    default: str | None
    description: str


@dataclass(slots=True)
class Description:
    """Hold what a launch file asks for once its arguments are known."""

    nodes: list[NodeSpec] = field(default_factory=list)
    arguments: dict[str, Argument] = field(default_factory=dict)


def describe(path: Path | str, arguments: Mapping[str, str] | None = None) -> Description:
    """Read a launch file and all it includes; raise LaunchError with file, line and mend."""
    description = Description()
    given = {str(key): str(value) for key, value in (arguments or {}).items()}
    reader = _Reader(Path(path).resolve(), dict(given), dict(os.environ), "", description)
    reader.read()
    unknown = sorted(set(given) - set(description.arguments))
    if unknown:
        known = ", ".join(sorted(description.arguments)) or "none"
        raise LaunchError(path, None, f"has no argument {unknown[0]}; it takes {known}")
    _no_twins(Path(path), description)
    return description


def _no_twins(path: Path, description: Description) -> None:
    names = [node.name for node in description.nodes]
    for name in names:
        if names.count(name) > 1:
            raise LaunchError(path, None, f"starts {name} twice; give each node its own name or namespace")


class _Reader:
    """Walk the entries of one file; configurations leak out of includes and stay inside groups, as in ros2 launch."""

    def __init__(
        self,
        path: Path,
        variables: dict[str, str],
        environment: dict[str, str],
        namespace: str,
        description: Description,
        depth: int = 0,
    ) -> None:
        self.path, self.variables, self.environment = path, variables, environment
        self.namespace, self.description, self.depth = namespace, description, depth

    def read(self) -> None:
        self._entries(read_launch(self.path))

    def _entries(self, entries: LocatedList) -> None:
        actions: dict[str, Callable[[Any], None]] = {
            "arg": self._arg,
            "let": self._let,
            "set_env": self._set_env,
            "node": self._node,
            "include": self._include,
            "group": self._group,
            "push_ros_namespace": self._push_namespace,
        }
        for entry in entries:
            if not isinstance(entry, Located) or len(entry) != 1:
                raise LaunchError(self.path, getattr(entry, "line", entries.line), "each entry of launch is one action")
            (kind, body), line = next(iter(entry.items())), entry.line
            if kind not in actions:
                raise LaunchError(self.path, line, f"{kind} is not known; use one of {', '.join(sorted(actions))}")
            if kind != "group" and not isinstance(body, Located):
                raise LaunchError(self.path, line, f"{kind} must hold keys and values, indented below it")
            if not isinstance(body, Located) or self._wanted(body):
                actions[kind](body)

    def _arg(self, body: Located) -> None:
        self._only(body, {"name", "default", "description", "if", "unless"})
        name = self._text(body, "name")
        default = self._text(body, "default") if "default" in body else None
        self.description.arguments.setdefault(name, Argument(name, default, str(body.get("description", ""))))
        if name not in self.variables:
            if default is None:
                raise LaunchError(self.path, body.line, f"argument {name} has no value; add {name}:=… to the command")
            self.variables[name] = default

    def _let(self, body: Located) -> None:
        self._only(body, {"name", "value", "if", "unless"})
        self.variables[self._text(body, "name")] = self._text(body, "value")

    def _set_env(self, body: Located) -> None:
        self._only(body, {"name", "value", "if", "unless"})
        self.environment[self._text(body, "name")] = self._text(body, "value")

    def _push_namespace(self, body: Located) -> None:
        self._only(body, {"namespace", "if", "unless"})
        pushed = self._text(body, "namespace").strip("/")
        self.namespace = "/".join(part for part in (self.namespace, pushed) if part)

    def _include(self, body: Located) -> None:
        self._only(body, {"file", "arg", "if", "unless"})
        path = self.path.parent / self._text(body, "file")
        if self.depth > 20:
            raise LaunchError(self.path, body.line, f"includes {path.name} without end; remove the circle")
        if not path.is_file():
            raise LaunchError(self.path, body.lines["file"], f"includes {path}, which does not exist; correct file")
        for argument in self._list(body, "arg"):
            self._only(argument, {"name", "value"})
            self.variables[self._text(argument, "name")] = self._text(argument, "value")
        inner = _Reader(
            path.resolve(), self.variables, self.environment, self.namespace, self.description, self.depth + 1
        )
        inner.read()

    def _group(self, body: Any) -> None:
        entries = body.get("children") if isinstance(body, Located) else body
        if not isinstance(entries, LocatedList):
            raise LaunchError(self.path, getattr(body, "line", None), "group must hold a list of actions")
        if isinstance(body, Located):
            self._only(body, {"children", "if", "unless"})
        inner = _Reader(
            self.path, dict(self.variables), dict(self.environment), self.namespace, self.description, self.depth
        )
        inner._entries(entries)

    def _node(self, body: Located) -> None:
        self._only(body, NODE_KEYS)
        executable = self._text(body, "exec")
        node_name = self._text(body, "name") if "name" in body else None
        own = self._text(body, "namespace").strip("/") if "namespace" in body else ""
        namespace = "/".join(part for part in (self.namespace, own) if part)
        on_exit = body.get("on_exit")
        if on_exit not in (None, "shutdown"):
            raise LaunchError(self.path, body.lines["on_exit"], "on_exit can only be shutdown")
        label = node_name or executable
        self.description.nodes.append(
            NodeSpec(
                name=f"{namespace}/{label}" if namespace else label,
                package=self._text(body, "pkg"),
                executable=executable,
                namespace=namespace,
                node_name=node_name,
                parameters=tuple(self._parameter(item) for item in self._list(body, "param")),
                remaps=tuple((self._text(r, "from"), self._text(r, "to")) for r in self._list(body, "remap")),
                environment=self._node_environment(body),
                arguments=tuple(shlex.split(self._text(body, "args"))) if "args" in body else (),
                respawn=self._typed(body, "respawn", False, bool),
                respawn_delay=float(self._typed(body, "respawn_delay", 0.0, float)),
                output=self._text(body, "output") if "output" in body else "screen",
                required=on_exit == "shutdown",
            )
        )

    def _node_environment(self, body: Located) -> dict[str, str]:
        extra = {self._text(item, "name"): self._text(item, "value") for item in self._list(body, "env")}
        return self.environment | extra

    def _parameter(self, item: Located) -> tuple[str, Any] | Path:
        self._only(item, {"name", "value", "type", "from"})
        if "from" in item:
            path = self.path.parent / self._text(item, "from")
            if not path.is_file():
                raise LaunchError(self.path, item.line, f"parameter file {path} does not exist; correct from")
            return path
        if "value" not in item:
            raise LaunchError(self.path, item.line, "a param has name and value, or from; add what is missing")
        value, kind = item["value"], item.get("type")
        if kind is not None and kind not in TYPES:
            raise LaunchError(self.path, item.lines["type"], f"type {kind} is not one of {', '.join(TYPES)}")
        line = item.lines["value"]
        if isinstance(value, list):
            return self._text(item, "name"), [self._value(one, kind, line) for one in value]
        return self._text(item, "name"), self._value(value, kind, line)

    def _value(self, value: Any, kind: str | None, line: int) -> Any:
        """Type a value as launch_ros does: plain text stays text, what came from a substitution is read as YAML."""
        if isinstance(value, str):
            text, substituted = self._expand(value, line)
            value = text if kind == "str" or not (substituted or kind) else self._yaml(text, line)
        if kind is not None:
            wanted = TYPES[kind]
            if wanted is float and type(value) is int:
                value = float(value)
            if type(value) is not wanted:
                raise LaunchError(self.path, line, f"{value!r} is not of type {kind}; correct the value or the type")
        if not isinstance(value, bool | int | float | str | list):
            raise LaunchError(self.path, line, "the value is empty; give one, or say `type: str` if it may be empty")
        return value

    def _yaml(self, text: str, line: int) -> Any:
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            raise LaunchError(self.path, line, f"{text!r} cannot be read as a value; quote it") from None

    def _wanted(self, body: Located) -> bool:
        for key, wanted in (("if", True), ("unless", False)):
            if key in body:
                text = self._text(body, key).strip().lower()
                if text not in ("true", "false", "1", "0"):
                    raise LaunchError(self.path, body.lines[key], f"{key} is {text!r}; it must be true or false")
                if (text in ("true", "1")) != wanted:
                    return False
        return True

    def _expand(self, text: str, line: int) -> tuple[str, bool]:
        try:
            return expand(text, Scope(self.variables, self.environment, self.path.parent))
        except SubstitutionError as error:
            raise LaunchError(self.path, line, str(error)) from None

    def _text(self, body: Located, key: str) -> str:
        if key not in body:
            raise LaunchError(self.path, body.line, f"{key} is missing; add it (found {', '.join(body) or 'nothing'})")
        value = body[key]
        if not isinstance(value, str):
            raise LaunchError(self.path, body.lines[key], f"{key} must be text, as ros2 launch asks; put it in quotes")
        return self._expand(value, body.lines[key])[0]

    def _typed(self, body: Located, key: str, default: Any, kind: type) -> Any:
        if key not in body:
            return default
        name = "bool" if kind is bool else "float"
        return self._value(body[key], name, body.lines[key])

    def _list(self, body: Located, key: str) -> LocatedList:
        found = body.get(key, LocatedList())
        if not isinstance(found, LocatedList) or not all(isinstance(item, Located) for item in found):
            raise LaunchError(self.path, body.lines[key], f"{key} must be a list, each with a dash and its keys")
        return found

    def _only(self, body: Located, known: set[str]) -> None:
        for key in body:
            if key not in known:
                raise LaunchError(self.path, body.lines[key], f"{key} is not known; use {', '.join(sorted(known))}")
