"""Faults by name on the real graph, at real time while one is felt: the robot stands, tells the truth, and goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from geometry_msgs.msg import Twist
from sensor_msgs.msg import LaserScan

from guidance.demo.runner import RunOptions, launch_arguments
from guidance.demo.session import Session, open_session
from guide_common.qos import SENSOR, STREAM
from guide_common.robot import load_robot
from hall_sim.scenarios.scenario import load_scenario

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STOP_WITHIN = 0.35
"""s of simulated time from the last good input to a zero command."""
TICK = 0.1
"""s between two values of the true time that the test sees."""
WAIT = 200.0
"""s of wall time for anything to happen."""


class Watch:
    """What the test sees of a run, by the true time."""

    def __init__(self, session: Session, root: Path) -> None:
        self.session, self.log = session, session.observer.log
        self.drive = load_robot(root / "robots" / "concierge").drive
        self.commands: list[tuple[float, float, float]] = []
        self.scans: list[float] = []
        node = session.observer
        node.create_subscription(Twist, "cmd_vel", self._on_command, STREAM)
        node.create_subscription(LaserScan, "scan", lambda _: self.scans.append(self.now), SENSOR)

    @property
    def now(self) -> float:
        """Return the true time, s since the epoch."""
        return float(self.session.observer.live.now)

    def _on_command(self, message: Twist) -> None:
        self.commands.append((self.now, message.linear.x, message.angular.z))

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Spin until `done()`, or fail."""
        assert self.session.spin_until(done, WAIT), f"{what} did not happen in {WAIT:.0f} s of wall time"

    def fault(self, text: str) -> float:
        """Wait until a fault begins or ends; return when, by the true time."""
        self.until(lambda: any(what == text for _, _, what in self.log.happenings), text)
        return next(time for time, _, what in self.log.happenings if what == text)

    def speeds(self, start: float, end: float) -> list[float]:
        """Return the robot's true speeds (m/s) between two true times, from pose to pose."""
        poses = [entry for entry in self.log.poses if start <= entry.time <= end]
        if len(poses) < 2:
            return [0.0]  # one that stays is kept once
        return [a.pose.distance(b.pose) / (b.time - a.time) for a, b in pairwise(poses)]

    def told_since(self, time: float) -> list[str]:
        """Return what the robot has said since a true time."""
        return [text for when, speaker, text in self.log.captions if speaker == "robot" and when >= time]

    def leads_again(self, since: float) -> bool:
        """Tell whether the robot has led on for a while, and walks."""
        led = self.session.observer.live.guiding in ("leading", "slowing", "arriving")
        return led and self.now > since + 1.5 and max(self.speeds(self.now - 1.0, self.now)) > 0.2

    def assert_stands(self, start: float, end: float) -> None:
        """Assert that the robot truly stands all the time between two true times."""
        self.until(lambda: self.now > end, "time going on")
        assert max(self.speeds(start, end)) < 0.05

    def assert_no_wild_motion(self, start: float, end: float) -> None:
        """Assert that speed, turn and command stay within the robot's limits, and nobody is touched."""
        self.until(lambda: self.now > end, "time going on")
        assert max(self.speeds(start, end)) < 1.1 * self.drive.max_speed
        asked = [(v, w) for time, v, w in self.commands if start <= time <= end]
        assert all(abs(v) <= self.drive.max_speed + 1e-6 for v, _ in asked)
        assert all(abs(w) <= self.drive.max_yaw_rate + 1e-6 for _, w in asked)
        assert self.log.contacts == []


