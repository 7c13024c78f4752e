"""Collect what is wrong with files, so that a person hears all of it in one go."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from counter_map.errors import SiteErrors


@dataclass(slots=True)
class Mistakes:
    """Hold the mistakes found so far, each `file:line: what; mend`."""

    found: list[str] = field(default_factory=list)

    def add(self, file: Path, line: int, what: str, mend: str) -> None:
        """Note one mistake: where it is (lines from 1), what is wrong and how to mend it."""
        sentence = f"{file}:{line}: {what}; {mend}"
        if sentence not in self.found:
            self.found.append(sentence)

    def __len__(self) -> int:
        return len(self.found)

    def raise_if_any(self) -> None:
        """Raise SiteErrors with all of them, if there are any."""
        if self.found:
            raise SiteErrors(self.found)
