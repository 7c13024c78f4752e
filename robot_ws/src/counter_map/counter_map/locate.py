"""Find a site and its store from what a person or a launch file says."""

from __future__ import annotations

import os
from pathlib import Path

from counter_map.errors import SiteError
from counter_map.mistakes import Mistakes
from counter_map.site import SITE_FILE
from counter_map.store import Store
from counter_map.store_engine import home
from counter_map.yaml_lines import read_yaml

DEFAULT_SITE = "maps/hcmc_center"


def default_site() -> str:
    """Return the site meant when none is named: `$GUIDE_SITE`, or the one that comes with the product."""
    return os.environ.get("GUIDE_SITE") or DEFAULT_SITE


def site_folder(site: str) -> Path | None:
    """Return the folder of a site named by folder or id; None when there is only its store."""
    root = Path(os.environ.get("GUIDE_ROOT") or home().parent)
    for folder in (Path(site), root / site, root / "maps" / site):
        if folder.is_dir():
            return folder
    return None


def open_store(site: str, store: str = "") -> tuple[Store, Path | None]:
    """Open the store of a site (folder or id), and tell the site's folder, if there is one.

    Raises:
        SiteErrors: the folder's `site.yaml` cannot be read.
        StoreError: the store cannot be opened.
    """
    folder = site_folder(site)
    if folder is not None:
        return Store.open(store or None, _id_of(folder)), folder
    if not site.replace("_", "").isalnum():
        raise SiteError(f"{site}: no such folder; give the folder of a site, such as {DEFAULT_SITE}")
    opened = Store.open(store or None, site)
    if opened.revision() is None:
        opened.close()
        raise SiteError(f"{site}: neither a folder nor a site in the store; give one such as {DEFAULT_SITE}")
    return opened, None


def _id_of(folder: Path) -> str:
    mistakes = Mistakes()
    document = read_yaml(folder / SITE_FILE, mistakes)
    if document is not None and not isinstance(document.data, dict):
        mistakes.add(folder / SITE_FILE, 1, "a site file holds keys such as name and hours", "write them")
    mistakes.raise_if_any()
    assert document is not None
    return str(document.data.get("id") or folder.name)
