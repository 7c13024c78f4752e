"""What to tell about a procedure or a place: which phrases, with which values, and where to lead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from dialogue.conversation.facts import CandidateFacts, CounterFacts, PlaceFacts, SiteFacts, Target
from dialogue.languages import languages, load_data

MOST_PAPERS = 3
LONGEST_NAME = 18
"""Words of an official name that are said; some have forty."""

Line = tuple[str, dict[str, str]]
"""The key of a phrase and its values."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Hold the lines to say and where the visitor could be led; no target where there is nowhere to go."""

    lines: tuple[Line, ...]
    target: Target | None = None


def tell_procedure(candidate: CandidateFacts, site: SiteFacts, language: str, redirect: PlaceFacts | None) -> Telling:
    """Tell counter, papers, fee and ticket machine; a closed or missing counter before anything else."""
    name = short_name(candidate.name)
    lines: list[Line] = [("inform.notice", {"notice": candidate.notice})] if candidate.notice else []
    if not candidate.counters:
        values = {"procedure": name, "staff": _staff(site, language)}
        return Telling(tuple(lines or [("inform.no_counter", values)]))
    counter, said = open_counter(candidate, site, language, redirect)
    lines += said
    if counter is None:
        shut = _first_here(candidate.counters, site)[0]
        lines.append(("inform.counter_later", {"procedure": name, **_values(shut, site, language)}))
        return Telling(tuple(lines + _to_bring(candidate, language)))
    lines.append(_where(counter, name, site, language))
    lines += _to_bring(candidate, language)
    if candidate.ticket_first and site.tickets:
        lines.append(("inform.ticket", {}))
    return Telling(tuple(lines), _target(counter))


def _to_bring(candidate: CandidateFacts, language: str) -> list[Line]:
    lines: list[Line] = []
    if candidate.papers:
        lines.append(("inform.papers", {"papers": _papers(candidate.papers, language)}))
    lines.append(("inform.fee", {"fee": candidate.fee}) if candidate.fee else ("inform.fee_unknown", {}))
    return lines


def tell_counter(candidate: CandidateFacts, site: SiteFacts, language: str, redirect: PlaceFacts | None) -> Telling:
    """Tell only where a counter is that was asked for by its number."""
    said: list[Line] = [("inform.notice", {"notice": candidate.notice})] if candidate.notice else []
    counter, why = open_counter(candidate, site, language, redirect)
    said += why
    if counter is None:
        return Telling(tuple(said))
    if counter.floor != site.floor:
        said.append(("inform.plain_counter_other_floor", _values(counter, site, language)))
    elif said:
        said.append(("inform.plain_counter", _values(counter, site, language)))
    return Telling(tuple(said), _target(counter))


def tell_area(name: str, found: Sequence[CandidateFacts], site: SiteFacts, language: str) -> Telling:
    """Tell the counters of a department or a zone, and lead to the first open one, this floor's first."""
    counters = _first_here([each.counters[0] for each in found if each.counters], site)
    if not counters:
        return Telling((("inform.place_unknown", {"staff": _staff(site, language)}),))
    area = zone_name(name, site, language) if name in site.zones else name
    numbers = ", ".join(place_name("counter", language, counter.number or counter.id) for counter in counters)
    first = next((counter for counter in counters if counter.open), None)
    values = {"area": area, "counters": numbers, **_values(first or counters[0], site, language)}
    told: Line = ("inform.area" if values["floor"] == site.floor else "inform.area_other_floor", values)
    if first is not None:
        return Telling((told,), _target(first))
    notice = next((each.notice for each in found if each.notice), "")
    shut: Line = ("inform.notice", {"notice": notice}) if notice else ("inform.closed", {"number": counters[0].number})
    return Telling((shut, told))


def tell_place(place: PlaceFacts, site: SiteFacts, language: str) -> Telling:
    """Tell where a toilet, cash machine or other place is."""
    zone = zone_name(place.zone, site, language)
    values = {"place": place_name(place.kind, language), "zone": zone, "floor": place.floor}
    key = "place" if place.floor == site.floor else "place_other_floor"
    if key == "place" and not place.zone:
        key = "place_no_zone"
    return Telling(((f"inform.{key}", values),), Target(place.id, place.kind, place.floor, place.zone))


