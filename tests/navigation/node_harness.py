"""A node under test in its own process, and a world over DDS that feeds it: /clock, scan, odom, tf, map."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import rclpy
from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import TransformStamped
from guide_interfaces.msg import Heartbeat
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.experimental import EventsExecutor
from rclpy.task import Future
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import LaserScan
from tf2_msgs.msg import TFMessage

from guide_common.conversions import pose_from_2d, seconds
from guide_common.geometry import Pose2D
from guide_common.qos import LATCHED, SENSOR, STATIC_TF, STREAM, TF
from guide_common.transforms import make_transform
from hall_sim.control.lockstep import Lockstep
from tests.navigation.lidar_world import ANGLES, BEAMS, RESOLUTION, World

START = 1772416800.0
"""s: a Monday morning, so that stamps are as long as in real life."""
TICK = 0.02
"""s of the clock."""
PATIENCE = 3.0
"""s of wall time for which the clock waits for a node that is silent; a killed one is silent for good."""


def stamp_of(seconds: float) -> TimeMsg:
    return Time(nanoseconds=round(seconds * 1e9)).to_msg()


class Bench:
    """Drive a world in simulated time, at most at real time's pace, and publish what a base and its sensors would.

    The clock waits for the node under test as the simulator's does, so that a busy machine changes nothing.
    """

    def __init__(self, world: World, true_map_to_odom: bool = False) -> None:
        self.world, self.start = world, START
        self._true = true_map_to_odom
        self._step = 0
        self.scanning = True
        rclpy.init()
        self.node = rclpy.create_node("bench")
        self._clock = self.node.create_publisher(Clock, "/clock", STREAM)
        self._scan = self.node.create_publisher(LaserScan, "scan", SENSOR)
        self._odom = self.node.create_publisher(Odometry, "odom", STREAM)
        self._tf = self.node.create_publisher(TFMessage, "tf", TF)
        self._static = self.node.create_publisher(TFMessage, "tf_static", STATIC_TF)
        self._map = self.node.create_publisher(OccupancyGrid, "map", LATCHED)
        self._lockstep = Lockstep(silence=PATIENCE)
        self.node.create_subscription(Heartbeat, "heartbeats", self._take_beat, STREAM)
        self.executor = EventsExecutor()
        self.executor.add_node(self.node)
        self._static.publish(TFMessage(transforms=[self._edge("base_link", "laser", Pose2D(0.0, 0.0))]))
        self.publish_map()

    def close(self) -> None:
        self.executor.remove_node(self.node)
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()

    @property
    def now(self) -> float:
        return self.start + self.world.time

    def publish_map(self) -> None:
        grid = OccupancyGrid()
        grid.header.frame_id = "map"
        grid.info.resolution = RESOLUTION
        grid.info.height, grid.info.width = self.world.occupied.shape
        grid.data = (self.world.occupied * 100).astype(np.int8).ravel().tolist()
        self._map.publish(grid)

    def _edge(self, parent: str, child: str, pose: Pose2D) -> TransformStamped:
        return make_transform(parent, child, pose, Time(nanoseconds=round(self.now * 1e9)))

    def _take_beat(self, msg: Heartbeat) -> None:
        self._lockstep.beat(msg.node, seconds(msg.header.stamp), msg.state, time.monotonic())

    def step(self, v: float = 0.0, w: float = 0.0) -> None:
        """Go on by a tick of simulated time; a scan every fifth time."""
        self.world.drive(v, w, TICK)
        self._step += 1
        stamp = stamp_of(self.now)
        odometry = Odometry()
        odometry.header.frame_id, odometry.child_frame_id, odometry.header.stamp = "odom", "base_link", stamp
        odometry.pose.pose = pose_from_2d(self.world.odometry)
        edges = [self._edge("odom", "base_link", self.world.odometry)]
        if self._true:
            edges.append(self._edge("map", "odom", self.world.pose @ self.world.odometry.inverse()))
        self._tf.publish(TFMessage(transforms=edges))
        self._odom.publish(odometry)
        self._clock.publish(Clock(clock=stamp))
        if self._step % 5 == 0 and self.scanning:
            scan = LaserScan(range_min=0.05, range_max=25.0, angle_min=float(ANGLES[0]), angle_max=math.pi)
            scan.angle_increment = 2.0 * math.pi / BEAMS
            scan.header.frame_id, scan.header.stamp = "laser", stamp
            scan.ranges = self.world.scan()
            self._scan.publish(scan)

    def run(self, duration: float, v: float = 0.0, w: float = 0.0, until: Callable[[], bool] | None = None) -> bool:
        """Run simulated time, at most at real time's pace; return whether `until` came true within it."""
        for _ in range(round(duration / TICK)):
            due = time.monotonic() + TICK
            self.step(v, w)
            while (left := due - time.monotonic()) > 0:
                self.executor.spin_once(timeout_sec=left)
            while self._lockstep.behind(self.now, time.monotonic()):
                self.executor.spin_once(timeout_sec=0.002)
            if until is not None and until():
                return True
        return until is None

    def change_state(self, node: str, *transitions: int) -> None:
        """Take a node through lifecycle transitions, time going on."""
        client = self.node.create_client(ChangeState, f"{node}/change_state")
        assert self.run(60.0, until=client.service_is_ready), f"{node} did not come up"
        for transition in transitions:
            request = ChangeState.Request(transition=Transition(id=transition))
            asked: list[Future[ChangeState.Response]] = []
            for _ in range(15):  # the service of a killed process looks alive for 20 s: ask until the new one hears
                asked.append(client.call_async(request))
                if self.run(4.0, until=lambda asked=asked: any(_granted(answer) for answer in asked)):
                    break
            assert any(map(_granted, asked)), f"{node} did not go through transition {transition}"
        self.node.destroy_client(client)

    def bring_up(self, node: str) -> None:
        self.change_state(node, Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE)


def _granted(answer: Future[ChangeState.Response]) -> bool:
    return answer.done() and answer.result().success


@contextmanager
def node_process(name: str, **parameters: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run a node of navigation in its own process; end it on leaving."""
    command = [sys.executable, "-m", f"navigation.nodes.{name}", "--ros-args", "-p", "use_sim_time:=true"]
    for key, value in parameters.items():
        command += ["-p", f"{key}:={value}"]
    process = subprocess.Popen(command, env=dict(os.environ))
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(10)
