"""Read a site folder, the exchange format: `site.yaml`, floor maps, `places.geojson`, procedures, translations."""

from __future__ import annotations

from pathlib import Path

from counter_map.errors import SiteErrors
from counter_map.floor_map import read_floor_map
from counter_map.locate import SITE_FILE
from counter_map.mistakes import Mistakes
from counter_map.model import Floor, Site
from counter_map.site_checks import check_links, check_poses
from counter_map.site_places import read_places
from counter_map.site_procedures import read_procedures
from counter_map.site_settings import read_settings
from counter_map.site_translations import read_translations

PLACES_FILE, PROCEDURES_FILE = "places.geojson", "procedures.csv"


def load_site(folder: Path | str) -> Site:
    """Read and check a whole site; raise SiteErrors that lists every mistake with file, line and mend."""
    folder = Path(folder)
    if not folder.is_dir():
        raise SiteErrors([f"{folder}: no such folder; give the folder of a site, such as maps/hcmc_center"])
    mistakes = Mistakes()
    site_file = read_settings(folder / SITE_FILE, mistakes)
    if site_file is None:
        # Without it nothing is known of floors and languages; what can be read alone is still checked.
        read_places(folder / PLACES_FILE, (), (), mistakes)
        read_procedures(folder / PROCEDURES_FILE, (), mistakes)
        raise SiteErrors(mistakes.found)
    settings = site_file.settings
    floors = {}
    for floor, (names, map_file) in site_file.floors.items():
        floor_map = read_floor_map(folder / map_file, mistakes)
        if floor_map is not None:
            floors[floor] = Floor(floor, names, folder / map_file, floor_map)
    places = read_places(folder / PLACES_FILE, tuple(site_file.floors), settings.languages, mistakes)
    procedures = read_procedures(folder / PROCEDURES_FILE, settings.languages, mistakes)
    read_translations(folder, procedures, mistakes)
    check_links(site_file, places, procedures, mistakes)
    check_poses(settings, floors, places, mistakes)
    mistakes.raise_if_any()
    return Site(site_file.id, folder, settings, floors, places.places, places.zones, procedures.procedures)
