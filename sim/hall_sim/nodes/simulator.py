"""The node `simulator`: the hall as hardware, eyes and ears of the robot.

The hall runs in a thread of its own, paced by the cap on speed and by the
heartbeats of the nodes that drive; callbacks leave what they got in a queue
that the thread empties at the start of a tick.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from guide_interfaces.msg import DialogueState, Heartbeat
from rclpy.node import Node
from rosgraph_msgs.msg import Clock

from guide_common.conversions import seconds
from guide_common.params import declare
from guide_common.qos import LATCHED, STREAM
from guide_common.robot import load_robot
from guide_common.running import run
from hall_sim import conversions as convert
from hall_sim.control.lockstep import Lockstep
from hall_sim.control.run import RunControl
from hall_sim.control.spawning import GUESTS, OBSTACLES
from hall_sim.faults.core import RANDOM_STREAM, Faults
from hall_sim.hall import TICK, Hall
from hall_sim.nodes.boundary import Boundary
from hall_sim.nodes.simulation_services import SimulationServices
from hall_sim.nodes.truth import GroundTruth
from hall_sim.nodes.visitor_words import VisitorWords
from hall_sim.scenarios.scenario import load_scenario
from hall_sim.scenarios.settings_faults import check_sound
from hall_sim.visitor.mind import tells
from hall_sim.world.floor import load_floor

START_SPEED = 1.0
"""Cap on the speed until the graph is up: nodes start by the wall clock."""
SLOW = 2.0
"""s of wall time after which a wait for the graph is told."""
REPEAT_CLOCK = 0.05
"""s of wall time after which a clock that waits is told again, should a node have missed it."""
WALL_SPEED = 1.0
"""Cap on the speed while a fault is felt by watchdogs that live by the wall clock."""


@dataclass(frozen=True)
class Settings:
    """Hold the node's parameters; empty or negative ones leave the scenario's values."""

    scenario: str = "sim/scenarios/demo.yaml"
    robot_dir: str = "robots/concierge"
    site_dir: str = ""
    floor: str = ""
    seed: int = -1
    speed: float = 0.0
    say: str = ""
    accept: str = ""
    touch: bool = False


class Simulator(Node):
    """Be the base, the lidar, the microphone and the clock of the simulated robot."""

    def __init__(self) -> None:
        super().__init__("simulator")
        settings = declare(self, Settings())
        scenario = load_scenario(
            settings.scenario,
            seed=settings.seed if settings.seed >= 0 else None,
            floor=settings.floor or None,
            say=settings.say or None,
            accept=settings.accept or None,
            touch=settings.touch or None,
        )
        check_sound(scenario.faults, scenario.sound.mode)
        floor = load_floor(settings.site_dir or scenario.site, scenario.floor)
        self._hall = Hall(floor, load_robot(settings.robot_dir), scenario, scenario.seed, GUESTS, OBSTACLES)
        self._faults = Faults(scenario.faults, self._fault_rng())
        self._begin_ns = self._start_ns = round(scenario.start.timestamp() * 1e9)
        self._speed = settings.speed
        self._lockstep = Lockstep()
        self._inbox: deque[Callable[[], None]] = deque()
        self._news = threading.Event()
        self._up = False
        self._control = RunControl()
        self._shown: DialogueState | None = None
        self._ended = threading.Event()
        self._clock_topic = self.create_publisher(Clock, "/clock", STREAM)
        self._boundary = Boundary(self, self._hall, self._faults, self._stamp, self._listen)
        self._truth = GroundTruth(self, self._hall)
        self._words = VisitorWords(self, scenario.visitor.lang, scenario.sound.mode == "audio")
        self._listen(DialogueState, "dialogue_state", LATCHED, self._on_dialogue_state)
        self._standard = SimulationServices(self, self._hall, self._control, self)
        self.create_subscription(Heartbeat, "heartbeats", self._on_heartbeat, STREAM)
        self._thread = threading.Thread(target=self._run, name="hall", daemon=True)
        self._thread.start()

    def destroy_node(self) -> None:
        """Stop the hall before the publishers go."""
        self._ended.set()
        self._news.set()
        self._thread.join(timeout=5.0)
        super().destroy_node()

    def stamp_now(self) -> Any:
        """Return the true time, as a stamp."""
        return self._message(self._hall.time)

    def show_again(self) -> None:
        """Show the robot's state to a visitor who has just come."""
        if self._shown is not None:
            self._on_dialogue_state(self._shown)

    def turn_back(self, time: bool, restart: Callable[[], None] | None) -> None:
        """Set the clock back to the start of the run; `restart` begins the hall anew, and all else does with it."""
        clock = self._begin_ns if time else self._start_ns + round(self._hall.time * 1e9)
        if restart is not None:
            restart()
            self._faults.restart(self._fault_rng())
            self._boundary.restart()
            self._words.restart()
            self.show_again()
        self._start_ns = clock - round(self._hall.time * 1e9)
        self._tell_clock()

    def _fault_rng(self) -> np.random.Generator:
        return np.random.default_rng([self._hall.scenario.seed, RANDOM_STREAM])

    def _listen(self, kind: Any, topic: str, qos: Any, react: Callable[[Any], None]) -> None:
        """Subscribe; what comes is dealt with between two ticks."""
        self.create_subscription(kind, topic, lambda msg: self._inbox.append(lambda: react(msg)), qos)

    def _on_heartbeat(self, msg: Heartbeat) -> None:
        self._lockstep.beat(msg.node, seconds(msg.header.stamp), msg.state, time.monotonic())
        self._news.set()

    def _on_dialogue_state(self, msg: DialogueState) -> None:
        self._shown = msg
        self._up = self._up or tells("ready", msg.state)
        self._hall.robot_state(msg.state, tuple(msg.choices), msg.procedure_code)
        self._faults.notice(msg.state, self._hall.time)

    def _run(self) -> None:
        try:
            due = time.monotonic()
            while not self._ended.is_set():
                if not self._control.ready(REPEAT_CLOCK):
                    self._take_in()
                    continue
                due = time.monotonic() if self._control.stepping else self._pace(due)
                if self._keeps_up():
                    self._tick()
                    self._control.ticked()
        except Exception:  # a dead hall must end the process, or the graph would wait for its clock for ever
            self.get_logger().fatal(f"the simulated hall broke down: {traceback.format_exc()}")
            os._exit(1)

    def _pace(self, due: float) -> float:
        """Keep to the cap; return when the next tick is due, in s of the wall clock."""
        now = time.monotonic()
        speed = self._cap(now)
        if speed <= 0.0:
            return now
        if due > now:
            self._ended.wait(due - now)
        # A hall that was held up does not hurry afterwards to make up for it.
        return max(due, now - 5 * TICK) + TICK / speed

    def _cap(self, now: float) -> float:
        """Return the cap on the speed at a time of the wall clock; 0 for none."""
        self._up = self._up or self._lockstep.all_active(now)
        caps = [self._speed] if self._speed > 0.0 else []
        caps += [] if self._up else [START_SPEED]
        caps += [WALL_SPEED] if self._faults.of_the_wall(self._hall.time) else []
        return min(caps, default=0.0)

    def _keeps_up(self) -> bool:
        """Wait for the graph; False when something else is to be done first."""
        shown = self._faults.clock(self._hall.time)
        clock, begun, told = self._start_ns * 1e-9 + shown.shown, time.monotonic(), False
        while not self._ended.is_set():
            self._news.clear()
            behind = self._lockstep.behind(clock, time.monotonic())
            if not behind:
                return True
            if self._control.asked:
                return False
            if not told and time.monotonic() - begun > SLOW:
                told = True
                self.get_logger().warning(f"the clock waits for {', '.join(behind)}")
            if not self._news.wait(REPEAT_CLOCK):
                self._tell_clock()
        return False

    def _tell_clock(self) -> None:
        reading = self._faults.clock(self._hall.time)
        if not reading.silent:
            self._clock_topic.publish(Clock(clock=self._message(reading.shown)))

    def _stamp(self, time: float) -> Any:
        """Return what the robot's clock stamps at a true time, in s since the start."""
        return self._message(self._faults.clock(time).stamp)

    def _message(self, time: float) -> Any:
        return convert.stamp_from_ns(self._start_ns + round(time * 1e9))

    def _take_in(self) -> None:
        while self._inbox:
            self._inbox.popleft()()

    def _tick(self) -> None:
        self._take_in()
        self._boundary.before()
        tick = self._hall.tick()
        self._tell_clock()
        self._boundary.after(tick)
        self._truth.publish(tick, self._message(tick.time))
        if tick.answer is not None:
            touched = ", on the screen" if tick.answer.touch else ""
            self.get_logger().info(f"visitor ({tick.answer.kind}{touched}): {tick.answer.text}")
            self._words.take(tick.answer, tick.time, self._stamp(tick.time))
        self._words.tick(tick.time, self._stamp(tick.time))
        for event in self._faults.news(tick.time):
            self.get_logger().warning(f"fault: {event.text}")


def main() -> int:
    """Run the node."""
    return run(Simulator)


if __name__ == "__main__":
    sys.exit(main())
