"""The dialogue with the real counter map and the real speaker over DDS; guide and navigator are the test's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_map.nodes.counter_map import CounterMapNode
from dialogue.nodes.dialogue import Dialogue
from dialogue.nodes.speaker import Speaker
from tests.dialogue.graph import Graph
from tests.dialogue.neighbours import Neighbours

MONDAY_AT_NINE = 1_772_416_800.0
"""2026-03-02T09:00+07:00."""


class Hall(Graph):
    """A graph with a dialogue in it."""

    neighbours: Neighbours

    def reaches(self, state: str) -> bool:
        return self.spin_until(self.neighbours.in_state(state))

    def asked_at_the_post(self) -> None:
        """A visitor comes and is asked what for."""
        self.neighbours.stands_before_the_robot()
        assert self.reaches("asking"), self.neighbours.state


@pytest.fixture
def hall(ros_domain: int, root: Path, tmp_path: Path) -> Iterator[Hall]:
    site = str(root / "maps" / "hcmc_center")
    parameters = {"site_dir": site, "floor": "1", "state_dir": str(tmp_path), "store": str(tmp_path)}
    graph = Hall(CounterMapNode, Speaker, Dialogue, Neighbours, rate=8.0, **parameters)
    graph.neighbours = graph.nodes[-1]  # type: ignore[assignment]
    graph.now = MONDAY_AT_NINE
    with graph:
        yield graph


def test_a_visitor_is_greeted_told_and_led_and_the_robot_goes_home(hall: Hall) -> None:
    n = hall.neighbours
    hall.asked_at_the_post()
    n.says("tôi muốn làm phiếu lý lịch tư pháp")
    assert hall.reaches("offering")
    place = n.states[-1].place_id
    assert place.startswith("Q") and n.states[-1].procedure_code
    assert place[1:] in n.robot_said() and "máy lấy số" in n.robot_said()
    n.says("có")
    assert hall.reaches("guiding.leading")
    assert hall.spin_until(lambda: len(n.guide.goals) == 1)
    assert n.guide.goals[0].request.place_id == place
    n.feeds_back("waiting")
    assert hall.reaches("guiding.waiting")
    assert n.states[-1].reason
    n.feeds_back("leading")
    assert hall.reaches("guiding.leading")
    assert not n.states[-1].reason
    n.guide.end()
    assert hall.reaches("returning")
    assert hall.spin_until(lambda: len(n.navigator.goals) == 1)
    n.navigator.end()
    assert hall.reaches("idle")
    passed = [state.state for state in n.states]
    for state in ("greeting", "asking", "looking_up", "informing", "arrived", "anything_else", "goodbye"):
        assert state in passed
    assert [c.text for c in n.captions if c.speaker == "visitor"] == ["tôi muốn làm phiếu lý lịch tư pháp", "có"]


def test_a_dead_guide_is_told_and_leading_goes_on_when_it_is_back(hall: Hall) -> None:
    n = hall.neighbours
    hall.asked_at_the_post()
    n.touches("counter:Q17")
    assert hall.spin_until(lambda: len(n.guide.goals) == 1), n.state
    assert hall.reaches("guiding.leading")
    del n.beating["guide"]
    assert hall.reaches("guiding.recovering")
    hall.spin_for(2.0)
    n.beating["guide"] = 202
    assert hall.spin_until(lambda: len(n.guide.goals) == 2)
    assert hall.reaches("guiding.leading")
    assert hall.spin_until(lambda: "đi tiếp được rồi" in n.robot_said())
    assert n.robot_said().count("trục trặc") == 1


def test_a_restarted_dialogue_leads_on(hall: Hall) -> None:
    n = hall.neighbours
    hall.asked_at_the_post()
    n.touches("counter:Q17")
    assert hall.spin_until(lambda: len(n.guide.goals) == 1), n.state
    killed = hall.nodes.pop(2)
    hall.executor.remove_node(killed)
    killed.destroy_node()
    risen = Dialogue()
    hall.nodes.append(risen)
    hall.executor.add_node(risen)
    risen.trigger_configure()
    risen.trigger_activate()
    assert hall.reaches("guiding.recovering")
    assert hall.spin_until(lambda: len(n.guide.goals) == 2)
    assert n.guide.goals[1].request.place_id == "Q17"
    assert hall.reaches("guiding.leading")
    assert hall.spin_until(lambda: "khởi động lại" in n.robot_said())


def test_a_dead_speaker_does_not_hold_up_the_talk(hall: Hall) -> None:
    n = hall.neighbours
    speaker = hall.nodes.pop(1)
    hall.executor.remove_node(speaker)
    speaker.destroy_node()
    hall.asked_at_the_post()
    assert n.robot_said()
    n.touches("command:no")
    assert hall.reaches("returning")


def test_a_robot_that_is_lost_shows_it_while_idle_and_tells_whoever_speaks(hall: Hall) -> None:
    n = hall.neighbours
    assert hall.spin_until(lambda: n.state == "idle" and not n.states[-1].reason)
    n.placed = False
    assert hall.spin_until(lambda: "vị trí" in n.states[-1].reason)
    n.says("nhà vệ sinh ở đâu")
    assert hall.spin_until(lambda: "không dẫn đường được" in n.robot_said())
    assert n.state == "idle"
    n.placed = True
    assert hall.spin_until(lambda: not n.states[-1].reason)
