"""Turn the hall's entities into messages of simulation_interfaces, and requests into what the hall understands."""

from __future__ import annotations

import math
from typing import Any

from geometry_msgs.msg import Pose, Twist, Vector3
from simulation_interfaces.msg import (
    Bounds,
    EntityCategory,
    EntityFilters,
    EntityInfo,
    EntityState,
    Result,
    TagsFilter,
)
from simulation_interfaces.msg import Spawnable as SpawnableMessage

from guide_common.conversions import pose_from_2d, pose_to_2d
from guide_common.geometry import Pose2D
from hall_sim.control.entities import Info, State
from hall_sim.control.entity_filters import TagFilter, Test, by_category, by_name, in_box, in_hull, in_sphere
from hall_sim.control.refusals import FEATURE_UNSUPPORTED, INVALID_POSE, OPERATION_FAILED, Refused
from hall_sim.control.spawnables import Spawnable

FRAME = "map"
UPRIGHT, ON_FLOOR, UNIT = 0.05, 0.05, 0.01
"""rad of tilt, m of height, and how far from 1 the length of a quaternion may be."""


def ok() -> Result:
    """Build the result of what was done."""
    return Result(result=Result.RESULT_OK)


def refusal(response: type, error: Refused) -> Result:
    """Build the result of what was refused; the code is the service's own, or one that all services share."""
    code = getattr(response, error.why, None)
    return Result(result=getattr(Result, error.why) if code is None else code, error_message=str(error))


def state_message(state: State, stamp: Any) -> EntityState:
    """Build the state of an entity, in the map frame."""
    msg = EntityState(pose=pose_from_2d(state.pose))
    msg.header.frame_id, msg.header.stamp = FRAME, stamp
    msg.twist.linear.x, msg.twist.linear.y = map(float, state.velocity)
    msg.twist.angular.z = float(state.yaw_rate)
    msg.acceleration.linear.x, msg.acceleration.linear.y = map(float, state.acceleration)
    msg.acceleration.angular.z = float(state.yaw_acceleration)
    return msg


def info_message(info: Info) -> EntityInfo:
    """Build what an entity is."""
    category = EntityCategory(category=int(info.category))
    return EntityInfo(category=category, description=info.description, tags=list(info.tags))


def spawnable_message(spawnable: Spawnable) -> SpawnableMessage:
    """Build what can be spawned, with a box around it."""
    side, height = spawnable.radius, spawnable.height
    corners = [Vector3(x=side, y=side, z=height), Vector3(x=-side, y=-side, z=0.0)]
    bounds = Bounds(type=Bounds.TYPE_BOX, points=corners)
    return SpawnableMessage(uri=spawnable.uri, description=spawnable.description, spawn_bounds=bounds)


def pose_in(frame: Pose2D, pose: Pose) -> Pose2D:
    """Read a pose given in a frame that is at `frame` in the map; raise Refused if nothing can stand like this."""
    p, q = pose.position, pose.orientation
    if not all(map(math.isfinite, (p.x, p.y, p.z, q.x, q.y, q.z, q.w))):
        raise Refused(INVALID_POSE, "the pose has numbers that are not finite")
    if abs(math.sqrt(q.x**2 + q.y**2 + q.z**2 + q.w**2) - 1.0) > UNIT:
        raise Refused(INVALID_POSE, "the orientation is no unit quaternion; for no turn give x, y, z, w = 0, 0, 0, 1")
    if 2.0 * math.hypot(q.x, q.y) > UPRIGHT or abs(p.z) > ON_FLOOR:
        raise Refused(INVALID_POSE, "everything stands upright on the floor: give z = 0, and a turn about z only")
    return frame @ pose_to_2d(pose)


def state_in(frame: Pose2D, msg: EntityState) -> State:
    """Read a state given in a frame that is at `frame` in the map; raise Refused. The acceleration does not count."""
    pose, twist = pose_in(frame, msg.pose), msg.twist
    if not all(map(math.isfinite, _numbers(twist))):
        raise Refused(OPERATION_FAILED, "the twist has numbers that are not finite")
    if any((twist.linear.z, twist.angular.x, twist.angular.y)):
        raise Refused(OPERATION_FAILED, "everything stays upright on the floor: give a twist in x and y and about z")
    c, s = math.cos(frame.yaw), math.sin(frame.yaw)
    x, y = twist.linear.x, twist.linear.y
    return State(pose, (c * x - s * y, s * x + c * y), twist.angular.z)


def tests_of(filters: EntityFilters) -> list[Test]:
    """Read which entities are meant; raise Refused."""
    tests: list[Test] = [by_name(filters.filter)] if filters.filter else []
    if filters.categories:
        tests.append(by_category(each.category for each in filters.categories))
    if filters.tags.tags:
        tests.append(TagFilter(tuple(filters.tags.tags), filters.tags.filter_mode == TagsFilter.FILTER_MODE_ALL))
    return tests + _within(filters.bounds)


def _within(bounds: Bounds) -> list[Test]:
    points = [(point.x, point.y, point.z) for point in bounds.points]
    match bounds.type, len(points):
        case Bounds.TYPE_EMPTY, _:
            return []
        case Bounds.TYPE_SPHERE, 2:
            return [in_sphere(points[0], points[1][0])]
        case Bounds.TYPE_BOX, 2:
            return [in_box(*points)]
        case Bounds.TYPE_CONVEX_HULL, count if count >= 3:
            return [in_hull(points)]
        case Bounds.TYPE_SPHERE | Bounds.TYPE_BOX | Bounds.TYPE_CONVEX_HULL, count:
            raise Refused(OPERATION_FAILED, f"bounds: {count} points do not fit their type; see Bounds.msg")
        case kind, _:
            raise Refused(FEATURE_UNSUPPORTED, f"bounds: there is no type {kind}; see Bounds.msg")


def _numbers(twist: Twist) -> tuple[float, ...]:
    linear, angular = twist.linear, twist.angular
    return linear.x, linear.y, linear.z, angular.x, angular.y, angular.z
