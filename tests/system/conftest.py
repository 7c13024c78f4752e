"""Whole runs: the real graph, each in its own ROS domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from guidance.demo.runner import RunOptions, launch_arguments
from guidance.demo.session import Session, open_session
from hall_sim.scenarios.scenario import load_scenario

StartGraph = Callable[..., Session]


@pytest.fixture(autouse=True)
def _alone(alone: None) -> None:
    """Have the machine, but for small tests."""


@pytest.fixture
def start_graph(root: Path, tmp_path: Path) -> Iterator[StartGraph]:
    """Start `launch/sim.launch.yaml` on a committed scenario; end it after the test.

    The store of the run is `tmp_path/store/store.db`, each process's output `tmp_path/log/<node>.log`.
    """
    with ExitStack() as stack:

        def start(scenario: str, seed: int = 1, speed: float | None = None, **overrides: str) -> Session:
            path = root / "sim" / "scenarios" / f"{scenario}.yaml"
            options = RunOptions(scenario=path, root=root, seed=seed, speed=speed, record=False)
            arguments = launch_arguments(options, load_scenario(path, seed=seed), tmp_path) | overrides
            return stack.enter_context(open_session(root / "launch" / "sim.launch.yaml", arguments, tmp_path / "log"))

        yield start
