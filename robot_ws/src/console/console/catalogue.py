"""What a site offers, as a visitor browses it: languages, facilities, and procedures by department and field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from counter_map.model import Procedure, Site

FACILITIES = ("wc", "ticket", "atm", "photocopy", "lift", "water", "seat", "exit")
"""The kinds of places that visitors ask for, the most asked for first."""
ALWAYS = ("hours", "human")
"""What can be asked at every site."""
LONG = 12
"""Procedures of a department beyond which its fields are chosen from first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold what can be chosen: the label that a touch sends, its name by language, and what it is part of."""

    label: str
    names: dict[str, str]
    department: str
    field: str

    def name(self, language: str) -> str:
        """Return the name in a language, or in the site's first."""
        return self.names.get(language) or next(iter(self.names.values()), self.label)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Hold what the screen lets a visitor choose from."""

    languages: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ALWAYS
    entries: tuple[Entry, ...] = ()
    departments: tuple[str, ...] = ()
    helpers: dict[str, dict[str, str]] | None = None
    """Who sits at the counters of a department, by language: tells foreigners what its name does not."""

    def fields(self, department: str) -> tuple[str, ...]:
        """Return the fields of a department's procedures where there are too many for one list, else none."""
        mine = [entry for entry in self.entries if entry.department == department]
        names = tuple(dict.fromkeys(entry.field for entry in mine))
        return names if len(mine) > LONG and len(names) > 1 else ()

    def of(self, department: str, field: str = "") -> tuple[Entry, ...]:
        """Return the procedures of a department, or of one of its fields."""
        mine = (entry for entry in self.entries if entry.department == department)
        return tuple(entry for entry in mine if field in ("", entry.field))

    def helper(self, department: str, language: str) -> str:
        """Return who sits at the counters of a department, for those who cannot read its name; else empty."""
        told = (self.helpers or {}).get(department, {})
        return "" if language == next(iter(told), language) else told.get(language, "")


def read_catalogue(site: Site) -> Catalogue:
    """Return what a site offers."""
    kinds = {place.kind for place in site.places.values()}
    helpers = {place.department: place.staff for place in site.places.values() if place.department and place.staff}
    procedures = list(site.procedures.values())
    return Catalogue(
        languages=site.settings.languages,
        facilities=tuple(kind for kind in FACILITIES if kind in kinds) + ALWAYS,
        entries=tuple(Entry(f"procedure:{p.code}", p.names, p.department, p.field) for p in procedures),
        departments=_departments(procedures),
        helpers=helpers,
    )


def _departments(procedures: Iterable[Procedure]) -> tuple[str, ...]:
    """List the departments by name; "Sở" and the like, with which most begin, order them as a visitor looks."""
    return tuple(sorted({p.department for p in procedures if p.department}))
