"""The navigator's costmap under Nav2's two names: the whole floor as global, a window about the robot as local."""

from __future__ import annotations

import math
from array import array
from functools import partial
from typing import Any

import numpy as np
from nav2_msgs.msg import Costmap
from nav2_msgs.srv import (
    ClearCostmapAroundPose,
    ClearCostmapAroundRobot,
    ClearCostmapExceptRegion,
    ClearEntireCostmap,
    GetCostmap,
)
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray

from guide_common.conversions import pose_from_2d, pose_to_2d
from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.qos import LATCHED
from navigation.conversions import costs_message
from navigation.navigator_floor import Floor
from navigation.senses import Senses

LOCAL_WINDOW = 6.0
"""m, side of the local costmap."""

CLEARING = (
    (ClearEntireCostmap, "clear_entirely"),
    (ClearCostmapAroundRobot, "clear_around"),
    (ClearCostmapAroundPose, "clear_around_pose"),
    (ClearCostmapExceptRegion, "clear_except"),
)
"""Services that forget what the lidar marked; what is still there is marked again by the next scan."""

Window = tuple[NDArray[np.uint8], float, Pose2D]
"""Costs (HxW), m a cell, the lower left corner."""


class Costmaps:
    """Show, give out and clear costs."""

    def __init__(self, node: ManagedNode, senses: Senses, floor: Floor) -> None:
        self._node, self._senses, self._floor = node, senses, floor
        self._frame = node.get_parameter("map_frame").value
        self._cuts = {"global": self._whole, "local": self._around_robot}
        self._shown = {}
        for name in self._cuts:
            space = f"{name}_costmap"
            self._shown[name] = node.create_publisher(OccupancyGrid, f"{space}/costmap", LATCHED)
            for kind, service in CLEARING:
                node.create_service(kind, f"{space}/{service}_{space}", self._clear)
            node.create_service(GetCostmap, f"{space}/get_costmap", partial(self._give, name))
        node.create_timer(0.5, self._show)

    def _clear(self, request: Any, response: Any) -> Any:
        """Forget everything, or in or outside of a square whose side is `reset_distance`, as Nav2's costmap does."""
        if isinstance(request, ClearEntireCostmap.Request):
            self._floor.clear()
            return response
        centre, side = self._centre(request), request.reset_distance
        if centre is None or not math.isfinite(side):
            why = "reset_distance is no number" if centre is not None else "it is not known where that is on the map"
            self._node.get_logger().warning(f"nothing is cleared: {why}")
            return response
        self._floor.clear(centre, side, inside=not isinstance(request, ClearCostmapExceptRegion.Request))
        return response

    def _centre(self, request: Any) -> Pose2D | None:
        """Return about which pose in the map a request clears."""
        if not isinstance(request, ClearCostmapAroundPose.Request):
            here = self._senses.pose()
            return None if here is None else here[0]
        asked = pose_to_2d(request.pose.pose)
        centre = self._senses.pose_in_map(asked, request.pose.header.frame_id)
        return centre if centre is not None and math.isfinite(centre.x + centre.y) else None

    def _give(self, name: str, request: GetCostmap.Request, response: GetCostmap.Response) -> GetCostmap.Response:
        window, stamp = self._cuts[name](), self._node.get_clock().now().to_msg()
        msg: Costmap = response.map
        msg.header.frame_id, msg.header.stamp = self._frame, stamp
        msg.metadata.layer, msg.metadata.update_time = "master", stamp
        if window is not None:
            costs, msg.metadata.resolution, origin = window
            msg.metadata.size_y, msg.metadata.size_x = costs.shape
            msg.metadata.origin = pose_from_2d(origin)
            msg.data = array("B", costs.tobytes())
        return response

    def _show(self) -> None:
        if not self._node.active:
            return
        for name, publisher in self._shown.items():
            window = self._cuts[name]() if publisher.get_subscription_count() else None
            if window is not None:
                publisher.publish(costs_message(*window, self._frame, self._node.get_clock().now()))

    def _whole(self) -> Window | None:
        costmap = self._floor.costmap
        return None if costmap is None else (costmap.costs, costmap.grid.resolution, costmap.grid.origin)

    def _around_robot(self) -> Window | None:
        costmap, pose = self._floor.costmap, self._senses.pose()
        if costmap is None or pose is None:
            return None
        grid = costmap.grid
        half = round(LOCAL_WINDOW / 2.0 / grid.resolution)
        column, row = (int(value) for value in grid.to_cells([(pose[0].x, pose[0].y)])[0])
        left, low = max(column - half, 0), max(row - half, 0)
        window = costmap.costs[low : max(row + half, 0), left : max(column + half, 0)]
        corner = grid.origin @ Pose2D(left * grid.resolution, low * grid.resolution)
        return (window, grid.resolution, corner) if window.size else None
