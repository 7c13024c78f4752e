"""Play, pause, stop and step a run, and do what is asked of the hall between two of its ticks.

Requests come from any thread and are carried out by the thread that ticks the hall, so nobody ever sees half a tick.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ParamSpec, TypeVar

from hall_sim.control.refusals import OPERATION_FAILED, Refused

T = TypeVar("T")
P = ParamSpec("P")


class RunState(IntEnum):
    """Name the states of a run, with the numbers of simulation_interfaces/SimulationState."""

    STOPPED = 0
    PLAYING = 1
    PAUSED = 2


@dataclass(slots=True)
class _Steps:
    wanted: int
    tell: Callable[[int], None]
    done: Future[None]
    made: int = 0


class RunControl(Executor):
    """Hold the hall's clock, or let it go; a run begins playing.

    `submit` may be called by any thread. All else is for the thread that ticks the hall, or for what was submitted.
    """

    def __init__(self) -> None:
        self.state = RunState.PLAYING
        self._asked: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._news = threading.Event()
        self._steps: _Steps | None = None

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let something be done between two ticks; return the future of its result."""
        future: Future[T] = Future()
        self._asked.append((future, lambda: work(*args, **kwargs)))
        self._news.set()
        return future

    @property
    def asked(self) -> bool:
        """Tell whether something waits to be done."""
        return bool(self._asked)

    @property
    def stepping(self) -> bool:
        """Tell whether the ticks are counted ones of a run that is paused."""
        return self._steps is not None

    def ready(self, patience: float) -> bool:
        """Do what was asked; tell whether a tick is due. While none is, wait for news for at most `patience` s."""
        self._news.clear()
        while self._asked:
            _carry_out(*self._asked.popleft())
        if self.stepping or self.state is RunState.PLAYING:
            return True
        self._news.wait(patience)
        return False

    def ticked(self) -> None:
        """Count a tick."""
        steps = self._steps
        if steps is None:
            return
        steps.made += 1
        steps.tell(steps.made)
        if steps.made == steps.wanted:
            self._steps = None
            steps.done.set_result(None)

    def play(self) -> None:
        """Let the clock go."""
        self._go_to(RunState.PLAYING)

    def pause(self) -> None:
        """Hold the clock."""
        self._go_to(RunState.PAUSED)

    def stop(self) -> None:
        """Hold the clock; whoever calls this sets the hall back to its start."""
        self._go_to(RunState.STOPPED)

    def interrupt(self, why: str) -> None:
        """End the steps under way, for a reason that their caller is told."""
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.done.set_exception(
                Refused(OPERATION_FAILED, f"{steps.made} of {steps.wanted} steps were made: {why}")
            )

    def step(self, count: int, tell: Callable[[int], None] = lambda made: None) -> Future[None]:
        """Make a number of ticks of a paused run; return a future that is done when they are made.

        `tell` gets the number made after each. Raises Refused unless the run is paused and stands still.
        """
        if self.state is not RunState.PAUSED:
            raise Refused(OPERATION_FAILED, f"the simulation is {self.state.name.lower()}: pause it before stepping")
        if self.stepping:
            raise Refused(OPERATION_FAILED, "other steps are under way: wait for them to end")
        done: Future[None] = Future()
        if count == 0:
            done.set_result(None)
        else:
            self._steps = _Steps(count, tell, done)
        return done

    def _go_to(self, state: RunState) -> None:
        self.state = state
        self.interrupt(f"the simulation was set to {state.name.lower()}")


def _carry_out(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except Exception as error:  # whoever asked gets it: the hall goes on
        future.set_exception(error)
    else:
        future.set_result(result)
