"""Kill any one node while it guides, at real time: the robot stops when it must, and everything comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from geometry_msgs.msg import Twist
from guide_interfaces.msg import Heartbeat
from rosgraph_msgs.msg import Clock
from tf2_msgs.msg import TFMessage

from guidance.demo.session import Session
from guide_common.conversions import seconds
from guide_common.qos import STREAM, TF
from guide_common.robot import load_robot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartGraph

STOP_WITHIN = 0.35
"""s of the ROS clock from a driving node's last good output to a zero command."""
TICK = 0.02
"""s between two values of the clock: as fine as anything here can be told."""
DRIVING = {"bt_navigator": "command", "amcl": "pose"}
"""Nodes that driving needs, and the output of theirs that goes stale."""
ACTIVE = 3
WAIT = 150.0
"""s of wall time for anything to happen at real time."""


class Watch:
    """What the test sees of the graph, each with the value of the clock at its arrival."""

    def __init__(self, session: Session) -> None:
        self.session, node = session, session.observer
        self.now = 0.0
        self.commands: list[tuple[float, float]] = []
        self.last: dict[str, float] = {"command": 0.0, "pose": 0.0}
        self.active: dict[str, int] = {}
        node.create_subscription(Clock, "/clock", self._on_clock, STREAM)
        node.create_subscription(Twist, "cmd_vel", self._on_command, STREAM)
        node.create_subscription(Twist, "cmd_vel_nav", lambda _: self._mark("command"), STREAM)
        node.create_subscription(TFMessage, "tf", self._on_tf, TF)
        node.create_subscription(Heartbeat, "heartbeats", self._on_beat, STREAM)

    def _on_clock(self, message: Clock) -> None:
        self.now = seconds(message.clock)

    def _on_command(self, message: Twist) -> None:
        self.commands.append((self.now, abs(message.linear.x) + abs(message.angular.z)))

    def _mark(self, what: str) -> None:
        self.last[what] = self.now

    def _on_tf(self, message: TFMessage) -> None:
        for transform in message.transforms:
            if transform.child_frame_id == "odom":
                self.last["pose"] = max(self.last["pose"], seconds(transform.header.stamp))

    def _on_beat(self, beat: Heartbeat) -> None:
        if beat.state == ACTIVE:
            self.active[beat.node] = beat.pid

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Spin until `done()`, or fail."""
        assert self.session.spin_until(done, WAIT), f"{what} did not happen in {WAIT:.0f} s of wall time"

    def driving(self) -> bool:
        """Tell whether the robot leads at a steady walk."""
        recent = [speed for time, speed in self.commands[-12:] if self.now - time < 1.0]
        return self.session.observer.live.guiding == "leading" and len(recent) > 8 and min(recent) > 0.3

    def kill(self, node: str) -> float:
        """Kill a node; return the time of its last good output, or of the kill."""
        os.kill(self.session.launch.pids()[node], signal.SIGKILL)
        killed_at = self.now
        if node not in DRIVING:
            return killed_at
        self.until(lambda: self.now > killed_at + 0.1, "time going on")
        return self.last[DRIVING[node]]

    def true_speed(self, after: float) -> float:
        """Return the robot's true mean speed (m/s) over the half second from `after` on."""
        log = self.session.observer.log
        return log.pose_at(after).distance(log.pose_at(after + 0.5)) / 0.5


NODES = (
    "velocity_guard", "bt_navigator", "amcl", "map_server", "people_tracker", "counter_map", "robot_state_publisher",
    "guide", "listener", "speaker", "dialogue", "lifecycle_manager",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("node", NODES)
def test_any_node_may_die_while_guiding(start_graph: StartGraph, root: Path, node: str) -> None:
    watch = Watch(start_graph("long_way", seed=3, speed=1.0))
    observer = watch.session.observer
    watch.until(watch.driving, "leading at a walk")
    old, last_good = watch.active.get(node), watch.kill(node)
    if node in DRIVING:
        _assert_stopped(watch, last_good, root)
    elif node == "velocity_guard":
        _assert_base_stopped(watch, last_good, root)
    started = watch.session.launch.starts
    watch.until(lambda: started()[node] == 2, f"{node} being started again")
    if old is not None:
        watch.until(lambda: watch.active[node] != old, f"{node} being active again")
    moved_on = watch.now
    watch.until(lambda: _goes_on(watch, moved_on), "the guide going on, or the truth being told")
    assert observer.log.contacts == []


def _goes_on(watch: Watch, since: float) -> bool:
    log = watch.session.observer.log
    return (
        (watch.now > since + 1.0 and watch.driving()) or log.seen("arrived") or _told_honestly(watch.session.observer)
    )


def _assert_stopped(watch: Watch, last_good: float, root: Path) -> None:
    drive = load_robot(root / "robots" / "concierge").drive
    zero_from, until = last_good + STOP_WITHIN + TICK, last_good + 0.55
    watch.until(lambda: watch.now > until, "time going on")
    late = [(time - last_good, speed) for time, speed in watch.commands if zero_from < time < until and speed]
    assert late == [], f"still commanded after {STOP_WITHIN} s: {late}"
    _assert_stands(watch, last_good + STOP_WITHIN + drive.max_speed / drive.max_deceleration)


def _assert_base_stopped(watch: Watch, killed_at: float, root: Path) -> None:
    drive = load_robot(root / "robots" / "concierge").drive
    _assert_stands(watch, killed_at + drive.command_timeout + drive.max_speed / drive.max_deceleration)


def _assert_stands(watch: Watch, moment: float) -> None:
    watch.until(lambda: watch.now > moment + 0.6, "time going on")
    assert watch.true_speed(moment) < 0.05


def _told_honestly(observer: object) -> bool:
    lines = [text for _, speaker, text in observer.log.captions if speaker == "robot"]  # type: ignore[attr-defined]
    return any("xin lỗi" in line.lower() for line in lines)
