"""Print every sentence the robot can say and every short answer it reads, for staff to check.

`python -m dialogue.phrasebook [LANGUAGE …]`; names in braces are filled in when it speaks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from dialogue.conversation.answers import PRIORITY
from dialogue.conversation.phrases import Phrasebook
from dialogue.languages import languages, load_data


def lines(language: str) -> Iterator[str]:
    """Give the phrases of a language by key, then the answers by meaning."""
    for key, variants in Phrasebook(language).variants.items():
        for variant in variants:
            yield f"{language}  {key:32} {variant}"
    answers = load_data(language, "answers")
    for label in PRIORITY:
        yield f"{language}  heard as {label:23} {' | '.join(str(phrase) for phrase in answers[label])}"


def main(args: list[str]) -> int:
    """Print the languages named, or all."""
    for language in args or languages():
        print("\n".join(lines(language)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
