"""Decide which lifecycle transition each managed node needs next, from the beats they send. Free of ROS.

A node is known by its beats alone: its process id, its state, and when it was
last heard. A new process id is a new life: it is configured and activated
again. All nodes are configured at once; they are activated in order, each
waiting for those before it, though never longer than `patience`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class State(IntEnum):
    """Number the primary states as lifecycle_msgs/State does."""

    UNKNOWN = 0
    UNCONFIGURED = 1
    INACTIVE = 2
    ACTIVE = 3
    FINALIZED = 4


class Transition(IntEnum):
    """Number the transitions as lifecycle_msgs/Transition does."""

    CONFIGURE = 1
    CLEANUP = 2
    ACTIVATE = 3
    DEACTIVATE = 4
    UNCONFIGURED_SHUTDOWN = 5
    INACTIVE_SHUTDOWN = 6
    ACTIVE_SHUTDOWN = 7


class Health(IntEnum):
    """Number the levels as diagnostic_msgs/DiagnosticStatus does."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


_STEPS: dict[tuple[State, State], Transition] = {
    (State.UNCONFIGURED, State.INACTIVE): Transition.CONFIGURE,
    (State.UNCONFIGURED, State.ACTIVE): Transition.CONFIGURE,
    (State.INACTIVE, State.ACTIVE): Transition.ACTIVATE,
    (State.INACTIVE, State.UNCONFIGURED): Transition.CLEANUP,
    (State.ACTIVE, State.INACTIVE): Transition.DEACTIVATE,
    (State.ACTIVE, State.UNCONFIGURED): Transition.DEACTIVATE,
    (State.UNCONFIGURED, State.FINALIZED): Transition.UNCONFIGURED_SHUTDOWN,
    (State.INACTIVE, State.FINALIZED): Transition.INACTIVE_SHUTDOWN,
    (State.ACTIVE, State.FINALIZED): Transition.ACTIVE_SHUTDOWN,
}


@dataclass(frozen=True, slots=True)
class SupervisorParams:
    """Hold the times of supervision, in s of the steady clock."""

    silence: float = 1.0
    """A node not heard for so long is dead (unless it is busy in a transition)."""
    patience: float = 3.0
    """How long a configured node waits for those before it in the order."""
    resend: float = 0.5
    """A node that goes on beating in its old state for so long never got the request."""
    retry: float = 1.0
    """The wait after a failed transition; doubles with each further failure, up to eight times."""
    busy: float = 60.0
    """The longest silence that a transition may take."""


@dataclass(slots=True)
class _Node:
    name: str
    pid: int = 0
    state: State = State.UNKNOWN
    heard_at: float = -math.inf
    inactive_since: float = math.inf
    pending: Transition | None = None
    sent_at: float = 0.0
    failures: int = 0
    retry_at: float = -math.inf
    lives: int = 0
    failed: list[str] = field(default_factory=list)
    target: State = State.ACTIVE
    ended: int = 0


