"""The root of every package's exception tree.

GuideError
├── UserError            a person can mend it: bad input, missing file, closed place → exit code 2
│   └── (navigation.errors, counter_map.errors, dialogue.errors, … hang theirs here)
└── (internal failures of each package)
"""

from __future__ import annotations


class GuideError(Exception):
    """Be the base of everything this product raises on purpose."""


class UserError(GuideError):
    """Tell a person, in one sentence, what is wrong, where, and how to mend it."""


class UserErrors(UserError):
    """Tell several mistakes found in one go, a line each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
