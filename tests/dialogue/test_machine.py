"""Properties of the whole machine, its data and its diagram."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.conversation import LookupAnswer, Phrasebook
from dialogue.conversation.machine import AWAITING, GUIDING, SPEAKING, STATES, TIMEOUTS, TRANSITIONS
from dialogue.conversation.phrases import placeholders
from dialogue.diagram import page
from dialogue.languages import languages, load_data
from dialogue.phrasebook import lines
from tests.dialogue.talk import JUDICIAL, LAND, LIFT, MARRIAGE, WC, Talk, sure


def leaf_states() -> list[str]:
    leaves = []
    for state in STATES:
        if isinstance(state, str):
            leaves.append(state)
        elif state["name"] in AWAITING:
            leaves += [state["name"], *(f"{state['name']}.{child}" for child in state["children"])]
        else:
            leaves += [f"{state['name']}.{child}" for child in state["children"]]
    return leaves


@pytest.mark.parametrize("state", [state for state in leaf_states() if state != "idle"])
def test_every_state_has_a_time_out_that_leads_out_of_it(state: str) -> None:
    assert TIMEOUTS[state] > 0.0
    family = {state, state.split(".")[0]} if state.startswith("guiding") else {state}
    exits = [
        row
        for row in TRANSITIONS
        if row["trigger"] == "timeout" and row["source"] in family and row["dest"] not in ("=", state)
    ]
    assert any("conditions" not in row or row["conditions"] == "first_silence" for row in exits), state


def test_speaking_states_end_when_all_is_said() -> None:
    said = {row["source"] for row in TRANSITIONS if row["trigger"] == "all_said"}
    assert said == set(SPEAKING)


EVENTS = st.sampled_from(
    [
        ("person_near",),
        ("person_left",),
        ("heard", "tôi muốn làm lý lịch tư pháp"),
        ("heard", "có"),
        ("heard", "không"),
        ("heard", ""),
        ("heard", "dừng lại"),
        ("heard", "đi tiếp"),
        ("heard", "hai"),
        ("touched", "command:yes"),
        ("touched", "command:no"),
        ("touched", "command:stop"),
        ("touched", "command:repeat"),
        ("touched", "choice:1"),
        ("touched", "facility:wc"),
        ("touched", "facility:hours"),
        ("touched", "counter:Q17"),
        ("touched", "language:en"),
        ("lookup_answered", sure(JUDICIAL)),
        ("lookup_answered", sure(LAND)),
        ("lookup_answered", LookupAnswer("confirm", "", (MARRIAGE,))),
        ("lookup_answered", LookupAnswer("clarify", "", (MARRIAGE, LAND))),
        ("lookup_answered", LookupAnswer("clarify")),
        ("lookup_answered", LookupAnswer("command", "command:yes")),
        ("lookup_answered", LookupAnswer("command", "command:help")),
        ("lookup_answered", LookupAnswer("command", "choice:2")),
        ("lookup_answered", LookupAnswer("facility", "facility:wc")),
        ("lookup_answered", LookupAnswer("facility", "zone:A1")),
        ("lookup_answered", LookupAnswer("chitchat", "thanks")),
        ("lookup_answered", LookupAnswer("reject")),
        ("places_answered", (LIFT, WC)),
        ("places_answered", ()),
        ("guide_feedback", "waiting"),
        ("guide_feedback", "leading"),
        ("guide_feedback", "unheard_of"),
        ("guide_ended", 0),
        ("guide_ended", 6),
        ("guide_ended", 4),
        ("guide_lost",),
        ("guide_ready", False),
        ("home",),
        ("home_failed",),
        ("wait", 3.0),
        ("wait", 31.0),
    ]
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(EVENTS, max_size=14))
def test_whatever_happens_the_robot_gets_home(events: list[tuple]) -> None:
    """Any event in any state is taken without an error, and time alone brings the robot back to rest."""
    talk = Talk()
    for name, *values in events:
        if name == "wait":
            talk.wait(*values)
        else:
            talk.event(name, *values)
    for _ in range(8):
        if talk.state == "idle":
            return
        talk.wait(max(TIMEOUTS.values()) / 2 if talk.state.startswith("guiding") else 241.0)
    assert talk.state == "idle", talk.states


def test_phrases_have_the_same_keys_and_values_in_every_language() -> None:
    books = {code: Phrasebook(code).variants for code in languages()}
    first = books["vi"]
    assert len(books) >= 2
    for code, book in books.items():
        assert book.keys() == first.keys(), code
        for key, variants in book.items():
            wanted = {placeholders(variant) for variant in first[key]}
            assert {placeholders(variant) for variant in variants} == wanted and len(wanted) == 1, (code, key)


@pytest.mark.parametrize("language", languages())
def test_staff_can_read_every_sentence_and_every_pattern(language: str, root: Path) -> None:
    printed = "\n".join(lines(language))
    for variants in Phrasebook(language).variants.values():
        assert all(variant in printed for variant in variants)
    path = root / "robot_ws/src/counter_map/counter_map/lang" / language / "patterns.yaml"
    patterns = yaml.safe_load(path.read_text(encoding="utf-8"))["patterns"]
    assert sum(map(len, patterns.values())) > 80
    assert all(f"{label}" in printed and template in printed for label, each in patterns.items() for template in each)
    assert " | ".join(load_data(language, "answers")["joints"]) in printed


def test_answers_have_the_same_labels_in_every_language() -> None:
    for code in languages():
        assert load_data(code, "answers").keys() == load_data("vi", "answers").keys(), code


def test_every_guide_state_is_a_state() -> None:
    assert {"leading", "slowing", "waiting", "searching", "blocked", "arriving"} <= set(GUIDING)


def test_the_document_shows_the_machine_as_it_is(root: Path) -> None:
    text = (root / "docs" / "dialogue.md").read_text(encoding="utf-8")
    assert page(text) == text, "run: python -m dialogue.diagram docs/dialogue.md"
