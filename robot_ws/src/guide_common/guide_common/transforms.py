"""The frame tree fed from /tf and /tf_static, with no tf2 to install."""

from __future__ import annotations

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.time import Time
from tf2_msgs.msg import TFMessage

from guide_common.conversions import seconds, transform_from_2d, transform_to_2d
from guide_common.frames import FrameTree
from guide_common.geometry import Pose2D
from guide_common.qos import STATIC_TF, TF


class TransformBuffer(FrameTree):
    """Collect /tf and /tf_static and answer where a frame is, in the plane."""

    def __init__(self, node: Node, static_only: bool = False) -> None:
        """Subscribe; `static_only` spares a node that asks for fixed mounts the 60 Hz of /tf."""
        super().__init__()
        if not static_only:
            node.create_subscription(TFMessage, "tf", lambda msg: self._take_all(msg, static=False), TF)
        node.create_subscription(TFMessage, "tf_static", lambda msg: self._take_all(msg, static=True), STATIC_TF)

    def _take_all(self, msg: TFMessage, static: bool) -> None:
        for t in msg.transforms:
            pose = transform_to_2d(t.transform)
            self.take(t.header.frame_id, t.child_frame_id, seconds(t.header.stamp), pose, static)


def make_transform(parent: str, child: str, pose: Pose2D, stamp: Time) -> TransformStamped:
    """Build the stamped transform of a child frame at `pose` in its parent."""
    msg = TransformStamped()
    msg.header.frame_id, msg.child_frame_id = parent, child
    msg.header.stamp = stamp.to_msg()
    msg.transform = transform_from_2d(pose)
    return msg
