"""What each verb means on each target: `data/faults.yaml`, read once, and as a table for people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import yaml

Verb = Literal["off", "stuck", "wrong", "slow", "garbage", "delayed", "intermittent"]
VERBS: tuple[Verb, ...] = get_args(Verb)
TARGETS = ("scan", "odom", "microphone", "speaker", "node", "network", "disk", "clock")


@dataclass(frozen=True, slots=True)
class Knob:
    """Hold a number that may be set: its default and its limits, in the unit of its fault."""

    default: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """Hold what a verb does to a target, or why it is refused; `amount` in `unit`, `period` in s."""

    does: str = ""
    refused: str = ""
    amount: Knob | None = None
    unit: str = ""
    period: Knob | None = None


@cache
def meanings() -> dict[str, dict[str, Meaning]]:
    """Return the meanings by target and verb."""
    text = resources.files("hall_sim").joinpath("data/faults.yaml").read_text(encoding="utf-8")
    return {
        target: {str(verb): _meaning(entry) for verb, entry in _verbs(verbs)}
        for target, verbs in yaml.safe_load(text).items()
    }


def meaning(verb: str, target: str) -> Meaning:
    """Return the meaning of a verb on a target; `node:NAME` counts as node."""
    return meanings()[target.partition(":")[0]][verb]


def markdown_rows() -> list[str]:
    """Return the table of docs/faults.md, a line a verb and target."""
    rows = []
    for target, verbs in meanings().items():
        for verb, entry in verbs.items():
            knobs = [_knob_text("amount", entry.amount, entry.unit), _knob_text("period", entry.period, "s")]
            what = entry.does or f"*refused:* {entry.refused}"
            rows.append(f"| {target} | {verb} | {what} | {', '.join(filter(None, knobs))} |")
    return rows


def _verbs(verbs: dict[object, dict[str, Any]]) -> list[tuple[object, dict[str, Any]]]:
    # YAML 1.1 reads a bare `off` as false
    return [("off" if verb is False else verb, entry) for verb, entry in verbs.items()]


def _meaning(entry: dict[str, Any]) -> Meaning:
    for name in {"amount", "period"} & entry.keys():
        entry[name] = Knob(*entry[name])
    return Meaning(**entry)


def _knob_text(name: str, knob: Knob | None, unit: str) -> str:
    return f"{name} {knob.default:g} {unit} ({knob.least:g} … {knob.most:g})" if knob is not None else ""
