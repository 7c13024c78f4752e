"""What is true in the hall, for whoever watches a run: topics under `ground_truth`, stamped with the true time."""

from __future__ import annotations

from typing import Any

from geometry_msgs.msg import PoseStamped
from guide_interfaces.msg import People
from rclpy.node import Node
from std_msgs.msg import String

from guide_common.conversions import pose_from_2d, seconds
from guide_common.geometry import Pose2D
from guide_common.qos import EVENTS, STREAM
from hall_sim import conversions as convert
from hall_sim.hall import Hall, Tick


class GroundTruth:
    """Publish where robot, people and visitor are, and every contact; no fault touches any of it."""

    def __init__(self, node: Node, hall: Hall) -> None:
        self._hall = hall
        make = node.create_publisher
        self._pose = make(PoseStamped, "ground_truth/pose", STREAM)
        self._people = make(People, "ground_truth/people", STREAM)
        self._visitor = make(PoseStamped, "ground_truth/visitor", STREAM)
        self._contacts = make(String, "ground_truth/contacts", EVENTS)

    def publish(self, tick: Tick, stamp: Any) -> None:
        """Publish a tick's contacts, and with each scan where everybody is."""
        for contact in tick.contacts:
            self._contacts.publish(String(data=convert.contact_text(contact, seconds(stamp))))
        if tick.scan is None:
            return
        world, visitor = self._hall.world, self._hall.visitor
        self._pose.publish(_pose_message(world.pose, stamp))
        self._people.publish(convert.people_message(world.bodies, stamp))
        if visitor.position is not None:
            heading = visitor.walker.heading if visitor.walker else 0.0
            self._visitor.publish(_pose_message(Pose2D(*visitor.position, heading), stamp))


def _pose_message(pose: Pose2D, stamp: Any) -> PoseStamped:
    msg = PoseStamped()
    msg.header.frame_id, msg.header.stamp = "map", stamp
    msg.pose = pose_from_2d(pose)
    return msg
