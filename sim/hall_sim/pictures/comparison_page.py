"""Write a comparison of two suites as one HTML page that needs nothing beside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from counter_map.render import draw_floor, projection
from counter_map.site import load_site
from guide_common.errors import UserError
from hall_sim.pictures import signs
from hall_sim.pictures.comparison import SINGLY, Change, Comparison, Row, Suite
from hall_sim.pictures.comparison_words import Teller

DATA = Path(__file__).parents[1] / "data"
MARKS = {"better": "▲", "worse": "▼", "changed": "◆", "unclear": "○", "same": "=", "too_few": "?"}
FLOOR_PPM = 20.0
"""Pixels a metre of the floors' pictures."""
HALF_BAR = 64.0
"""px from no difference to the end of the longest bar."""
JAM_SIZE = 0.25
"""m of a spot for each square root of a person-second a run."""


def write_page(
    out: Path, comparison: Comparison, sites: Sequence[Path] = (), floor: str = "1", language: str = "en"
) -> None:
    """Write the page; with the two sites' folders it shows their floors, and where people stood in jams.

    Raises:
        UserError: the page cannot be written, or a site has no such floor.
    """
    text = page(
        comparison, [floor_picture(*each, floor) for each in zip(sites, comparison.suites, strict=False)], language
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); name another file") from None


def page(comparison: Comparison, pictures: Sequence[str] = (), language: str = "en") -> str:
    """Return the page; `pictures` are data URIs of the two floors."""
    teller = Teller(comparison, language)
    names, rows = comparison.names, comparison.together
    alike = [row for row in rows if row.change in (Change.UNCLEAR, Change.SAME)]
    unclear = [teller.name(row) for row in alike] if len(alike) < len(rows) else []
    environment = Environment(loader=FileSystemLoader(DATA), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("comparison.html.j2").render(
        language=language,
        title=teller.say("title", a=names[0], b=names[1]),
        words=teller.words,
        names=names,
        marks=MARKS,
        sentences=teller.sentences(),
        unclear=teller.say("unclear_list", names=", ".join(unclear)) if unclear else "",
        pictures=list(zip(names, pictures, strict=False)),
        jams=any(_jams(suite) for suite in comparison.suites),
        together=[_cells(row, teller) for row in rows],
        left_out=_listed(teller, "left_out", comparison.left_out),
        queues=_queues(comparison, teller),
        scenarios=[_scenario(name, rows, teller) for name, rows in comparison.scenarios.items()],
        notes=_notes(comparison, teller),
    )


def floor_picture(folder: Path, suite: Suite, floor: str) -> str:
    """Return a floor's picture as a data URI, with red spots where the suite's people stood in jams."""
    site = load_site(folder)
    picture = np.ascontiguousarray(draw_floor(site, floor, FLOOR_PPM))
    scale = projection(site.floors[floor], FLOOR_PPM)
    spots = picture.copy()
    for (x, y), spent in _jams(suite).items():
        signs.disc(spots, scale.pixel(x, y), JAM_SIZE * spent**0.5 * FLOOR_PPM, signs.CONTACT)
    kept = io.BytesIO()
    Image.fromarray((0.5 * picture + 0.5 * spots).astype(np.uint8)).save(kept, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(kept.getvalue()).decode()


def _cells(row: Row, teller: Teller) -> dict[str, Any]:
    return {
        "name": teller.name(row),
        "unit": teller.unit(row),
        "before": teller.bare(row.before.value, row),
        "before_span": teller.span(row.before, row),
        "after": teller.bare(row.after.value, row),
        "after_span": teller.span(row.after, row),
        "difference": teller.bare(row.difference.value, row, signed=True),
        "difference_span": teller.span(row.difference, row, signed=True),
        "bar": _bar(row),
        "n": row.before.n if row.before.n == row.after.n else f"{row.before.n} / {row.after.n}",
        "change": row.change.value,
        "verdict": teller.change(row),
    }


def _bar(row: Row) -> tuple[float, float, float] | None:
    """Return where an interval begins, where its middle is and where it ends, in px; None where there is none."""
    low, value, high = row.difference.low, row.difference.value, row.difference.high
    most = max(abs(low), abs(high))
    if not row.difference.known or most == 0.0:
        return None
    begin, middle, end = (round(72.0 + HALF_BAR * each / most, 1) for each in (low, value, high))
    return begin, middle, end


def _scenario(name: str, rows: Sequence[Row], teller: Teller) -> tuple[str, str, list[dict[str, Any]]]:
    counts = [(change, sum(row.change is change for row in rows)) for change in (Change.BETTER, Change.WORSE)]
    summary = " · ".join(f"{MARKS[change.value]} {count}" for change, count in counts if count)
    return name, summary, [_cells(row, teller) for row in rows]


def _notes(comparison: Comparison, teller: Teller) -> list[str]:
    a, b = comparison.names
    rows = [row for rows in comparison.scenarios.values() for row in rows if row.figure.unit not in SINGLY]
    pairs = {row.paired for row in rows}
    how = "mixed" if len(pairs) > 1 else "paired" if pairs == {True} else "unpaired"
    count = comparison.count
    notes = [teller.say(how, a=a, b=b), teller.say("method")]
    notes.append(teller.say("chance", count=count, by_chance=round(count / 20)))
    for name, only in zip(comparison.names, comparison.only, strict=True):
        notes.append(_listed(teller, "only_in", only, name=name))
    return [note for note in notes if note]


def _listed(teller: Teller, key: str, scenarios: Sequence[str], **values: str) -> str:
    return teller.say(key, scenarios=", ".join(scenarios), **values) if scenarios else ""


def _queues(comparison: Comparison, teller: Teller) -> list[tuple[str, list[str]]]:
    """Return a row a place, the busiest first: how many were served, how long they waited, how long the line became."""
    both = [_queues_of(suite) for suite in comparison.suites]
    served = {place: 0 for queues in both for place in queues}
    for queues in both:
        for place, runs in queues.items():
            served[place] += sum(run["served"] for run in runs)
    places = sorted(served, key=lambda place: (-served[place], place))
    return [(place, [cell for queues in both for cell in _queue(queues.get(place, []), teller)]) for place in places]


def _queues_of(suite: Suite) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for run in suite["runs"]:
        for place, queue in run.get("crowd", {}).get("queues", {}).items():
            found.setdefault(place, []).append(queue)
    return found


def _queue(runs: Sequence[Mapping[str, Any]], teller: Teller) -> tuple[str, str, str]:
    served = sum(run["served"] for run in runs)
    if not runs:
        return "–", "–", "–"
    waited = sum(run["wait_s"] * run["served"] for run in runs if run["wait_s"] is not None)
    longest = max(run["longest"] for run in runs)
    return str(served), teller.seconds(waited / served) if served else "–", str(longest)


def _jams(suite: Suite) -> dict[tuple[float, float], float]:
    """Return person-seconds of standing in a jam a run, by place (m)."""
    found: dict[tuple[float, float], list[float]] = {}
    for run in suite["runs"]:
        for x, y, spent in run.get("crowd", {}).get("jams", []):
            found.setdefault((x, y), []).append(spent)
    return {at: sum(spent) / len(suite["runs"]) for at, spent in found.items()}
