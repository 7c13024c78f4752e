"""Where a visitor looks for a procedure by themselves: departments, fields, procedures, and a keyboard to search."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

from nicegui import ui

from console.screen import Found, ScreenState
from console.widgets import Hands, press

KEYS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LONGEST = 80
"""Letters that can be typed."""
BROWSING = "browsing:"
"""Tells the dialogue that somebody reads, so that it does not take them for silent."""
SCROLL = "() => document.getElementById('list').scrollBy({top: %s * document.getElementById('list').clientHeight})"


class Browsing:
    """Draw the list or the keyboard that the visitor is at; `leave` is called when they go back or have chosen."""

    def __init__(self, state: ScreenState, hands: Hands, leave: Callable[[], None]) -> None:
        self.state, self.hands, self.leave = state, hands, leave
        self.words: dict[str, str] = {}
        self.typed = ""
        self.found: tuple[Found, ...] = ()
        self._asked = ""
        self.touched_at = 0.0
        """When the visitor touched last (s, steady)."""

    def reads(self) -> None:
        """Tell the dialogue that somebody reads."""
        self.touched_at = time.monotonic()
        self.hands.touch(BROWSING)

    # --- departments, fields, procedures ------------------------------------------------------------------

    def departments(self) -> None:
        """Show the departments."""
        catalogue, language = self.state.catalogue, self.state.language
        self._head(self.words["departments"], self.leave)
        with self._list():
            for name in catalogue.departments:
                helper = catalogue.helper(name, language)
                with press(name, partial(self._go_to, name)):
                    if helper:
                        ui.label(helper).classes("small")

    def procedures(self, department: str, field: str = "") -> None:
        """Show a department's procedures, its fields first where there are many."""
        fields = () if field else self.state.catalogue.fields(department)
        up = (lambda: self.procedures(department)) if field else self.departments
        self._head(field or department, lambda: self._redraw(up))
        with self._list():
            for name in fields:
                press(name, partial(self._go_to, department, name))
            if not fields:
                entries = self.state.catalogue.of(department, field)
                self._choices(Found(entry.label, entry.name(self.state.language)) for entry in entries)

    def _go_to(self, department: str, field: str = "") -> None:
        self._redraw(lambda: self.procedures(department, field))

    def _choices(self, found: Iterable[Found]) -> None:
        for each in found:
            press(each.name, partial(self._choose, each.label))

    def _choose(self, label: str) -> None:
        self.hands.touch(label)
        self.leave()

    # --- searching ----------------------------------------------------------------------------------------

    def search(self) -> None:
        """Show a keyboard and what the counter map finds for what is typed."""
        with ui.element("div").classes("row"):
            press(self.words["return"], self.leave, "arrow_back")
            self.shown_typed = ui.label(self._on_paper).classes("typed").props('aria-live="polite"')
        self.results = ui.element("div").classes("list").props('id="list"')
        self._show_found()
        with ui.element("div").classes("keys"):
            for row in KEYS:
                with ui.element("div").classes("row"):
                    for key in row:
                        press(key, partial(self._type, key))
            with ui.element("div").classes("row"):
                press(self.words["space"], lambda: self._type(" "), "space_bar")
                press(self.words["delete"], lambda: self._retype(self.typed[:-1]), "backspace")
                press(self.words["ask"], self._ask, "send", "main")

    @property
    def _on_paper(self) -> str:
        return self.typed or self.words["search_prompt"]

    def _type(self, key: str) -> None:
        if len(self.typed) < LONGEST:
            self._retype(self.typed + key)

    def _retype(self, text: str) -> None:
        self.typed = text
        self.shown_typed.set_text(self._on_paper)
        self.reads()
        if text.strip():
            self._asked = text
            self.hands.search(text.strip(), self.state.language, lambda found: self._take(text, found))
        else:
            self.found = ()
            self._show_found()

    def _take(self, text: str, found: tuple[Found, ...]) -> None:
        if text == self._asked:  # an answer to fewer letters may come late
            self.found = found

    def _ask(self) -> None:
        if self.typed.strip():
            self._choose(self.typed.strip())

    def _show_found(self) -> None:
        self.drawn = self.found
        self.results.clear()
        with self.results:
            self._choices(self.found)
            if not self.found:
                ui.label(self.words["nothing"] if self.typed.strip() else "").classes("hint")

    def refresh(self) -> None:
        """Draw what has been found since; called while the keyboard is open."""
        if self.found != self.drawn:
            self._show_found()

    # --- helpers ------------------------------------------------------------------------------------------

    def _redraw(self, draw: Callable[[], None]) -> None:
        self.reads()
        self.panel.clear()
        with self.panel:
            draw()

    def open(self, panel: ui.element, what: Callable[[], None], words: dict[str, str]) -> None:
        """Begin with a list or the keyboard, in a panel."""
        self.panel, self.words, self.typed, self.found = panel, words, "", ()
        self._redraw(what)

    def _head(self, title: str, back: Callable[[], None]) -> None:
        with ui.element("div").classes("row"):
            press(self.words["return"], back, "arrow_back")
            for word, icon, way in (("up", "expand_less", "-0.8"), ("down", "expand_more", "0.8")):
                button = press(self.words[word], self.reads, icon)
                button.on("click", js_handler=SCROLL % way)
        ui.label(title).props("role=heading aria-level=2").classes("h2")

    def _list(self) -> ui.element:
        return ui.element("div").classes("list").props('id="list"')
