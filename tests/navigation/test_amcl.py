"""The node amcl over real DDS: it vouches for a right pose, stops vouching without scans, survives SIGKILL."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped
from guide_interfaces.msg import Heartbeat
from nav2_msgs.msg import ParticleCloud
from nav2_msgs.srv import SetInitialPose
from std_srvs.srv import Empty
from tf2_msgs.msg import TFMessage

from guide_common.conversions import pose_from_2d, pose_to_2d, seconds, transform_to_2d
from guide_common.geometry import Pose2D
from guide_common.qos import LATCHED, STREAM, TF
from hall_sim.control.lockstep import DRIVING
from tests.navigation.lidar_world import World
from tests.navigation.node_harness import TICK, Bench, node_process


class Watcher:
    """Keep what amcl says."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.stamps: list[float] = []
        self.correction: Pose2D | None = None
        self.pose: Pose2D | None = None
        self.cloud: ParticleCloud | None = None
        self.trouble = ""
        self.beats: list[tuple[float, float]] = []
        node = bench.node
        node.create_subscription(TFMessage, "tf", self._take_tf, TF)
        node.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._take_pose, LATCHED)
        node.create_subscription(ParticleCloud, "particle_cloud", lambda m: setattr(self, "cloud", m), STREAM)
        node.create_subscription(Heartbeat, "heartbeats", self._take_beat, STREAM)
        node.create_subscription(DiagnosticArray, "/diagnostics", self._take_diagnostics, STREAM)

    def _take_tf(self, msg: TFMessage) -> None:
        for t in msg.transforms:
            if t.header.frame_id == "map":
                self.stamps.append(seconds(t.header.stamp))
                self.correction = transform_to_2d(t.transform)

    def _take_pose(self, msg: PoseWithCovarianceStamped) -> None:
        self.pose = pose_to_2d(msg.pose.pose)

    def _take_beat(self, msg: Heartbeat) -> None:
        if msg.node == "amcl" and msg.state == 3:
            self.beats.append((self.bench.now, seconds(msg.header.stamp)))

    def _take_diagnostics(self, msg: DiagnosticArray) -> None:
        self.trouble = next((s.message for s in msg.status if s.name == "localisation"), self.trouble)

    def forget(self) -> None:
        self.stamps, self.correction, self.pose, self.beats = [], None, None, []

    def error(self) -> float:
        """Return the distance in m of the pose vouched for from the truth."""
        assert self.correction is not None
        return (self.correction @ self.bench.world.odometry).distance(self.bench.world.pose)


@pytest.fixture
def bench(ros_domain: int) -> Iterator[Bench]:
    bench = Bench(World(pose=Pose2D(3.0, 7.5, 0.3)))
    yield bench
    bench.close()


def test_amcl_vouches_for_the_right_pose_and_comes_back_after_sigkill(bench: Bench, tmp_path: Path) -> None:
    watcher = Watcher(bench)
    with node_process("amcl", initial_pose="[3.1, 7.4, 0.25]", state_dir=tmp_path, floor=1) as amcl:
        bench.bring_up("amcl")
        assert bench.run(1.0, until=lambda: watcher.correction is not None)
        watcher.forget()
        bench.run(2.0)  # standing still
        assert len(watcher.stamps) >= 19
        assert max(b - a for a, b in zip(watcher.stamps, watcher.stamps[1:], strict=False)) < 0.2
        bench.run(2.5, v=0.6, w=0.1)
        assert watcher.error() < 0.06
        assert watcher.pose is not None
        assert watcher.cloud is not None and len(watcher.cloud.particles) > 100
        assert watcher.beats
        assert all(-0.01 <= at - stamp < DRIVING["amcl"] + 1.5 * TICK for at, stamp in watcher.beats)
        assert bench.run(3.0, until=lambda: watcher.trouble == "knows where it is"), watcher.trouble

        bench.scanning = False
        bench.run(0.6)
        watcher.forget()
        bench.run(0.6)
        assert watcher.stamps == [], "it vouches for a pose without scans"
        assert bench.run(3.0, until=lambda: watcher.trouble == "no scan and odometry to go by"), watcher.trouble
        bench.scanning = True
        bench.run(0.4)
        assert watcher.stamps

        amcl.kill()
        amcl.wait()
    watcher.forget()
    with node_process("amcl", initial_pose="[3.1, 7.4, 0.25]", state_dir=tmp_path, floor=1):
        bench.bring_up("amcl")
        assert bench.run(1.0, until=lambda: watcher.correction is not None), "not back within a second"
        assert watcher.error() < 0.06


def test_amcl_finds_itself_when_asked_or_told(bench: Bench) -> None:
    watcher = Watcher(bench)
    with node_process("amcl", initial_pose="[3.0, 7.5, 0.3]"):
        bench.bring_up("amcl")
        assert bench.run(1.0, until=lambda: watcher.correction is not None)
        bench.world.pose = Pose2D(16.5, 12.2, 2.0)
        told = bench.node.create_client(SetInitialPose, "set_initial_pose")
        request = SetInitialPose.Request()
        request.pose.header.frame_id = "map"
        request.pose.pose.pose = pose_from_2d(Pose2D(16.4, 12.3, 1.95))
        request.pose.pose.covariance[0] = request.pose.pose.covariance[7] = 0.04
        request.pose.pose.covariance[35] = 0.02
        assert bench.run(2.0, until=told.service_is_ready)
        answer = told.call_async(request)
        assert bench.run(2.0, until=answer.done)
        assert bench.run(1.5, until=lambda: watcher.error() < 0.06)

        bench.world.pose = Pose2D(9.5, 8.0, -1.0)
        asked = bench.node.create_client(Empty, "reinitialize_global_localization")
        assert bench.run(2.0, until=asked.service_is_ready)
        answer = asked.call_async(Empty.Request())
        assert bench.run(2.0, until=answer.done)
        assert bench.run(3.0, until=lambda: watcher.error() < 0.06)
        assert math.isfinite(watcher.error())


def test_amcl_does_not_vouch_for_a_first_pose_that_the_scan_does_not_fit(bench: Bench) -> None:
    watcher = Watcher(bench)
    with node_process("amcl", initial_pose="[16.5, 12.2, 2.0]"):
        bench.bring_up("amcl")
        assert bench.run(5.0, until=lambda: watcher.correction is not None)
        assert watcher.error() < 0.06  # the first pose that it vouches for is the right one
