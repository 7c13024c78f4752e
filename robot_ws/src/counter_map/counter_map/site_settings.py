"""Read `site.yaml`: how the site is called, when it is open, in which languages, which floors, which robots."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from counter_map.mistakes import Mistakes
from counter_map.model import WEEKDAYS, RobotSpots, Settings
from counter_map.yaml_lines import Document, Key, read_yaml

REQUIRED = ("id", "name", "timezone", "languages", "hours", "tickets", "robots", "floors")
OPTIONAL = ("phrases", "pace", "clearance", "note")
HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class SiteFile:
    """Hold what `site.yaml` says: the id, the settings, and each floor's names and map file."""

    id: str
    settings: Settings
    floors: dict[str, tuple[dict[str, str], str]]
    document: Document
    path: Path


def read_settings(path: Path, mistakes: Mistakes) -> SiteFile | None:
    """Read `site.yaml`; note every mistake in it and return None when there is no going on without it."""
    document = read_yaml(path, mistakes)
    if document is None:
        return None
    if not isinstance(document.data, dict):
        mistakes.add(path, 1, "a site file holds keys such as name and hours", f"write {', '.join(REQUIRED)}")
        return None
    return _Reader(path, document, mistakes).read()


class _Reader:
    def __init__(self, path: Path, document: Document, mistakes: Mistakes) -> None:
        self.path, self.document, self.mistakes = path, document, mistakes
        self.data: dict[str, Any] = document.data
        languages = self.data.get("languages")
        self.languages: tuple[str, ...] = (
            tuple(str(each) for each in languages) if isinstance(languages, list) and languages else ()
        )

    def read(self) -> SiteFile | None:
        for key in REQUIRED:
            if key not in self.data:
                self.mistakes.add(self.path, 1, f"{key} is missing", f"add {key}:")
        for key in self.data:
            if key not in (*REQUIRED, *OPTIONAL):
                known = ", ".join((*REQUIRED, *OPTIONAL))
                self.wrong(key, what=f"unknown key {key}", mend=f"use one of {known}")
        if not self.languages:
            self.wrong("languages", what="there is no language", mend="write languages: [vi, en]")
        floors = self.floors()
        settings = Settings(
            names=self.texts("name"),
            timezone=self.timezone(),
            languages=self.languages,
            hours=self.hours(),
            tickets=self.boolean("tickets"),
            robots=self.robots(floors),
            phrases=self.phrases(),
            pace=self.number("pace", 0.7, 0.2, 1.5),
            clearance=self.number("clearance", 0.3, 0.1, 1.0),
            notes=self.texts("note") if "note" in self.data else {},
        )
        site_id = self.data.get("id")
        if not isinstance(site_id, str) or not re.fullmatch(r"[a-z0-9_]+", site_id):
            self.wrong("id", what=f"id is {site_id!r}", mend="write lower-case letters, digits and _")
            site_id = self.path.parent.name
        return SiteFile(site_id, settings, floors, self.document, self.path)

    def wrong(self, *keys: Key, what: str, mend: str) -> None:
        self.mistakes.add(self.path, self.document.line(*keys), what, mend)

    def at(self, *keys: Key) -> Any:
        value: Any = self.data
        for key in keys:
            value = value[key]
        return value

    def texts(self, *keys: Key) -> dict[str, str]:
        """Read one text a language, all of the site's languages and no others."""
        try:
            value = self.at(*keys)
        except KeyError:
            return {}
        where = ".".join(str(key) for key in keys)
        if not isinstance(value, dict):
            self.wrong(*keys, what=f"{where} is not one text a language", mend=f"write {{{self._example()}}}")
            return {}
        for language in self.languages:
            if not isinstance(value.get(language), str) or not value[language].strip():
                self.wrong(*keys, what=f"{where} has no text in {language}", mend=f"add {language}:")
        for language in value:
            if self.languages and language not in self.languages:
                self.wrong(*keys, language, what=f"{where} has the language {language}", mend="add it to languages")
        return {str(language): str(text) for language, text in value.items()}

    def _example(self) -> str:
        return ", ".join(f"{language}: …" for language in self.languages)

    def boolean(self, key: str) -> bool:
        value = self.data.get(key, True)
        if not isinstance(value, bool):
            self.wrong(key, what=f"{key} is {value!r}", mend="write true or false")
            return True
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.wrong(key, what=f"{key} is {value!r}", mend=f"write a number from {low} to {high}")
            return default
        return float(value)

    def timezone(self) -> str:
        value = self.data.get("timezone", "UTC")
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            self.wrong("timezone", what=f"timezone is {value!r}", mend="write an IANA name such as Asia/Ho_Chi_Minh")
            return "UTC"
        return str(value)

    def hours(self) -> dict[int, tuple[tuple[time, time], ...]]:
        value = self.data.get("hours", {})
        if not isinstance(value, dict):
            self.wrong("hours", what="hours is not a list a weekday", mend='write monday: [["07:30", "11:30"]]')
            return {}
        hours = {}
        for day, spans in value.items():
            if day not in WEEKDAYS:
                self.wrong("hours", day, what=f"hours of {day!r}", mend=f"use {', '.join(WEEKDAYS)}")
                continue
            if not isinstance(spans, list):
                self.wrong("hours", day, what=f"hours of {day} are {spans!r}", mend='write [["07:30", "11:30"]]')
                continue
            read = [self.span(day, i, span) for i, span in enumerate(spans)]
            hours[WEEKDAYS.index(day)] = tuple(span for span in read if span is not None)
        return hours

    def span(self, day: str, index: int, span: object) -> tuple[time, time] | None:
        pair = span if isinstance(span, list) and len(span) == 2 else (None, None)
        start, end = (self._clock(value) for value in pair)
        if start is None or end is None:
            mend = 'write opening and closing time in quotes: ["07:30", "11:30"]'
            self.wrong("hours", day, index, what=f"hours of {day}: {span!r}", mend=mend)
            return None
        if start >= end:
            self.wrong("hours", day, index, what=f"hours of {day} close before they open", mend="put the earlier first")
            return None
        return start, end

    def _clock(self, value: object) -> time | None:
        match = HOURS.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return None
        hour, minute = int(match[1]), int(match[2])
        if hour == 24:
            return time(23, 59, 59) if minute == 0 else None
        return time(hour, minute)

    def floors(self) -> dict[str, tuple[dict[str, str], str]]:
        value = self.data.get("floors", [])
        if not isinstance(value, list) or not value:
            self.wrong("floors", what="there is no floor", mend='write - {id: "1", name: {…}, map: floor_1.yaml}')
            return {}
        floors: dict[str, tuple[dict[str, str], str]] = {}
        for i, floor in enumerate(value):
            if not isinstance(floor, dict) or set(floor) != {"id", "name", "map"}:
                self.wrong("floors", i, what="a floor holds id, name and map", mend="write these three keys")
                continue
            floor_id = str(floor["id"])
            if floor_id in floors:
                self.wrong("floors", i, what=f"floor {floor_id} stands there twice", mend="give each floor its own id")
            floors[floor_id] = (self.texts("floors", i, "name"), str(floor["map"]))
        return floors

    def robots(self, floors: dict[str, tuple[dict[str, str], str]]) -> dict[str, RobotSpots]:
        value = self.data.get("robots", {})
        if not isinstance(value, dict):
            self.wrong("robots", what="robots is not a post and a dock a floor", mend='write "1": {post: …, dock: …}')
            return {}
        robots = {}
        for floor, spots in value.items():
            if str(floor) not in floors:
                self.wrong("robots", floor, what=f"robot on the unknown floor {floor}", mend="name a floor of floors:")
            if not isinstance(spots, dict) or set(spots) != {"post", "dock"}:
                self.wrong("robots", floor, what=f"robot of floor {floor}", mend="write {post: id, dock: id}")
                continue
            robots[str(floor)] = RobotSpots(str(spots["post"]), str(spots["dock"]))
        return robots

    def phrases(self) -> dict[str, dict[str, str]]:
        value = self.data.get("phrases", {})
        if not isinstance(value, dict):
            self.wrong("phrases", what="phrases is not one wording a key", mend="write key: {vi: …, en: …}")
            return {}
        return {str(key): self.texts("phrases", key) for key in value}
