"""Check what no file of a site can say alone: references between them, and stand poses against the floor maps."""

from __future__ import annotations

from counter_map.floor_map import FloorMap
from counter_map.mistakes import Mistakes
from counter_map.model import Floor, Place, Settings
from counter_map.site_places import PlacesFile
from counter_map.site_procedures import ProceduresFile
from counter_map.site_settings import SiteFile


def check_links(site: SiteFile, places: PlacesFile, procedures: ProceduresFile, mistakes: Mistakes) -> None:
    """Check that every id that is named somewhere exists and is of the right kind."""
    _check_robots(site, places, mistakes)
    zones = {(zone.floor, zone.id) for zone in places.zones if zone.kind == "zone"}
    for place in places.places.values():
        line = places.lines[place.id]
        if place.zone and (place.floor, place.zone) not in zones:
            mend = "draw it as a Polygon of kind zone or mend its name"
            mistakes.add(places.path, line, f"{place.id}: there is no zone {place.zone} on floor {place.floor}", mend)
        target = places.places.get(place.redirect_to)
        if place.redirect_to and (target is None or target.kind != "counter" or target.id == place.id):
            what = f"{place.id}: redirect_to {place.redirect_to} is not another counter"
            mistakes.add(places.path, line, what, "name a counter that takes its visitors")
    _check_numbers(places, mistakes)
    counters = {place.id for place in places.places.values() if place.kind == "counter"}
    for procedure in procedures.procedures.values():
        line = procedures.lines[procedure.code]
        for counter in procedure.counters:
            if counter not in counters:
                what = f"{procedure.code}: there is no counter {counter}"
                mistakes.add(procedures.path, line, what, f"use the counters of {places.path.name}")
        if not procedure.counters and procedure.status == "active":
            what = f"{procedure.code}: it is active and has no counter"
            mistakes.add(procedures.path, line, what, "name a counter or set its status to elsewhere")


def _check_robots(site: SiteFile, places: PlacesFile, mistakes: Mistakes) -> None:
    for floor, spots in site.settings.robots.items():
        for kind, place_id in (("post", spots.post), ("dock", spots.dock)):
            place = places.places.get(place_id)
            if place is None or place.kind != kind or place.floor != floor:
                line = site.document.line("robots", floor, kind)
                what = f"the {kind} of floor {floor}, {place_id}, is not a place of kind {kind} on that floor"
                mistakes.add(site.path, line, what, f"add it to {places.path.name} or name another")


def _check_numbers(places: PlacesFile, mistakes: Mistakes) -> None:
    taken: dict[str, str] = {}
    for place in places.places.values():
        if place.kind != "counter":
            continue
        if not place.number:
            mistakes.add(places.path, places.lines[place.id], f"{place.id}: it has no number", "write its number")
        elif place.number in taken:
            what = f"{place.id}: number {place.number} is also that of {taken[place.number]}"
            mistakes.add(places.path, places.lines[place.id], what, "give each counter its own number")
        taken[place.number] = place.id


def check_poses(settings: Settings, floors: dict[str, Floor], places: PlacesFile, mistakes: Mistakes) -> None:
    """Check that a robot fits at every stand pose and can drive there from the post of its floor."""
    for floor in floors.values():
        here = [place for place in places.places.values() if place.floor == floor.id]
        misfits = {place.id: why for place in here if (why := misfit(floor.map, place, settings.clearance))}
        for place_id, why in misfits.items():
            mistakes.add(places.path, places.lines[place_id], f"{place_id}: {why}", "move it to free floor")
        spots = settings.robots.get(floor.id)
        post = places.places.get(spots.post) if spots else None
        if post is None or post.id in misfits or post.floor != floor.id:
            continue
        regions = floor.map.regions(settings.clearance)
        start = regions[floor.map.cell(post.stand.x, post.stand.y)]
        for place in here:
            if place.id not in misfits and regions[floor.map.cell(place.stand.x, place.stand.y)] != start:
                what = f"{place.id}: a robot cannot drive there from {post.id}"
                mistakes.add(places.path, places.lines[place.id], what, "open a way on the floor map or move it")


def misfit(floor_map: FloorMap, place: Place, clearance: float) -> str:
    """Tell why a robot cannot stand at a place; an empty string when it can."""
    x, y = place.stand.x, place.stand.y
    free = floor_map.clearance_at(x, y)
    if free is None:
        width, height = floor_map.size
        return f"its stand pose ({x:g}, {y:g}) is outside the map of floor {place.floor} ({width:g} × {height:g} m)"
    if free == 0.0:
        return f"its stand pose ({x:g}, {y:g}) is in a wall, in furniture or on unknown floor of floor {place.floor}"
    if free < clearance:
        return f"its stand pose ({x:g}, {y:g}) has {free:.2f} m of free floor around it, not {clearance:g} m"
    return ""
