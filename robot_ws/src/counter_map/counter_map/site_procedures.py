"""Read `procedures.csv`: every procedure, where it is taken, what to bring and what it costs."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from counter_map.mistakes import Mistakes
from counter_map.model import STATUSES, Procedure

COLUMNS = (
    "code", "id", "name_vi", "name_en", "department", "field", "colloquial_vi", "colloquial_en", "counters",
    "papers_vi", "papers_en", "fee_vi", "fee_en", "ticket_first", "status", "notice_vi", "notice_en", "source",
)  # fmt: skip
"""In the order in which they are written. `id` is the key of a row that has no catalogue code."""

LANGUAGES = tuple(column.removeprefix("name_") for column in COLUMNS if column.startswith("name_"))
"""Languages that have columns; what is said in others stands in `procedures.<language>.csv`."""

REQUIRED = ("code", "name_vi", "department", "field", "counters")
BOOLEANS = {"true": True, "false": False, "": True}


@dataclass(slots=True)
class ProceduresFile:
    """Hold the procedures of a file and the line of each, by code."""

    path: Path
    procedures: dict[str, Procedure] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def read_procedures(path: Path, languages: tuple[str, ...], mistakes: Mistakes) -> ProceduresFile:
    """Read the procedures of a site; note every mistake with its line."""
    result = ProceduresFile(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if not _check_header(path, header, mistakes):
                return result
            line = reader.line_num + 1
            for row in reader:
                if row:
                    _read_row(result, line, dict(zip(header, row, strict=False)), row, header, languages, mistakes)
                line = reader.line_num + 1
    except FileNotFoundError:
        mistakes.add(path, 1, "no such file", "add it, with the columns " + ",".join(REQUIRED))
    except (OSError, UnicodeDecodeError) as error:
        mistakes.add(path, 1, f"cannot be read ({error})", "save it as CSV in UTF-8")
    except csv.Error as error:
        mistakes.add(path, reader.line_num, f"not CSV ({error})", "mend the quotes")
    return result


def _check_header(path: Path, header: list[str], mistakes: Mistakes) -> bool:
    before = len(mistakes)
    for column in REQUIRED:
        if column not in header:
            mistakes.add(path, 1, f"the column {column} is missing", "add it to the first line")
    for column in header:
        if column not in COLUMNS:
            mistakes.add(path, 1, f"unknown column {column!r}", f"use {', '.join(COLUMNS)}")
        elif header.count(column) > 1:
            mistakes.add(path, 1, f"the column {column} stands there twice", "keep one")
    return len(mistakes) == before


def _read_row(
    out: ProceduresFile,
    line: int,
    row: dict[str, str],
    cells: list[str],
    header: list[str],
    languages: tuple[str, ...],
    mistakes: Mistakes,
) -> None:
    def wrong(what: str, mend: str) -> None:
        mistakes.add(out.path, line, f"{key or 'a procedure'}: {what}", mend)

    key = row.get("code") or row.get("id") or ""
    if len(cells) != len(header):
        wrong(f"{len(cells)} cells where the first line has {len(header)}", "quote texts that hold a comma")
        return
    if not key:
        wrong("it has neither code nor id", "give it an id of the site's own")
        return
    if key in out.lines:
        wrong("this code stands there twice", f"keep one (the other is on line {out.lines[key]})")
        return
    out.lines[key] = line
    for column in ("name_vi", "department", "field"):
        if not row[column].strip():
            wrong(f"{column} is empty", "fill it in")
    if row.get("status", "active") not in STATUSES:
        wrong(f"status is {row['status']!r}", f"use one of {', '.join(STATUSES)}")
    if row.get("ticket_first", "").lower() not in BOOLEANS:
        wrong(f"ticket_first is {row['ticket_first']!r}", "write true or false")
    if row.get("status", "active") != "active" and not row.get("notice_vi"):
        wrong(f"it is {row['status']} and has no notice", "say in notice_vi what a visitor should do")
    out.procedures[key] = _procedure(key, row, languages)


def _procedure(key: str, row: dict[str, str], languages: tuple[str, ...]) -> Procedure:
    def each(prefix: str) -> dict[str, str]:
        return {language: text for language in languages if (text := row.get(f"{prefix}_{language}", ""))}

    def lists(prefix: str) -> dict[str, tuple[str, ...]]:
        return {language: split(text) for language, text in each(prefix).items()}

    return Procedure(
        code=key,
        names=each("name"),
        department=row["department"],
        field=row["field"],
        phrases=lists("colloquial"),
        counters=split(row["counters"]),
        papers=lists("papers"),
        fee=each("fee"),
        ticket_first=BOOLEANS.get(row.get("ticket_first", "").lower(), True),
        status=row.get("status") or "active",
        notice=each("notice"),
        source=row.get("source", ""),
        catalogued=bool(row.get("code")),
    )


def split(cell: str) -> tuple[str, ...]:
    """Read a cell that lists things, parted by semicolons."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())
