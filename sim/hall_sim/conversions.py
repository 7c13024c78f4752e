"""Turn what the hall brings forth into ROS messages."""

from __future__ import annotations

import json
from array import array

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from guide_interfaces.msg import AudioChunk, People, Person
from nav_msgs.msg import Odometry
from sensor_msgs.msg import BatteryState, LaserScan

from guide_common.conversions import pose_from_2d, transform_from_2d
from guide_common.geometry import Pose2D
from hall_sim.faults.values import Odometry as WheelOdometry
from hall_sim.sound.voice import SAMPLE_RATE
from hall_sim.world.bodies import Bodies
from hall_sim.world.lidar import Lidar
from hall_sim.world.world import Contact


def stamp_from_ns(nanoseconds: int) -> Time:
    """Build a stamp from ns since the epoch."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return Time(sec=seconds, nanosec=rest)


def scan_message(lidar: Lidar, ranges: npt.NDArray[np.float32], stamp: Time) -> LaserScan:
    """Build a scan; the beams go round from -pi."""
    figures = lidar.figures
    msg = LaserScan()
    msg.header.frame_id, msg.header.stamp = figures.frame, stamp
    msg.angle_min, msg.angle_max = float(lidar.angles[0]), float(lidar.angles[-1])
    msg.angle_increment, msg.scan_time = lidar.angle_increment, 1.0 / figures.rate
    msg.range_min, msg.range_max = figures.range_min, figures.range_max
    msg.ranges = _array("f", ranges)
    return msg


def odometry_message(counted: WheelOdometry, stamp: Time) -> Odometry:
    """Build odometry: the pose counted by the wheels, in the frame odom, and their twist."""
    msg = Odometry()
    msg.header.frame_id, msg.child_frame_id, msg.header.stamp = "odom", "base_link", stamp
    msg.pose.pose = pose_from_2d(counted.pose)
    msg.twist.twist.linear.x, msg.twist.twist.angular.z = counted.speed, counted.yaw_rate
    return msg


def transform_message(pose: Pose2D, parent: str, child: str, stamp: Time) -> TransformStamped:
    """Build the transform of a child frame at `pose` in its parent."""
    msg = TransformStamped()
    msg.header.frame_id, msg.child_frame_id, msg.header.stamp = parent, child, stamp
    msg.transform = transform_from_2d(pose)
    return msg


def people_message(bodies: Bodies, stamp: Time) -> People:
    """Build the true people of the hall, in the map frame; the id is the body's index."""
    msg = People()
    msg.header.frame_id, msg.header.stamp = "map", stamp
    for index in np.flatnonzero(bodies.present).tolist():
        person = Person(id=index)
        person.position.x, person.position.y = bodies.torsos[index].tolist()
        person.velocity.x, person.velocity.y = bodies.velocities[index].tolist()
        msg.people.append(person)
    return msg


def audio_message(samples: npt.NDArray[np.int16], stamp: Time) -> AudioChunk:
    """Build a chunk of sound; the stamp is that of its first sample."""
    msg = AudioChunk(sample_rate=SAMPLE_RATE)
    msg.header.stamp = stamp
    msg.samples = _array("h", samples)
    return msg


def battery_message(charge: float, voltage: float, current: float, stamp: Time) -> BatteryState:
    """Build the battery's state; charge 0..1, V, and A that flow out."""
    msg = BatteryState(present=True, percentage=charge, voltage=voltage, current=-current)
    msg.header.frame_id, msg.header.stamp = "base_link", stamp
    msg.power_supply_status = BatteryState.POWER_SUPPLY_STATUS_DISCHARGING
    return msg


def contact_text(contact: Contact, clock: float) -> str:
    """Write a contact as JSON; `time` is by the ROS clock, in s."""
    told = {"time": clock, "thing": contact.thing, "x": contact.x, "y": contact.y}
    return json.dumps(told | {"robot_speed": contact.robot_speed, "closing": contact.closing})


def _array(kind: str, values: npt.NDArray[np.generic]) -> array:  # type: ignore[type-arg]
    # rclpy takes an array.array as it is; a list would be checked and copied value by value.
    filled = array(kind)
    filled.frombytes(np.ascontiguousarray(values).tobytes())
    return filled
