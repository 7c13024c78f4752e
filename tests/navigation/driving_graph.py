"""Guard and navigator as real processes over DDS, around a kinematic world that this process steps in lockstep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import numpy as np
import rclpy
from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import Twist
from guide_interfaces.msg import Heartbeat
from lifecycle_msgs.srv import ChangeState
from nav2_msgs.msg import CollisionMonitorState
from nav_msgs.msg import OccupancyGrid
from rclpy.action import ActionClient
from rclpy.experimental import EventsExecutor
from rclpy.publisher import Publisher
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Bool
from tf2_msgs.msg import TFMessage

from guide_common.conversions import seconds
from guide_common.geometry import Pose2D
from guide_common.qos import LATCHED, SENSOR, STREAM, TF
from guide_common.transforms import make_transform
from tests.navigation.kinematic_world import ANGLES, BEAMS, RESOLUTION, World

ROBOT = Path(__file__).parents[2] / "robots" / "concierge"
TICK = 0.02
START = 1_772_416_800.0
LAG = 0.1
"""s of the clock that a node may be behind: so much later than promised its words may come."""
HANGS = 5.0
"""s of the wall clock after which a node that does not keep up is no longer waited for."""
PATIENCE = 120.0
"""s of wall time for what must come."""


class DrivingGraph:
    """Run the processes and step the world; every wait is for something that happens, in the simulator's lockstep."""

    def __init__(self, world: World, nodes: tuple[str, ...], parameters: dict[str, str] | None = None) -> None:
        self.world, self.now = world, START
        self._parameters = parameters or {}
        self.scanning = self.localised = True
        self.hold = False
        self.cmd = (0.0, 0.0)
        self.cmd_times: list[tuple[float, float, float]] = []
        self.states: list[CollisionMonitorState] = []
        self.beats: dict[str, float] = {}
        rclpy.init()
        self.node = rclpy.create_node("world")
        self._executor = EventsExecutor()
        self._executor.add_node(self.node)
        node = self.node
        self._clock = node.create_publisher(Clock, "clock", STREAM)
        self._tf = node.create_publisher(TFMessage, "tf", TF)
        self._scan = node.create_publisher(LaserScan, "scan", SENSOR)
        self._map = node.create_publisher(OccupancyGrid, "map", LATCHED)
        self._e_stop = node.create_publisher(Bool, "e_stop", LATCHED)
        self.cmd_vel_nav = node.create_publisher(Twist, "cmd_vel_nav", STREAM)
        node.create_subscription(Twist, "cmd_vel", self._on_cmd, STREAM)
        node.create_subscription(Heartbeat, "heartbeats", self._on_beat, STREAM)
        node.create_subscription(CollisionMonitorState, "collision_monitor_state", self.states.append, STREAM)
        self._ticks = 0
        self._clients: dict[str, ActionClient] = {}
        self._masks: dict[str, Publisher] = {}
        self.processes = {name: self._start(name) for name in nodes}

    def __enter__(self) -> DrivingGraph:
        self.publish_map()
        try:
            for name in self.processes:
                self.until(lambda name=name: name in self.beats, 1e9)
            if "bt_navigator" in self.processes:
                self.activate("bt_navigator")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._executor.remove_node(self.node)
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown()

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        code = f"from navigation.nodes.{name} import main; raise SystemExit(main())"
        params = ["-p", "use_sim_time:=true", "-p", f"robot_dir:={ROBOT}"]
        for parameter, value in self._parameters.items():
            params += ["-p", f"{parameter}:={value}"]
        return subprocess.Popen([sys.executable, "-c", code, "--ros-args", *params], env=os.environ)

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def activate(self, name: str) -> None:
        client = self.node.create_client(ChangeState, f"{name}/change_state")
        self.until(client.service_is_ready, 1e9)
        for transition in (1, 3):
            request = ChangeState.Request()
            request.transition.id = transition
            future = client.call_async(request)
            self.until(future.done, 1e9)
            assert future.result().success, f"{name}: transition {transition}"

    def action_client(self, kind: type, name: str) -> ActionClient:
        # never destroyed while spinning: the events executor would still call into it
        if name not in self._clients:
            self._clients[name] = ActionClient(self.node, kind, name)
        return self._clients[name]

    def publish_map(self) -> None:
        self._map.publish(self._grid(self.world.cells))

    def publish_mask(self, name: str, cells: np.ndarray) -> None:
        """Give out a mask (H x W, 0..100) of the map's size, latched, as the map server does."""
        if name not in self._masks:
            self._masks[name] = self.node.create_publisher(OccupancyGrid, name, LATCHED)
        self._masks[name].publish(self._grid(cells))

    def _grid(self, cells: np.ndarray) -> OccupancyGrid:
        msg = OccupancyGrid()
        msg.header.frame_id = "map"
        msg.info.resolution = RESOLUTION
        msg.info.height, msg.info.width = cells.shape
        msg.info.origin.orientation.w = 1.0
        msg.data = cells.astype(np.int8).ravel().tolist()
        return msg

    def e_stop(self, pressed: bool) -> None:
        self._e_stop.publish(Bool(data=pressed))

    def tick(self) -> None:
        """Move the world on by one step of the clock, then wait until the graph has kept up."""
        self.now = START + (self._ticks + 1) * TICK
        self._ticks += 1
        self.world.move(*((0.0, 0.0) if self.hold else self.cmd), TICK)
        stamp = Time(nanoseconds=round(self.now * 1e9))
        self._clock.publish(Clock(clock=stamp.to_msg()))
        moved = [make_transform("odom", "base_link", self.world.robot, stamp)]
        if self._ticks % 5 == 0 and self.localised:
            moved.append(make_transform("map", "odom", Pose2D(0.0, 0.0), stamp))
        self._tf.publish(TFMessage(transforms=moved))
        if self._ticks % 5 == 0 and self.scanning:
            self._publish_scan(stamp.to_msg())
        begun = time.monotonic()
        self._executor.spin_once(timeout_sec=0.0005)
        while self._behind() and time.monotonic() - begun < HANGS:
            self._executor.spin_once(timeout_sec=0.002)

    def _behind(self) -> bool:
        alive = [name for name, process in self.processes.items() if process.poll() is None and name in self.beats]
        return any(self.now - self.beats[name] > LAG for name in alive)

    def until(self, happened: Callable[[], bool], sim: float = 60.0) -> None:
        """Step until something happened; fail after `sim` s of the clock or PATIENCE s of the wall."""
        begun, first = time.monotonic(), self.now
        while not happened():
            self.tick()
            if sim > 1e6:  # bring-up takes the time it takes: no need to race the clock
                self._executor.spin_once(timeout_sec=TICK)
            dead = [name for name, process in self.processes.items() if process.poll() not in (None, -signal.SIGKILL)]
            assert not dead, f"{dead} ended"
            assert time.monotonic() - begun < PATIENCE, "took too long by the wall clock"
            assert self.now - first < sim, f"took longer than {sim} s of simulated time"

    def run(self, duration: float) -> None:
        end = self.now + duration
        self.until(lambda: self.now >= end - 1e-6, duration + 1.0)

    def _publish_scan(self, stamp: TimeMsg) -> None:
        msg = LaserScan()
        msg.header.stamp, msg.header.frame_id = stamp, "laser"
        msg.angle_min, msg.angle_increment = float(ANGLES[0]), 2.0 * np.pi / BEAMS
        msg.angle_max, msg.range_min, msg.range_max = float(ANGLES[-1]), 0.05, 12.0
        msg.ranges = self.world.scan().tolist()
        self._scan.publish(msg)

    def _on_cmd(self, msg: Twist) -> None:
        self.cmd = (msg.linear.x, msg.angular.z)
        self.cmd_times.append((self.now, *self.cmd))

    def _on_beat(self, msg: Heartbeat) -> None:
        self.beats[msg.node] = seconds(msg.header.stamp)
