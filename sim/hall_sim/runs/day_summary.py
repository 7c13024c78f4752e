"""Sum a day in the hall up, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from hall_sim.runs.summary import summarise

Visits = Sequence[Mapping[str, Any]]


def day_document(
    name: str, seed: int, hours: Sequence[Mapping[str, Any]], broken: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the day as one document: a row for each hour and one for the day, the visits, and their figures.

    `broken` are sentences on the hours that could not be run.
    """
    ordered = sorted(hours, key=lambda hour: str(hour["hour"]))
    visits = [visit for hour in ordered for visit in hour["visits"]]
    left, km = sum(hour["left"] for hour in ordered), sum(hour["km"] for hour in ordered)
    return {
        "day": _row("day", visits, left, km),
        "name": name,
        "seed": seed,
        "hours": [_row(str(hour["hour"]), hour["visits"], hour["left"], hour["km"]) for hour in ordered],
        "summary": summarise(visits),
        "visits": visits,
        "crowd": {str(hour["hour"]): hour["crowd"] for hour in ordered},
        "broken": list(broken),
    }


def _row(hour: str, visits: Visits, left: int, km: float) -> dict[str, Any]:
    """Return a row: who asked, was served, left unserved, was led where they wanted; waits in s, km driven."""
    served = len(visits)

    def total(metric: str) -> int:
        return sum(int(visit["metrics"].get(metric) or 0) for visit in visits)

    waits = [visit["metrics"]["waited_s"] for visit in visits]
    return {
        "hour": hour,
        "asked": served + left,
        "served": served,
        "left_unserved": left,
        "as_wanted": sum(visit["success"] for visit in visits) / served if served else 0.0,
        "wrong_counter": total("wrong_counter"),
        "assists": total("assists"),
        "mean_wait_s": fmean(waits) if waits else 0.0,
        "km": round(km, 3),
        "contacts": total("contacts"),
        "contacts_by_robot": total("contacts_by_robot"),
    }
