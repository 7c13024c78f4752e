"""Turn messages into the core types of guidance."""

from __future__ import annotations

from guide_interfaces.msg import People, Place

from guidance.escort_visitor import Person
from guidance.leading import Destination
from guide_common.conversions import pose_to_2d


def people_from_msg(msg: People) -> list[Person]:
    """Read the tracked people, in the frame of the message."""
    return [
        Person(p.id, p.position.x, p.position.y, p.velocity.x, p.velocity.y, p.age, p.last_seen) for p in msg.people
    ]


def destination_from_msg(msg: Place) -> Destination:
    """Read a place."""
    return Destination(msg.id, msg.floor, msg.open, pose_to_2d(msg.stand_pose))
