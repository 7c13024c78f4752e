"""The shared node code works over real DDS: spinning, managed state, heartbeats, waiting, transforms."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import rclpy
from geometry_msgs.msg import TransformStamped
from guide_interfaces.msg import Heartbeat
from lifecycle_msgs.msg import State
from rclpy.experimental import EventsExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.time import Time
from tf2_msgs.msg import TFMessage

from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.qos import STREAM, TF
from guide_common.transforms import TransformBuffer, make_transform
from guide_common.waiting import in_thread, sleep

WITHIN = 5.0
"""s of wall time: far more than any of this takes."""


class Worker(ManagedNode):
    """A managed node that fails to configure when told so."""

    broken = False

    def configure(self) -> None:
        """Fail or not."""
        if self.broken:
            raise RuntimeError("no map")


Spin = Callable[[Callable[[], bool]], bool]


@pytest.fixture
def graph(ros_domain: int) -> Iterator[tuple[Worker, Node, Spin]]:
    rclpy.init()
    worker, other, executor = Worker("worker"), Node("other"), EventsExecutor()
    executor.add_node(worker)
    executor.add_node(other)

    def spin_until(done: Callable[[], bool]) -> bool:
        end = time.monotonic() + WITHIN
        while not done() and time.monotonic() < end:
            executor.spin_once(timeout_sec=0.05)
        return done()

    yield worker, other, spin_until
    for node in (worker, other):
        executor.remove_node(node)
        node.destroy_node()
    executor.shutdown()
    rclpy.try_shutdown()


def test_a_beat_that_was_queued_when_its_node_was_destroyed_is_not_sent(ros_domain: int) -> None:
    rclpy.init()
    worker = Worker("worker")
    worker.destroy_node()
    worker.beat()
    rclpy.try_shutdown()


def test_a_managed_node_beats_with_its_state(graph: tuple[Worker, Node, Spin]) -> None:
    worker, other, spin_until = graph
    beats: list[Heartbeat] = []
    other.create_subscription(Heartbeat, "heartbeats", beats.append, STREAM)
    assert spin_until(lambda: bool(beats))
    assert beats[-1].node == "worker" and beats[-1].state == State.PRIMARY_STATE_UNCONFIGURED
    worker.trigger_configure()
    worker.trigger_activate()
    assert worker.active
    assert spin_until(lambda: beats[-1].state == State.PRIMARY_STATE_ACTIVE)
    worker.trigger_deactivate()
    assert not worker.active


def test_a_failed_configure_is_a_failed_transition(graph: tuple[Worker, Node, Spin]) -> None:
    worker, _, _ = graph
    worker.broken = True
    assert worker.trigger_configure() == TransitionCallbackReturn.FAILURE
    assert not worker.active


def test_coroutines_wait_for_time_and_for_threads(graph: tuple[Worker, Node, Spin]) -> None:
    worker, other, spin_until = graph
    results: list[object] = []
    with ThreadPoolExecutor(1) as pool:

        async def work() -> None:
            begun = time.monotonic()
            await sleep(other, 0.1)
            results.append(time.monotonic() - begun)
            results.append(await in_thread(other, pool, pow, 2, 10))

        other.executor.create_task(work)
        assert spin_until(lambda: len(results) == 2)
    assert results[0] >= 0.1  # type: ignore[operator]
    assert results[1] == 1024


def test_transforms_chain_and_interpolate(graph: tuple[Worker, Node, Spin]) -> None:
    worker, other, spin_until = graph
    buffer = TransformBuffer(worker)
    publisher = other.create_publisher(TFMessage, "tf", TF)

    def both(at: float, x: float) -> list[TransformStamped]:
        stamp = Time(nanoseconds=int(at * 1e9))
        return [
            make_transform("map", "odom", Pose2D(1.0, 2.0, 0.0), stamp),
            make_transform("odom", "base_link", Pose2D(x, 0.0, 0.0), stamp),
        ]

    assert spin_until(lambda: publisher.get_subscription_count() > 0)
    publisher.publish(TFMessage(transforms=both(10.0, 0.0)))
    publisher.publish(TFMessage(transforms=both(11.0, 1.0)))
    assert spin_until(lambda: (buffer.pose("map", "base_link") or (None, 0.0))[1] == 11.0)
    halfway = buffer.pose("map", "base_link", 10.5)
    assert halfway is not None and halfway[0].x == pytest.approx(1.5)
    assert buffer.pose("map", "nowhere") is None
