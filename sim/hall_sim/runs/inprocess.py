"""Run a scenario in one process: hall and robot step by step on one clock, the same seed giving the same run.

Each tick the hall moves 20 ms, then the robot gets what its sensors saw, does what is due, and its command
reaches the base before the next tick. Nothing depends on the wall clock.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counter_map.model import Site
from counter_map.site import load_site
from dialogue.reception import Shown
from guide_common.robot import load_robot
from hall_sim.hall import TICK, Hall, Tick
from hall_sim.people.figures import CrowdFigures
from hall_sim.runs.log import RunLog
from hall_sim.runs.report import report
from hall_sim.scenarios.drawn_hall import as_it_is
from hall_sim.scenarios.expectation import check_expected
from hall_sim.scenarios.scenario import Scenario
from hall_sim.sound.speech import make_speech
from hall_sim.stack import RobotStack
from hall_sim.stack.boundary import Boundary
from hall_sim.stack.robot import Outputs
from hall_sim.world.floor import load_floor

TICK_MS = round(1000 * TICK)
ROBOT_DIR = Path("robots/concierge")


@dataclass
class PartTimes:
    """Sum the wall time of each part of a run, in s."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Count what happens inside for a part."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.spent[part] += time.perf_counter() - begun


class InProcessRun:
    """Hold one run; `step` is one tick of 20 ms.

    Raises:
        UserError: the scenario has a fault that only nodes in processes of their own can have.

    Attributes:
        log: what the metrics are made of.
        crowd: figures of the other people.
        times: the wall time spent by part.
        watch: is called after each tick with the run and the tick.
        stack_kind: which robot it is.
    """

    stack_kind: type[RobotStack] = RobotStack

    def __init__(self, scenario: Scenario, root: Path, site: Site | None = None) -> None:
        self.scenario = scenario
        self.site = site or load_site(scenario.site)
        check_expected(scenario, self.site)
        self.log, self.times, self.crowd = RunLog(), PartTimes(), CrowdFigures()
        robot = load_robot(root / ROBOT_DIR)
        floor = as_it_is(load_floor(scenario.site, scenario.floor), scenario.hall)
        self.hall = Hall(floor, robot, scenario, scenario.seed)
        self._start = scenario.start.timestamp()
        self._speech = make_speech(self.hall, scenario.sound)
        out = Outputs(
            self._on_caption, self._on_state, self._speech.robot_speaks, self._speech.robot_says, timer=self.times
        )
        self.stack = self.stack_kind(robot, self.site, scenario.floor, scenario.seed, out, self._speech.length)
        self._speech.stack = self.stack
        self._boundary = Boundary(scenario, self.hall, self.stack)
        self._begun = 0.0
        self.watch: Callable[[InProcessRun, Tick], None] = lambda run, tick: None

    @property
    def now(self) -> float:
        """Return the true time, s since the epoch."""
        return self._start + self.hall.time

    @property
    def free(self) -> bool:
        """Tell whether the robot stands ready for a visitor."""
        return self.stack.reception.conversation.state == "idle"

    @property
    def over(self) -> bool:
        """Tell whether the robot is free again, or the time is up."""
        return self.log.ended or self.hall.time > self.scenario.time_limit

    def run(self) -> dict[str, Any]:
        """Run to the end and return the report."""
        self.begin()
        while not self.over:
            self.step()
        told = {"scenario": self.scenario.name, "seed": self.scenario.seed, "mode": "in_process"}
        told |= self.judge()
        told["crowd"] = self.crowd.by_place(self.hall)
        return told | {"sound": self.scenario.sound.report(), "performance": self.performance()}

    def judge(self) -> dict[str, Any]:
        """Return how it ended, what it is worth, what happened, and the metrics."""
        return report(self.log, self.site, self.scenario, self.crowd.metrics(self.hall))

    def begin(self) -> None:
        """Show the robot's state and begin to count the wall time."""
        self._begun = time.perf_counter()
        self.show_again()

    def show_again(self) -> None:
        """Show the robot's state to whoever has just come."""
        self.stack.reception.show_again()

    def step(self) -> None:
        """Advance 20 ms."""
        self._boundary.command()
        with self.times("world"):
            tick = self.hall.tick()
        now = self._boundary.clock()
        self._boundary.sense(tick, now)
        with self.times("speech"):
            self._speech.hear(tick.answer, self._boundary.sound(tick), now)
        self.stack.step(now, self.hall.ticks * TICK_MS)
        self._note(tick)
        self.crowd.look(self.hall)
        self.watch(self, tick)

    def performance(self) -> dict[str, Any]:
        """Return how fast the run has been, and ms of wall time for each simulated second by part."""
        wall, simulated = time.perf_counter() - self._begun, max(self.hall.time, TICK)
        parts = {name: round(1000 * spent / simulated, 3) for name, spent in self.times.spent.items()}
        parts["everything else"] = round(1000 * (wall - sum(self.times.spent.values())) / simulated, 3)
        return {
            "real_time_factor": round(simulated / wall, 2),
            "wall_s": round(wall, 2),
            "simulated_s": round(simulated, 2),
            "ms_by_part": parts,
        }

    def _note(self, tick: Tick) -> None:
        world, now = self.hall.world, self.now
        for contact in tick.contacts:
            told = {"thing": contact.thing, "x": contact.x, "y": contact.y, "robot_speed": contact.robot_speed}
            told["closing"] = contact.closing
            self.log.add_contact(now, told)
        for happening in tick.happened:
            self.log.add_happening(now, "visitor", f"{happening.act} {happening.what}")
        for box in tick.set_down:
            self.log.add_happening(now, "box", f"{box} is set down")
        for fault in self._boundary.news():
            self.log.add_happening(now, "fault", fault)
        if tick.scan is None:
            return
        self.log.add_pose(now, world.pose)
        if self.hall.visitor.position is not None:
            self.log.add_visitor(now, self.hall.visitor.position)
        bodies = world.bodies
        self.log.add_people(now, bodies.torsos[bodies.present].tolist())

    def _on_caption(self, speaker: str, text: str) -> None:
        self.log.add_caption(self.now, speaker, text)

    def _on_state(self, shown: Shown) -> None:
        self.log.add_state(self.now, shown.state, shown.place_id, shown.procedure_code)
        self.hall.robot_state(shown.state, shown.choices, shown.procedure_code)
        self._speech.speak_in(shown.language)
        self._boundary.notice(shown.state)


def pace(cap: float) -> Callable[[InProcessRun, Tick], None]:
    """Return a watch that holds a run back to `cap` simulated seconds a second."""
    begun = time.monotonic()

    def wait(run: InProcessRun, _: Tick) -> None:
        ahead = run.hall.time / cap - (time.monotonic() - begun)
        if ahead > 0.0:
            time.sleep(ahead)

    return wait
