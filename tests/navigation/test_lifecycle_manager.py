"""The supervisor's decisions, and the manager bringing real nodes up over DDS."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from navigation.lifecycle import Health, State, Supervisor, Transition

ORDER = ("a", "b", "c")


class Graph:
    """Carry out transitions as real nodes would, in the test's own time."""

    def __init__(self, supervisor: Supervisor, names: tuple[str, ...] = ORDER) -> None:
        self.supervisor = supervisor
        self.states = dict.fromkeys(names, State.UNCONFIGURED)
        self.pids = {name: 100 + i for i, name in enumerate(names)}
        self.silent: set[str] = set()
        self.refuse: set[str] = set()
        self.lose: set[str] = set()
        self.done: list[tuple[str, Transition]] = []
        self.now = 0.0

    def step(self, dt: float = 0.1) -> list[tuple[str, Transition]]:
        self.now += dt
        for name, state in self.states.items():
            if name not in self.silent:
                self.supervisor.heard(name, self.pids[name], state, self.now)
        requests = self.supervisor.due(self.now)
        for name, transition in requests:
            if name in self.lose or name in self.silent:
                continue
            if name in self.refuse:
                self.supervisor.answered(name, False, self.now)
                continue
            self.done.append((name, transition))
            self.states[name] = {
                Transition.CONFIGURE: State.INACTIVE,
                Transition.ACTIVATE: State.ACTIVE,
                Transition.DEACTIVATE: State.INACTIVE,
                Transition.CLEANUP: State.UNCONFIGURED,
            }.get(transition, State.FINALIZED)
            self.supervisor.answered(name, True, self.now)
        return requests

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            self.step()


@pytest.fixture
def graph() -> Graph:
    return Graph(Supervisor(ORDER))


class TestSupervisor:
    def test_all_are_configured_at_once_and_activated_in_order(self, graph: Graph) -> None:
        assert graph.step() == [(name, Transition.CONFIGURE) for name in ORDER]
        graph.run(1.0)
        assert graph.done[3:] == [(name, Transition.ACTIVATE) for name in ORDER]
        assert graph.supervisor.all_active(graph.now)

    def test_a_slow_one_holds_the_others_up_no_longer_than_patience(self, graph: Graph) -> None:
        graph.lose.add("a")
        graph.run(2.9)
        assert graph.states["b"] == State.INACTIVE
        graph.run(1.0)
        assert graph.states["b"] == graph.states["c"] == State.ACTIVE
        assert not graph.supervisor.all_active(graph.now)

    def test_a_request_that_was_lost_is_sent_again(self, graph: Graph) -> None:
        graph.lose.add("a")
        assert ("a", Transition.CONFIGURE) in graph.step()
        assert not [r for _ in range(5) for r in graph.step() if r[0] == "a"]
        graph.lose.clear()
        graph.run(0.5)
        assert graph.states["a"] == State.ACTIVE

    def test_a_refusal_is_tried_again_later_each_time_and_reported(self, graph: Graph) -> None:
        graph.refuse.add("b")
        tried = []
        for _ in range(100):
            if any(name == "b" for name, _ in graph.step()):
                tried.append(graph.now)
        assert [round(later - sooner) for sooner, later in pairwise(tried)] == [1, 2, 4]
        health = {name: (level, why) for name, level, why in graph.supervisor.report(graph.now)}
        assert health["b"] == (Health.ERROR, "could not configure (4 times)")

    def test_what_was_killed_and_started_again_is_brought_back(self, graph: Graph) -> None:
        graph.run(1.0)
        graph.silent.add("b")
        graph.run(0.9)
        assert graph.supervisor.newly_dead(graph.now) == []
        graph.run(0.3)
        assert graph.supervisor.newly_dead(graph.now) == ["b"]
        assert graph.supervisor.newly_dead(graph.now) == []
        graph.silent.clear()
        graph.pids["b"], graph.states["b"] = 999, State.UNCONFIGURED
        graph.done.clear()
        graph.run(0.5)
        assert graph.done == [("b", Transition.CONFIGURE), ("b", Transition.ACTIVATE)]

    def test_a_restart_too_quick_to_be_silent_is_seen_by_its_process_id(self, graph: Graph) -> None:
        graph.run(1.0)
        graph.pids["c"], graph.states["c"] = 999, State.UNCONFIGURED
        graph.run(0.5)
        assert graph.states["c"] == State.ACTIVE

    def test_silence_during_a_long_transition_is_not_death(self, graph: Graph) -> None:
        graph.silent = set()
        graph.lose.add("a")
        graph.step()
        graph.supervisor.newly_dead(graph.now)
        graph.silent.add("a")  # loading a model: no beats
        graph.run(10.0)
        assert graph.supervisor.newly_dead(graph.now) == []
        graph.silent.clear()
        graph.states["a"] = State.INACTIVE
        graph.lose.clear()
        graph.run(0.5)
        assert graph.supervisor.all_active(graph.now)

    def test_a_new_manager_leaves_active_nodes_alone(self, graph: Graph) -> None:
        graph.run(1.0)
        graph.supervisor = Supervisor(ORDER)
        graph.done.clear()
        graph.run(2.0)
        assert graph.done == []
        assert graph.supervisor.all_active(graph.now)

    @pytest.mark.parametrize("target", [State.INACTIVE, State.UNCONFIGURED, State.FINALIZED])
    def test_pause_reset_and_shutdown_reach_all(self, graph: Graph, target: State) -> None:
        graph.run(1.0)
        graph.supervisor.aim(target)
        graph.run(1.0)
        assert set(graph.states.values()) == {target}
        assert graph.supervisor.reached(graph.now)
        assert not graph.supervisor.all_active(graph.now)

    def test_some_nodes_are_paused_while_the_others_go_on(self, graph: Graph) -> None:
        graph.run(1.0)
        graph.supervisor.aim(State.INACTIVE, ("b", "somebody else"))
        graph.run(1.0)
        assert graph.states == {"a": State.ACTIVE, "b": State.INACTIVE, "c": State.ACTIVE}
        assert graph.supervisor.all_active(graph.now, ("a", "c"))
        assert graph.supervisor.reached(graph.now)
        assert not graph.supervisor.all_active(graph.now)

    def test_what_was_shut_down_and_is_wanted_again_starts_anew(self, graph: Graph) -> None:
        graph.run(1.0)
        graph.supervisor.aim(State.FINALIZED)
        graph.run(1.0)
        assert graph.supervisor.to_end(graph.now) == []
        graph.supervisor.aim(State.ACTIVE)
        assert graph.supervisor.to_end(graph.now) == [(name, graph.pids[name]) for name in ORDER]
        assert graph.supervisor.to_end(graph.now) == []
        for name in ORDER:  # the launcher starts them again
            graph.pids[name] += 100
            graph.states[name] = State.UNCONFIGURED
        graph.run(2.0)
        assert graph.supervisor.all_active(graph.now)

    @pytest.mark.parametrize("seed", range(20))
    def test_whatever_dies_and_when_all_are_active_in_the_end(self, seed: int) -> None:
        chance = random.Random(seed)
        graph = Graph(Supervisor(ORDER))
        for _ in range(40):
            name = chance.choice(ORDER)
            graph.pids[name], graph.states[name] = chance.randrange(1000, 9999), State.UNCONFIGURED
            graph.lose = {n for n in ORDER if chance.random() < 0.3}
            graph.run(chance.uniform(0.1, 1.5))
        graph.lose.clear()
        graph.run(5.0)
        assert graph.supervisor.all_active(graph.now)
