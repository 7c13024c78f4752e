"""The few things that every part of the screen is built of: plain buttons, and what a touch can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element

from console.controls import Button
from console.screen import Found

Results = Callable[[tuple[Found, ...]], None]


@dataclass(frozen=True, slots=True)
class Hands:
    """Hold what a touch can do.

    Attributes:
        touch: send a label or typed words to the dialogue, which takes them as if said.
        search: ask the counter map what typed words may mean, in a language; the results come later.
        consent: tell whether the visitor lets the study keep their voice.
    """

    touch: Callable[[str], None]
    search: Callable[[str, str, Results], None]
    consent: Callable[[bool], None]


def press(text: str, do: Callable[[], None], icon: str = "", classes: str = "") -> Element:
    """Add a button with words and perhaps an icon; return it."""
    button = ui.element("button").classes(f"b {classes}").props('type="button"').on("click", lambda _: do())
    with button:
        if icon:
            ui.icon(icon).props('aria-hidden="true"')
        ui.label(text)
    return button


def press_label(button: Button, words: dict[str, str], hands: Hands, classes: str = "") -> Element:
    """Add the button of a control; a touch sends its label."""
    text = button.word[:1].upper() + button.word[1:] if button.literal else words[button.word]
    return press(text, lambda: hands.touch(button.label), button.icon, f"{button.colour} {classes}")
