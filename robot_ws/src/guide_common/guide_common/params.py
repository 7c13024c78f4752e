"""Parameters as dataclasses: the core gets a frozen value, the node declares its fields."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TypeVar

from rclpy.node import Node

T = TypeVar("T")


def declare(node: Node, defaults: T, prefix: str = "") -> T:
    """Declare every field of a dataclass as a parameter of the node and return it with the values that are set.

    Args:
        node: the node that gets the parameters.
        defaults: a dataclass instance; fields must be bool, int, float, str or lists/tuples of them.
        prefix: put before each name, with a dot.
    """
    values = {}
    for field in fields(defaults):  # type: ignore[arg-type]
        default = getattr(defaults, field.name)
        name = f"{prefix}.{field.name}" if prefix else field.name
        value = node.declare_parameter(name, list(default) if isinstance(default, tuple) else default).value
        values[field.name] = tuple(value) if isinstance(default, tuple) else type(default)(value)
    return replace(defaults, **values)  # type: ignore[type-var]
