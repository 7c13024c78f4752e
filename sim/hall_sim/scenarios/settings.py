"""What all parts of a scenario file have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Strict(BaseModel):
    """Be a part of a scenario: no key that is not known, nothing changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
