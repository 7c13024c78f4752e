"""Say that the site is closed, in a language that the site itself has no words in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from dialogue.conversation.facts import CandidateFacts, LookupAnswer, SiteFacts
from dialogue.languages import load_data

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Hours = Mapping[str, tuple[tuple[str, str], ...]]


def in_own_words(answer: LookupAnswer, site: SiteFacts, language: str, now: float) -> LookupAnswer:
    """Put the robot's words in place of notices that the site has not in a language; `now` is the ROS time (s)."""
    if language in site.phrases.get("site_closed", {language: ""}):
        return answer
    said = closed_now(site, language, now)
    return replace(answer, candidates=tuple(_noted(each, said) for each in answer.candidates))


def _noted(candidate: CandidateFacts, said: str) -> CandidateFacts:
    """A procedure that no counter takes keeps its notice: better in another language than not at all."""
    return replace(candidate, notice=said) if candidate.counters else candidate


def closed_now(site: SiteFacts, language: str, now: float) -> str:
    """Return a sentence that it is the lunch break and when it ends, or outside of hours; empty while it is open."""
    local = datetime.fromtimestamp(now, ZoneInfo(site.timezone))
    spans = [tuple(map(time.fromisoformat, span)) for span in site.hours.get(WEEKDAYS[local.weekday()], ())]
    at = local.time()
    if not site.hours or any(start <= at < end for start, end in spans):
        return ""
    words = load_data(language, "phrases")["inform"]
    opens = min((start for start, _ in spans if start > at), default=None)
    if opens is not None and any(end <= at for _, end in spans):
        return str(words["lunch_break"]).format(opens=f"{opens:%H:%M}")
    return str(words["outside_hours"])
