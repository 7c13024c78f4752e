"""Turn ROS geometry messages into planar core types, and back."""

from __future__ import annotations

from geometry_msgs.msg import Pose, PoseStamped, Transform
from rclpy.time import Time

from guide_common.geometry import Pose2D, quaternion_to_yaw, yaw_to_quaternion


def pose_to_2d(pose: Pose) -> Pose2D:
    """Drop height, roll and pitch of a pose."""
    q = pose.orientation
    return Pose2D(pose.position.x, pose.position.y, quaternion_to_yaw(q.x, q.y, q.z, q.w))


def pose_from_2d(pose: Pose2D) -> Pose:
    """Lift a planar pose to height zero."""
    msg = Pose()
    msg.position.x, msg.position.y = float(pose.x), float(pose.y)
    q = msg.orientation
    q.x, q.y, q.z, q.w = yaw_to_quaternion(pose.yaw)
    return msg


def pose_stamped(pose: Pose2D, frame_id: str, stamp: Time) -> PoseStamped:
    """Stamp a planar pose with its frame and time."""
    msg = PoseStamped()
    msg.header.frame_id = frame_id
    msg.header.stamp = stamp.to_msg()
    msg.pose = pose_from_2d(pose)
    return msg


def transform_to_2d(transform: Transform) -> Pose2D:
    """Read a transform as the pose of the child frame in its parent."""
    q, t = transform.rotation, transform.translation
    return Pose2D(t.x, t.y, quaternion_to_yaw(q.x, q.y, q.z, q.w))


def transform_from_2d(pose: Pose2D) -> Transform:
    """Write the pose of a child frame in its parent as a transform."""
    msg = Transform()
    msg.translation.x, msg.translation.y = float(pose.x), float(pose.y)
    q = msg.rotation
    q.x, q.y, q.z, q.w = yaw_to_quaternion(pose.yaw)
    return msg


def seconds(stamp: object) -> float:
    """Return a builtin_interfaces Time or Duration as seconds."""
    return stamp.sec + stamp.nanosec * 1e-9  # type: ignore[attr-defined]
