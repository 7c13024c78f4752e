"""The visitor screen as one NiceGUI page: captions, place and map, and a button for everything that can be said.

All that the page needs is served from this machine, so it works with no network.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from nicegui import ui

from console.browsing import BROWSING, Browsing
from console.controls import ANSWERED, answers, asks_consent, facilities, manners, mode
from console.screen import ScreenState, Target, map_overlay, words
from console.widgets import Hands, press, press_label

REFRESH = 0.25
"""s between looks at the state."""
STYLE = Path(__file__).parent / "style.css"
STILL_READS, TELL_READING = 90.0, 3.0
"""s after the last touch for which somebody who browses is taken to read on, and s between two times that is told."""
AT_END = "const said = document.getElementById('said'); if (said) said.scrollTop = said.scrollHeight"


def make_app(state: ScreenState, hands: Hands) -> FastAPI:
    """Return the web application that shows `state` and hands on what is touched."""
    server = FastAPI(title="Visitor screen")

    def page() -> None:
        ui.add_css(STYLE)
        _Page(state, hands)

    ui.run_with(server, root=page, title="Robot", language="vi", show_welcome_message=False)
    return server


class _Page:
    """Draw one browser's view and keep it in step with the shared state."""

    def __init__(self, state: ScreenState, hands: Hands) -> None:
        self.state, self.hands = state, hands
        self.shown_lines: object = None
        self.shown_panel: object = None
        self.language, self.view, self.mode = "", "", ""
        self.words: dict[str, str] = {}
        self.browsing = Browsing(state, hands, self._leave)
        with ui.element("main").classes("screen") as self.screen:
            self.top = ui.element("div").classes("top")
            with ui.element("div").classes("left"):
                self.said = ui.element("div").classes("said").props('id="said" role="log" aria-live="polite"')
                self.consent = ui.element("div").classes("consent")
            with ui.element("div").classes("where"):
                self.place = ui.label().classes("place")
                self.reason = ui.label().classes("reason")
                self.map = ui.interactive_image(sanitize=False).classes("map w-full").props('alt="map"')
            self.panel = ui.element("div").classes("panel")
            self.bar = ui.element("div").classes("bar")
        self.refresh()
        ui.timer(REFRESH, self.refresh)

    def refresh(self) -> None:
        """Bring the page up to date; what has not changed is not drawn again."""
        state = self.state
        self._follow_mode()
        if (state.language, state.catalogue.languages) != (self.language, self.languages_shown):
            self._translate()
        self._draw_where()
        lines = tuple(state.captions)
        if (lines, self.language) != self.shown_lines:
            self.shown_lines = lines, self.language
            self._draw_lines()
        drawn = (state.state.removesuffix(".speaking"), state.choices, state.catalogue, self.language, self.view,
                 state.target is None, state.consent)  # fmt: skip
        if drawn != self.shown_panel:
            self.shown_panel = drawn
            self._draw_panel()
        if self.view == "search":
            self.browsing.refresh()
        self._tell_reading()

    def _tell_reading(self) -> None:
        """Tell now and then that somebody reads a list, so that the dialogue does not take them for silent."""
        now = time.monotonic()
        if self.view and now - self.browsing.touched_at < STILL_READS and now - self.told_reading > TELL_READING:
            self.told_reading = now
            self.hands.touch(BROWSING)

    told_reading = 0.0
    languages_shown: tuple[str, ...] = ()

    def _follow_mode(self) -> None:
        """Leave what the visitor browses when the robot asks for an answer, leads, or has a new visitor."""
        now = mode(self.state.state)
        if now != self.mode:
            self.mode = now
            if now in (*ANSWERED, "walking") or self.state.state == "idle":
                self.view = ""

    def _leave(self) -> None:
        self.view = ""

    # --- what is shown ------------------------------------------------------------------------------------

    def _translate(self) -> None:
        self.language, self.languages_shown = self.state.language, self.state.catalogue.languages
        self.words = words(self.language)
        ui.run_javascript(f"document.documentElement.lang = '{self.language}'")
        self.top.clear()
        with self.top:
            ui.label(self.words["title"]).props("role=heading aria-level=1").classes("h1")
            for code in self.languages_shown:
                pressed = "true" if code == self.language else "false"
                button = press(words(code)["language"], partial(self.hands.touch, f"language:{code}"))
                button.props(f'aria-pressed="{pressed}" lang="{code}"')

    def _draw_lines(self) -> None:
        self.said.clear()
        lines = tuple(self.state.captions)
        newest = max((n for n, line in enumerate(lines) if line.speaker == "robot"), default=-1)
        with self.said:
            for number, line in enumerate(lines):
                who = self.words["robot" if line.speaker == "robot" else "you"]
                latest = "last" if number == newest else ""
                ui.label(f"{who}: {line.text}").classes(f"line {line.speaker} {latest}")
            if not lines:
                ui.label(self.words["hint"]).classes("line robot last")
        ui.run_javascript(AT_END)

    def _draw_where(self) -> None:
        target, left = self.state.target, self.state.distance
        self.place.set_text("" if target is None else _where(target, self.words))
        parts = [self.state.reason] if self.state.reason else []
        if left is not None and self.mode == "walking":
            parts.append(f"{self.words['distance']} {left:.0f} {self.words['metres']}")
        self.reason.set_text(" · ".join(parts))
        shows_map = target is not None and self.state.floor is not None and self.view == ""
        self.map.classes(remove="gone") if shows_map else self.map.classes(add="gone")
        if shows_map and self.state.floor is not None:
            self.map.set_source(self.state.floor.path)
            self.map.set_content(map_overlay(self.state))

    def _draw_panel(self) -> None:
        self.screen.classes(add="typing") if self.view == "search" else self.screen.classes(remove="typing")
        self._draw_bar()
        self._draw_consent()
        if self.view in ("departments", "search"):
            self.browsing.open(self.panel, getattr(self.browsing, self.view), self.words)
            return
        self.panel.clear()
        with self.panel:
            if self.view == "home" or self.mode == "home":
                self._draw_home()
            else:
                self._draw_answers()

    def _draw_home(self) -> None:
        """Draw all that a visitor may want: procedures, a search, facilities."""
        state = self.state
        with ui.element("div").classes("row"):
            press(self.words["procedures"], lambda: self._open("departments"), "list_alt", "main")
            press(self.words["search"], lambda: self._open("search"), "keyboard", "main")
        with ui.element("div").classes("tiles"):
            for button in facilities(state.catalogue.facilities):
                press_label(button, self.words, self._leaving, "tile")
        with ui.element("div").classes("row"):
            if self.view == "home":
                press(self.words["return"], self._leave, "arrow_back")
            else:
                for button in answers(state.state, state.choices, state.target is not None):
                    press_label(button, self.words, self.hands)

    def _draw_answers(self) -> None:
        """Draw the answers to what the robot asks, and a way to something else."""
        state = self.state
        buttons = answers(state.state, state.choices, state.target is not None)
        column = "list" if self.mode == "choosing" else "row"
        with ui.element("div").classes(f"{column} big").props('id="list"'):
            for button in buttons:
                press_label(button, self.words, self.hands)
        with ui.element("div").classes("row"):
            press(self.words["other"], lambda: self._open("home"), "apps")

    def _draw_consent(self) -> None:
        self.consent.clear()
        state = self.state
        if not asks_consent(state.study, state.consent is not None, state.state):
            return
        with self.consent:
            self._ask_consent()

    def _ask_consent(self) -> None:
        ui.label(self.words["consent"]).props("role=heading aria-level=2").classes("h2")
        with ui.element("div").classes("row"):
            press(self.words["agree"], lambda: self.hands.consent(True), "check", "yes")
            press(self.words["refuse"], lambda: self.hands.consent(False), "close", "no")

    def _draw_bar(self) -> None:
        self.bar.clear()
        with self.bar:
            for button in manners(self.state.state):
                press_label(button, self.words, self.hands)

    # --- what is touched ----------------------------------------------------------------------------------

    def _open(self, view: str) -> None:
        self.browsing.reads()
        self.view = view

    @property
    def _leaving(self) -> Hands:
        """Return hands that go back to the robot's question after a touch."""

        def touch(label: str) -> None:
            self.hands.touch(label)
            self._leave()

        return Hands(touch, self.hands.search, self.hands.consent)


def _where(target: Target, word: dict[str, str]) -> str:
    zone = f" · {word['zone']} {target.zone}" if target.zone.isupper() else ""
    return f"{target.label} · {word['floor']} {target.floor}{zone}"
