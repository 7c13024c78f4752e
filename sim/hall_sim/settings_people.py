"""The people of a scenario: the crowd and the visitor who is led."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hall_sim.settings import Strict


class CrowdSettings(Strict):
    """Hold how many people are in the hall beside the visitor."""

    people: int = Field(18, ge=0, le=300)


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

    @model_validator(mode="after")
    def _ordered(self) -> VisitorSettings:
        for name in ("pace", "stop_after_m"):
            low, high = getattr(self, name)
            if not 0.0 < low <= high:
                raise ValueError(f"{name} must be [least, most] with 0 < least <= most")
        return self
