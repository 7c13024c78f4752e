"""Record whole talks: captions as WebVTT and a picture with a lane each for words, screen, state and motion."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes

from bench.talks.record import Event, Record
from bench.talks.scripted import load_scripts, play
from counter_map.lookup import Lookup
from counter_map.model import Site

matplotlib.use("Agg")

RECORDED = {
    "procedure": "criminal record, told and led",
    "two-wishes": "two procedures in one sentence",
    "screen-only": "stop by touch, go on by touch",
}
"""The talks that are recorded: the names of their files and of their scripts."""

LANES = {
    "visitor": ("visitor says", "#2b8a3e", 0.2, 23),
    "screen": ("screen", "#d9480f", 3.3, 23),
    "robot": ("robot says", "#1864ab", 6.3, 43),
    "state": ("state", "#343a40", 11.7, 18),
    "motion": ("robot moves", "#862e9c", 13.9, 22),
}
"""Of each lane its title, its colour, where it begins (inches) and after how many letters a line ends."""
WIDTH, SECONDS_PER_INCH, LINE = 16.4, 6.0, 0.2
"""Inches of the page; seconds of the talk an inch; inches a line of text."""


def record_talks(site: Site, lookup: Lookup, folder: Path) -> None:
    """Play the recorded talks and write a picture and captions for each."""
    folder.mkdir(parents=True, exist_ok=True)
    scripts = {script.name: script for script in load_scripts()}
    for file, name in RECORDED.items():
        verdict = play(scripts[name], site, lookup)
        (folder / f"{file}.vtt").write_text(captions(verdict.record), encoding="utf-8")
        draw(verdict.record, name, folder / f"{file}.png")


def captions(record: Record) -> str:
    """Return what was said and touched as WebVTT, a cue a line, with a voice for each speaker."""
    cues = ["WEBVTT"]
    for event in record.events:
        if event.lane in ("visitor", "robot", "screen"):
            who = {"visitor": "Visitor", "robot": "Robot", "screen": "Visitor (touch)"}[event.lane]
            ends = event.at + max(event.lasts, 1.0)
            cues.append(f"{_stamp(event.at)} --> {_stamp(ends)}\n<v {who}>{event.text}")
    return "\n\n".join(cues) + "\n"


def _stamp(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60.0)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours:02d}:{minutes:02d}:{rest:06.3f}"


def draw(record: Record, title: str, path: Path) -> None:
    """Draw a talk from top to bottom: time in s, and when who said, touched, thought or did what."""
    from matplotlib import pyplot as plt

    events = [_on_lane(event) for event in record.events if not event.text.endswith(".speaking")]
    tops = _tops(events)
    height = max(tops) + 0.8
    figure, axes = plt.subplots(figsize=(WIDTH, height))
    axes.set(xlim=(0, WIDTH), ylim=(height, -0.75))
    axes.axis("off")
    axes.text(0.2, -0.5, title, fontsize=15, weight="bold")
    for number, (head, colour, left, _) in enumerate(LANES.values()):
        axes.text(left + 0.55, -0.05, head, fontsize=12, weight="bold", color=colour)
        if number:
            axes.axvline(left - 0.08, color="#ced4da", linewidth=0.8, ymax=1.0 - 0.5 / height)
    for event, top in zip(events, tops, strict=True):
        _draw_event(axes, event, top)
    figure.savefig(path, dpi=72, bbox_inches="tight")
    plt.close(figure)


def _on_lane(event: Event) -> Event:
    """Give touches and what the screen shows one lane."""
    words = {"screen": "touched: ", "shows": "shows: "}.get(event.lane, "")
    lane = "screen" if event.lane == "shows" else event.lane
    return Event(event.at, lane, words + event.text, event.lasts, event.language)


def _tops(events: Sequence[Event]) -> list[float]:
    """Place events by their time, but none upon the one before in its lane, and none above one that came earlier."""
    bottom = dict.fromkeys(LANES, 0.15)
    tops: list[float] = []
    shift = last = 0.0
    for event in events:
        wanted = event.at / SECONDS_PER_INCH + 0.25 - shift
        idle = wanted - max(last, *bottom.values()) - 0.4
        if idle > 0.0:  # long quiet stretches are cut short
            shift, wanted = shift + idle, wanted - idle
        top = max(wanted, last, bottom[event.lane])
        shift += min(0.0, wanted - top)
        bottom[event.lane] = top + LINE * len(_wrapped(event)) + 0.16
        tops.append(top)
        last = top
    return tops


def _wrapped(event: Event) -> list[str]:
    return textwrap.wrap(event.text, LANES[event.lane][3])


def _draw_event(axes: Axes, event: Event, top: float) -> None:
    _, colour, left, _ = LANES[event.lane]
    axes.text(left, top + 0.02, f"{event.at:5.1f}", fontsize=9, color="#495057", va="top")
    shape = {"boxstyle": "round,pad=0.2", "facecolor": "#f1f3f5", "edgecolor": "none"}
    words = "\n".join(_wrapped(event))
    axes.text(left + 0.55, top, words, fontsize=10.5, color=colour, va="top", bbox=shape, linespacing=1.2)
