"""The node over DDS: what it publishes, at which pace, and that it waits for the graph."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from hall_sim.control.lockstep import ACTIVE
from tests.sim import halls

DEMO = halls.ROOT / "sim" / "scenarios" / "demo.yaml"
START = 1_772_416_800.0
"""s since the epoch at which the demo begins."""


class Probe:
    """Listen to the simulator, and beat like a guard when told to."""

    def __init__(self) -> None:
        import rclpy
        from geometry_msgs.msg import PoseStamped, Twist
        from guide_interfaces.msg import AudioChunk, DialogueState, Heartbeat, People, Utterance
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
            ("ground_truth/pose", PoseStamped, STREAM),
            ("utterance", Utterance, EVENTS),
        ):
            self.node.create_subscription(kind, topic, self.got[topic].append, qos)
        self.beats = self.node.create_publisher(Heartbeat, "heartbeats", STREAM)
        self.commands = self.node.create_publisher(Twist, "cmd_vel", STREAM)
        self.states = self.node.create_publisher(DialogueState, "dialogue_state", LATCHED)
        self.executor = EventsExecutor()
        self.executor.add_node(self.node)

    def spin_until(self, done: Callable[[], bool], each: Callable[[], None] | None = None, limit: float = 90.0) -> bool:
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

    def show(self, state: str) -> None:
        from guide_interfaces.msg import DialogueState

        self.states.publish(DialogueState(state=state, language="vi"))

    @property
    def true_time(self) -> float:
        from guide_common.conversions import seconds

        poses = self.got["ground_truth/pose"]
        return seconds(poses[-1].header.stamp) - START if poses else 0.0

    def close(self) -> None:
        import rclpy

        self.executor.remove_node(self.node)
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown()


@contextmanager
def simulator(scenario: Path) -> Iterator[Probe]:
    """Run the node on a scenario, and listen to it."""
    command = [sys.executable, "-m", "hall_sim.nodes.simulator", "--ros-args", "-p", "use_sim_time:=true"]
    for name, value in (("scenario", scenario), ("robot_dir", halls.ROOT / "robots" / "concierge"), ("seed", 1)):
        command += ["-p", f"{name}:={value}"]
    process = subprocess.Popen(command, cwd=halls.ROOT)
    listener = Probe()
    try:
        yield listener
    finally:
        listener.close()
        process.terminate()
        assert process.wait(20.0) == 0


@pytest.fixture
def probe(ros_domain: int) -> Iterator[Probe]:
    with simulator(DEMO) as listener:
        yield listener


StartFaulty = Callable[..., Probe]


@pytest.fixture
def faulty(ros_domain: int, tmp_path: Path) -> Iterator[StartFaulty]:
    """Run the node on a scenario with faults, or with other sound, and listen to it."""
    with ExitStack() as stack:

        def start(*faults: dict[str, object], **more: object) -> Probe:
            path = tmp_path / "faulty.yaml"
            values = {"include": str(DEMO), "crowd": {"people": 0}, "faults": list(faults)} | more
            path.write_text(yaml.safe_dump(values), encoding="utf-8")
            return stack.enter_context(simulator(path))

        yield start


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


def stamps(messages: list[Any]) -> list[float]:
    from guide_common.conversions import seconds

    return [round(seconds(message.header.stamp) - START, 3) for message in messages]


@pytest.mark.slow  # counts every message of a best-effort stream: a busy machine loses some
class TestFaults:
    def test_streams_stop_and_come_again_and_the_truth_goes_on(self, faulty: StartFaulty) -> None:
        probe = faulty(
            {"do": "off", "to": "scan", "at": 1.0, "lasts": 1.0},
            {"do": "off", "to": "microphone", "at": 1.0, "lasts": 1.0},
            {"do": "delayed", "to": "odom", "at": 1.0, "lasts": 1.0, "amount": 0.2},
        )
        assert probe.spin_until(lambda: probe.true_time > 3.0)
        scans, truths = stamps(probe.got["scan"]), stamps(probe.got["ground_truth/pose"])
        assert max(b - a for a, b in pairwise(scans)) == pytest.approx(1.1, abs=0.01)
        assert max(b - a for a, b in pairwise(truths)) == pytest.approx(0.1, abs=0.01)
        assert max(b - a for a, b in pairwise(stamps(probe.got["microphone/audio"]))) == pytest.approx(1.1, abs=0.01)
        odometry = stamps(probe.got["odom"])
        assert odometry == sorted(odometry), "late, and in order"

    def test_the_clock_and_every_stamp_jump_and_the_truth_does_not(self, faulty: StartFaulty) -> None:
        probe = faulty({"do": "wrong", "to": "clock", "at": 1.0, "lasts": 1.0, "amount": -30.0})
        assert probe.spin_until(lambda: probe.true_time > 3.0)
        shown = [clock.clock.sec + clock.clock.nanosec * 1e-9 - START for clock in probe.got["/clock"]]
        assert min(shown) == pytest.approx(-29.0, abs=0.05)
        assert shown[-1] == pytest.approx(3.0, abs=0.3)
        assert min(stamps(probe.got["scan"])) < -28.0
        truths = stamps(probe.got["ground_truth/pose"])
        assert truths == sorted(truths)

    def test_without_a_network_no_command_reaches_the_base(self, faulty: StartFaulty) -> None:
        probe = faulty({"do": "off", "to": "network"})
        probe.spin_until(lambda: probe.true_time > 2.0, lambda: probe.drive(0.4))
        first, last = (probe.got["ground_truth/pose"][k].pose.position for k in (0, -1))
        assert (first.x, first.y) == (last.x, last.y)
        assert probe.got["scan"] == probe.got["odom"] == []


@pytest.mark.slow
def test_words_given_as_text_come_finished_and_without_sound(faulty: StartFaulty) -> None:
    probe = faulty(sound={"mode": "text"}, visitor={"say": "xin chào"})
    assert probe.spin_until(lambda: probe.true_time > 0.5)
    probe.show("idle")
    assert probe.spin_until(lambda: probe.true_time > 1.0)
    probe.show("asking")
    assert probe.spin_until(lambda: len(probe.got["utterance"]) >= 2, limit=60.0)
    begun, finished = probe.got["utterance"][:2]
    assert (begun.is_final, begun.text) == (False, "")
    assert (finished.is_final, finished.text, finished.source) == (True, "xin chào", "voice")
    assert stamps([finished])[0] > stamps([begun])[0] + 1.0
    assert probe.got["microphone/audio"] == []
