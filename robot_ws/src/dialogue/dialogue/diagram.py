"""Draw the conversation's machine as a Mermaid state diagram; `python -m dialogue.diagram docs/dialogue.md` writes it.

The text stands between two marker lines; what is around them is left alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dialogue.conversation.machine import AWAITING, GUIDING, STATES, TIMEOUTS, TRANSITIONS

BEGIN, END = "<!-- diagram:begin (python -m dialogue.diagram) -->", "<!-- diagram:end -->"

WORDS = {
    "greet": "someone stands near",
    "all_said": "all said",
    "look_up": "words heard",
    "inform": "found",
    "lead": "yes, lead me",
    "arrive": "arrived",
    "finish": "no / gone / failed",
    "settle": "at the post",
    "recover": "a part failed",
    "pause": "stop, wait",
    "change_mind": "wants something else",
    "timeout": "time out",
    "resume_home": "restarted",
}
"""How the triggers read in the picture."""


def mermaid() -> str:
    """Return the machine as Mermaid text: parents only, with the events between them, and the children inside."""
    lines = ["stateDiagram-v2", "    [*] --> idle"]
    for state in STATES:
        if isinstance(state, dict):
            name = state["name"]
            lines.append(f"    state {name} {{")
            if name in AWAITING:
                lines += [f"        [*] --> {name}_speaking", f"        {name}_speaking --> {name}_listening: all said"]
            else:
                lines += [f"        {name}_{child}" for child in GUIDING]
            lines.append("    }")
    return "\n".join(lines + _arrows())


def _arrows() -> list[str]:
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TRANSITIONS:
        sources = row["source"] if isinstance(row["source"], list) else [row["source"]]
        trigger = row["trigger"]
        word = "ask" if trigger.startswith("put_") else WORDS.get(trigger, trigger)
        for source in sources:
            ends = source.split(".")[0], row["dest"].split(".")[0]
            if "=" in ends or ends[0] == ends[1]:
                continue
            words = arrows.setdefault(ends, [])
            if word not in words:
                words.append(word)
    return [f"    {source} --> {dest}: {', '.join(words)}" for (source, dest), words in arrows.items()]


def timeouts_table() -> str:
    """Return the time-outs as a Markdown table."""
    rows = [f"| `{state}` | {seconds:g} |" for state, seconds in TIMEOUTS.items()]
    return "\n".join(["| state | at most, s |", "|---|---|", *rows])


def page(text: str) -> str:
    """Return a document with the part between its markers brought up to date."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n```mermaid\n{mermaid()}\n```\n\n{timeouts_table()}\n{END}{after}"


def main(args: list[str]) -> int:
    """Print the diagram, or bring the documents named up to date."""
    if not args:
        print(mermaid())
    for name in args:
        path = Path(name)
        path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
