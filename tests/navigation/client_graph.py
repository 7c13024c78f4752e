"""The whole navigation graph as the launcher starts it, on the first site, around a kinematic base; for real clients.

A thread moves the base in lockstep with the nodes, so that a client may block in the test's own thread.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType

import numpy as np
from builtin_interfaces.msg import Time as TimeMsg
from nav_msgs.msg import Odometry

from guide_common.conversions import pose_from_2d
from guide_common.geometry import Pose2D
from guide_common.qos import STREAM
from navigation.grid import load_map
from navigation.site_places import read_post
from tests.conftest import ROOT
from tests.navigation.driving_graph import ROBOT, TICK, DrivingGraph
from tests.navigation.kinematic_world import World

SITE = ROOT / "maps" / "hcmc_center"
MANAGED = ("map_server", "amcl", "bt_navigator")
NODES = (*MANAGED, "velocity_guard", "robot_state_publisher", "lifecycle_manager")
FASTEST = 4.0
"""Times real time; the machine has others to serve."""


class ClientGraph(DrivingGraph):
    """Run the nodes' executables and start again what ends, as the launcher does."""

    def __init__(self) -> None:
        post = read_post(SITE, "1")
        assert post is not None
        super().__init__(World(load_map(SITE / "floor_1.yaml").data, post), ())
        self.localised = False  # that is amcl's
        self.error: BaseException | None = None
        self._odom = self.node.create_publisher(Odometry, "odom", STREAM)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._turn, name="world")

    def __enter__(self) -> ClientGraph:
        self.processes = {name: self._start(name) for name in NODES}
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end.set()
        self._thread.join(30.0)
        super().__exit__(kind, error, trace)
        if self.error is not None:
            raise self.error

    def _turn(self) -> None:
        try:
            while not self._end.is_set():
                begun = time.monotonic()
                self._respawn()
                self.tick()
                time.sleep(max(TICK / FASTEST - (time.monotonic() - begun), 0.0))
        except BaseException as error:
            self.error = error

    def _respawn(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is not None:
                self.beats.pop(name, None)
                self.processes[name] = self._start(name)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        executable = Path(os.environ["AMENT_PREFIX_PATH"].split(os.pathsep)[0])
        prefixes = [Path(prefix) for prefix in os.environ["AMENT_PREFIX_PATH"].split(os.pathsep)]
        executable = next(p for p in (prefix / "lib" / "navigation" / name for prefix in prefixes) if p.exists())
        wanted = {
            "use_sim_time": "true",
            "robot_dir": str(ROBOT),
            "site_dir": str(SITE),
            "floor": "'1'",
            "node_names": f"[{', '.join(MANAGED)}]",
        }
        params = [word for key, value in wanted.items() for word in ("-p", f"{key}:={value}")]
        return subprocess.Popen([str(executable), "--ros-args", *params], env=os.environ)

    def _publish_scan(self, stamp: TimeMsg) -> None:
        msg = Odometry()
        msg.header.frame_id, msg.child_frame_id, msg.header.stamp = "odom", "base_link", stamp
        msg.pose.pose = pose_from_2d(self.world.robot)
        self._odom.publish(msg)
        super()._publish_scan(stamp)


def free_pose(graph: ClientGraph, ahead: float, left: float, yaw: float = 0.0) -> Pose2D:
    """Return a pose so many metres from the post, in its frame; fail where it is not free floor."""
    post = read_post(SITE, "1")
    assert post is not None
    pose = post @ Pose2D(ahead, left, yaw)
    row, column = int(pose.y / 0.05), int(pose.x / 0.05)
    assert not np.any(graph.world.cells[row - 10 : row + 11, column - 10 : column + 11]), f"{pose} is not free"
    return pose
