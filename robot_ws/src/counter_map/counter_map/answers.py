"""What the site can tell about what a visitor asks for: counters and whether they are open, papers, fee, notices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from counter_map.model import Place, Procedure, Site


class Found(Protocol):
    """Be one candidate of the lookup."""

    @property
    def code(self) -> str:
        """Return the code of a procedure or the id of a place."""

    @property
    def probability(self) -> float:
        """Return how likely it is, 0..1."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return the words that decided."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Hold a place a visitor may be led to and whether it is open at the moment asked about."""

    place: Place
    open: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """Hold all that a visitor should know about one candidate, in their language where the site has it."""

    code: str
    name: str
    probability: float
    evidence: tuple[str, ...]
    stops: tuple[Stop, ...]
    department: str = ""
    papers: tuple[str, ...] = ()
    fee: str = ""
    ticket_first: bool = False
    notice: str = ""


class Desk:
    """Answer for one site, as the robot of one floor would, at one moment."""

    def __init__(self, site: Site, floor: str, language: str, at: datetime) -> None:
        self.site, self.floor, self.language, self.at = site, floor, language, at
        self.site_open = site.settings.is_open(at)

    def is_open(self, place: Place) -> bool:
        """Tell whether a place can be used now; only counters keep the site's hours."""
        return place.open and (self.site_open or place.kind != "counter")

    def offers(self, label: str, found: Iterable[Found]) -> Iterator[Offer]:
        """Give what is to be told about each candidate; a facility of a kind is offered nearest first."""
        found = list(found)
        if label.startswith("facility:"):
            evidence = found[0].evidence if found else ()
            for place in self._nearest(label.split(":", 1)[1]):
                yield self._place_offer(place, found[0].probability if found else 1.0, evidence)
            return
        for match in found:
            if match.code in self.site.procedures:
                procedure = self.site.procedures[match.code]
                yield self._procedure_offer(procedure, match.probability, match.evidence)
            elif match.code in self.site.places:
                yield self._place_offer(self.site.places[match.code], match.probability, match.evidence)

    def _nearest(self, kind: str) -> list[Place]:
        """Sort the places of a kind: this floor first, then by distance from where the robot waits."""
        post = self.site.post(self.floor) if self.floor in self.site.settings.robots else None

        def far(place: Place) -> tuple[bool, float]:
            return place.floor != self.floor, place.stand.distance(post.stand) if post else math.inf

        return sorted(self.site.places_of(kind), key=far)

    def _place_offer(self, place: Place, probability: float, evidence: tuple[str, ...]) -> Offer:
        stops = self._stops((place,))
        return Offer(
            code=place.id,
            name=place.name(self.language),
            probability=probability,
            evidence=tuple(evidence),
            stops=stops,
            department=place.department,
            ticket_first=self.site.settings.tickets and place.kind == "counter" and not place.priority,
            notice=self._notice(stops, ""),
        )

    def _procedure_offer(self, procedure: Procedure, probability: float, evidence: tuple[str, ...]) -> Offer:
        stops = self._stops(tuple(self.site.places[each] for each in procedure.counters))
        own = procedure.notice.get(self.language) or next(iter(procedure.notice.values()), "")
        return Offer(
            code=procedure.code,
            name=procedure.name(self.language),
            probability=probability,
            evidence=tuple(evidence),
            stops=stops,
            department=procedure.department,
            papers=procedure.papers.get(self.language) or next(iter(procedure.papers.values()), ()),
            fee=procedure.fee.get(self.language) or next(iter(procedure.fee.values()), ""),
            ticket_first=self.site.settings.tickets and procedure.ticket_first,
            notice=self._notice(stops, own),
        )

    def _stops(self, places: tuple[Place, ...]) -> tuple[Stop, ...]:
        """List open counters first, then closed ones, then those that take the closed ones' visitors."""
        stand_ins = [self.site.places[p.redirect_to] for p in places if not p.open and p.redirect_to]
        every = {place.id: place for place in [*sorted(places, key=lambda place: not place.open), *stand_ins]}
        return tuple(Stop(place, self.is_open(place)) for place in every.values())

    def _notice(self, stops: tuple[Stop, ...], own: str) -> str:
        """Say what a visitor must hear before walking: the procedure's own notice, a closed counter, the hour."""
        said = [own] if own else []
        counters = [stop.place for stop in stops if stop.place.kind == "counter"]
        if counters and not counters[0].open:
            closed = counters[0]
            other = self.site.places.get(closed.redirect_to)
            key = "counter_closed_redirect" if other else "counter_closed"
            names = {"counter": closed.name(self.language), "other": other.name(self.language) if other else ""}
            said.append(self._phrase(key, **names))
        if counters and not self.site_open:
            said.append(self._closed_now())
        return " ".join(sentence for sentence in said if sentence)

    def _closed_now(self) -> str:
        """Say that it is the lunch break and when it ends, where the site has words for it; else the hours."""
        lunch_ends = self.site.settings.lunch_ends(self.at)
        if lunch_ends is not None and "lunch_break" in self.site.settings.phrases:
            return self._phrase("lunch_break", opens=f"{lunch_ends:%H:%M}")
        return self._phrase("site_closed", hours=self._phrase("hours"))

    def _phrase(self, key: str, **names: str) -> str:
        return self.site.settings.phrase(key, self.language).format(**names)
