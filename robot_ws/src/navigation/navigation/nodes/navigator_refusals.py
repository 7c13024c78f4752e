"""What Nav2 offers and this navigator does not: every goal is answered at once, with a code and a sentence."""

from __future__ import annotations

from typing import Any

from nav2_msgs.action import AssistedTeleop, DockRobot, FollowGPSWaypoints, UndockRobot
from rclpy.action.server import ServerGoalHandle

from navigation.nodes.action_parts import ActionParts, failed
from navigation.task_step import Ending

NOT_OFFERED = (
    (DockRobot, "dock_robot", DockRobot.Result.UNKNOWN, "this robot has no dock; send it to a pose instead"),
    (UndockRobot, "undock_robot", UndockRobot.Result.UNKNOWN, "this robot has no dock; send it to a pose instead"),
    (
        *(FollowGPSWaypoints, "follow_gps_waypoints", FollowGPSWaypoints.Result.UNKNOWN),
        "this robot works indoors and has no GPS; give waypoints on the map to follow_waypoints",
    ),
    (
        *(AssistedTeleop, "assisted_teleop", AssistedTeleop.Result.UNKNOWN),
        "the robot is not steered by hand through this action; publish to cmd_vel_nav, which the guard watches",
    ),
)


class Refusals:
    """Abort every goal of what is not offered, so that no client waits."""

    def __init__(self, parts: ActionParts) -> None:
        for kind, name, code, why in NOT_OFFERED:
            parts.serve(kind, name, _refusing(kind, Ending(int(code), why)))


def _refusing(kind: Any, ending: Ending) -> Any:
    async def refuse(handle: ServerGoalHandle) -> Any:
        result = failed(handle, kind.Result(), ending)
        if hasattr(result, "success"):
            result.success = False  # true by default in the docking types
        return result

    return refuse
