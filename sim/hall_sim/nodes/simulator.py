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

from geometry_msgs.msg import PoseStamped, Twist
from guide_interfaces.msg import AudioChunk, DialogueState, Heartbeat, People, Utterance
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import BatteryState, LaserScan
from std_msgs.msg import Bool, String
from tf2_msgs.msg import TFMessage

from guide_common.conversions import pose_from_2d, seconds
from guide_common.geometry import Pose2D
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED, SENSOR, STREAM, TF
from guide_common.robot import load_robot
from guide_common.running import run
from hall_sim import conversions as convert
from hall_sim.floor import load_floor
from hall_sim.hall import TICK, Hall, Tick
from hall_sim.lockstep import Lockstep
from hall_sim.microphone import CHUNK
from hall_sim.mind import Answer, tells
from hall_sim.scenario import load_scenario

START_SPEED = 1.0
"""Cap on the speed until the graph is up: nodes start by the wall clock."""
BATTERY_TICKS = 50
BATTERY_HOURS = 8.0
SLOW = 2.0
"""s of wall time after which a wait for the graph is told."""
REPEAT_CLOCK = 0.05
"""s of wall time after which a clock that waits is told again, should a node have missed it."""


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
        floor = load_floor(settings.site_dir or scenario.site, scenario.floor)
        self._hall = Hall(floor, load_robot(settings.robot_dir), scenario, scenario.seed)
        self._language = scenario.visitor.lang
        self._start_ns = round(scenario.start.timestamp() * 1e9)
        self._speed = settings.speed
        self._lockstep = Lockstep()
        self._inbox: deque[Callable[[], None]] = deque()
        self._news = threading.Event()
        self._up = False
        self._ended = threading.Event()
        self._make_publishers()
        self._make_subscriptions()
        self._thread = threading.Thread(target=self._run, name="hall", daemon=True)
        self._thread.start()

    def destroy_node(self) -> None:
        """Stop the hall before the publishers go."""
        self._ended.set()
        self._news.set()
        self._thread.join(timeout=5.0)
        super().destroy_node()

    def _make_publishers(self) -> None:
        make = self.create_publisher
        self._clock_topic = make(Clock, "/clock", STREAM)
        self._odometry = make(Odometry, "odom", STREAM)
        self._tf = make(TFMessage, "tf", TF)
        self._scan = make(LaserScan, "scan", SENSOR)
        self._audio = make(AudioChunk, "microphone/audio", EVENTS)
        self._touch = make(Utterance, "touch", EVENTS)
        self._battery = make(BatteryState, "battery_state", LATCHED)
        self._e_stop = make(Bool, "e_stop", LATCHED)
        self._true_pose = make(PoseStamped, "ground_truth/pose", STREAM)
        self._true_people = make(People, "ground_truth/people", STREAM)
        self._true_visitor = make(PoseStamped, "ground_truth/visitor", STREAM)
        self._contacts = make(String, "ground_truth/contacts", EVENTS)
        self._e_stop.publish(Bool(data=False))

    def _make_subscriptions(self) -> None:
        hall = self._hall

        def listen(kind: Any, topic: str, qos: Any, react: Callable[[Any], None]) -> None:
            self.create_subscription(kind, topic, lambda msg: self._inbox.append(lambda: react(msg)), qos)

        listen(Twist, "cmd_vel", STREAM, lambda msg: hall.world.base.command(msg.linear.x, msg.angular.z))
        listen(Bool, "speaking", LATCHED, lambda msg: hall.robot_speaks(msg.data))
        listen(DialogueState, "dialogue_state", LATCHED, self._on_dialogue_state)
        self.create_subscription(Heartbeat, "heartbeats", self._on_heartbeat, STREAM)

    def _on_heartbeat(self, msg: Heartbeat) -> None:
        self._lockstep.beat(msg.node, seconds(msg.header.stamp), msg.state, time.monotonic())
        self._news.set()

    def _on_dialogue_state(self, msg: DialogueState) -> None:
        self._up = self._up or tells("ready", msg.state)
        self._hall.robot_state(msg.state, tuple(msg.choices), msg.procedure_code)

    def _run(self) -> None:
        try:
            due = time.monotonic()
            while not self._ended.is_set():
                due = self._pace(due)
                self._wait_for_graph()
                if self._ended.is_set():
                    return
                self._tick()
        except Exception:  # a dead hall must end the process, or the graph would wait for its clock for ever
            self.get_logger().fatal(f"the simulated hall broke down: {traceback.format_exc()}")
            os._exit(1)

    def _pace(self, due: float) -> float:
        """Keep to the cap; return when the next tick is due, in s of the wall clock."""
        now = time.monotonic()
        self._up = self._up or self._lockstep.all_active(now)
        speed = self._speed if self._up else min(self._speed or START_SPEED, START_SPEED)
        if speed <= 0.0:
            return now
        if due > now:
            self._ended.wait(due - now)
        # A hall that was held up does not hurry afterwards to make up for it.
        return max(due, now - 5 * TICK) + TICK / speed

    def _wait_for_graph(self) -> None:
        clock, begun, told = self._start_ns * 1e-9 + self._hall.time, time.monotonic(), False
        while not self._ended.is_set():
            self._news.clear()
            behind = self._lockstep.behind(clock, time.monotonic())
            if not behind:
                return
            if not told and time.monotonic() - begun > SLOW:
                told = True
                self.get_logger().warning(f"the clock waits for {', '.join(behind)}")
            if not self._news.wait(REPEAT_CLOCK):
                self._clock_topic.publish(Clock(clock=self._stamp()))

    def _stamp(self, back: float = 0.0) -> Any:
        return convert.stamp_from_ns(self._start_ns + round((self._hall.time - back) * 1e9))

    def _tick(self) -> None:
        while self._inbox:
            self._inbox.popleft()()
        tick = self._hall.tick()
        stamp, base = self._stamp(), self._hall.world.base
        self._clock_topic.publish(Clock(clock=stamp))
        self._odometry.publish(convert.odometry_message(base, stamp))
        self._tf.publish(TFMessage(transforms=[convert.transform_message(base.odometry, "odom", "base_link", stamp)]))
        for contact in tick.contacts:
            self._contacts.publish(String(data=convert.contact_text(contact, seconds(stamp))))
        if tick.scan is not None and tick.audio is not None:
            self._scan.publish(convert.scan_message(self._hall.world.lidar, tick.scan, stamp))
            self._audio.publish(convert.audio_message(tick.audio, self._stamp(back=CHUNK)))
            self._publish_truth(tick, stamp)
        if self._hall.ticks % BATTERY_TICKS == 0:
            charge = max(0.0, 1.0 - self._hall.time / (BATTERY_HOURS * 3600.0))
            self._battery.publish(convert.battery_message(charge, stamp))

    def _publish_truth(self, tick: Tick, stamp: Any) -> None:
        world = self._hall.world
        self._true_pose.publish(self._pose_message(world.pose, stamp))
        self._true_people.publish(convert.people_message(world.bodies, stamp))
        if self._hall.visitor.position is not None:
            x, y = self._hall.visitor.position
            heading = self._hall.visitor.walker.heading if self._hall.visitor.walker else 0.0
            self._true_visitor.publish(self._pose_message(Pose2D(x, y, heading), stamp))
        if tick.answer is not None:
            self._answer(tick.answer, stamp)

    def _answer(self, answer: Answer, stamp: Any) -> None:
        self.get_logger().info(f"visitor ({answer.kind}{', on the screen' if answer.touch else ''}): {answer.text}")
        if answer.touch:
            msg = Utterance(text=answer.text, language=self._language, confidence=1.0, is_final=True, source="touch")
            msg.header.stamp = stamp
            self._touch.publish(msg)

    def _pose_message(self, pose: Pose2D, stamp: Any) -> PoseStamped:
        msg = PoseStamped()
        msg.header.frame_id, msg.header.stamp = "map", stamp
        msg.pose = pose_from_2d(pose)
        return msg


def main() -> int:
    """Run the node."""
    return run(Simulator)


if __name__ == "__main__":
    sys.exit(main())
