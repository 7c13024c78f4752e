"""The node between the navigator and the base: it passes on only what is safe, and zero when anything is stale."""

from __future__ import annotations

import math
import os

import numpy as np
from geometry_msgs.msg import Twist, TwistStamped
from guide_interfaces.msg import Heartbeat
from lifecycle_msgs.msg import State
from nav2_msgs.msg import CollisionMonitorState
from nav2_msgs.srv import Toggle
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import LaserScan
from std_msgs.msg import Bool
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from guide_common.conversions import seconds
from guide_common.geometry import Pose2D
from guide_common.params import declare
from guide_common.qos import LATCHED, SENSOR, STREAM, TF
from guide_common.robot import load_robot
from guide_common.running import run
from navigation.guard import Guard, GuardParams
from navigation.tf_stream import newest_transform_stamp

PERIOD = 0.04
"""s between commands to the base."""


class VelocityGuard(Node):
    """Guard the base; not managed and waiting for nothing, so that it stands whatever else falls."""

    def __init__(self) -> None:
        super().__init__("velocity_guard")
        robot = load_robot(self.declare_parameter("robot_dir", "robots/concierge").value)
        self._frames = (
            self.declare_parameter("map_frame", "map").value,
            self.declare_parameter("odom_frame", "odom").value,
        )
        self._stamped = self.declare_parameter("enable_stamped_cmd_vel", False).value
        self.guard = Guard(
            robot.drive,
            robot.body.radius,
            declare(self, GuardParams()),
            Pose2D(robot.lidar.x, robot.lidar.y, robot.lidar.yaw),
        )
        # in simulation the clock is the simulator's; on a robot a clock that nobody can set back
        simulated = self.get_parameter("use_sim_time").value
        self._clock = self.get_clock() if simulated else Clock(clock_type=ClockType.STEADY_TIME)
        self._out = self.create_publisher(TwistStamped if self._stamped else Twist, "cmd_vel", STREAM)
        self._states = self.create_publisher(CollisionMonitorState, "collision_monitor_state", STREAM)
        self._beats = self.create_publisher(Heartbeat, "heartbeats", STREAM)
        self._twist = TwistStamped() if self._stamped else Twist()
        self._beat = Heartbeat(node=self.get_name(), pid=os.getpid(), state=State.PRIMARY_STATE_ACTIVE)
        self._told = CollisionMonitorState()
        self._lifted = False
        self.create_subscription(Twist, "cmd_vel_nav", self._on_command, STREAM)
        self.create_subscription(LaserScan, "scan", self._on_scan, SENSOR)
        self.create_subscription(Bool, "e_stop", self._on_e_stop, LATCHED)
        self.create_subscription(TFMessage, "tf", self._on_tf, TF, raw=True)
        self.create_service(Trigger, "~/rearm", self._on_rearm)
        self.create_service(Toggle, "~/toggle", self._on_toggle)
        self.create_timer(PERIOD, self._cycle, clock=self._clock)

    def _now(self) -> float:
        return self._clock.now().nanoseconds * 1e-9

    def _taken_at(self, stamp: float) -> float:
        """Return the stamp on the guard's own clock; a stamp in the future counts as now."""
        lag = self.get_clock().now().nanoseconds * 1e-9 - stamp
        return self._now() - max(lag, 0.0)

    def _on_command(self, msg: Twist) -> None:
        self.guard.take_command(msg.linear.x, msg.angular.z, self._now())

    def _on_scan(self, msg: LaserScan) -> None:
        far = min(msg.range_max, 5.0)  # m; beyond it nothing can matter within the look-ahead
        ranges = np.asarray(msg.ranges, dtype=np.float32)
        self.guard.take_scan(ranges, msg.angle_min, msg.angle_increment, far, self._taken_at(seconds(msg.header.stamp)))

    def _on_tf(self, raw: bytes) -> None:
        stamp = newest_transform_stamp(raw, *self._frames)
        if stamp is not None:
            self.guard.take_localised(self._taken_at(stamp))

    def _on_e_stop(self, msg: Bool) -> None:
        self.guard.take_e_stop(msg.data)
        if msg.data:
            self._publish()

    def _on_rearm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self.guard.rearm()
        response.message = "" if response.success else "release the emergency stop first"
        return response

    def _on_toggle(self, request: Toggle.Request, response: Toggle.Response) -> Toggle.Response:
        if request.enable:
            self.guard.restore()
            response.success, response.message = True, "obstacles are checked"
            return response
        refused, params = self.guard.lift(self._now()), self.guard.params
        response.success = not refused
        response.message = refused or (
            f"obstacles are not checked for {params.lift_time:.0f} s, at most {params.lift_speed:.2f} m/s"
        )
        self.get_logger().warning(f"toggle: {response.message}")
        return response

    def _cycle(self) -> None:
        now = self._now()
        if not math.isfinite(now) or now <= 0.0:
            return
        lifted = self._lifted
        self.guard.step(now)
        self._lifted = self.guard.lifted
        if lifted and not self._lifted:
            self.get_logger().warning("obstacles are checked again")
        self._publish()
        self._beat.header.stamp = self.get_clock().now().to_msg()
        self._beats.publish(self._beat)

    def _publish(self) -> None:
        guard, twist = self.guard, self._twist
        if self._stamped:
            twist.header.stamp = self.get_clock().now().to_msg()
            twist = twist.twist
        twist.linear.x, twist.angular.z = guard.v, guard.w
        self._out.publish(self._twist)
        if self._told.action_type != guard.action or self._told.polygon_name != guard.reason:
            self._told.action_type, self._told.polygon_name = int(guard.action), guard.reason
            self._states.publish(self._told)


def main() -> int:
    """Run the node."""
    return run(VelocityGuard)
