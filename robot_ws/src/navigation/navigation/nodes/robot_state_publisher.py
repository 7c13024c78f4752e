"""The node `robot_state_publisher`: the robot's description and where its links are, where the distro has none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from guide_common.params import declare
from guide_common.qos import LATCHED, SENSOR, STATIC_TF, TF
from guide_common.running import run
from navigation.urdf import Joint, load_urdf


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the node's parameter: the folder of the robot, whose name its URDF has."""

    robot_dir: str = "robots/concierge"


class RobotStatePublisher(Node):
    """Latch `robot_description` and tf_static; moving joints stand at zero there until joint_states tell more."""

    def __init__(self) -> None:
        super().__init__("robot_state_publisher")
        folder = Path(declare(self, Settings()).robot_dir)
        self._urdf = load_urdf(folder / f"{folder.resolve().name}.urdf")
        self._moving = {joint.name: joint for joint in self._urdf.joints if not joint.fixed}
        self._moves = False
        self._description = self.create_publisher(String, "robot_description", LATCHED)
        self._static = self.create_publisher(TFMessage, "tf_static", STATIC_TF)
        self._tf = self.create_publisher(TFMessage, "tf", TF)
        self._states = self.create_subscription(JointState, "joint_states", self._take_states, SENSOR)
        self._description.publish(String(data=self._urdf.text))
        self._static.publish(TFMessage(transforms=[self._placed(joint) for joint in self._urdf.joints]))

    def _take_states(self, msg: JointState) -> None:
        if not self._moves:
            self._moves = True
            fixed = [self._placed(joint) for joint in self._urdf.joints if joint.fixed]
            self._static.publish(TFMessage(transforms=fixed))
        moved = []
        for name, position in zip(msg.name, msg.position, strict=False):
            if name in self._moving:
                transform = self._placed(self._moving[name], position)
                transform.header.stamp = msg.header.stamp
                moved.append(transform)
        if moved:
            self._tf.publish(TFMessage(transforms=moved))

    def _placed(self, joint: Joint, position: float = 0.0) -> TransformStamped:
        msg = TransformStamped()
        msg.header.frame_id, msg.child_frame_id = joint.parent, joint.child
        msg.header.stamp = self.get_clock().now().to_msg()
        (x, y, z), (qx, qy, qz, qw) = joint.placed(position)
        msg.transform.translation.x, msg.transform.translation.y, msg.transform.translation.z = x, y, z
        q = msg.transform.rotation
        q.x, q.y, q.z, q.w = qx, qy, qz, qw
        return msg


def main() -> int:
    """Run the node."""
    return run(RobotStatePublisher)


if __name__ == "__main__":
    raise SystemExit(main())
