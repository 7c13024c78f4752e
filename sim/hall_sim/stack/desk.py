"""The counter map in one process: what the dialogue asks and what the guide needs to know of places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from counter_map.answers import Desk, Offer
from counter_map.lookup import Lookup
from counter_map.model import Place, Site
from dialogue.conversation import CandidateFacts, CounterFacts, LookupAnswer, PlaceFacts
from dialogue.conversation.effects import AskLookup, AskPlaces
from guidance.leading import Destination
from guide_common.geometry import Pose2D

Later = Callable[[Callable[[], None]], None]


class SiteDesk:
    """Answer from a site (`dialogue.reception.Desk`); each answer is given `later`, as a service's would be."""

    def __init__(
        self,
        site: Site,
        floor: str,
        now: Callable[[], float],
        later: Later,
        answered: Callable[[LookupAnswer], None],
        places: Callable[[list[PlaceFacts]], None],
        lookup: Lookup | None = None,
    ) -> None:
        self.site = site
        self._floor, self._now, self._later = floor, now, later
        self._answered, self._places = answered, places
        self._lookup = lookup or Lookup(site.procedures, site.places)

    def find(self, question: AskLookup) -> None:
        """Answer what a text means, all readings of the same sound at once."""
        found = self._answer(question.lines, question.language)
        self._later(lambda: self._answered(found))

    def list_places(self, question: AskPlaces) -> None:
        """Answer with places."""
        desk = self._desk(self.site.settings.languages[0])
        found = [
            _place_facts(place, desk)
            for place in self.site.places_of(question.kind, question.floor)
            if question.id in ("", place.id)
        ]
        self._later(lambda: self._places(found))

    def stand_of(self, place_id: str, found: Callable[[Pose2D], None]) -> None:
        """Answer where the robot stands at a place."""
        place = self.site.places.get(place_id)
        if place is not None:
            stand = place.stand
            self._later(lambda: found(stand))

    def destinations(self) -> dict[str, Destination]:
        """Return every place as an escort needs it."""
        desk = self._desk(self.site.settings.languages[0])
        return {
            place.id: Destination(place.id, place.floor, desk.is_open(place), place.stand)
            for place in self.site.places.values()
        }

    def _answer(self, text: str, language: str) -> LookupAnswer:
        answer = self._lookup.find(text, language)
        offers = self._desk(language).offers(answer.label, answer.candidates)
        return LookupAnswer(answer.decision, answer.label, tuple(_candidate_facts(each, language) for each in offers))

    def _desk(self, language: str) -> Desk:
        return Desk(self.site, self._floor, language, datetime.fromtimestamp(self._now(), tz=UTC))


def _place_facts(place: Place, desk: Desk) -> PlaceFacts:
    at = place.stand
    name = place.name(desk.language)
    return PlaceFacts(place.id, place.kind, name, place.floor, place.zone, desk.is_open(place), at.x, at.y)


def _candidate_facts(offer: Offer, language: str) -> CandidateFacts:
    counters = tuple(
        CounterFacts(p.id, p.number, p.name(language), p.floor, p.zone, stop.open, p.redirect_to)
        for stop in offer.stops
        for p in (stop.place,)
    )
    return CandidateFacts(
        offer.code,
        offer.name,
        offer.probability,
        counters,
        offer.department,
        tuple(offer.papers),
        offer.fee,
        offer.ticket_first,
        offer.notice,
    )
