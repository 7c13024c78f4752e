"""Playing, pausing, stepping, and doing what is asked between two ticks; without a hall."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from hall_sim.control.refusals import OPERATION_FAILED, Refused
from hall_sim.control.run import RunControl, RunState


def ticks(control: RunControl, most: int = 20) -> int:
    """Return how many ticks a run makes, up to a number of times that it is asked."""
    count = 0
    for _ in range(most):
        if control.ready(0.0):
            count += 1
            control.ticked()
    return count


def test_a_run_begins_playing_and_stands_while_paused_or_stopped() -> None:
    control = RunControl()
    assert ticks(control) == 20
    control.submit(control.pause)
    assert ticks(control) == 0
    control.submit(control.play)
    assert ticks(control) == 20
    control.submit(control.stop)
    assert ticks(control) == 0
    assert control.state is RunState.STOPPED


def test_steps_are_made_exactly_and_counted() -> None:
    control, told = RunControl(), list[int]()
    control.pause()
    done = control.step(7, told.append)
    assert control.stepping
    assert ticks(control) == 7
    assert told == [1, 2, 3, 4, 5, 6, 7]
    assert done.result(0.0) is None
    assert ticks(control) == 0
    assert control.step(0).done()


@pytest.mark.parametrize("state", [RunState.PLAYING, RunState.STOPPED])
def test_only_a_paused_run_is_stepped(state: RunState) -> None:
    control = RunControl()
    control.state = state
    with pytest.raises(Refused, match=f"is {state.name.lower()}: pause it") as refused:
        control.step(1)
    assert refused.value.why == OPERATION_FAILED


def test_steps_under_way_refuse_others_and_can_be_interrupted() -> None:
    control = RunControl()
    control.pause()
    done = control.step(10)
    assert ticks(control, 4) == 4
    with pytest.raises(Refused, match="other steps"):
        control.step(1)
    control.play()
    with pytest.raises(Refused, match="4 of 10 steps were made: the simulation was set to playing"):
        done.result(0.0)
    assert ticks(control, 30) == 30


def test_what_is_asked_is_done_by_who_ticks_in_order_and_errors_go_to_who_asked() -> None:
    control, seen = RunControl(), list[tuple[str, str]]()

    def note(what: str) -> str:
        seen.append((what, threading.current_thread().name))
        return what

    def ask(futures: list[Future[str]]) -> None:
        futures += [control.submit(note, what) for what in "abc"]
        futures.append(control.submit(lambda: note("d") + str(1 // 0)))

    futures: list[Future[str]] = []
    asker = threading.Thread(target=ask, args=(futures,))
    asker.start()
    asker.join()
    assert control.asked
    assert control.ready(0.0)
    assert [future.result(0.0) for future in futures[:3]] == ["a", "b", "c"]
    assert isinstance(futures[3].exception(0.0), ZeroDivisionError)
    assert seen == [(what, threading.current_thread().name) for what in "abcd"]


def test_waiting_ends_as_soon_as_something_is_asked() -> None:
    control = RunControl()
    control.pause()
    waits = threading.Thread(target=lambda: control.ready(60.0))
    waits.start()
    done = control.submit(lambda: 3)
    waits.join(30.0)
    assert not waits.is_alive()
    control.ready(0.0)
    assert done.result(0.0) == 3
