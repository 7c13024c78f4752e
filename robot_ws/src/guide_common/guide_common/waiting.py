"""Wait inside coroutines that an rclpy executor runs: for a time, for a condition, for a worker thread."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from concurrent.futures import Future as ThreadFuture
from typing import Any, TypeVar

from rclpy.clock import Clock
from rclpy.node import Node
from rclpy.service import Service
from rclpy.task import Future

T = TypeVar("T")


async def sleep(node: Node, seconds: float, clock: Clock | None = None) -> None:
    """Wait for a time by the node's clock (simulated time in simulation), or by the clock given."""
    done = Future()
    timer = node.create_timer(max(seconds, 1e-4), lambda: done.done() or done.set_result(None), clock=clock)
    try:
        await done
    finally:
        node.destroy_timer(timer)


async def in_thread(node: Node, pool: Executor, work: Callable[..., T], *args: Any) -> T:
    """Run `work(*args)` in a pool while the node goes on; return its result or raise its error."""
    return await finished(node, pool.submit(work, *args))


async def finished(node: Node, future: ThreadFuture[T]) -> T:
    """Wait for what another thread finishes; return its result or raise its error."""
    done = Future()

    def finish(result: ThreadFuture[T]) -> None:
        node.executor.create_task(_hand_over, done, result)  # type: ignore[union-attr]

    future.add_done_callback(finish)
    return await done  # type: ignore[no-any-return]


def serve(node: Node, kind: Any, name: str, answer: Callable[[Any, Any], Awaitable[Any]]) -> Service:
    """Serve requests with a coroutine that gets the request and the response, and returns the response.

    When it fails the error is logged and the response is sent as it stands, so that no client waits for ever.
    """

    async def answer_always(request: Any, response: Any) -> Any:
        try:
            return await answer(request, response)
        except Exception as error:
            node.get_logger().error(f"{name} failed: {''.join(traceback.format_exception(error))}")
            return response

    service = node.create_service(kind, name, answer_always)
    send = service.send_response

    def send_when_done(response: Awaitable[Any], header: object) -> None:
        async def finish() -> None:
            send(await response, header)

        node.executor.create_task(finish)  # type: ignore[union-attr]

    # The events executor would send the coroutine itself.
    service.send_response = send_when_done  # type: ignore[method-assign]
    return service


def _hand_over(done: Future, result: ThreadFuture[Any]) -> None:
    error = result.exception()
    if error is not None:
        done.set_exception(error)
    else:
        done.set_result(result.result())
