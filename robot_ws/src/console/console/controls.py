"""Which buttons the screen offers in which state of the conversation. Plain data; the pages draw it."""

from __future__ import annotations

from dataclasses import dataclass

ANSWERED = ("confirming", "offering", "choosing")
"""States in which the robot waits for one of few answers."""
TALKING = ("greeting", "informing", "looking_up", "asking", "anything_else", *ANSWERED)
"""States in which the robot can be asked to speak otherwise."""
COLOURS = ("plain", "yes", "no", "stop")


@dataclass(frozen=True, slots=True)
class Button:
    """Hold a button: the key of its words (or the words themselves), what a touch sends, its icon and its colour."""

    word: str
    label: str
    icon: str = ""
    colour: str = "plain"
    literal: bool = False


def mode(state: str) -> str:
    """Return what the screen is for in a state: home, informing, confirming, offering, choosing, walking or busy."""
    top = state.split(".")[0]
    if top == "guiding":
        return "walking"
    if top == "looking_up":
        return "busy"
    return top if top in (*ANSWERED, "informing") else "home"


def answers(state: str, choices: tuple[str, ...], has_target: bool) -> tuple[Button, ...]:
    """Return the big buttons that answer what the robot asks now."""
    match mode(state):
        case "confirming":
            return Button("right", "command:yes", "check", "yes"), Button("wrong", "command:no", "close", "no")
        case "offering":
            return Button("lead", "command:yes", "check", "yes"), Button("stay", "command:no", "close", "no")
        case "informing" if has_target:
            return (Button("lead", "command:yes", "check", "yes"),)
        case "choosing":
            offered = (Button(name, f"choice:{n}", literal=True) for n, name in enumerate(choices, start=1))
            return (*offered, Button("none", "command:no", "close", "no"))
        case "walking":
            return _walking(state)
    return (Button("done", "command:no", "check", "no"),) if state.startswith("anything_else") else ()


def _walking(state: str) -> tuple[Button, ...]:
    if state == "guiding.paused":
        first: tuple[Button, ...] = (Button("go", "command:go", "arrow_upward", "yes"),)
    else:
        first = (
            Button("walk_slower", "command:slower", "directions_walk"),
            Button("walk_faster", "command:faster", "directions_run"),
        )
    return (*first, Button("cancel", "command:cancel", "close", "no"), Button("back", "command:back", "undo"))


def manners(state: str) -> tuple[Button, ...]:
    """Return the buttons of the bottom bar: repeat, louder, slower; on the way a stop that is always there."""
    repeat = Button("repeat", "command:repeat", "replay")
    louder = Button("louder", "command:louder", "volume_up")
    if mode(state) == "walking":
        stop = Button("stop", "command:stop", "front_hand", "stop")
        return (stop, repeat, louder)
    if state.split(".")[0] in TALKING:
        return repeat, Button("speak_slower", "command:slower", "slow_motion_video"), louder
    return ()


FACILITY_ICONS = {
    "wc": "wc",
    "atm": "local_atm",
    "photocopy": "content_copy",
    "lift": "elevator",
    "exit": "exit_to_app",
    "seat": "event_seat",
    "water": "local_drink",
    "ticket": "confirmation_number",
    "hours": "schedule",
    "human": "support_agent",
}


def facilities(kinds: tuple[str, ...]) -> tuple[Button, ...]:
    """Return a button for each kind of place."""
    return tuple(Button(kind, f"facility:{kind}", FACILITY_ICONS[kind]) for kind in kinds)


def asks_consent(study: bool, answered: bool, state: str) -> bool:
    """Tell whether to ask now for consent to the study: once, of somebody who talks with the robot at its post."""
    return study and not answered and state.split(".")[0] in ("greeting", "asking", "anything_else")
