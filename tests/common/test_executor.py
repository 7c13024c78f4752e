"""The executor: coroutines wait without work, in order, through threads, time and actions."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.task import Future
from std_srvs.srv import Trigger

from guide_common.executor import PatientExecutor
from guide_common.waiting import in_thread, serve, sleep


@pytest.fixture
def graph(ros_domain: int) -> Iterator[tuple[rclpy.node.Node, PatientExecutor]]:
    context = rclpy.Context()
    rclpy.init(context=context)
    node, executor = rclpy.create_node("waits", context=context), PatientExecutor(context)
    executor.add_node(node)
    yield node, executor
    executor.remove_node(node)
    node.destroy_node()
    context.try_shutdown()


def spin(executor: PatientExecutor, until: Future, limit: float = 10.0) -> None:
    end = time.monotonic() + limit
    while not until.done():
        assert time.monotonic() < end
        executor.spin_once(timeout_sec=0.05)


def test_a_coroutine_that_waits_costs_nothing(graph) -> None:
    node, executor = graph
    steady = Clock(clock_type=ClockType.STEADY_TIME)

    async def waits() -> str:
        await sleep(node, 1.0, steady)
        return "waited"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    task = executor.create_task(waits)
    spin(executor, task)
    assert task.result() == "waited"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 0.3


def test_coroutines_await_each_other_threads_and_futures_done_before(graph) -> None:
    node, executor = graph
    done = Future()
    done.set_result(1)

    async def inner() -> int:
        with ThreadPoolExecutor(1) as pool:
            return await done + await in_thread(node, pool, lambda: 2)

    async def outer() -> int:
        return 10 * await executor.create_task(inner)

    task = executor.create_task(outer)
    spin(executor, task)
    assert task.result() == 30


def test_an_error_reaches_who_awaits(graph) -> None:
    node, executor = graph

    async def fails() -> None:
        await sleep(node, 0.01, Clock(clock_type=ClockType.STEADY_TIME))
        raise ValueError("broken")

    async def hopes() -> str:
        try:
            await executor.create_task(fails)
        except ValueError as error:
            return str(error)
        return "nothing"

    task = executor.create_task(hopes)
    spin(executor, task)
    assert task.result() == "broken"


def test_a_cancelled_coroutine_goes_no_further(graph) -> None:
    _, executor = graph
    gate, steps = Future(), []

    async def waits() -> None:
        steps.append("before")
        await gate
        steps.append("after")

    task = executor.create_task(waits)
    executor.spin_once(timeout_sec=0.05)
    task.cancel()
    gate.set_result(None)
    executor.spin_once(timeout_sec=0.05)
    assert steps == ["before"]
    assert task.cancelled()


def test_a_service_whose_coroutine_fails_answers_all_the_same(graph) -> None:
    node, executor = graph

    async def fail(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        await sleep(node, 0.01, Clock(clock_type=ClockType.STEADY_TIME))
        raise ValueError("broken")

    serve(node, Trigger, "broken", fail)
    client = node.create_client(Trigger, "broken")
    while not client.service_is_ready():
        executor.spin_once(timeout_sec=0.05)
    answer = client.call_async(Trigger.Request())
    spin(executor, answer)
    assert answer.result().success is False
