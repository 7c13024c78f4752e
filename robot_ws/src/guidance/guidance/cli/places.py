"""Verbs of `guide place` and `guide procedure`: change the floor while the robot works; see also phrases.py."""

from __future__ import annotations

import getpass
import json
import math
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from counter_map.model import Place, Procedure, Site
    from counter_map.store import Store
    from guide_common.geometry import Pose2D

place_verbs = typer.Typer(help="List places and move them.", no_args_is_help=True)
procedure_verbs = typer.Typer(
    help="Show procedures, set their counters, teach what visitors say.", no_args_is_help=True
)

SiteName = Annotated[str, typer.Option("--site", help="The site's folder or id.", show_default="maps/hcmc_center")]
StorePlace = Annotated[str, typer.Option("--store", help="The store: a folder, a file or a database URL.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")]
By = Annotated[str, typer.Option("--by", help="Who changes it; otherwise the name of this account.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(place_verbs, name="place")
    app.add_typer(procedure_verbs, name="procedure")


@place_verbs.command("move")
def move(
    place: Annotated[str, typer.Argument(help="The place's id, such as Q27.")],
    pose: Annotated[str, typer.Argument(help="Metres and radians on its floor's map: X,Y,YAW or X,Y.")],
    site: SiteName = "",
    store: StorePlace = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Move where the robot stops for a place; running robots follow within a second."""
    opened, current = open_site(site, store)
    stand = _pose(pose, current.places.get(place))
    revision = opened.move_place(place, stand, author(by))
    if as_json:
        print(json.dumps({"place": place, "x": stand.x, "y": stand.y, "yaw": stand.yaw, "revision": revision}))
    else:
        print(f"{place} is at {stand.x:.2f}, {stand.y:.2f}, {stand.yaw:.2f} rad; revision {revision} is in force")


@place_verbs.command("list")
def list_places(
    kind: Annotated[str, typer.Option("--kind", help="Only this kind: counter, wc, lift …")] = "",
    floor: Annotated[str, typer.Option("--floor", help="Only this floor.")] = "",
    site: SiteName = "",
    store: StorePlace = "",
    as_json: AsJson = False,
) -> None:
    """List places with their stand poses."""
    _, current = open_site(site, store)
    rows = [_place_row(each) for each in current.places_of(kind, floor)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    columns = ("id", "kind", "floor", "zone", "x", "y", "yaw", "open", "name")
    table = Table(*columns)
    for row in rows:
        table.add_row(*("no" if row[column] is False else str(row[column]) for column in columns))
    Console().print(table)


@procedure_verbs.command("set")
def set_counters(
    code: Annotated[str, typer.Argument(help="The procedure's code.")],
    counter: Annotated[list[str], typer.Option("--counter", help="A counter that takes it; may be repeated.")],
    site: SiteName = "",
    store: StorePlace = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Set the counters that take a procedure; running robots follow within a second."""
    opened, _ = open_site(site, store)
    revision = opened.set_procedure_counters(code, counter, author(by))
    if as_json:
        print(json.dumps({"code": code, "counters": counter, "revision": revision}))
    else:
        print(f"{code} is taken at {', '.join(counter)}; revision {revision} is in force")


@procedure_verbs.command("show")
def show(
    code: Annotated[str, typer.Argument(help="The procedure's code.")],
    site: SiteName = "",
    store: StorePlace = "",
    as_json: AsJson = False,
) -> None:
    """Show all that the site knows of a procedure."""
    from counter_map.errors import SiteError

    _, current = open_site(site, store)
    procedure = current.procedures.get(code)
    if procedure is None:
        raise SiteError(f"there is no procedure {code}; guide ask finds codes by words")
    row = _procedure_row(procedure)
    if as_json:
        print(json.dumps(row, ensure_ascii=False))
        return
    for key, value in row.items():
        if value not in ("", {}, [], None):
            print(f"{key}: {value if isinstance(value, str | bool) else json.dumps(value, ensure_ascii=False)}")


def open_site(site: str, store: str) -> tuple[Store, Site]:
    """Open the store of a site, filled from its folder where that has not happened yet."""
    from counter_map.locate import default_site
    from counter_map.site_store import open_store

    opened, folder = open_store(site or default_site(), store)
    if folder is not None:
        opened.follow_folder(folder)
    return opened, opened.current()[0]


def author(by: str) -> str:
    """Return who makes a change: the name given, or that of the account; empty where there is neither."""
    try:
        return by.strip() or getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return ""


def _pose(text: str, place: Place | None) -> Pose2D:
    from guide_common.errors import UserError
    from guide_common.geometry import Pose2D, wrap_angle

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3) or not all(math.isfinite(number) for number in numbers):
        raise UserError(f"{text!r} is not a pose; write X,Y,YAW in metres and radians, such as 46.2,9.1,0")
    yaw = numbers[2] if len(numbers) == 3 else place.stand.yaw if place else 0.0
    return Pose2D(numbers[0], numbers[1], wrap_angle(yaw))


def _place_row(place: Place) -> dict[str, object]:
    return {
        "id": place.id,
        "kind": place.kind,
        "floor": place.floor,
        "zone": place.zone,
        "x": round(place.stand.x, 3),
        "y": round(place.stand.y, 3),
        "yaw": round(place.stand.yaw, 4),
        "open": place.open,
        "name": place.name("vi"),
        "department": place.department,
    }


def _procedure_row(procedure: Procedure) -> dict[str, object]:
    return {
        "code": procedure.code,
        "catalogued": procedure.catalogued,
        "names": procedure.names,
        "department": procedure.department,
        "field": procedure.field,
        "counters": list(procedure.counters),
        "status": procedure.status,
        "notice": procedure.notice,
        "ticket_first": procedure.ticket_first,
        "papers": procedure.papers,
        "fee": procedure.fee,
        "phrases": procedure.phrases,
        "source": procedure.source,
    }
