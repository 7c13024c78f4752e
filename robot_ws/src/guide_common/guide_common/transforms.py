"""A planar tf buffer: the little of tf2 that a robot on a floor needs, with no tf2 to install."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.time import Time
from tf2_msgs.msg import TFMessage

from guide_common.conversions import seconds, transform_from_2d, transform_to_2d
from guide_common.geometry import Pose2D, wrap_angle
from guide_common.qos import STATIC_TF, TF

HISTORY = 10.0
"""s of transforms kept for look-ups in the past, as in tf2."""


@dataclass(slots=True)
class _Edge:
    parent: str
    static: bool
    samples: deque[tuple[float, Pose2D]] = field(default_factory=deque)

    def at(self, time: float | None) -> tuple[float, Pose2D] | None:
        """Return (stamp, pose), interpolated at `time`; the newest for None; None when out of reach."""
        if self.static or time is None:
            return self.samples[-1]
        if time >= self.samples[-1][0]:
            newest = self.samples[-1]
            return newest if time - newest[0] < 0.5 else None
        for (t1, p1), (t0, p0) in zip(reversed(self.samples), list(reversed(self.samples))[1:], strict=False):
            if t0 <= time:
                return time, _blend(p0, p1, (time - t0) / max(t1 - t0, 1e-9))
        return None


def _blend(a: Pose2D, b: Pose2D, s: float) -> Pose2D:
    return Pose2D(a.x + s * (b.x - a.x), a.y + s * (b.y - a.y), wrap_angle(a.yaw + s * wrap_angle(b.yaw - a.yaw)))


class TransformBuffer:
    """Collect /tf and /tf_static and answer where a frame is, in the plane."""

    def __init__(self, node: Node, static_only: bool = False) -> None:
        """Subscribe; `static_only` spares a node that asks for fixed mounts the 60 Hz of /tf."""
        self._edges: dict[str, _Edge] = {}
        if not static_only:
            node.create_subscription(TFMessage, "tf", lambda msg: self._take(msg, static=False), TF)
        node.create_subscription(TFMessage, "tf_static", lambda msg: self._take(msg, static=True), STATIC_TF)

    def _take(self, msg: TFMessage, static: bool) -> None:
        for t in msg.transforms:
            edge = self._edges.get(t.child_frame_id)
            if edge is None or edge.parent != t.header.frame_id or edge.static != static:
                edge = self._edges[t.child_frame_id] = _Edge(t.header.frame_id, static)
            stamp = seconds(t.header.stamp)
            if edge.samples and stamp < edge.samples[-1][0]:
                if edge.samples[-1][0] - stamp < 1.0:
                    continue  # late and superseded
                edge.samples.clear()  # the clock was set back
            edge.samples.append((stamp, transform_to_2d(t.transform)))
            while len(edge.samples) > 1 and stamp - edge.samples[0][0] > HISTORY:
                edge.samples.popleft()

    def pose(self, parent: str, child: str, time: float | None = None) -> tuple[Pose2D, float] | None:
        """Return the child's pose in the parent frame and the oldest stamp (s) used; None when not connected.

        `time` in seconds of the ROS clock asks for the past, interpolated; None asks for the newest.
        """
        pose, oldest, frame = Pose2D(0.0, 0.0, 0.0), float("inf"), child
        while frame != parent:
            edge = self._edges.get(frame)
            sample = edge.at(time) if edge is not None else None
            if edge is None or sample is None:
                return None
            if not edge.static:
                oldest = min(oldest, sample[0])
            pose, frame = sample[1] @ pose, edge.parent
        return pose, oldest


def make_transform(parent: str, child: str, pose: Pose2D, stamp: Time) -> TransformStamped:
    """Build the stamped transform of a child frame at `pose` in its parent."""
    msg = TransformStamped()
    msg.header.frame_id, msg.child_frame_id = parent, child
    msg.header.stamp = stamp.to_msg()
    msg.transform = transform_from_2d(pose)
    return msg
