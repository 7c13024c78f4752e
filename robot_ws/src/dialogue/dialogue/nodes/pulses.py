"""Which nodes are alive, by their heartbeats; a killed process looks alive to DDS for 20 s."""

from __future__ import annotations

import time

from guide_interfaces.msg import Heartbeat
from lifecycle_msgs.msg import State
from rclpy.node import Node

from guide_common.qos import EVENTS

SILENCE = 1.0
"""s of the steady clock without a heartbeat after which a node is taken for dead."""


class Pulses:
    """Follow `heartbeats`."""

    def __init__(self, node: Node) -> None:
        self._seen: dict[str, tuple[float, int, int]] = {}
        self._newest = 0.0
        # a dozen nodes share the topic: a short queue would lose the beats of those that are well
        node.create_subscription(Heartbeat, "heartbeats", self._take, EVENTS)

    def _take(self, msg: Heartbeat) -> None:
        self._newest = time.monotonic()
        self._seen[msg.node] = (self._newest, msg.state, msg.pid)

    def known(self, name: str) -> bool:
        """Tell whether a node has ever been heard."""
        return name in self._seen

    def working(self, name: str) -> bool:
        """Tell whether a node is alive and active.

        Its silence is measured against the newest beat of any node: when the machine stalls, all are late together.
        """
        seen = self._seen.get(name)
        return seen is not None and self._newest - seen[0] < SILENCE and seen[1] == State.PRIMARY_STATE_ACTIVE

    def failed(self, name: str) -> bool:
        """Tell whether a node that was heard has died or stopped working; never true of one that does not beat."""
        return self.known(name) and not self.working(name)

    def pid(self, name: str) -> int:
        """Return the process of a node, 0 when it was never heard."""
        return self._seen.get(name, (0.0, 0, 0))[2]
