"""`guide plan`: a path on a floor map, or a table of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from navigation.planner import Planner

COLUMNS = ("x0", "y0", "x1", "y1")


def register(app: typer.Typer) -> None:
    """Add `guide plan` to the command line."""

    @app.command("plan")
    def plan(
        map_file: Annotated[Path, typer.Option("--map", help="The floor: a Nav2 map YAML.")],
        start: Annotated[str | None, typer.Option("--from", help="Start X,Y in metres on the map.")] = None,
        goal: Annotated[str | None, typer.Option("--to", help="Goal X,Y in metres on the map.")] = None,
        pairs: Annotated[Path | None, typer.Option(help="CSV with columns x0,y0,x1,y1 in metres.")] = None,
        out: Annotated[Path | None, typer.Option(help="CSV to write: the pairs with ok,length_m,ms.")] = None,
        paths: Annotated[Path | None, typer.Option(help="JSON lines to write: the points of each pair's path.")] = None,
        robot_radius: Annotated[float, typer.Option(help="m: of the robot; the concierge's is 0.25.", min=0.0)] = 0.22,
        inflation_radius: Annotated[float, typer.Option(help="m: how far from walls costs reach.", min=0.0)] = 0.55,
        cost_scaling: Annotated[float, typer.Option(help="How steeply costs fall off around walls, 1/m.")] = 3.0,
        clearance: Annotated[float, typer.Option(help="How much more a metre beside a wall counts.", min=0.0)] = 0.1,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
    ) -> None:
        """Plan a path on a floor map and tell its points, length and time."""
        from guide_common.errors import UserError

        if (pairs is None) == (start is None and goal is None):
            raise UserError("guide plan: give either --from X,Y and --to X,Y, or --pairs IN.csv and --out OUT.csv")
        if pairs is not None and out is None:
            raise UserError("guide plan: --pairs needs --out OUT.csv, where the answers go")
        planner = _planner(map_file, (robot_radius, inflation_radius, cost_scaling), clearance)
        if pairs is not None and out is not None:
            summary = _plan_pairs(planner, pairs, out, paths)
            _tell(summary, as_json, "{ok} of {pairs} pairs planned, mean {mean_ms:.2f} ms and {mean_length_m:.2f} m")
            return
        path = planner.plan(_point(start, "--from"), _point(goal, "--to"))
        answer = {
            "points": path.points.tolist(),
            "length_m": path.length,
            "cost_m": path.cost,
            "ms": path.seconds * 1e3,
            "snapped": path.snapped,
        }
        if not as_json:
            for x, y in path.points:
                print(f"{x:.3f},{y:.3f}")
        end = "; the goal was too near a wall, the path ends beside it" if path.snapped else ""
        _tell(answer, as_json, "length {length_m:.3f} m, planned in {ms:.2f} ms" + end)


def _planner(map_file: Path, inflation: tuple[float, float, float], clearance: float) -> Planner:
    from navigation.costmap import InflationParams, inflate
    from navigation.grid import load_map
    from navigation.planner import Planner, PlannerParams, warm

    grid = load_map(map_file)
    costs = inflate(grid.lethal, grid.resolution, InflationParams(*inflation), unknown=grid.unknown)
    planner = Planner(costs, grid.resolution, grid.origin, PlannerParams(clearance=clearance, escape=0.0))
    warm(planner)
    return planner


def _plan_pairs(planner: Planner, pairs: Path, out: Path, paths: Path | None) -> dict[str, Any]:
    import csv
    import json

    from navigation.planner import PlanError

    rows, header = _read_pairs(pairs)
    answers: list[dict[str, Any]] = []
    lines: list[str] = []
    for number, (row, (x0, y0, x1, y1)) in enumerate(rows):
        try:
            path = planner.plan((x0, y0), (x1, y1))
        except PlanError as error:
            answers.append({**row, "ok": 0, "length_m": "", "ms": ""})
            lines.append(json.dumps({"row": number, "ok": 0, "error_code": error.error_code, "error": str(error)}))
            continue
        answers.append({**row, "ok": 1, "length_m": f"{path.length:.4f}", "ms": f"{path.seconds * 1e3:.3f}"})
        if paths is not None:
            lines.append(json.dumps({"row": number, "ok": 1, "points": path.points.tolist()}))
    with _opened(out) as file:
        writer = csv.DictWriter(file, [*header, "ok", "length_m", "ms"])
        writer.writeheader()
        writer.writerows(answers)
    if paths is not None:
        with _opened(paths) as file:
            file.writelines(line + "\n" for line in lines)
    done = [answer for answer in answers if answer["ok"]]
    return {
        "pairs": len(rows),
        "ok": len(done),
        "mean_ms": sum(float(answer["ms"]) for answer in done) / max(len(done), 1),
        "mean_length_m": sum(float(answer["length_m"]) for answer in done) / max(len(done), 1),
        "out": str(out),
    }


def _read_pairs(path: Path) -> tuple[list[tuple[dict[str, str], tuple[float, ...]]], list[str]]:
    import csv

    from guide_common.errors import UserError

    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give a CSV with the columns {','.join(COLUMNS)}") from None
    except (OSError, UnicodeDecodeError):
        raise UserError(f"{path}: cannot be read as text; give a CSV with the columns {','.join(COLUMNS)}") from None
    reader = csv.DictReader(text.splitlines())
    try:
        header = [name.strip() for name in reader.fieldnames or []]
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise UserError(f"{path}, line 1: column {missing[0]} is missing; the header must hold {','.join(COLUMNS)}")
        reader.fieldnames = header
        rows = list(_numbered(reader, path))
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: not CSV ({error}); mend the line") from None
    return rows, [name for name in header if name not in ("ok", "length_m", "ms")]


def _numbered(reader: Any, path: Path) -> Iterator[tuple[dict[str, str], tuple[float, ...]]]:
    import math

    from guide_common.errors import UserError

    for row in reader:
        if None in row:
            raise UserError(f"{path}, line {reader.line_num}: more values than columns; remove the surplus")
        values = []
        for column in COLUMNS:
            try:
                values.append(float(row[column]))
            except (TypeError, ValueError):
                values.append(math.nan)
            if not math.isfinite(values[-1]):
                found = "nothing" if row[column] in (None, "") else repr(row[column])
                raise UserError(f"{path}, line {reader.line_num}: {column} must be metres, found {found}; mend it")
        kept = {name: value for name, value in row.items() if name not in ("ok", "length_m", "ms")}
        yield kept, tuple(values)


def _point(text: str | None, option: str) -> tuple[float, float]:
    import math

    from guide_common.errors import UserError

    if text is None:
        raise UserError(f"guide plan: {option} X,Y is missing; give both --from and --to")
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        raise UserError(f"guide plan: {option} must be X,Y in metres such as 12.5,8, not {text!r}")
    return x, y


def _opened(path: Path) -> Any:
    from guide_common.errors import UserError

    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); choose a folder that exists") from None


def _tell(answer: dict[str, Any], as_json: bool, sentence: str) -> None:
    import json

    print(json.dumps(answer) if as_json else sentence.format(**answer))
