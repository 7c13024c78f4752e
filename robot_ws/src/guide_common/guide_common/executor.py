"""The events executor, made to let coroutines wait without burning a core.

rclpy 7.1.6 runs a waiting coroutine again and again until what it awaits is there. Here a coroutine
sleeps until the future that it awaits is done. For that, `rclpy.task.Future` must say who is awaited:
its `__await__` is replaced by one that yields the future itself, which other executors ignore.
"""

from __future__ import annotations

import faulthandler
import inspect
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import rclpy
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.task import Future


def _await(self: Future) -> Generator[Future, None, Any]:
    while self._pending():
        yield self
    return self.result()


Future.__await__ = _await


class PatientExecutor(rclpy_implementation.EventsExecutor):  # type: ignore[misc]
    """Be rclpy's events executor, with coroutines that wait for nothing; spin it with `spin_once(timeout_sec=…)`."""

    def __init__(self, context: rclpy.Context | None = None) -> None:
        context = context or rclpy.get_default_context()
        super().__init__(context)
        faulthandler.enable()  # as rclpy's own factory does
        context.on_shutdown(self.wake)
        self._waiting: set[_Running] = set()

    def create_task(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Future:
        """Run a function, a coroutine function with its arguments, or a coroutine; return the future of its result."""
        coroutine = callback(*args, **kwargs) if inspect.iscoroutinefunction(callback) else callback
        if not inspect.iscoroutine(coroutine):
            return super().create_task(callback, *args, **kwargs)
        running = _Running(coroutine, self)
        self._waiting.add(running)
        self.run_soon(running.step)
        return running

    def run_soon(self, step: Callable[[], None]) -> None:
        """Run a plain function when the executor comes to it."""
        super().create_task(step)

    def forget(self, running: _Running) -> None:
        """Let go of a coroutine that has ended."""
        self._waiting.discard(running)


class _Running(Future):
    """Drive a coroutine from one awaited future to the next; be the future of its result."""

    def __init__(self, coroutine: Coroutine[Any, None, Any], executor: PatientExecutor) -> None:
        super().__init__(executor=executor)
        self._coroutine, self._owner = coroutine, executor

    def step(self) -> None:
        """Run on to the next await; an error is kept for who awaits this (raised here it would crash the executor)."""
        if not self._pending():
            return
        try:
            awaited = self._coroutine.send(None)
        except StopIteration as end:
            self._owner.forget(self)
            self.set_result(end.value)
        except Exception as error:
            self._owner.forget(self)
            self.set_exception(error)
        else:
            if isinstance(awaited, Future):
                awaited.add_done_callback(self._wake)
            else:
                self._wake()

    def _wake(self, _: Future | None = None) -> None:
        self._owner.run_soon(self.step)

    def cancel(self) -> None:
        """End the coroutine where it waits."""
        if self._pending():
            self._coroutine.close()
            self._owner.forget(self)
        super().cancel()
