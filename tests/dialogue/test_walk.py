"""Walk the whole machine by its events: every state is reached, has a way out, and time alone leads back to rest."""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import Any

import pytest

from dialogue.conversation import Conversation, LookupAnswer
from dialogue.conversation.machine import TIMEOUTS
from tests.dialogue.talk import JUDICIAL, LAND, LIFT, MARRIAGE, SITE, WC, sure
from tests.dialogue.test_machine import leaf_states

Step = tuple[Any, ...]

STEPS: tuple[Step, ...] = (
    ("person_near",),
    ("said",),
    ("heard", "tôi muốn làm lý lịch tư pháp"),
    ("heard", "có"),
    ("heard", "không"),
    ("heard", "dừng lại"),
    ("heard", "đi tiếp"),
    ("touched", "facility:wc"),
    ("lookup_answered", sure(JUDICIAL)),
    ("lookup_answered", LookupAnswer("confirm", "", (MARRIAGE,))),
    ("lookup_answered", LookupAnswer("clarify", "", (MARRIAGE, LAND))),
    ("places_answered", (LIFT, WC)),
    *(("guide_feedback", state) for state in ("slowing", "waiting", "searching", "blocked", "arriving", "leading")),
    ("guide_ended", 0),
    ("guide_ended", 4),
    ("guide_lost",),
    ("guide_ready", False),
    ("home",),
)
DEEPEST = 9


def played(steps: tuple[Step, ...]) -> Conversation:
    """Return a conversation in which some things have happened; the robot says nothing to its end unless told."""
    conversation = Conversation(SITE)
    conversation.tick(1000.0)
    for name, *values in steps:
        getattr(conversation, name)(*values)
        conversation.drain()
    return conversation


@cache
def shortest_ways() -> dict[str, tuple[Step, ...]]:
    """Return for each state that can be reached the fewest events that lead to it."""
    ways: dict[str, tuple[Step, ...]] = {"idle": ()}
    waiting = deque(ways)
    while waiting:
        way = ways[waiting.popleft()]
        for step in STEPS if len(way) < DEEPEST else ():
            state = played((*way, step)).state
            if state not in ways:
                ways[state] = (*way, step)
                waiting.append(state)
    return ways


def test_every_state_is_reached_by_events() -> None:
    assert set(shortest_ways()) == set(leaf_states())


@pytest.mark.parametrize("state", leaf_states())
def test_every_state_has_a_way_out(state: str) -> None:
    after = {played((*shortest_ways()[state], step)).state for step in STEPS}
    assert after - {state}


@pytest.mark.parametrize("state", [state for state in leaf_states() if state != "idle"])
def test_a_state_ends_by_its_time_out_and_time_alone_leads_to_rest(state: str) -> None:
    """Nobody answers, the robot never finishes a sentence, no part of it reports: the worst there is."""
    conversation = played(shortest_ways()[state])
    now, seen = 1000.0, [state]
    while conversation.state != "idle" and len(seen) < 30:
        before = conversation.state
        conversation.tick(now + TIMEOUTS[before] - 0.5)
        assert conversation.state == before, "left before its time"
        now += TIMEOUTS[before] + 0.5
        conversation.tick(now)
        conversation.drain()
        seen.append(conversation.state)
    assert conversation.state == "idle", seen
