"""Turn the values of a site into rows of the store, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.engine import RowMapping

from counter_map.exchange import places_text, procedures_text, translations
from counter_map.locate import SITE_FILE
from counter_map.model import Place, Procedure, Site, Zone
from counter_map.site import PLACES_FILE, PROCEDURES_FILE
from counter_map.site_translations import translation_file
from counter_map.store_schema import FILES, PLACES, PROCEDURE_COUNTERS, PROCEDURES, ZONES
from guide_common.geometry import Pose2D


@dataclass(frozen=True, slots=True)
class Content:
    """Hold all that makes a revision of a site: the files kept as they came, and what the store can change."""

    files: dict[str, bytes]
    places: list[Place]
    zones: list[Zone]
    procedures: list[Procedure]

    def exported(self) -> dict[str, bytes]:
        """Return every file of the site folder by name."""
        spoken = {translation_file(code): text.encode() for code, text in translations(self.procedures).items()}
        return (
            self.files
            | spoken
            | {
                PLACES_FILE: places_text(self.places, self.zones).encode(),
                PROCEDURES_FILE: procedures_text(self.procedures).encode(),
            }
        )


def content_of(site: Site) -> Content:
    """Collect the content of a site that was read from a folder."""
    names = [Path(SITE_FILE)]
    for floor in site.floors.values():
        map_file = floor.map_file.relative_to(site.folder)
        image = yaml.safe_load(floor.map_file.read_text(encoding="utf-8"))["image"]
        names += [map_file, map_file.parent / image]
    files = {name.as_posix(): (site.folder / name).read_bytes() for name in names}
    return Content(files, list(site.places.values()), site.zones, list(site.procedures.values()))


def write_rows(connection: Connection, site: str, content: Content) -> None:
    """Replace all rows of a site by this content."""
    for table in (PROCEDURE_COUNTERS, PROCEDURES, ZONES, PLACES, FILES):
        connection.execute(delete(table).where(table.c.site == site))
    files = [{"site": site, "name": name, "content": data} for name, data in content.files.items()]
    connection.execute(insert(FILES), files)
    for table, rows in (
        (PLACES, [_place_row(place) for place in content.places]),
        (ZONES, [_zone_row(zone) for zone in content.zones]),
        (PROCEDURES, [_procedure_row(procedure) for procedure in content.procedures]),
    ):
        if rows:
            connection.execute(insert(table), [{"site": site, "position": i} | row for i, row in enumerate(rows)])
    links = [link for each in content.procedures for link in counter_rows(site, each.code, each.counters)]
    if links:
        connection.execute(insert(PROCEDURE_COUNTERS), links)


def counter_rows(site: str, code: str, counters: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rows that say where a procedure is taken."""
    return [{"site": site, "code": code, "counter": c, "position": i} for i, c in enumerate(counters)]


def read_rows(connection: Connection, site: str) -> Content:
    """Read the content of a site as it stands in this transaction."""

    def rows(table: Any) -> list[RowMapping]:
        query = select(table).where(table.c.site == site)
        if "position" in table.c:
            query = query.order_by(table.c.position)
        return list(connection.execute(query).mappings())

    counters: dict[str, list[str]] = {}
    for row in rows(PROCEDURE_COUNTERS):
        counters.setdefault(row["code"], []).append(row["counter"])
    return Content(
        files={row["name"]: row["content"] for row in rows(FILES)},
        places=[_place(row) for row in rows(PLACES)],
        zones=[_zone(row) for row in rows(ZONES)],
        procedures=[
            replace(_procedure(row), counters=tuple(counters.get(row["code"], ()))) for row in rows(PROCEDURES)
        ],
    )


def _place_row(place: Place) -> dict[str, Any]:
    keys = ("id", "kind", "floor", "zone", "names", "number", "department", "open", "redirect_to", "priority", "staff")
    pose = {"x": place.stand.x, "y": place.stand.y, "yaw": place.stand.yaw}
    return pose | {key: getattr(place, key) for key in keys}


def _place(row: RowMapping) -> Place:
    values = {key: row[key] for key in row if key not in ("site", "position", "x", "y", "yaw")}
    return Place(stand=Pose2D(row["x"], row["y"], row["yaw"]), **values)


def _zone_row(zone: Zone) -> dict[str, Any]:
    keys = ("id", "kind", "floor", "names", "max_speed", "height", "direction")
    return {"polygon": zone.polygon.tolist()} | {key: getattr(zone, key) for key in keys}


def _zone(row: RowMapping) -> Zone:
    values = {key: row[key] for key in row if key not in ("site", "position", "polygon")}
    return Zone(polygon=np.array(row["polygon"], dtype=np.float64), **values)


def _procedure_row(procedure: Procedure) -> dict[str, Any]:
    keys = (
        "code", "catalogued", "names", "department", "field", "phrases", "papers", "fee", "ticket_first", "status",
        "notice", "source",
    )  # fmt: skip
    return {key: getattr(procedure, key) for key in keys}


def _procedure(row: RowMapping) -> Procedure:
    values = {key: row[key] for key in row if key not in ("site", "position")}
    for key in ("phrases", "papers"):
        values[key] = {language: tuple(texts) for language, texts in values[key].items()}
    return Procedure(counters=(), **values)
