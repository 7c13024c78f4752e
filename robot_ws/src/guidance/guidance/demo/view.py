"""The run on a terminal: the conversation, what the robot is doing, why it waits, how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live as RichLive
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from guidance.demo.live import Live

SPEAKERS = {"robot": ("robot  ", "bold cyan"), "visitor": ("visitor", "bold green")}


class View(Protocol):
    """Show a run as it goes on."""

    def show(self, live: Live) -> None:
        """Bring the view up to date."""


@contextmanager
def open_view(console: Console) -> Iterator[View]:
    """Open a full view on a terminal, and a line a change where there is none."""
    if not console.is_terminal:
        yield PlainView(console)
        return
    with RichLive(console=console, refresh_per_second=8, transient=False) as rich_live:
        yield TerminalView(rich_live)


class TerminalView:
    """Redraw one panel."""

    def __init__(self, rich_live: RichLive) -> None:
        self._live = rich_live

    def show(self, live: Live) -> None:
        """Bring the panel up to date."""
        self._live.update(_panel(live))


class PlainView:
    """Print each line of the conversation and each change of state once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last_line: tuple[float, str, str] | None = None
        self._last_state = ("", "")

    def show(self, live: Live) -> None:
        """Print what is new."""
        lines = list(live.lines)
        fresh = lines[lines.index(self._last_line) + 1 :] if self._last_line in lines else lines
        for at, speaker, text in fresh:
            self._console.print(f"{at:6.1f} s  {SPEAKERS.get(speaker, (speaker, ''))[0]}  {text}", highlight=False)
            self._last_line = (at, speaker, text)
        state = (live.state, live.reason)
        if state != self._last_state:
            self._last_state = state
            self._console.print(f"{live.elapsed:6.1f} s  ({_doing(live)})", highlight=False, style="dim")


def _doing(live: Live) -> str:
    return f"{live.state} · {live.reason}" if live.reason else live.state


def _panel(live: Live) -> Panel:
    talk = Table.grid(padding=(0, 1))
    for at, speaker, text in live.lines:
        name, style = SPEAKERS.get(speaker, (speaker, ""))
        talk.add_row(Text(f"{at:5.0f} s", style="dim"), Text(name, style=style), Text(text))
    numbers = Table.grid(padding=(0, 2), expand=True)
    numbers.add_row(
        f"[b]{_doing(live)}[/b]",
        f"to {live.place or '–'}",
        f"left {_metres(live.distance_left)}",
        f"speed {live.speed:.2f} m/s",
        f"visitor {_metres(live.visitor_distance)}",
        f"{live.elapsed:.0f} s at {live.factor:.1f}×",
    )
    return Panel(Group(talk, Text(), numbers), title="guide robot", border_style="cyan")


def _metres(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.1f} m"
