"""The node over DDS: what it publishes, at which pace, and that it waits for the graph."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hall_sim.lockstep import ACTIVE
from tests.sim import halls

DEMO = halls.ROOT / "sim" / "scenarios" / "demo.yaml"


class Probe:
    """Listen to the simulator, and beat like a guard when told to."""

    def __init__(self) -> None:
        import rclpy
        from geometry_msgs.msg import Twist
        from guide_interfaces.msg import AudioChunk, Heartbeat, People
        from nav_msgs.msg import Odometry
        from rclpy.experimental import EventsExecutor
        from rosgraph_msgs.msg import Clock
        from sensor_msgs.msg import LaserScan
        from std_msgs.msg import Bool

        from guide_common.qos import EVENTS, LATCHED, SENSOR, STREAM

        rclpy.init()
        self.node = rclpy.create_node("probe")
        self.got: dict[str, list[Any]] = defaultdict(list)
        for topic, kind, qos in (
            ("/clock", Clock, STREAM),
            ("scan", LaserScan, SENSOR),
            ("odom", Odometry, STREAM),
            ("microphone/audio", AudioChunk, EVENTS),
            ("ground_truth/people", People, STREAM),
            ("e_stop", Bool, LATCHED),
        ):
            self.node.create_subscription(kind, topic, self.got[topic].append, qos)
        self.beats = self.node.create_publisher(Heartbeat, "heartbeats", STREAM)
        self.commands = self.node.create_publisher(Twist, "cmd_vel", STREAM)
        self.executor = EventsExecutor()
        self.executor.add_node(self.node)

    def spin_until(self, done: Callable[[], bool], each: Callable[[], None] | None = None, limit: float = 30.0) -> bool:
        end = time.monotonic() + limit
        while not done() and time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.02)
            if each is not None:
                each()
        return done()

    @property
    def clock(self) -> Any:
        return self.got["/clock"][-1].clock

    @property
    def now(self) -> float:
        return float(self.clock.sec + self.clock.nanosec * 1e-9)

    def beat(self, stamp: Any) -> None:
        from guide_interfaces.msg import Heartbeat

        msg = Heartbeat(node="velocity_guard", pid=os.getpid(), state=ACTIVE)
        msg.header.stamp = stamp
        self.beats.publish(msg)

    def drive(self, speed: float) -> None:
        from geometry_msgs.msg import Twist

        msg = Twist()
        msg.linear.x = speed
        self.commands.publish(msg)

    def close(self) -> None:
        import rclpy

        self.executor.remove_node(self.node)
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown()


@pytest.fixture
def probe(ros_domain: int) -> Iterator[Probe]:
    command = [sys.executable, "-m", "hall_sim.nodes.simulator", "--ros-args", "-p", "use_sim_time:=true"]
    for name, value in (("scenario", DEMO), ("robot_dir", halls.ROOT / "robots" / "concierge"), ("seed", 1)):
        command += ["-p", f"{name}:={value}"]
    process = subprocess.Popen(command, cwd=halls.ROOT)
    listener = Probe()
    try:
        yield listener
    finally:
        listener.close()
        process.terminate()
        assert process.wait(20.0) == 0


def test_gives_clock_odometry_scan_and_sound_drives_on_command_and_waits_for_the_guard(probe: Probe) -> None:
    got = probe.got
    assert probe.spin_until(lambda: len(got["microphone/audio"]) >= 5), "the simulator never came up"
    assert got["/clock"][0].clock.sec >= 1_772_416_800, "the scenario's time of day"
    assert got["e_stop"][-1].data is False
    scan, audio = got["scan"][-1], got["microphone/audio"][-1]
    assert (len(scan.ranges), scan.header.frame_id) == (720, "laser")
    assert len(audio.samples) == 1600
    assert len(got["ground_truth/people"][-1].people) >= 15

    begun = probe.now
    assert probe.spin_until(lambda: probe.now > begun + 2.0, lambda: probe.drive(0.4))
    assert got["odom"][-1].pose.pose.position.x > 0.3
    assert got["odom"][-1].twist.twist.linear.x == pytest.approx(0.4)

    # A guard that is alive but has worked only up to now holds the clock there.
    held = probe.clock
    at = probe.now
    until = time.monotonic() + 1.0
    probe.spin_until(lambda: time.monotonic() > until, lambda: probe.beat(held))
    assert probe.now < at + 0.35
    # When it has died, the world goes on.
    assert probe.spin_until(lambda: probe.now > at + 1.0)


@pytest.mark.parametrize(("name", "value"), [("scenario", "none.yaml"), ("floor", "9"), ("robot_dir", "robots/none")])
def test_a_mistake_ends_it_with_one_sentence_and_exit_code_2(ros_domain: int, name: str, value: str) -> None:
    given = {"scenario": str(DEMO), "robot_dir": str(halls.ROOT / "robots" / "concierge"), name: value}
    command = [sys.executable, "-m", "hall_sim.nodes.simulator", "--ros-args"]
    for key, text in given.items():
        command += ["-p", f"{key}:='{text}'"]
    ended = subprocess.run(command, cwd=halls.ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert value in ended.stderr
