"""Keep the little that a restarted dialogue needs, in one small file, written whole or not at all."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dialogue.conversation.facts import Memory, Target

FILE = "conversation.json"
log = logging.getLogger(__name__)


class MemoryFile:
    """Write, read and forget a Memory in a folder; an empty folder name keeps nothing."""

    def __init__(self, folder: str) -> None:
        self._path = Path(folder) / FILE if folder else None

    def write(self, memory: Memory | None) -> None:
        """Keep a memory in place of the one before; None forgets it. A disk that takes nothing is told in the log."""
        if self._path is None:
            return
        try:
            self._keep(self._path, memory)
        except OSError as error:
            log.warning("the conversation cannot be kept: %s", error)

    @staticmethod
    def _keep(path: Path, memory: Memory | None) -> None:
        if memory is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(asdict(memory), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    def read(self) -> Memory | None:
        """Return what was kept; None when there is nothing, or nothing that can be read."""
        if self._path is None:
            return None
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            return Memory(**(data | {"target": _target(data["target"])}))
        except (OSError, ValueError, TypeError, KeyError):
            return None  # a restart without a memory is a normal start


def _target(data: dict[str, Any] | None) -> Target | None:
    if data is None:
        return None
    return Target(**(data | {"beyond": _target(data.get("beyond"))}))
