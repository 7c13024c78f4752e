"""Nodes of the dialogue in one process, over real DDS, with a time that the test turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

import rclpy
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock

from guide_common.managed import ManagedNode
from guide_common.qos import STREAM

WITHIN = 20.0
"""s of wall time: far more than any of this takes."""


def arguments(**parameters: object) -> list[str]:
    """Parameters as a launch file gives them: on the command line."""
    args = ["--ros-args"]
    for name, value in parameters.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        args += ["-p", f"{name}:={text!r}" if isinstance(value, str) else f"{name}:={text}"]
    return args


class Graph:
    """A context with nodes in it; `spin_until` runs them all, and the clock with them at a given rate."""

    def __init__(self, *factories: Callable[[], Node], rate: float = 3.0, **parameters: object) -> None:
        rclpy.init(args=arguments(use_sim_time=True, **parameters))
        self.now = 1_000_000.0
        self._rate, self._clock_at = rate, time.monotonic()
        self.executor = EventsExecutor()
        self.tester = Node("tester", parameter_overrides=[Parameter("use_sim_time", value=False)])
        self._clock = self.tester.create_publisher(Clock, "/clock", STREAM)
        self.nodes = [factory() for factory in factories]
        for node in (self.tester, *self.nodes):
            self.executor.add_node(node)

    def __enter__(self) -> Graph:
        for node in self.nodes:
            if isinstance(node, ManagedNode):
                node.trigger_configure()
                node.trigger_activate()
                assert node.active, f"{node.get_name()} did not come up"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for node in (*self.nodes, self.tester):
            if isinstance(node, ManagedNode) and node.active:
                node.trigger_deactivate()
                node.trigger_cleanup()
            self.executor.remove_node(node)
            node.destroy_node()
        self.executor.shutdown()  # it holds what it served, and with it the node's latched words
        rclpy.try_shutdown()

    def spin_until(self, done: Callable[[], bool], within: float = WITHIN) -> bool:
        """Run until `done()`, at most `within` s of wall time."""
        end = time.monotonic() + within
        while not done() and time.monotonic() < end:
            self.step()
        return done()

    def spin_for(self, seconds: float) -> None:
        """Run for a time of the simulated clock."""
        end = self.now + seconds
        assert self.spin_until(lambda: self.now >= end)

    def step(self) -> None:
        wall = time.monotonic()
        if wall - self._clock_at >= 0.02 / self._rate:
            self.now += 0.02
            self._clock_at = wall
            msg = Clock()
            msg.clock.sec = int(self.now)
            msg.clock.nanosec = int((self.now % 1.0) * 1e9)
            self._clock.publish(msg)
        self.executor.spin_once(timeout_sec=0.005)
