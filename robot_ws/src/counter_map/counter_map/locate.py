"""Find a site's folder from what a person or a launch file says; quick to import."""

from __future__ import annotations

import os
from pathlib import Path

from counter_map.errors import SiteError

SITE_FILE = "site.yaml"
DEFAULT_SITE = "maps/hcmc_center"


def home() -> Path:
    """Return the folder of what the product keeps: `$GUIDE_HOME`, or `~/.guide`."""
    return Path(os.environ.get("GUIDE_HOME") or Path.home() / ".guide")


def default_site() -> str:
    """Return the site meant when none is named: `$GUIDE_SITE`, or the one that comes with the product."""
    return os.environ.get("GUIDE_SITE") or DEFAULT_SITE


def site_folder(site: str) -> Path | None:
    """Return the folder of a site named by folder or id; None when there is only its store."""
    root = Path(os.environ.get("GUIDE_ROOT") or home().parent)
    folders = [folder for folder in (Path(site), root / site, root / "maps" / site) if folder.is_dir()]
    whole = [folder for folder in folders if (folder / SITE_FILE).is_file()]
    return next(iter(whole or folders), None)


def need_site_folder(site: str) -> Path:
    """Return the folder of a site named by folder or id; raise SiteError when there is none."""
    folder = site_folder(site)
    if folder is None:
        raise SiteError(f"{site}: no such folder; give the folder of a site, such as {DEFAULT_SITE}")
    return folder
