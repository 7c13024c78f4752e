"""Open the store of a site from what a person or a launch file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counter_map.errors import SiteError
from counter_map.locate import DEFAULT_SITE, SITE_FILE, site_folder
from counter_map.mistakes import Mistakes
from counter_map.store import Store
from counter_map.yaml_lines import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


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
