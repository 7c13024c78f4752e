"""What the conversation knows of the site and of the visitor's request, as plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dialogue.errors import LanguageError


@dataclass(frozen=True, slots=True)
class CounterFacts:
    """Hold a counter as the lookup gives it."""

    id: str
    number: str = ""
    name: str = ""
    floor: str = "1"
    zone: str = ""
    open: bool = True
    redirect_to: str = ""


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    """Hold one procedure that an utterance may mean, and what to tell about it."""

    code: str
    name: str
    probability: float = 1.0
    counters: tuple[CounterFacts, ...] = ()
    department: str = ""
    papers: tuple[str, ...] = ()
    fee: str = ""
    ticket_first: bool = False
    notice: str = ""


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """Hold the lookup's decision: answer, confirm, clarify, facility, command, chitchat or reject."""

    decision: str
    label: str = ""
    candidates: tuple[CandidateFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """Hold a place of the site; x and y in m, in the map of its floor."""

    id: str
    kind: str
    name: str = ""
    floor: str = "1"
    zone: str = ""
    open: bool = True
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """Hold where a visitor is led; `beyond` is the place on another floor that a lift is on the way to."""

    place_id: str
    kind: str
    floor: str
    zone: str = ""
    number: str = ""
    beyond: Target | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """Hold the little that a restarted conversation needs to go on: no words of the visitor."""

    stage: str
    language: str
    target: Target | None
    stamp: float
    procedure_code: str = ""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Hold what a site says about itself: its phrases by name and language, tickets, and each floor's post."""

    floor: str = "1"
    tickets: bool = True
    pace: float = 0.7
    post: str = "post_1"
    phrases: dict[str, dict[str, str]] = field(default_factory=dict)
    zones: dict[str, dict[str, str]] = field(default_factory=dict)
    """The names of the zones by id and language."""

    hours: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Opening and closing times ("07:30") by weekday ("monday")."""
    timezone: str = "UTC"

    def zone(self, zone: str, language: str) -> str:
        """Return how the site calls a zone, in a language or its first one; empty when it has no such zone."""
        names = self.zones.get(zone, {})
        return names.get(language) or next(iter(names.values()), "")

    def phrase(self, name: str, language: str) -> str:
        """Return the site's own words in a language; in its first language, or empty, where it has none."""
        said = self.phrases.get(name, {})
        return said.get(language) or next(iter(said.values()), "")


def load_site_facts(folder: Path | str, floor: str) -> SiteFacts:
    """Read a site's `site.yaml`; raise UserError when it is not there or not YAML."""
    path = Path(folder) / "site.yaml"
    try:
        data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise LanguageError(f"{path}: no such file; give the folder of a site as site_dir") from None
    except yaml.YAMLError as error:
        raise LanguageError(f"{path}: not YAML ({str(error).splitlines()[0]}); mend the syntax") from None
    robot = (data.get("robots") or {}).get(floor) or {}
    return SiteFacts(
        floor=floor,
        tickets=bool(data.get("tickets", True)),
        pace=float(data.get("pace", 0.7)),
        post=str(robot.get("post", f"post_{floor}")),
        phrases=dict(data.get("phrases") or {}),
        hours={str(day): tuple(map(tuple, spans)) for day, spans in (data.get("hours") or {}).items()},
        timezone=str(data.get("timezone") or "UTC"),
        zones=_zones(Path(folder) / "places.geojson"),
    )


def _zones(path: Path) -> dict[str, dict[str, str]]:
    """Read how the zones of a site are called; a site without a file of places has none that can be named."""
    if not path.is_file():
        return {}
    features = json.loads(path.read_text(encoding="utf-8")).get("features") or []
    found = [each.get("properties") or {} for each in features]
    return {str(p["id"]): dict(p.get("name") or {}) for p in found if p.get("kind") == "zone" and "id" in p}