@pytest.fixture
def run(root: Path, tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    """Start the long way through the hall with faults; end it after the test."""
    with ExitStack() as stack:

        def start(*faults: dict[str, Any]) -> Watch:
            path = tmp_path / "faults.yaml"
            base = root / "sim" / "scenarios" / "long_way.yaml"
            path.write_text(yaml.safe_dump({"include": str(base), "faults": list(faults)}), encoding="utf-8")
            scenario = load_scenario(path)
            arguments = launch_arguments(RunOptions(scenario=path, root=root, record=False), scenario, tmp_path)
            file = root / "launch" / "sim.launch.yaml"
            return Watch(stack.enter_context(open_session(file, arguments, tmp_path / "log", scenario)), root)

        yield start


def test_without_scans_it_stands_says_so_and_goes_on(run: Callable[..., Watch]) -> None:
    watch = run({"do": "off", "to": "scan", "since": "guiding", "at": 6.0, "lasts": 5.0})
    began = watch.fault("off scan begins")
    ended = watch.fault("off scan ends")
    last = max(time for time in watch.scans if time <= began + TICK)
    late = [(t - last, v, w) for t, v, w in watch.commands if last + STOP_WITHIN + TICK < t < ended and (v or w)]
    assert late == [], f"still commanded after {STOP_WITHIN} s: {late}"
    watch.assert_stands(last + STOP_WITHIN + watch.drive.max_speed / watch.drive.max_deceleration + TICK, ended)
    assert watch.told_since(began), "it stood and said nothing"
    watch.until(lambda: watch.leads_again(ended) or watch.log.seen("arrived"), "leading again")
    assert watch.log.contacts == []


def test_a_navigator_that_hangs_is_told_and_started_again(run: Callable[..., Watch]) -> None:
    watch = run({"do": "stuck", "to": "node:bt_navigator", "since": "guiding", "at": 6.0})
    began = watch.fault("stuck node:bt_navigator begins")
    stood = began + STOP_WITHIN + watch.drive.max_speed / watch.drive.max_deceleration + 3 * TICK
    watch.assert_stands(stood, stood + 2.0)
    assert any("xin lỗi" in line.lower() for line in watch.told_since(began))
    starts = watch.session.launch.starts
    watch.until(lambda: starts()["bt_navigator"] == 2, "the navigator being started again")
    watch.until(lambda: watch.leads_again(began) or watch.log.seen("goodbye"), "going on, or giving up in words")
    assert watch.log.contacts == []


@pytest.mark.parametrize("jump", [5.0, -5.0])
def test_a_clock_that_jumps_makes_no_wild_motion(run: Callable[..., Watch], jump: float) -> None:
    watch = run({"do": "wrong", "to": "clock", "since": "guiding", "at": 6.0, "lasts": 8.0, "amount": jump})
    began = watch.fault("wrong clock begins")
    ended = watch.fault("wrong clock ends")
    watch.assert_no_wild_motion(began - 1.0, ended + 5.0)
    watch.until(lambda: watch.leads_again(ended) or watch.log.seen("arrived"), "leading again")


def test_without_the_network_the_base_stops_by_itself(run: Callable[..., Watch]) -> None:
    watch = run({"do": "off", "to": "network", "since": "guiding", "at": 6.0, "lasts": 4.0})
    began = watch.fault("off network begins")
    ended = watch.fault("off network ends")
    drive = watch.drive
    stopped = began + drive.command_timeout + drive.max_speed / drive.max_deceleration + 2 * TICK
    watch.assert_stands(stopped, ended)
    watch.until(lambda: watch.leads_again(ended) or watch.log.seen("arrived"), "leading again")
    assert watch.log.contacts == []


def test_odometry_that_is_nonsense_makes_no_wild_motion(run: Callable[..., Watch]) -> None:
    watch = run({"do": "garbage", "to": "odom", "since": "guiding", "at": 6.0, "lasts": 4.0, "amount": 0.3})
    began = watch.fault("garbage odom begins")
    watch.assert_no_wild_motion(began, watch.fault("garbage odom ends") + 5.0)


def test_a_full_disk_and_a_lost_one_cost_no_node_its_life(run: Callable[..., Watch]) -> None:
    watch = run(
        {"do": "stuck", "to": "disk", "since": "guiding", "at": 4.0, "lasts": 4.0},
        {"do": "off", "to": "disk", "since": "guiding", "at": 9.0, "lasts": 4.0},
    )
    watch.fault("stuck disk begins")
    ended = watch.fault("off disk ends")
    watch.until(lambda: watch.leads_again(ended) or watch.log.seen("arrived"), "leading on")
    restarted = {name: starts for name, starts in watch.session.launch.starts().items() if starts > 1}
    assert restarted == {}
    assert not math.isnan(watch.log.poses[-1].pose.x)
