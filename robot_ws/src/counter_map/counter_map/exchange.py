"""Write places and procedures in the exchange format, a feature or row a line; same content, same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from counter_map.model import Place, Procedure, Zone
from counter_map.site_procedures import COLUMNS

CRS_NOTE = "coordinates are metres in the map frame of the floor (x east, y north), not degrees; yaw in radians"


def places_text(places: Iterable[Place], zones: Iterable[Zone]) -> str:
    """Return `places.geojson`."""
    features = [*(_place(place) for place in places), *(_zone(zone) for zone in zones)]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "crs_note": {json.dumps(CRS_NOTE)}, "features": [\n{lines}\n]}}\n'


def procedures_text(procedures: Iterable[Procedure]) -> str:
    """Return `procedures.csv`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for procedure in procedures:
        writer.writerow(_procedure(procedure))
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
    for language in ("vi", "en"):
        row |= {
            f"name_{language}": procedure.names.get(language, ""),
            f"colloquial_{language}": ";".join(procedure.phrases.get(language, ())),
            f"papers_{language}": ";".join(procedure.papers.get(language, ())),
            f"fee_{language}": procedure.fee.get(language, ""),
            f"notice_{language}": procedure.notice.get(language, ""),
        }
    return row
