"""The same seed gives the same hall bit by bit, whatever is switched on, also in another process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.sim import everything, halls


def in_another_process(seed: int, hash_seed: str) -> str:
    made = subprocess.run(
        [sys.executable, "-m", "tests.sim.everything", str(seed)],
        cwd=halls.ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def test_two_processes_come_to_the_same_with_everything_on() -> None:
    assert in_another_process(3, "1") == in_another_process(3, "2")


def test_another_seed_comes_to_something_else() -> None:
    assert everything.fingerprint(3, 4.0) != everything.fingerprint(4, 4.0)


@pytest.mark.slow
def test_everything_at_once_runs_for_minutes_and_nobody_runs_into_the_robot() -> None:
    hall = everything.hall(2)
    hall.robot_state("idle")
    while hall.time < 120.0:
        hall.world.base.command(0.0, 0.3)
        assert not hall.tick().contacts
    assert hall.wandering.goals.queues.served
