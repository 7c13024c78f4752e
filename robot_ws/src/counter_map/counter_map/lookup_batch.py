"""Answer a table of questions, typed or recorded."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from counter_map.errors import SiteError
from counter_map.lookup import Answer, Lookup
from counter_map.lookup_catalogue import read_rows
from guide_common.errors import UserError

NEEDED = ("utterance", "lang")
SHOWN = 3
ADDED = (
    "decision", "label",
    *(f"{column}_{rank}" for column in ("code", "name", "score") for rank in range(1, SHOWN + 1)),
    "ms", "error",
)  # fmt: skip
Hear = Callable[[Path, str], str]


def answer_table(
    lookup: Lookup, questions: Path, answers: Path, hear: Hear, names_only: bool = False
) -> dict[str, int]:
    """Answer every row of `questions` into `answers` (CSV); count the decisions.

    A row with a `wav` is heard by `hear(path, language)`; a sound that cannot be used gives an error in its row.
    """
    rows = [row for _, row in read_rows(questions, NEEDED)]
    columns = list(dict.fromkeys([*NEEDED, *(key for row in rows[:1] for key in row), *ADDED]))
    counts: dict[str, int] = {}
    try:
        with answers.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            for row in rows:
                added = _answer_row(lookup, row, questions.parent, hear, names_only)
                counts[added["decision"]] = counts.get(added["decision"], 0) + 1
                writer.writerow({**row, **added})
    except OSError as error:
        raise SiteError(f"{answers}: cannot be written ({error.strerror or error}); give another --out") from None
    return counts


def _answer_row(lookup: Lookup, row: dict[str, str], folder: Path, hear: Hear, names_only: bool) -> dict[str, str]:
    language = row.get("lang") or "vi"
    text, error = row.get("utterance", ""), ""
    begin = perf_counter()
    if row.get("wav"):
        try:
            text = hear(folder / row["wav"], language)
        except UserError as problem:
            text, error = "", str(problem)
    answer = Answer("reject") if error else lookup.find(text, language, names_only)
    return {**_columns(answer), "ms": f"{(perf_counter() - begin) * 1e3:.2f}", "error": error}


def _columns(answer: Answer) -> dict[str, str]:
    cells = {"decision": answer.decision, "label": answer.label}
    for rank in range(1, SHOWN + 1):
        match = answer.candidates[rank - 1] if len(answer.candidates) >= rank else None
        cells[f"code_{rank}"] = match.code if match else ""
        cells[f"name_{rank}"] = match.name if match else ""
        cells[f"score_{rank}"] = f"{match.probability:.4f}" if match else ""
    return cells
