"""The exception tree of guidance.

guide_common.errors.GuideError
└── UserError
    ├── LaunchError       a launch file that cannot be run: names the file, the line and the mend
    └── RecordingError    a recording that cannot be written
"""

from __future__ import annotations

from pathlib import Path

from guide_common.errors import UserError


class LaunchError(UserError):
    """Tell what is wrong in a launch file, where, and how to mend it."""

    def __init__(self, path: Path | str, line: int | None, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}" if line else f"{path}: {problem}")


class RecordingError(UserError):
    """Tell why a recording cannot be written, and how to mend it."""
