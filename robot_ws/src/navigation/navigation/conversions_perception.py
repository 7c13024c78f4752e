"""Turn the messages of localiser and people tracker into core types, and back.

Apart from `conversions`, which the velocity guard imports: that must not pay for numba.
"""

from __future__ import annotations

import math
import re
import struct
from collections import deque

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import PoseWithCovarianceStamped
from guide_interfaces.msg import People, Person
from nav2_msgs.msg import Particle, ParticleCloud
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from rclpy.time import Time
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import Marker, MarkerArray

from guide_common.conversions import pose_from_2d
from guide_common.errors import UserError
from guide_common.geometry import Pose2D, quaternion_to_yaw, wrap_angle
from navigation.conversions_map import grid_from_message
from navigation.likelihood import LikelihoodField, field_of
from navigation.localiser import Estimate, ParticleFilter
from navigation.people import Track


def scan_arrays(msg: LaserScan) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return ranges (m) and angles (rad, laser frame), one a beam."""
    ranges = np.frombuffer(msg.ranges, dtype=np.float32)
    angles = msg.angle_min + msg.angle_increment * np.arange(len(ranges), dtype=np.float32)
    return ranges, angles.astype(np.float32)


def likelihood_field(msg: OccupancyGrid) -> tuple[LikelihoodField, Pose2D]:
    """Return the likelihood field of a map and the pose of its corner in the map frame."""
    return field_of(grid_from_message(msg))


def odometry_stamp(raw: bytes) -> float:
    """Return the stamp (s) of a serialised nav_msgs/Odometry without reading the rest."""
    sec, nanosec = struct.unpack_from("<iI" if raw[1] & 1 else ">iI", raw, 4)
    return float(sec + nanosec * 1e-9)


def odometry_pose(history: deque[bytes], stamp: float) -> Pose2D:
    """Return base_link in odom at a stamp (s), between the serialised nav_msgs/Odometry of a history.

    Before the first or after the last message it is that message's pose. Reads the CDR bytes in place:
    a 50 Hz stream with two 36-number covariances would cost more to unpack than the localiser itself.
    """
    later = history[-1]
    for raw in reversed(history):
        start = odometry_stamp(raw)
        if start <= stamp:
            a, b, end = _odometry_pose(raw), _odometry_pose(later), odometry_stamp(later)
            share = min(max((stamp - start) / (end - start), 0.0), 1.0) if end > start else 0.0
            turn = wrap_angle(b.yaw - a.yaw)
            return Pose2D(a.x + share * (b.x - a.x), a.y + share * (b.y - a.y), wrap_angle(a.yaw + share * turn))
        later = raw
    return _odometry_pose(history[0])


def _odometry_pose(raw: bytes) -> Pose2D:
    order = "<" if raw[1] & 1 else ">"
    at = 12  # after the encapsulation header and the stamp
    for _ in range(2):  # frame_id, child_frame_id
        at += -at % 4
        at += 4 + struct.unpack_from(f"{order}I", raw, at)[0]
    at += -(at - 4) % 8
    x, y, _, qx, qy, qz, qw = struct.unpack_from(f"{order}7d", raw, at)
    return Pose2D(x, y, quaternion_to_yaw(qx, qy, qz, qw))


def parse_pose(value: object) -> Pose2D | None:
    """Read a pose parameter: [x, y, yaw] or its text in m and rad; None when not set; raise UserError otherwise."""
    if value is None or value == "" or (not isinstance(value, str) and len(value) == 0):  # type: ignore[arg-type]
        return None
    parts = [p for p in re.split(r"[\s,\[\]]+", value) if p] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    try:
        x, y, yaw = (float(part) for part in parts)
    except (TypeError, ValueError):
        raise UserError(f"initial_pose is {value!r}; give three numbers: x and y in m, yaw in rad") from None
    return Pose2D(x, y, yaw)


def covariance_message(estimate: Estimate, frame_id: str, stamp: Time) -> PoseWithCovarianceStamped:
    """Write a localiser's estimate as Nav2's amcl does."""
    msg = PoseWithCovarianceStamped()
    msg.header.frame_id, msg.header.stamp = frame_id, stamp.to_msg()
    msg.pose.pose = pose_from_2d(estimate.pose)
    covariance = np.zeros((6, 6))
    covariance[np.ix_((0, 1, 5), (0, 1, 5))] = estimate.covariance
    msg.pose.covariance = covariance.ravel()
    return msg


def localisation_status(trouble: str, estimate: Estimate | None, stamp: Time) -> DiagnosticArray:
    """Write whether the pose is vouched for, and if not, why (`trouble`), with the figures of the last estimate."""
    level = DiagnosticStatus.ERROR if trouble else DiagnosticStatus.OK
    status = DiagnosticStatus(level=level, name="localisation", message=trouble or "knows where it is")
    status.hardware_id = "amcl"
    if estimate is not None:
        spread = math.sqrt(max(estimate.covariance[0, 0] + estimate.covariance[1, 1], 0.0))
        figures = {"beams at walls": estimate.explained, "beams through walls": estimate.through, "spread, m": spread}
        status.values = [KeyValue(key=key, value=f"{figure:.2f}") for key, figure in figures.items()]
    msg = DiagnosticArray(status=[status])
    msg.header.stamp = stamp.to_msg()
    return msg


def cloud_message(particles: ParticleFilter, frame_id: str, stamp: Time, most: int = 300) -> ParticleCloud:
    """Write up to `most` particles, evenly taken, as a cloud to look at."""
    msg = ParticleCloud()
    msg.header.frame_id, msg.header.stamp = frame_id, stamp.to_msg()
    poses, weights = particles.poses, particles.weights
    for i in range(0, len(poses), max(len(poses) // most, 1)):
        particle = Particle(weight=float(weights[i]))
        particle.pose = pose_from_2d(Pose2D(*(float(v) for v in poses[i])))
        msg.particles.append(particle)
    return msg


def people_message(tracks: list[Track], frame_id: str, stamp: Time) -> People:
    """Write tracks as the product's people message."""
    msg = People()
    msg.header.frame_id, msg.header.stamp = frame_id, stamp.to_msg()
    for track in tracks:
        person = Person(id=track.id, age=track.age, last_seen=track.last_seen)
        person.position.x, person.position.y = track.x, track.y
        person.velocity.x, person.velocity.y = track.vx, track.vy
        person.position_covariance = np.asarray(track.covariance, dtype=np.float64).ravel()
        msg.people.append(person)
    return msg


def people_markers(tracks: list[Track], frame_id: str, stamp: Time) -> MarkerArray:
    """Write tracks as cylinders with their ids, and clear those of before, for RViz and Foxglove."""
    array = MarkerArray(markers=[Marker(action=Marker.DELETEALL)])
    for track in tracks:
        marker = Marker(ns="people", id=track.id, type=Marker.CYLINDER, action=Marker.ADD)
        marker.header.frame_id, marker.header.stamp = frame_id, stamp.to_msg()
        marker.pose = pose_from_2d(Pose2D(track.x, track.y))
        marker.pose.position.z = 0.85
        marker.scale.x = marker.scale.y = 0.45
        marker.scale.z = 1.7
        marker.color.r, marker.color.g, marker.color.b = 0.2, 0.6, 0.9
        marker.color.a = 0.8 if track.last_seen == 0.0 else 0.3
        array.markers.append(marker)
    return array
