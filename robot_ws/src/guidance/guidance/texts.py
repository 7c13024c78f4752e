"""Why the robot does what it does while it leads: one sentence a reason, by language."""

from __future__ import annotations

from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "lang"


class Texts:
    """Read `lang/*.yaml` once."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {
            path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))
        }

    def of(self, reason: str, language: str) -> str:
        """Return the sentence of a reason; what is no key (a navigator's message) stays as it is."""
        texts = self._texts.get(language.split("-")[0], self._texts["vi"])
        return texts.get(reason, reason)
