"""The faults of a scenario: what goes wrong, with what, when, and how badly.

faults:
  - {do: off, to: scan, since: guiding, at: 3.0, lasts: 2.0}
  - {do: stuck, to: "node:bt_navigator", since: guiding, at: 8.0}

`docs/faults.md` lists what each verb does to each target.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from guide_common.errors import UserError
from hall_sim.faults.table import TARGETS, Knob, Meaning, Verb, meaning
from hall_sim.scenarios.settings import Strict

RIG = "simulator"
"""The node that is no part of the robot: without it there is no run."""


class FaultSettings(Strict):
    """Hold one fault; times in s of simulated time.

    `at` counts from the start of the run, from when the robot is ready for visitors, or from when it first leads one
    (`since`). Without `lasts` it lasts to the end of the run, but a node that is killed is killed once. `amount` and
    `period` (s) are the fault's own knobs; None means their defaults.
    """

    do: Verb
    to: str
    since: Literal["start", "ready", "guiding"] = "start"
    at: float = Field(0.0, ge=0.0, le=86400.0)
    lasts: float | None = Field(None, gt=0.0, le=86400.0)
    amount: float | None = None
    period: float | None = None

    @field_validator("do", mode="before")
    @classmethod
    def _bare_off(cls, value: Any) -> Any:
        return "off" if value is False else value  # YAML 1.1 reads a bare `off` as false

    @model_validator(mode="after")
    def _makes_sense(self) -> FaultSettings:
        target, _, node = self.to.partition(":")
        if target not in TARGETS or (target == "node") != bool(node):
            known = ", ".join("node:NAME" if name == "node" else name for name in TARGETS)
            raise ValueError(f"to: {self.to!r} can have no fault; give one of {known}")
        if node == RIG:
            raise ValueError("to: the simulator is no part of the robot; give another node")
        if self.meaning.refused:
            raise ValueError(f"{self.do} on {target} is refused: {self.meaning.refused}")
        self._check("amount", self.amount, self.meaning.amount)
        self._check("period", self.period, self.meaning.period)
        return self

    @property
    def target(self) -> str:
        """Return the kind of target: `node` for any node."""
        return self.to.partition(":")[0]

    @property
    def node(self) -> str:
        """Return the node's name, or nothing."""
        return self.to.partition(":")[2]

    @property
    def meaning(self) -> Meaning:
        """Return what this verb does to this target."""
        return meaning(self.do, self.to)

    @property
    def size(self) -> float:
        """Return `amount`, or its default; 0 where there is none."""
        return _chosen(self.amount, self.meaning.amount)

    @property
    def cycle(self) -> float:
        """Return `period` in s, or its default; 0 where there is none."""
        return _chosen(self.period, self.meaning.period)

    @property
    def length(self) -> float:
        """Return how long it lasts, in s; infinite to the end of the run."""
        once = self.target == "node" and self.do == "off"
        return self.lasts if self.lasts is not None else (0.0 if once else math.inf)

    def _check(self, name: str, value: float | None, knob: Knob | None) -> None:
        if value is None:
            return
        if knob is None:
            raise ValueError(f"{self.do} on {self.target} takes no {name}; leave it out")
        if not knob.least <= value <= knob.most:
            raise ValueError(
                f"{name} of {self.do} on {self.target} must be {knob.least:g} to {knob.most:g}, not {value:g}"
            )


def check_sound(faults: Iterable[FaultSettings], mode: str) -> None:
    """Raise UserError when a fault is of sound and the scenario's sound is of another mode than `audio`."""
    for fault in faults:
        if mode != "audio" and fault.target in ("microphone", "speaker"):
            raise UserError(
                f"faults: {fault.do} on {fault.to} needs sound, and this scenario gives words as {mode}; "
                "set sound: {mode: audio} or leave the fault out"
            )


def _chosen(value: float | None, knob: Knob | None) -> float:
    if value is not None:
        return value
    return knob.default if knob is not None else 0.0
