"""Whole runs in one process: they end as their scenarios say, and the same seed gives the same run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from hall_sim.runs.inprocess import InProcessRun
from hall_sim.scenarios.scenario import load_scenario
from hall_sim.stack import RobotStack

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "sim" / "scenarios"

SAME = """
import json, sys
from pathlib import Path
from hall_sim.runs.inprocess import InProcessRun
from hall_sim.scenarios.scenario import load_scenario
run = InProcessRun(load_scenario(sys.argv[1], seed=int(sys.argv[2])), Path(sys.argv[3]))
report = run.run()
report.pop("performance")
pose = run.hall.world.pose
print(json.dumps(report | {"pose": [value.hex() for value in (pose.x, pose.y, pose.yaw)]}))
"""


def report(name: str, seed: int = 1) -> dict[str, Any]:
    return InProcessRun(load_scenario(SCENARIOS / f"{name}.yaml", seed=seed), ROOT).run()


@pytest.mark.parametrize("name", ["busy_hall_30", "other_floor", "refusal", "counter_number", "after_hours"])
def test_scenarios_end_as_they_should(name: str) -> None:
    told = report(name)
    assert told["verdict"] == "passed", told["missed"]
    assert {"scenario", "seed", "outcome", "events", "metrics", "performance"} <= told.keys()
    assert told["performance"]["ms_by_part"]["world"] > 0.0


def test_waits_and_jams_of_the_crowd_are_told_and_can_be_required() -> None:
    scenario = load_scenario(SCENARIOS / "refusal.yaml", crowd__people=40, crowd__queues=True, time_limit=60.0)
    wanted = scenario.model_copy(update={"hold": ["queue_wait_s > 1000"]})
    told = InProcessRun(wanted, ROOT).run()
    assert told["metrics"]["queue_longest"] == max(each["longest"] for each in told["crowd"]["queues"].values()) > 0
    assert 0.0 <= told["metrics"]["jam_share"] < 0.5
    assert 3.0 < told["metrics"]["walk_s"] < 60.0, "the hall is 56 m wide"
    assert [sentence for sentence in told["missed"] if "queue_wait_s" in sentence]


def test_the_same_seed_is_the_same_run_to_the_last_bit_in_another_process() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SAME, str(SCENARIOS / "demo.yaml"), "5", str(ROOT)],
            env=os.environ | {"PYTHONHASHSEED": str(salt)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for salt in (1, 2)
    ]
    first, second = (run.communicate()[0] for run in runs)
    assert first == second
    assert json.loads(first)["verdict"] == "passed"


def test_another_seed_is_another_run() -> None:
    first, second = report("busy_hall_30", 1), report("busy_hall_30", 2)
    assert first["metrics"]["path_length_m"] != second["metrics"]["path_length_m"]


class Dazzled(RobotStack):
    """Be a robot whose lidar can be made to see what fits nowhere on the floor."""

    dazzled = False

    def take_scan(self, stamp: float, ranges: npt.NDArray[np.float32], angle_min: float, increment: float) -> None:
        if self.dazzled:
            ranges = (2.0 + 1.5 * np.sin(9.0 * increment * np.arange(len(ranges)))).astype(np.float32)
        super().take_scan(stamp, ranges, angle_min, increment)


class DazzledRun(InProcessRun):
    stack_kind = Dazzled


def until(run: InProcessRun, done: Callable[[], bool], seconds: float) -> bool:
    """Run until `done()`, at most so many simulated seconds."""
    end = run.hall.time + seconds
    while not done() and run.hall.time < end:
        run.step()
    return done()


def test_a_guide_that_is_lost_says_so_and_goes_on_when_it_knows_again() -> None:
    run = DazzledRun(load_scenario(SCENARIOS / "demo.yaml", crowd__people=0), ROOT)
    stack, talk = run.stack, run.stack.reception.conversation
    assert isinstance(stack, Dazzled)
    run.begin()
    assert until(run, lambda: stack.pose is not None, 2.0)
    stack.take_touch("counter:Q27")
    assert until(run, lambda: talk.state == "guiding.waiting", 20.0), talk.state
    stack.dazzled = True
    assert until(run, lambda: stack.pose is None, 5.0)
    assert until(run, lambda: talk.state == "guiding.blocked", 2.0)
    assert "vị trí" in talk.reason
    stack.dazzled = False
    assert until(run, lambda: talk.state == "guiding.waiting", 5.0)
    assert stack.pose is not None and stack.pose.distance(run.hall.world.pose) < 0.1


def test_a_robot_that_is_lost_while_idle_says_so_and_leads_nobody() -> None:
    run = DazzledRun(load_scenario(SCENARIOS / "demo.yaml", crowd__people=0), ROOT)
    stack, talk = run.stack, run.stack.reception.conversation
    assert isinstance(stack, Dazzled)
    run.begin()
    stack.dazzled = True
    assert until(run, lambda: "vị trí" in talk.reason, 4.0)
    stack.take_touch("facility:wc")
    states: set[str] = set()
    run.watch = lambda _, __: states.add(talk.state)
    assert until(run, lambda: talk.state.startswith("anything_else"), 20.0), talk.state
    assert "informing" in states and not any(state.startswith(("offering", "guiding")) for state in states)
