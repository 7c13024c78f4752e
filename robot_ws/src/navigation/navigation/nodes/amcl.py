"""The node `amcl`: Nav2's names around the particle filter.

Vouches for the pose by refreshing tf map→odom; stops doing so when it has had no scan for
`scan_timeout` or knows itself lost, so that the velocity guard stops the robot.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav2_msgs.msg import ParticleCloud
from nav2_msgs.srv import SetInitialPose
from nav_msgs.msg import OccupancyGrid, Odometry
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.time import Time
from sensor_msgs.msg import LaserScan
from std_srvs.srv import Empty
from tf2_msgs.msg import TFMessage

from guide_common.conversions import pose_to_2d, seconds
from guide_common.errors import UserError
from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED, SENSOR, STREAM, TF
from guide_common.running import run
from guide_common.transforms import TransformBuffer, make_transform
from navigation.conversions_perception import (
    cloud_message,
    covariance_message,
    likelihood_field,
    localisation_status,
    odometry_pose,
    odometry_stamp,
    parse_pose,
    scan_arrays,
)
from navigation.localisation import Localisation
from navigation.localiser import Estimate, FilterParams, ParticleFilter
from navigation.localiser_memory import LastPose, read_last_pose, write_last_pose
from navigation.site_places import read_post

DIAGNOSE = 1.0
"""s between two reports to `/diagnostics`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the node's own parameters; s and m.

    Attributes:
        state_dir: folder of what survives a restart; empty keeps nothing.
        site_dir: the site's folder, whose post of the floor is the first pose where no other is known.
        scan_timeout: without a scan for this long the pose is no longer vouched for.
        still_period: how often the filter looks at scans while the robot stands.
        save_period: how often the last pose is written.
    """

    state_dir: str = ""
    site_dir: str = ""
    scan_timeout: float = 0.3
    still_period: float = 0.4
    save_period: float = 1.0
    global_frame_id: str = "map"
    odom_frame_id: str = "odom"
    base_frame_id: str = "base_link"


class Amcl(ManagedNode):
    """Localise the robot and vouch for its pose."""

    def __init__(self) -> None:
        super().__init__("amcl")
        loose = ParameterDescriptor(dynamic_typing=True)
        self.declare_parameter("initial_pose", None, loose)
        self.declare_parameter("floor", "1", loose)
        self._settings = declare(self, Settings())
        self._params = declare(self, FilterParams())
        self._odometry: deque[bytes] = deque(maxlen=100)
        self._given: Pose2D | None = None
        self._forget()

    def _forget(self) -> None:
        self._scan: LaserScan | None = None
        self._was_lost = False
        self._vouched = self._told = self._saved = self._clouded = self._beaten = -1.0

    def configure(self) -> None:
        """Make the filter, compiled, and the node's topics."""
        self._floor = str(self.get_parameter("floor").value)
        self._filter = ParticleFilter(self._params)
        self._filter.warm()
        self._core = Localisation(self._filter, self._settings.still_period, self._settings.scan_timeout)
        self._mounts = TransformBuffer(self, static_only=True)
        self._tf = self.create_publisher(TFMessage, "tf", TF)
        self._pose = self.create_publisher(PoseWithCovarianceStamped, "amcl_pose", LATCHED)
        self._cloud = self.create_publisher(ParticleCloud, "particle_cloud", STREAM)
        self._inputs = [
            self.create_subscription(OccupancyGrid, "map", self._take_map, LATCHED),
            self.create_subscription(Odometry, "odom", self._take_odometry, STREAM, raw=True),
            self.create_subscription(LaserScan, "scan", self._take_scan, SENSOR),
            self.create_subscription(PoseWithCovarianceStamped, "initialpose", self._take_pose, EVENTS),
        ]
        self._offered = [
            self.create_service(Empty, "reinitialize_global_localization", self._search_floor),
            self.create_service(Empty, "request_nomotion_update", self._update_once),
            self.create_service(SetInitialPose, "set_initial_pose", self._set_pose),
        ]
        self._timer = self.create_timer(0.05, self._tick)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", STREAM)
        self._diagnosing = self.create_timer(DIAGNOSE, self._diagnose, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def activate(self) -> None:
        """Begin; the first scan decides between the poses that the robot may have."""
        self._forget()
        self._core.forget()

    def cleanup(self) -> None:
        """Drop topics, services and the filter."""
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        for service in self._offered:
            self.destroy_service(service)
        for publisher in (self._tf, self._pose, self._cloud, self._diagnostics):
            self.destroy_publisher(publisher)
        for timer in (self._timer, self._diagnosing):
            self.destroy_timer(timer)

    def work_done_until(self) -> object:
        """Return the stamp of the last scan worked up; near to now when none is waiting, as scans can get lost."""
        now = self.get_clock().now()
        if not self.active:
            return now.to_msg()
        self._beaten = now.nanoseconds * 1e-9
        if self._scan is not None:
            return self._scan.header.stamp if self._core.scanned < 0.0 else _time(self._core.scanned).to_msg()
        return _time(max(self._core.scanned, self._beaten - 0.1, 0.0)).to_msg()

    def _now(self) -> float:
        return self.get_clock().now().nanoseconds * 1e-9

    def _take_map(self, msg: OccupancyGrid) -> None:
        self._core.set_map(*likelihood_field(msg))

    def _take_odometry(self, raw: bytes) -> None:
        self._odometry.append(raw)
        if self._scan is not None:
            self._work()

    def _take_scan(self, msg: LaserScan) -> None:
        if self.active:
            self._scan = msg
            self._work()

    def _work(self) -> None:
        """Work up the scan that waits, once the odometry has reached its stamp."""
        scan = self._scan
        if scan is None or not self.active or not self._odometry:
            return
        stamp = seconds(scan.header.stamp)
        if odometry_stamp(self._odometry[-1]) < stamp - 1e-4:
            return
        mount = self._mounts.pose(self._settings.base_frame_id, scan.header.frame_id)
        self._scan = None
        if mount is None:  # a later scan will find the lidar's mount in /tf_static
            return
        self._localise(scan, stamp, odometry_pose(self._odometry, stamp), mount[0])
        self._vouch()
        self.beat()

    def _localise(self, scan: LaserScan, stamp: float, odometry: Pose2D, mount: Pose2D) -> None:
        ranges, angles = scan_arrays(scan)
        if self._filter.has_map and not self._filter.ready:
            self._start(ranges, angles, mount, stamp, odometry)
        estimate = self._core.take_scan(stamp, odometry, ranges, angles, mount, scan.range_max)
        if estimate is not None:
            self._tell(estimate, stamp)
        self._save(stamp, odometry)

    def _start(self, ranges: object, angles: object, mount: Pose2D, stamp: float, odometry: Pose2D) -> None:
        """Begin at the best of: where the last pose has got to by now, the last pose, the given one, the post."""
        guesses = [self._given] if self._given is not None else []
        self._given = None
        try:
            last = read_last_pose(self._file, self._floor) if self._settings.state_dir else None
            guesses += last.guesses(stamp, odometry) if last is not None else []
            given = parse_pose(self.get_parameter("initial_pose").value)
            guesses += [given] if given is not None else []
            if not guesses and self._settings.site_dir:
                post = read_post(self._settings.site_dir, self._floor)
                guesses += [post] if post is not None else []
        except UserError as error:
            self.get_logger().warning(str(error))
        begun = self._core.start(guesses, ranges, angles, mount)
        if begun is None:
            self.get_logger().warning("no first pose known: searching the whole floor")
        else:
            chosen, fit = begun
            where = f"{chosen.x:.2f} {chosen.y:.2f} {chosen.yaw:.2f}, fit {fit:.2f}"
            if self._filter.lost:
                self.get_logger().warning(f"the scan fits no first pose, best {where}: searching the whole floor")
            else:
                self.get_logger().info(f"starting at {where}")

    @property
    def _file(self) -> Path:
        return Path(self._settings.state_dir) / "last_pose.json"

    def _tell(self, estimate: Estimate, stamp: float) -> None:
        if estimate.lost != self._was_lost:
            self._was_lost = estimate.lost
            if estimate.lost:
                self.get_logger().error("the scan fits the map nowhere near the pose: lost, searching the floor")
            else:
                self.get_logger().info("found the pose again")
        if not estimate.lost and not 0.0 <= stamp - self._told < 0.19:
            self._told = stamp
            self._pose.publish(covariance_message(estimate, self._settings.global_frame_id, _time(stamp)))
        if not 0.0 <= stamp - self._clouded < 1.0 and self._cloud.get_subscription_count() > 0:
            self._clouded = stamp
            self._cloud.publish(cloud_message(self._filter, self._settings.global_frame_id, _time(stamp)))

    def _save(self, stamp: float, odometry: Pose2D) -> None:
        late = not 0.0 <= stamp - self._saved < self._settings.save_period
        correction = self._core.correction
        if not self._settings.state_dir or self._core.lost or correction is None or not late:
            return
        self._saved = stamp
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_last_pose(self._file, LastPose(self._floor, stamp, correction @ odometry, odometry))
        except OSError as error:  # a disk that is full or gone costs a restart its memory, not the robot its pose
            self.get_logger().warning(f"the last pose cannot be kept: {error}", throttle_duration_sec=30.0)

    def _tick(self) -> None:
        """Vouch between scans and beat without them; a scan in time makes this do nothing."""
        now = self._now()
        if self.active and not 0.0 <= now - self._vouched < 0.075:
            self._vouch()
        if self.active and not 0.0 <= now - self._beaten < 0.095:
            self.beat()

    def _diagnose(self) -> None:
        """Tell `/diagnostics` whether the pose is vouched for, and if not, why."""
        if not self.active:
            return
        now = self.get_clock().now()
        trouble = self._core.trouble(now.nanoseconds * 1e-9)
        self._diagnostics.publish(localisation_status(trouble, self._core.estimate, now))

    def _vouch(self) -> None:
        now = self.get_clock().now()
        correction = self._core.vouched(now.nanoseconds * 1e-9) if self.active else None
        if correction is None:
            return
        self._vouched = now.nanoseconds * 1e-9
        s = self._settings
        self._tf.publish(TFMessage(transforms=[make_transform(s.global_frame_id, s.odom_frame_id, correction, now)]))

    def _take_pose(self, msg: PoseWithCovarianceStamped) -> None:
        pose, frame = pose_to_2d(msg.pose.pose), self._settings.global_frame_id
        if msg.header.frame_id not in ("", frame) or not all(map(math.isfinite, (pose.x, pose.y, pose.yaw))):
            self.get_logger().error(f"an initial pose in {msg.header.frame_id!r} is not taken: give numbers in {frame}")
            return
        if not self.active or not self._filter.ready:
            self._given = pose
            return
        c = msg.pose.covariance
        sigma_xy = min(max(max(c[0], c[7]) ** 0.5, 0.05), 1.0)
        self._core.set_pose(pose, sigma_xy, min(max(c[35] ** 0.5, 0.05), 0.5))

    def _set_pose(self, request: SetInitialPose.Request, response: SetInitialPose.Response) -> SetInitialPose.Response:
        self._take_pose(request.pose)
        return response

    def _search_floor(self, request: Empty.Request, response: Empty.Response) -> Empty.Response:
        if self.active and self._filter.has_map:
            self._core.spread()
        else:
            self.get_logger().warning("cannot search the floor: amcl is not active or has no map")
        return response

    def _update_once(self, request: Empty.Request, response: Empty.Response) -> Empty.Response:
        self._core.update_once()
        return response


def _time(stamp: float) -> Time:
    return Time(nanoseconds=round(stamp * 1e9))


def main() -> int:
    """Run the node."""
    return run(Amcl)


if __name__ == "__main__":
    raise SystemExit(main())