class Supervisor:
    """Keep every node of an ordered list in its target state."""

    def __init__(self, order: Sequence[str], params: SupervisorParams | None = None) -> None:
        self.params = params or SupervisorParams()
        self._nodes = {name: _Node(name) for name in order}
        self._thought_alive: set[str] = set()

    def aim(self, target: State, names: Iterable[str] | None = None) -> None:
        """Set the target state of some nodes, or of all; names that are not managed are passed over."""
        for node in self._chosen(names):
            node.target = target

    def heard(self, name: str, pid: int, state: int, now: float) -> bool:
        """Take a beat; tell whether it says something new (a new life, a new state)."""
        node = self._nodes.get(name)
        if node is None:
            return False
        reborn = node.pid != pid
        changed = reborn or node.state != state
        if reborn:
            node.pid, node.lives = pid, node.lives + 1
            node.pending, node.failures, node.retry_at = None, 0, -math.inf
        if changed:
            node.state, node.pending = State(state), None
            node.inactive_since = now if state == State.INACTIVE else math.inf
            if state == node.target:
                node.failures = 0
        node.heard_at = now
        return changed

    def answered(self, name: str, success: bool, now: float) -> None:
        """Take the answer to a transition; a refusal is tried again, later each time."""
        node = self._nodes[name]
        if success or node.pending is None:
            return
        node.failures += 1
        node.failed = [node.pending.name.lower()]
        node.pending = None
        node.retry_at = now + self.params.retry * 2.0 ** min(node.failures - 1, 3)

    def due(self, now: float) -> list[tuple[str, Transition]]:
        """Return the transitions to request now, each once."""
        requests = []
        for index, node in enumerate(self._nodes.values()):
            step = self._next(index, node, now)
            if step is not None:
                node.pending, node.sent_at = step, now
                requests.append((node.name, step))
        return requests

    def _next(self, index: int, node: _Node, now: float) -> Transition | None:
        if not self.alive(node.name, now) or now < node.retry_at:
            return None
        if node.pending is not None and not self._lost(node, now):
            return None
        step = _STEPS.get((node.state, node.target))
        if step is Transition.ACTIVATE and not self._may_activate(index, node, now):
            return None
        return step

    def _lost(self, node: _Node, now: float) -> bool:
        """Tell whether a request never reached the node: it beats on, well after, in its old state."""
        return node.heard_at - node.sent_at > self.params.resend

    def _may_activate(self, index: int, node: _Node, now: float) -> bool:
        before = list(self._nodes.values())[:index]
        return now - node.inactive_since >= self.params.patience or all(n.state == State.ACTIVE for n in before)

    def alive(self, name: str, now: float) -> bool:
        """Tell whether a node was heard of late, or is busy in a transition that may take long."""
        node = self._nodes[name]
        limit = self.params.busy if node.pending is not None else self.params.silence
        return now - node.heard_at <= limit

    def newly_dead(self, now: float) -> list[str]:
        """Return the nodes that fell silent since the last call."""
        alive = {name for name in self._nodes if self.alive(name, now)}
        dead = [name for name in self._nodes if name in self._thought_alive and name not in alive]
        self._thought_alive = alive
        return dead

    def silent_for(self, name: str, now: float) -> tuple[int, float]:
        """Return a node's process id (0: never heard) and how long it has been silent beyond what is allowed, in s."""
        node = self._nodes[name]
        return node.pid, 0.0 if self.alive(name, now) else now - node.heard_at

    def to_end(self, now: float) -> list[tuple[str, int]]:
        """Return the nodes, with process ids, that were shut down and are wanted again, each life once.

        A finalized node has no way back: its process must end and be started again.
        """
        found = []
        for node in self._nodes.values():
            wanted = node.state == State.FINALIZED and node.target != State.FINALIZED
            if wanted and node.ended != node.pid and self.alive(node.name, now):
                node.ended = node.pid
                found.append((node.name, node.pid))
        return found

    def reached(self, now: float, names: Iterable[str] | None = None) -> bool:
        """Tell whether every node, or every one of some, is alive and in its target state."""
        return all(n.state == n.target and self.alive(n.name, now) for n in self._chosen(names))

    def all_active(self, now: float, names: Iterable[str] | None = None) -> bool:
        """Tell whether every node, or every one of some, is alive and active."""
        return all(n.target == State.ACTIVE for n in self._chosen(names)) and self.reached(now, names)

    def _chosen(self, names: Iterable[str] | None) -> list[_Node]:
        wanted = None if names is None else set(names)
        return [node for node in self._nodes.values() if wanted is None or node.name in wanted]

    def report(self, now: float) -> list[tuple[str, Health, str]]:
        """Return each node's name, health and a short sentence."""
        return [(name, *self._judge(node, now)) for name, node in self._nodes.items()]

    def _judge(self, node: _Node, now: float) -> tuple[Health, str]:
        if node.pid == 0:
            return Health.STALE, "not heard of yet"
        if not self.alive(node.name, now):
            return Health.ERROR, f"silent for {now - node.heard_at:.0f} s (process {node.pid})"
        if node.failures:
            return Health.ERROR, f"could not {node.failed[0]} ({node.failures} times)"
        if node.state == node.target:
            return Health.OK, node.state.name.lower()
        return Health.WARN, f"{node.state.name.lower()}, to be {node.target.name.lower()}"
