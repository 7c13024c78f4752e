"""The visitor screen as one NiceGUI page: captions, counter, map with the robot moving, buttons for every answer.

All that the page needs is served from this machine, so it works with no network.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from nicegui import ui

from console.screen import ScreenState, Target, map_overlay, words

REFRESH = 0.25
"""s between looks at the state."""
ANSWERS = ("yes", "no", "repeat", "stop")
FACILITIES = ("wc", "atm", "photocopy", "exit", "human")
BUTTON = "text-2xl px-6 py-4 min-w-32"


def make_app(state: ScreenState, touch: Callable[[str], None]) -> FastAPI:
    """Return the web application that shows `state` and reports touched labels to `touch`."""
    server = FastAPI(title="Visitor screen")

    def page() -> None:
        _Page(state, touch)

    ui.run_with(server, root=page, title="Robot", language="vi", show_welcome_message=False)
    return server


class _Page:
    """Draw one browser's view and keep it in step with the shared state."""

    def __init__(self, state: ScreenState, touch: Callable[[str], None]) -> None:
        self.state, self.touch = state, touch
        self.shown: tuple[object, ...] = ()
        with ui.row().classes("w-full no-wrap items-start gap-6"):
            with ui.column().classes("w-1/2 gap-3"):
                self.title = ui.label().classes("text-4xl font-bold").props("role=heading aria-level=1")
                self.hint = ui.label().classes("text-xl text-gray-700")
                self.target = ui.label().classes("text-5xl font-bold text-pink-800")
                self.reason = ui.label().classes("text-2xl text-blue-900")
                self.captions = ui.column().classes("w-full gap-2").props('aria-live="polite"')
                self.choices = ui.column().classes("w-full gap-2")
                self.answers = ui.row().classes("gap-3")
            with ui.column().classes("w-1/2 gap-3"):
                self.map = ui.interactive_image(sanitize=False).classes("w-full").props('alt="map"')
                self.facilities = ui.row().classes("gap-3")
                with ui.row().classes("gap-3"):
                    for code, name in (("vi", "Tiếng Việt"), ("en", "English")):
                        self._button(name, f"language:{code}")
        self.language = ""
        self.refresh()
        ui.timer(REFRESH, self.refresh)

    def _button(self, text: str, label: str) -> None:
        ui.button(text, on_click=lambda: self.touch(label), color="blue-9").classes(BUTTON)

    def refresh(self) -> None:
        """Bring the page up to date; what has not changed is not drawn again."""
        state = self.state
        if state.language != self.language:
            self._translate()
        self.map.set_content(map_overlay(state))
        self._distance()
        shown = (tuple(state.captions), state.choices, state.floor, state.language)
        if shown != self.shown:
            self.shown = shown
            self._draw_captions()
            self._draw_choices()
            if state.floor is not None:
                self.map.set_source(state.floor.path)

    def _translate(self) -> None:
        self.language = self.state.language
        self.words = words(self.language)
        self.title.set_text(self.words["title"])
        self.hint.set_text(self.words["hint"])
        for row, keys, prefix in ((self.answers, ANSWERS, "command"), (self.facilities, FACILITIES, "facility")):
            row.clear()
            with row:
                for key in keys:
                    self._button(self.words[key], f"{prefix}:{key}")

    def _distance(self) -> None:
        target, word = self.state.target, self.words
        self.target.set_text("" if target is None else _where(target, word))
        left = self.state.distance
        parts = [self.state.reason] if self.state.reason else []
        if left is not None:
            parts.append(f"{word['distance']} {left:.0f} {word['metres']}")
        self.reason.set_text(" · ".join(parts))

    def _draw_captions(self) -> None:
        self.captions.clear()
        with self.captions:
            for line in self.state.captions:
                side = "self-start bg-blue-50" if line.speaker == "robot" else "self-end bg-green-50"
                who = self.words["robot" if line.speaker == "robot" else "you"]
                ui.label(f"{who}: {line.text}").classes(f"text-2xl rounded-xl px-4 py-2 text-gray-900 {side}")

    def _draw_choices(self) -> None:
        self.choices.clear()
        with self.choices:
            for number, choice in enumerate(self.state.choices, start=1):
                self._button(choice, f"choice:{number}")


def _where(target: Target, word: dict[str, str]) -> str:
    zone = f" · {word['zone']} {target.zone}" if target.zone.isupper() else ""
    return f"{target.label} · {word['floor']} {target.floor}{zone}"
