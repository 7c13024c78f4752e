"""How a run should end when other words were put into the visitor's mouth.

The words themselves, not what the robot heard of them, say which places are right: whatever the sound, the ranking
or the navigation make of them is judged against that.
"""

from __future__ import annotations

from datetime import datetime

from counter_map.lookup import Answer, Lookup
from counter_map.model import Place, Site
from guide_common.errors import UserError
from guide_common.geometry import Pose2D
from hall_sim.scenarios.scenario import Expectation, Scenario


def expect(site: Site, floor: str, at: datetime, say: str, accept: str, stood: Pose2D | None) -> Expectation:
    """Return the right end for a visitor who says `say` and answers `accept` on `floor` at the time `at`.

    Where several places are right, the one nearest to where the robot `stood` in the end is meant.
    """
    lookup = Lookup(site.procedures.values(), site.places.values())
    right = _right_places(site, lookup.find(say))
    refuses = lookup.find(accept).label == "command:no"
    if not right:
        # who is not understood three times is offered to be taken to the people at the reception
        desks = list(site.places_of("reception", floor))
        if not desks or refuses:
            return Expectation(outcome="refused" if desks else "not_understood")
        return Expectation(outcome="arrived", place=_nearest(desks, stood).id)
    if not any(place.open for place in right) or not site.settings.is_open(at):
        return Expectation(outcome="told_closed")
    if refuses:
        return Expectation(outcome="refused")
    here = [place for place in right if place.floor == floor and place.open]
    if here:
        return Expectation(outcome="arrived", place=_nearest(here, stood).id)
    ways = [place for place in site.places.values() if place.kind == "lift" and place.floor == floor]
    return Expectation(outcome="handover", place=_nearest(ways, stood).id)


def check_expected(scenario: Scenario, site: Site) -> None:
    """Raise UserError when a scenario expects an end at a place that the site does not have."""
    place = scenario.expect.place
    if place and place not in site.places:
        raise UserError(f"{scenario.name}: expect.place: {scenario.site} has no place {place}; change it")


def _right_places(site: Site, answer: Answer) -> list[Place]:
    kind, _, name = answer.label.partition(":")
    if answer.decision == "facility" and kind == "facility":
        return [place for place in site.places.values() if place.kind == name]
    if answer.decision == "facility" and kind == "counter":
        return _with_redirects(site, [name])
    if answer.decision in ("answer", "confirm", "clarify"):
        wanted = answer.candidates if answer.decision == "clarify" else answer.candidates[:1]
        return _with_redirects(site, [counter for match in wanted for counter in site.procedures[match.code].counters])
    return []


def _with_redirects(site: Site, counters: list[str]) -> list[Place]:
    places = [site.places[counter] for counter in counters if counter in site.places]
    return [site.places.get(place.redirect_to, place) if not place.open else place for place in places]


def _nearest(places: list[Place], stood: Pose2D | None) -> Place:
    return places[0] if stood is None else min(places, key=lambda place: place.stand.distance(stood))