def open_counter(
    candidate: CandidateFacts, site: SiteFacts, language: str, redirect: PlaceFacts | None
) -> tuple[CounterFacts | None, list[Line]]:
    """Choose an open counter, this floor's first; say why it is another one, or that none is open.

    What the candidate's own notice tells already is not told twice.
    """
    ordered = _first_here(candidate.counters, site)
    for counter in ordered:
        if counter.open:
            return counter, []
    shut = ordered[0]
    if redirect is not None and redirect.open:
        number = number_of(redirect)
        told: list[Line] = [("inform.redirected", {"closed": shut.number, "number": number})]
        stand_in = CounterFacts(redirect.id, number, redirect.name, redirect.floor, redirect.zone)
        return stand_in, [] if candidate.notice else told
    if candidate.notice:
        return None, []
    lines: list[Line] = [("inform.closed", {"number": shut.number})]
    if hours := site.phrase("hours", language):
        lines.append(("inform.closed_hours", {"hours": hours}))
    return None, lines


def _first_here(counters: Iterable[CounterFacts], site: SiteFacts) -> list[CounterFacts]:
    return sorted(counters, key=lambda counter: counter.floor != site.floor)


def redirects(candidate: CandidateFacts) -> str:
    """Return the counter that takes the visitors of a closed one, empty when none is needed or none is named."""
    if any(counter.open for counter in candidate.counters):
        return ""
    return next((counter.redirect_to for counter in candidate.counters if counter.redirect_to), "")


@cache
def _joints() -> frozenset[str]:
    """Return the words, of all languages, before which a long name can be cut."""
    return frozenset(word for language in languages() for word in load_data(language, "spelling")["joints"])


def number_of(place: PlaceFacts) -> str:
    """Return a counter's number as it is said, from its id (Q27 → 27)."""
    digits = re.sub(r"\D", "", place.id)
    return digits or place.name or place.id


def short_name(name: str) -> str:
    """Cut an official name to what can be said in one breath."""
    name = _without_brackets(name)
    words = name.split()
    if len(words) <= LONGEST_NAME:
        return name
    head = re.split(r"[,;:]", name)[0].split()
    if 4 <= len(head) <= LONGEST_NAME:
        return " ".join(head)
    joints = [n for n in range(3, LONGEST_NAME + 1) if words[n].lower() in _joints()]
    return " ".join(words[: joints[-1] if joints else LONGEST_NAME])


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Cut names to what can be said; where two would read alike, each goes on to where it differs."""
    short = [short_name(name) for name in names]
    return tuple(
        f"{cut}, {_difference(name, [other for other in names if other != name])}" if short.count(cut) > 1 else cut
        for name, cut in zip(names, short, strict=True)
    )


def _difference(name: str, others: Sequence[str]) -> str:
    """Return the words of a name from where it parts from those that begin alike, at most ten."""
    words = _without_brackets(name).split()
    alike = 0
    for other in others:
        theirs = _without_brackets(other).split()
        pairs = enumerate(zip(words, theirs, strict=False))
        alike = max(alike, next((n for n, (one, two) in pairs if one != two), min(len(words), len(theirs))))
    return " ".join(words[alike : alike + 10]) or words[-1]


def _without_brackets(name: str) -> str:
    before = ""
    while before != name:
        before, name = name, re.sub(r"\s*\([^()]*\)", "", name)
    return re.sub(r"\s*[()]", "", name).strip().rstrip(".;,")


def place_name(kind: str, language: str, number: str = "") -> str:
    """Return how a kind of place is called; a counter with its number."""
    names = load_data(language, "phrases")["place"]
    return str(names.get(kind, names["other"])).format(number=number)


def zone_name(zone: str, site: SiteFacts, language: str) -> str:
    """Return how a zone is called: by the site's own name, otherwise by its letter."""
    return site.zone(zone, language) or str(load_data(language, "phrases")["place"]["zone"]).format(zone=zone)


def _where(counter: CounterFacts, name: str, site: SiteFacts, language: str) -> Line:
    key = "inform.counter" if counter.floor == site.floor else "inform.other_floor"
    return key, {"procedure": name, **_values(counter, site, language)}


def _values(counter: CounterFacts, site: SiteFacts, language: str) -> dict[str, str]:
    zone = zone_name(counter.zone, site, language)
    return {"number": counter.number or counter.id, "zone": zone, "floor": counter.floor}


def _target(counter: CounterFacts) -> Target:
    return Target(counter.id, "counter", counter.floor, counter.zone, counter.number or counter.id)


def _papers(papers: Sequence[str], language: str) -> str:
    phrases = load_data(language, "phrases")["inform"]
    said = [paper.strip().rstrip(".;") for paper in papers[:MOST_PAPERS]]
    if len(papers) > MOST_PAPERS:
        return str(phrases["papers_more"]).format(most=", ".join(said))
    if len(said) == 1:
        return said[0]
    return str(phrases["papers_joined"]).format(most=", ".join(said[:-1]), last=said[-1])


def _staff(site: SiteFacts, language: str) -> str:
    return site.phrase("staff", language)
