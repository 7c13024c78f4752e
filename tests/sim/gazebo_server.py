"""Run a real, headless `gzserver` 11 in the folder that `make gazebo-root` makes, and step it in lockstep."""

from __future__ import annotations

import math
import os
import re
import shutil
import socket
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from guide_common.geometry import Pose2D, wrap_angle
from hall_sim.gazebo.flavour import STEP
from tests.sim.gazebo_transport import HOST, TIMEOUT, Fields, Transport, Value, message, parse

PATIENCE = 20
"""Tenths of a second for the lidar, which measures in a thread of its own, to come round."""
HURRY = 5000
"""Steps a second at most: as fast as it can."""
NOT_OURS = "Can't open display"
"""The one error that gzserver tells of the machine: it is headless."""


def folder() -> Path:
    return Path(os.environ.get("GUIDE_GAZEBO_ROOT") or Path.home() / ".cache" / "guide" / "gazebo-root")


def enter() -> list[str]:
    """Return the words that run a program in the folder, with root rights or in a user namespace of its own."""
    rights = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    return [*rights, shutil.which("chroot", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or "chroot", str(folder())]


def missing() -> str:
    """Tell in a sentence why gzserver cannot run here; an empty string when it can."""
    if not (folder() / "etc" / "guide-gazebo-root").is_file():
        return f"there is no Gazebo 11 in {folder()}; `make gazebo-root` puts it there"
    if subprocess.run([*enter(), "/bin/true"], capture_output=True, check=False).returncode != 0:
        return f"programs in {folder()} cannot be run: that needs root rights or user namespaces"
    return ""


@dataclass(frozen=True)
class Scan:
    """Hold ranges (m) and where the lidar truly was in the map."""

    lidar: Pose2D
    tilt: float
    """rad between the lidar's axis and the vertical"""
    ranges: npt.NDArray[np.float64]


class GazeboServer:
    """A paused gzserver with a world and a robot in it; a context manager.

    Args:
        world: the SDF 1.6 file as it was exported.
        robot: the model's name.
        noise: whether the lidar keeps its noise.
    """

    def __init__(self, world: Path, robot: str, noise: bool = False) -> None:
        tree = ET.parse(world)
        root = tree.getroot().find("world")
        assert root is not None
        self._topic = f"/gazebo/{root.get('name')}"
        self._robot = robot
        ray = root.find(".//ray")
        rate = root.find("physics/real_time_update_rate")
        assert ray is not None and rate is not None
        rate.text = str(HURRY)
        if not noise:
            ray.remove(ray.find("noise"))  # type: ignore[arg-type]
        self._stage = Path(tempfile.mkdtemp(prefix="guide_", dir=folder() / "tmp"))
        tree.write(self._stage / "hall.world")
        self._requests = self._steps = 0

    def __enter__(self) -> GazeboServer:
        with socket.create_server((HOST, 0)) as free:
            port = free.getsockname()[1]
        inside = f"/tmp/{self._stage.name}"
        environment = {
            "HOME": inside, "PATH": "/usr/bin:/bin", "ALSOFT_DRIVERS": "null", "GAZEBO_IP": HOST,
            "GAZEBO_MASTER_URI": f"http://{HOST}:{port}",
        }  # fmt: skip
        options = ["--verbose", "--pause", "--seed", "1"]
        command = [*enter(), "/usr/bin/gzserver", *options, f"{inside}/hall.world"]
        with (self._stage / "log").open("wb") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            self._join(port)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()
        self._end()

    def errors(self) -> list[str]:
        """Return the errors that gzserver told, but for the missing display."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", (self._stage / "log").read_text(errors="replace"))
        return [line for line in text.splitlines() if "[Err]" in line and NOT_OURS not in line]

    def advance(self, seconds: float) -> None:
        """Let the physics run for a while; return when its last step is done."""
        steps = round(seconds / STEP)
        self._steps += steps
        self._transport.publish(f"{self._topic}/world_control", message({3: steps}))
        # The world tells how many steps it has made between two of them, so nothing is under way after the last.
        while (made := int(self._transport.next(self._stats)[6][0])) < self._steps:  # type: ignore[arg-type]
            pass
        assert made == self._steps, f"{made - self._steps} steps too many"

    def pose(self) -> Pose2D:
        """Return where the robot truly is in the map."""
        return _pose_of(parse(self._ask()[5][0])[4][0])

    def scan(self, at: Pose2D) -> Scan:
        """Step on until the lidar has measured from a pose at which the robot stands; return what it measured."""
        for _ in range(PATIENCE):
            self.advance(0.1)
            for fields in self._transport.take(self._scans):
                scan = _scan(fields)
                if scan.lidar.distance(at) < 0.01 and abs(wrap_angle(scan.lidar.yaw - at.yaw)) < 0.01:
                    return scan
        raise TimeoutError(f"gzserver: the lidar never measured from {at}")

    def inertial(self, seconds: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Advance and return what the inertial unit measured: N×3 m/s^2 and N×3 rad/s, in its own axes."""
        topic = f"{self._topic}/{self._robot}/base_link/imu/imu"
        self._transport.subscribe(topic, "IMU")
        self.advance(seconds)
        found = self._transport.take(topic)
        accelerations, rates = (np.array([_vector(each[field][0]) for each in found]) for field in (5, 4))
        return accelerations, rates

    def command(self, speed: float, yaw_rate: float) -> None:
        """Give the drive a speed (m/s) and a yaw rate (rad/s); return when gzserver has taken them."""
        self._transport.publish(self._commands, _pose((speed, 0.0, 0.0), yaw_rate))
        self._ask()

    def place(self, pose: Pose2D) -> None:
        """Put the robot at a pose of the map; return when gzserver has done so."""
        placed = _pose((pose.x, pose.y, 0.0), pose.yaw)
        self._transport.publish(f"{self._topic}/model/modify", message({1: self._robot, 4: placed}))
        self._ask()

    def _join(self, port: int) -> None:
        while True:
            try:
                self._transport = Transport(port)
                break
            except ConnectionRefusedError:
                if not self._runs():
                    raise RuntimeError((self._stage / "log").read_text(errors="replace")) from None
        self._scans = f"{self._topic}/{self._robot}/base_link/lidar/scan"
        self._commands = f"{self._topic}/{self._robot}/vel_cmd"
        # Whoever comes before the world runs may never be heard.
        self._transport.wait_for(self._scans)
        self._stats = f"{self._topic}/world_stats"
        self._transport.subscribe(self._stats, "WorldStatistics")
        self._transport.next(self._stats)
        for topic, kind in (("world_control", "WorldControl"), ("model/modify", "Model"), ("request", "Request")):
            self._transport.advertise(f"{self._topic}/{topic}", kind)
        self._transport.advertise(self._commands, "Pose")
        self._transport.subscribe(f"{self._topic}/response", "Response")
        self._transport.subscribe(self._scans, "LaserScanStamped")

    def _runs(self) -> bool:
        """Wait a moment for the process's end; tell whether it still runs."""
        try:
            self._process.wait(0.05)
        except subprocess.TimeoutExpired:
            return True
        return False

    def _ask(self) -> Fields:
        """Ask for the robot and wait for the answer: what was sent before has then been read too."""
        self._requests += 1
        body = message({1: self._requests, 2: "entity_info", 3: self._robot})
        self._transport.publish(f"{self._topic}/request", body)
        while True:
            answer = self._transport.next(f"{self._topic}/response")
            if answer[1][0] == self._requests:
                return answer

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._stage)


def _pose(position: tuple[float, float, float], yaw: float) -> bytes:
    x, y, z = position
    turned = {2: 0.0, 3: 0.0, 4: math.sin(yaw / 2), 5: math.cos(yaw / 2)}
    return message({3: message({1: x, 2: y, 3: z}), 4: message(turned)})


def _scan(fields: Fields) -> Scan:
    scan = parse(fields[2][0])
    qx, qy, _, _ = _vector(parse(scan[2][0])[4][0])
    return Scan(_pose_of(scan[2][0]), 2 * math.hypot(qx, qy), np.array(scan[13], dtype=np.float64))


def _pose_of(body: Value) -> Pose2D:
    pose = parse(body)
    x, y, _ = _vector(pose[3][0])
    qx, qy, qz, qw = _vector(pose[4][0])
    return Pose2D(x, y, math.atan2(2 * (qw * qz + qx * qy), 1 - 2 * (qy * qy + qz * qz)))


def _vector(body: Value) -> list[float]:
    return [float(values[0]) for _, values in sorted(parse(body).items())]
