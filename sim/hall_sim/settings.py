"""What all parts of a scenario file have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Be a part of a scenario: no key that is not known, nothing changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
