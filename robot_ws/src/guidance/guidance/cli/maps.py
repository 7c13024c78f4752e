"""Verbs of `guide map`: check, draw, render and publish a site, and list its changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from counter_map.model import Site

verbs = typer.Typer(help="Check, draw, picture and publish the map of a site.", no_args_is_help=True)

SiteFolder = Annotated[str, typer.Argument(help="The site's folder, such as maps/hcmc_center.", metavar="SITE")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")]
StorePlace = Annotated[str, typer.Option("--store", help="The store: a folder, a file or a database URL.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(verbs, name="map")


@verbs.command("check")
def check(site: SiteFolder, as_json: AsJson = False) -> None:
    """Tell every mistake of a site with file, line and mend, or what it holds."""
    from counter_map.errors import SiteErrors
    from counter_map.locate import need_site_folder
    from counter_map.site import load_site

    try:
        summary = _summary(load_site(need_site_folder(site)))
    except SiteErrors as errors:
        if as_json:
            print(json.dumps({"ok": False, "mistakes": errors.mistakes}, ensure_ascii=False))
            raise typer.Exit(2) from None
        raise
    if as_json:
        print(json.dumps({"ok": True, **summary}, ensure_ascii=False))
        return
    print(f"{site} is in order: {', '.join(f'{count} {what}' for what, count in summary.items() if what != 'site')}")


@verbs.command("draw")
def draw(site: SiteFolder, as_json: AsJson = False) -> None:
    """Draw the floor images, map files and places of a site from its plan.yaml."""
    from counter_map.floor_drawing import draw_site
    from counter_map.locate import need_site_folder
    from counter_map.site import load_site

    folder = need_site_folder(site)
    written = [str(path) for path in draw_site(folder)]
    load_site(folder)
    print(json.dumps({"written": written}) if as_json else "\n".join(written))


@verbs.command("render")
def render(
    site: SiteFolder,
    out: Annotated[str, typer.Option("--out", help="The PNG to write.")] = "site.png",
    language: Annotated[str, typer.Option("--lang", help="Language of the labels.")] = "vi",
    scale: Annotated[float, typer.Option("--scale", min=8.0, max=100.0, help="Pixels a metre.")] = 32.0,
    as_json: AsJson = False,
) -> None:
    """Write a labelled picture of every floor."""
    from counter_map.locate import need_site_folder
    from counter_map.render import render_site
    from counter_map.site import load_site

    written = render_site(load_site(need_site_folder(site)), Path(out), language, scale)
    print(json.dumps({"written": str(written)}) if as_json else str(written))


@verbs.command("publish")
def publish(site: SiteFolder, store: StorePlace = "", as_json: AsJson = False) -> None:
    """Put a site folder in force, if it has no mistakes; running robots follow within a second."""
    from counter_map.locate import need_site_folder
    from counter_map.site_store import open_store
    from guidance.cli.places import author

    opened, folder = open_store(str(need_site_folder(site)), store)
    assert folder is not None
    revision = opened.import_site(folder, author(""))
    if as_json:
        print(json.dumps({"site": opened.site, "revision": revision}))
    else:
        print(f"revision {revision} of {opened.site} is in force")


@verbs.command("history")
def history(site: SiteFolder, store: StorePlace = "", as_json: AsJson = False) -> None:
    """List every change of a site, newest first: when, by whom, what."""
    from counter_map.site_store import open_store

    changes = open_store(site, store)[0].history()[::-1]
    rows = [
        {"number": c.number, "revision": c.digest, "at": c.made_at.isoformat(), "by": c.author, "what": c.what}
        for c in changes
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['number']:>4}  {str(row['at'])[:19]}Z  {row['by'] or '–'}  {row['what']}  ({row['revision']})")


def _summary(site: Site) -> dict[str, object]:
    counters = list(site.places_of("counter"))
    return {
        "site": site.name,
        "floors": len(site.floors),
        "counters": len(counters),
        "open counters": sum(counter.open for counter in counters),
        "other places": len(site.places) - len(counters),
        "zones": len(site.zones),
        "procedures": len(site.procedures),
    }
