"""Read another catalogue of procedures than a site's: any CSV with code, name_vi, field and department."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from counter_map.errors import SiteError
from counter_map.model import Procedure

COLUMNS = ("code", "name_vi", "field", "department")
FIELD_LIMIT = 16_000_000


def read_rows(path: Path | str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a CSV with their line numbers; raise SiteError when it cannot be read or lacks a column."""
    path = Path(path)
    csv.field_size_limit(FIELD_LIMIT)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                found = ", ".join(map(str, reader.fieldnames or ())) or "nothing"
                raise SiteError(f"{path}:1: column {', '.join(missing)} is missing (found: {found[:200]}); add it")
            for row in reader:
                yield reader.line_num, {str(key): _text(value) for key, value in row.items() if key is not None}
    except OSError as error:
        raise SiteError(f"{path}: cannot be read ({error.strerror or error}); give a CSV file") from None
    except csv.Error as error:
        raise SiteError(f"{path}: is not a CSV table ({error}); save it as CSV in UTF-8") from None


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def load_catalogue(path: Path | str) -> list[Procedure]:
    """Read the procedures of a CSV catalogue; columns beyond COLUMNS are used when they are there."""
    procedures = [_procedure(row) for _, row in read_rows(path, COLUMNS) if row["name_vi"]]
    if not procedures:
        raise SiteError(f"{path}: holds no procedure; give at least one row with a name_vi")
    return procedures


def _procedure(row: dict[str, str]) -> Procedure:
    names = {code: row.get(f"name_{code}", "") for code in ("vi", "en")}
    phrases = {code: _list(row.get(f"colloquial_{code}", "")) for code in ("vi", "en")}
    return Procedure(
        code=row["code"],
        names={code: name for code, name in names.items() if name},
        department=row["department"],
        field=row["field"],
        phrases={code: said for code, said in phrases.items() if said},
        counters=_list(row.get("counters", "")),
        papers={},
        fee={},
    )


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
