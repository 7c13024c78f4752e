"""The people of a scenario: the crowd and the visitor who is led."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from hall_sim.people.kinds import KindName
from hall_sim.scenarios.settings import Share, Strict

ActName = Literal["pause", "tie_lace", "phone", "talk", "turn_back", "stray", "replaced", "refuse"]


def _from_least_to_most(span: float | tuple[float, float]) -> float | tuple[float, float]:
    low, high = span if isinstance(span, tuple) else (span, span)
    if not 0.0 <= low <= high:
        raise ValueError("must be a number or [least, most] with 0 <= least <= most")
    return span


ROOMY = 60
"""People up to whom everybody has room to give way early."""
Span = Annotated[float | tuple[float, float], AfterValidator(_from_least_to_most)]
"""A number, or least and most of which the seed draws one."""


def draw(span: float | tuple[float, float], rng: np.random.Generator) -> float:
    """Return a number out of a span."""
    return float(rng.uniform(*span)) if isinstance(span, tuple) else float(span)


class CrowdSettings(Strict):
    """Hold who is in the hall beside the visitor.

    `people` are there at the start. Without `arrivals_per_hour` whoever leaves comes in again, so that many stay;
    with it people come through the doors at that mean rate (Poisson) and leave for good, and there are never more
    than `at_most`. The shares are of all people: who come in groups of two to four, sit in wheelchairs, are old, are
    children (with an adult), belong to the staff; who stop to look at the robot, and who step aside at once when it
    drives towards them. With `queues` people take a number, wait on a seat, stand in line and are served; without
    they walk between places and stay at each for a while.
    """

    people: Annotated[int, Field(ge=0, le=1000)] = 18
    arrivals_per_hour: Annotated[float | None, Field(ge=0.0, le=10000.0)] = None
    at_most: Annotated[int, Field(ge=0, le=1000)] = 300
    queues: bool = False
    groups: Share = 0.0
    wheelchairs: Share = 0.0
    elderly: Share = 0.0
    children: Annotated[float, Field(ge=0.0, le=0.4)] = 0.0
    staff: Share = 0.0
    curious: Share = 0.0
    courteous: Share = 0.0

    @property
    def bodies(self) -> int:
        """Return how many people there can be at once."""
        return self.people if self.arrivals_per_hour is None else max(self.people, self.at_most)

    @property
    def close(self) -> bool:
        """Tell whether people come so close to one another that they cannot keep their distance."""
        return self.queues or self.groups > 0.0 or self.children > 0.0 or self.bodies > ROOMY


class Act(Strict):
    """Hold one thing that the led visitor does: what, when (m walked or s gone since setting out), for how many s.

    pause       stands still
    tie_lace    kneels down
    phone       stands, turned away, hears and answers nobody
    talk        goes up to somebody of the crowd and talks to them
    turn_back   walks back towards where they set out
    stray       loses the robot, goes somewhere else and stands there until the robot comes into sight
    replaced    somebody of the crowd steps between and follows the robot in their place
    refuse      has changed their mind, and leaves
    """

    do: ActName
    after_m: Span | None = None
    after_s: Span | None = None
    for_s: Span | None = None

    @model_validator(mode="after")
    def _once(self) -> Act:
        if (self.after_m is None) == (self.after_s is None):
            raise ValueError("give one of after_m (m walked) and after_s (s since setting out)")
        return self


class CharacterSettings(Strict):
    """Hold what the led visitor is like: kind of body, pace in m/s, attention in s, and what they do on the way.

    `attention` is how long they take to notice that the robot set off or stopped. `pace` is the visitor's own, else
    the kind's. `acts` happen as they stand there; of `chances` each happens with its probability, by the seed.
    """

    kind: KindName = "adult"
    pace: Span | None = None
    attention: Span = 0.0
    acts: tuple[Act, ...] = ()
    chances: dict[ActName, Share] = Field(default_factory=dict)


class VisitorSettings(Strict):
    """Hold who the visitor is, what they want and say; times in s, ways in m, pace in m/s.

    Empty words mean the usual ones of the language. `wants` (words) and `procedure` (a code) tell the visitor
    which of several choices is theirs, and when they were misunderstood.
    """

    say: str = Field(min_length=1)
    accept: str = ""
    confirm: str = ""
    refuse: bool = False
    refusal: str = ""
    wants: str = ""
    procedure: str = ""
    lang: Literal["vi", "en"] = "vi"
    voice: str = ""
    rate: int = Field(150, ge=80, le=400)
    pitch: int = Field(70, ge=0, le=99)
    pace: tuple[float, float] = (0.5, 1.0)
    stop_once_s: float = Field(5.0, ge=0.0, le=600.0)
    stop_after_m: tuple[float, float] = (4.0, 8.0)
    touch: bool = False
    character: CharacterSettings = CharacterSettings()

    @model_validator(mode="after")
    def _ordered(self) -> VisitorSettings:
        for name in ("pace", "stop_after_m"):
            low, high = getattr(self, name)
            if not 0.0 < low <= high:
                raise ValueError(f"{name} must be [least, most] with 0 < least <= most")
        return self
