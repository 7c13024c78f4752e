"""Write places and procedures in the exchange format, a feature or row a line; same content, same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from counter_map.model import Place, Procedure, Zone
from counter_map.site_procedures import COLUMNS, LANGUAGES
from counter_map.site_translations import COLUMNS as TRANSLATED

CRS_NOTE = "coordinates are metres in the map frame of the floor (x east, y north), not degrees; yaw in radians"


def places_text(places: Iterable[Place], zones: Iterable[Zone]) -> str:
    """Return `places.geojson`."""
    features = [*(_place(place) for place in places), *(_zone(zone) for zone in zones)]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "crs_note": {json.dumps(CRS_NOTE)}, "features": [\n{lines}\n]}}\n'


def procedures_text(procedures: Iterable[Procedure]) -> str:
    """Return `procedures.csv`."""
    return _csv(COLUMNS, map(_procedure, procedures))


def translations(procedures: Iterable[Procedure]) -> dict[str, str]:
    """Return what `procedures.csv` has no columns for: the text of `procedures.<language>.csv`, by language."""
    tables: dict[str, list[dict[str, str]]] = {}
    for procedure in procedures:
        spoken = {*procedure.names, *procedure.phrases, *procedure.papers, *procedure.fee, *procedure.notice}
        for language in sorted(spoken - set(LANGUAGES)):
            tables.setdefault(language, []).append(_translation(procedure, language))
    return {language: _csv(TRANSLATED, rows) for language, rows in sorted(tables.items())}


def _translation(procedure: Procedure, language: str) -> dict[str, str]:
    return {
        "code": procedure.code,
        "name": procedure.names.get(language, ""),
        "colloquial": ";".join(procedure.phrases.get(language, ())),
        "papers": ";".join(procedure.papers.get(language, ())),
        "fee": procedure.fee.get(language, ""),
        "notice": procedure.notice.get(language, ""),
    }


def _csv(columns: Iterable[str], rows: Iterable[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _place(place: Place) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": place.id, "kind": place.kind, "floor": place.floor, "zone": place.zone}
    properties |= {"yaw": _rounded(place.stand.yaw, 5), "name": place.names}
    for key in ("number", "department", "redirect_to", "staff"):
        if getattr(place, key):
            properties[key] = getattr(place, key)
    if place.kind == "counter":
        properties |= {"open": place.open, "priority": place.priority}
    elif not place.open:
        properties["open"] = False
    coordinates = [_rounded(place.stand.x), _rounded(place.stand.y)]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": coordinates}}


def _zone(zone: Zone) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": zone.id, "kind": zone.kind, "floor": zone.floor}
    if zone.names:
        properties["name"] = zone.names
    for key in ("max_speed", "height"):
        if getattr(zone, key) is not None:
            properties[key] = getattr(zone, key)
    if zone.direction is not None:
        properties["direction"] = _rounded(zone.direction, 5)
    ring = [[_rounded(x), _rounded(y)] for x, y in zone.polygon]
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _rounded(value: float, digits: int = 3) -> float:
    return round(float(value), digits) + 0.0  # no -0.0


def _procedure(procedure: Procedure) -> dict[str, str]:
    row = {
        "code": procedure.code if procedure.catalogued else "",
        "id": "" if procedure.catalogued else procedure.code,
        "department": procedure.department,
        "field": procedure.field,
        "counters": ";".join(procedure.counters),
        "ticket_first": str(procedure.ticket_first).lower(),
        "status": procedure.status,
        "source": procedure.source,
    }
    for language in LANGUAGES:
        row |= {
            f"name_{language}": procedure.names.get(language, ""),
            f"colloquial_{language}": ";".join(procedure.phrases.get(language, ())),
            f"papers_{language}": ";".join(procedure.papers.get(language, ())),
            f"fee_{language}": procedure.fee.get(language, ""),
            f"notice_{language}": procedure.notice.get(language, ""),
        }
    return row
