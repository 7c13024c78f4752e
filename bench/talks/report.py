"""Figures of many talks, as text for the terminal and as a page for the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.talks.run import Verdict

BEGIN, END = "<!-- talks:begin (make talks) -->", "<!-- talks:end -->"
SUCCESS, TURNS = 0.97, 3.2
"""What must be reached: the share of talks that succeed, the mean of the visitor's turns."""
LONGEST_SCRIPT = 60
"""Lines of a transcript that are printed."""


@dataclass(frozen=True)
class Row:
    """Hold the figures of some talks."""

    name: str
    talks: int
    succeeded: int
    turns: float
    dead_ends: int

    @property
    def share(self) -> float:
        """Return the share that succeeded."""
        return self.succeeded / self.talks if self.talks else 0.0


def row(name: str, verdicts: Sequence[Verdict]) -> Row:
    """Count some talks; the mean of turns is over those whose wish was told."""
    turns = [verdict.turns for verdict in verdicts if verdict.turns]
    mean = sum(turns) / len(turns) if turns else 0.0
    good = sum(not verdict.fault for verdict in verdicts)
    return Row(name, len(verdicts), good, mean, sum(bool(verdict.dead_end) for verdict in verdicts))


def rows(scripted: Sequence[Verdict], generated: Sequence[Verdict]) -> list[Row]:
    """Return a row for each kind of made-up visitors, and the sums."""
    kinds = sorted({verdict.kind for verdict in generated})
    found = [row(kind.replace("_", " "), [v for v in generated if v.kind == kind]) for kind in kinds]
    if scripted:
        found.append(row("**scripted**", scripted))
    if generated:
        found.append(row("**made up**", generated))
    return [*found, row("**all**", [*scripted, *generated])]


def table(found: Sequence[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = ["| visitors | talks | succeeded | turns until told | dead ends |", "|---|--:|--:|--:|--:|"]
    for each in found:
        turns = f"{each.turns:.2f}" if each.turns else "–"
        good = f"{each.succeeded} ({each.share:.1%})"
        lines.append(f"| {each.name} | {each.talks} | {good} | {turns} | {each.dead_ends} |")
    return "\n".join(lines)


def fallen_short(verdicts: Sequence[Verdict]) -> str:
    """Return a list of the talks that went wrong, and why."""
    lines = [f"- {v.kind.replace('_', ' ')}, {v.name}: {v.fault}" for v in verdicts if v.fault]
    return "\n".join(lines) or "None."


def transcripts(verdicts: Sequence[Verdict]) -> str:
    """Return what was said in the talks that went wrong."""
    parts = []
    for verdict in verdicts:
        if verdict.fault:
            script = "\n".join(verdict.record.script().splitlines()[:LONGEST_SCRIPT])
            parts.append(f"== {verdict.kind}, {verdict.name}: {verdict.fault}\n{script}")
    return "\n\n".join(parts)


def reached(total: Row) -> bool:
    """Tell whether all that must be reached is."""
    return total.share >= SUCCESS and total.turns <= TURNS and not total.dead_ends


def write_page(page: Path, scripted: Sequence[Verdict], generated: Sequence[Verdict]) -> None:
    """Put table and list between the markers of a page; leave the rest alone."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    short = fallen_short([*scripted, *generated])
    body = f"{table(rows(scripted, generated))}\n\nWhat fell short:\n\n{short}"
    page.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")
