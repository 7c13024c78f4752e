"""The states of the conversation, how long each may last, and which event leads where.

A state whose last part is in `AWAITING` waits for the visitor; its child `speaking` is the robot putting the
question, so that nobody is asked to answer before the robot has finished.
"""

from __future__ import annotations

from typing import Any

from transitions.extensions import HierarchicalMachine
from transitions.extensions.nesting import NestedState

AWAITING = ("asking", "confirming", "choosing", "offering", "anything_else")
GUIDING = ("leading", "slowing", "waiting", "searching", "blocked", "arriving", "paused", "recovering")
SPEAKING = ("greeting", "informing", "arrived", "goodbye", *(f"{state}.speaking" for state in AWAITING))
"""States that end when the robot has said all it had to say."""

STATES: list[Any] = [
    "idle",
    "greeting",
    *({"name": state, "children": ["speaking"]} for state in AWAITING),
    "looking_up",
    "informing",
    {"name": "guiding", "initial": "leading", "children": list(GUIDING)},
    "arrived",
    "goodbye",
    "returning",
]

TIMEOUTS: dict[str, float] = {
    "greeting": 30.0,
    "asking": 12.0,
    "confirming": 12.0,
    "choosing": 15.0,
    "offering": 12.0,
    "anything_else": 6.0,
    "looking_up": 2.5,
    "informing": 120.0,
    "arrived": 45.0,
    "goodbye": 20.0,
    "returning": 240.0,
    **{f"{state}.speaking": 60.0 for state in AWAITING},
    **{f"guiding.{state}": 900.0 for state in GUIDING},
    "guiding.searching": 180.0,
    "guiding.blocked": 180.0,
    "guiding.paused": 90.0,
    "guiding.recovering": 30.0,
}
"""s of the ROS clock; only `idle` may last for ever."""

TALKING = ["greeting", "informing", "arrived", *AWAITING]
"""States (and their children) in which a visitor stands before the robot."""

QUESTIONED = ["looking_up", "guiding", "idle", "goodbye", "returning", *TALKING]
"""States from which a question can be put."""


def _said() -> list[dict[str, Any]]:
    rows = [{"source": f"{state}.speaking", "dest": state} for state in AWAITING]
    rows += [
        {"source": "greeting", "dest": "asking"},
        {"source": "informing", "dest": "offering.speaking", "conditions": "has_target", "after": "ask_offer"},
        {"source": "informing", "dest": "looking_up", "conditions": "has_wish", "after": "take_up_wish"},
        {"source": "informing", "dest": "anything_else.speaking", "after": "ask_anything_else"},
        {"source": "arrived", "dest": "looking_up", "conditions": "has_wish", "after": "take_up_wish"},
        {"source": "arrived", "dest": "anything_else.speaking", "after": "ask_anything_else"},
        {"source": "goodbye", "dest": "returning", "after": "go_home"},
    ]
    return [{"trigger": trigger, **row} for trigger in ("all_said", "timeout") for row in rows]


def _silence() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for state in AWAITING[:-1]:
        rows.append({"source": state, "dest": f"{state}.speaking", "conditions": "first_silence", "after": "ask_again"})
        rows.append({"source": state, "dest": "goodbye", "after": "part_in_silence"})
    rows.append({"source": "anything_else", "dest": "goodbye", "after": "part"})
    return [{"trigger": "timeout", **row} for row in rows]


def _other_timeouts() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"source": "looking_up", "dest": "=", "conditions": "first_delay", "after": "look_up_again"},
        {"source": "looking_up", "dest": "goodbye", "after": "part_unable"},
        {"source": "guiding.paused", "dest": "goodbye", "after": "part_from_guiding"},
        {"source": "guiding", "dest": "goodbye", "after": "part_in_trouble"},
        {"source": "returning", "dest": "idle", "after": "settle_anywhere"},
    ]
    return [{"trigger": "timeout", **row} for row in rows]


TRANSITIONS: list[dict[str, Any]] = [
    {"trigger": "greet", "source": "idle", "dest": "greeting"},
    {"trigger": "look_up", "source": ["idle", *TALKING, "goodbye", "returning", "looking_up"], "dest": "looking_up"},
    {"trigger": "inform", "source": ["looking_up", *TALKING], "dest": "informing"},
    *({"trigger": f"put_{state}", "source": QUESTIONED, "dest": f"{state}.speaking"} for state in AWAITING),
    *_said(),
    *_silence(),
    *_other_timeouts(),
    {"trigger": "lead", "source": ["looking_up", "guiding", *TALKING], "dest": "guiding.leading"},
    *(
        {"trigger": f"guide_{state}", "source": "guiding", "dest": f"guiding.{state}"}
        for state in GUIDING
        if state not in ("paused", "recovering")
    ),
    {"trigger": "change_mind", "source": "guiding", "dest": "looking_up"},
    {"trigger": "pause", "source": "guiding", "dest": "guiding.paused"},
    {"trigger": "recover", "source": ["guiding", "idle"], "dest": "guiding.recovering"},
    {"trigger": "arrive", "source": "guiding", "dest": "arrived"},
    {"trigger": "finish", "source": ["looking_up", "guiding", *TALKING], "dest": "goodbye"},
    {"trigger": "resume_home", "source": ["idle", "goodbye", "returning"], "dest": "returning"},
    {"trigger": "settle", "source": ["returning", "goodbye"], "dest": "idle"},
]


class _DottedState(NestedState):
    separator = "."


class ConversationMachine(HierarchicalMachine):
    """A hierarchical machine whose state names are dotted paths."""

    state_cls = _DottedState


def make_machine(model: object) -> ConversationMachine:
    """Give a model (with the callbacks named above) its state and triggers."""
    return ConversationMachine(
        model,
        states=STATES,
        transitions=TRANSITIONS,
        initial="idle",
        auto_transitions=False,
        after_state_change="state_changed",
        queued=True,
    )
