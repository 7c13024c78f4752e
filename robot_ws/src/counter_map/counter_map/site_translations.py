"""Read `procedures.<language>.csv`: what procedures are called, and asked for by, in a further language.

A row needs the code of a procedure; all other cells may be empty, and a procedure without a row is told in the site's
first language.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

from counter_map.mistakes import Mistakes
from counter_map.model import Procedure
from counter_map.site_procedures import LANGUAGES, ProceduresFile, split

COLUMNS = ("code", "name", "colloquial", "papers", "fee", "notice")
"""In the order in which they are written; lists are parted by semicolons."""
_NAME = re.compile(r"procedures\.([a-z]{2,3})\.csv")


def translation_file(language: str) -> str:
    """Return the name of a language's file in the site folder."""
    return f"procedures.{language}.csv"


def read_translations(folder: Path, procedures: ProceduresFile, mistakes: Mistakes) -> None:
    """Add to procedures what is said in further languages; note every mistake with its line."""
    for path in sorted(folder.glob("procedures.*.csv")):
        named = _NAME.fullmatch(path.name)
        if named is None:
            mistakes.add(path, 1, f"{path.name} names no language", f"call it {translation_file('ko')}, by its code")
        elif named[1] in LANGUAGES:
            mistakes.add(path, 1, f"{named[1]} has columns in {procedures.path.name}", "write it there")
        else:
            _read(path, named[1], procedures, mistakes)


def _read(path: Path, language: str, procedures: ProceduresFile, mistakes: Mistakes) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = list(reader.fieldnames or ())
            if "code" not in header or not set(header) <= set(COLUMNS) or len(set(header)) < len(header):
                mistakes.add(path, 1, f"the columns are {','.join(header)}", f"use {','.join(COLUMNS)}, code at least")
                return
            seen: set[str] = set()
            for row in reader:
                _read_row(path, reader.line_num, row, seen, language, procedures, mistakes)
    except (OSError, UnicodeDecodeError) as error:
        mistakes.add(path, 1, f"cannot be read ({error})", "save it as CSV in UTF-8")
    except csv.Error as error:
        mistakes.add(path, reader.line_num, f"not CSV ({error})", "mend the quotes")


def _read_row(
    path: Path,
    line: int,
    row: dict[str, str],
    seen: set[str],
    language: str,
    procedures: ProceduresFile,
    mistakes: Mistakes,
) -> None:
    code = (row["code"] or "").strip()
    if None in row or None in row.values():
        mistakes.add(path, line, f"{code}: not as many cells as the first line has", "quote texts that hold a comma")
    elif code not in procedures.procedures:
        mistakes.add(path, line, f"there is no procedure {code}", f"use the codes of {procedures.path.name}")
    elif code in seen:
        mistakes.add(path, line, f"{code}: this code stands there twice", "keep one")
    else:
        seen.add(code)
        procedures.procedures[code] = _translated(procedures.procedures[code], language, row)


def _translated(procedure: Procedure, language: str, row: dict[str, str]) -> Procedure:
    def text(key: str, known: dict[str, str]) -> dict[str, str]:
        return known | ({language: row[key].strip()} if row.get(key, "").strip() else {})

    def texts(key: str, known: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return known | ({language: split(row[key])} if split(row.get(key, "")) else {})

    return replace(
        procedure,
        names=text("name", procedure.names),
        phrases=texts("colloquial", procedure.phrases),
        papers=texts("papers", procedure.papers),
        fee=text("fee", procedure.fee),
        notice=text("notice", procedure.notice),
    )
