"""The navigator: Nav2's name and actions over one costmap, planner and controller."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path as FilePath

from nav2_msgs.srv import ClearEntireCostmap
from nav_msgs.msg import OccupancyGrid
from nav_msgs.msg import Path as PathMsg

from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import STREAM
from guide_common.robot import load_robot
from guide_common.running import run
from navigation.controller import Controller, MppiParams
from navigation.conversions import costs_message, path_message
from navigation.costmap import InflationParams
from navigation.navigator import NavigatorParams
from navigation.navigator_floor import Floor
from navigation.nodes.navigator_actions import Actions
from navigation.nodes.navigator_loop import ControlLoop
from navigation.nodes.navigator_places import KnownPlaces
from navigation.nodes.navigator_senses import Inputs
from navigation.planner import Path
from navigation.warm import warm_driving

LOCAL_WINDOW = 6.0
"""m, side of the local costmap that is shown."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """Hold where the places are that the way is kept ready to, and the folder that survives a restart.

    Attributes:
        site_dir: the site's folder; empty: no way is known ahead.
        floor: the floor's id.
        state_dir: folder for the cost-to-go fields; empty keeps them in memory.
    """

    site_dir: str = ""
    floor: str = "1"
    state_dir: str = ""


class BtNavigator(ManagedNode):
    """Serve navigation; the algorithms are in the core, the parts of the node in `navigator_*.py`."""

    def __init__(self) -> None:
        super().__init__("bt_navigator")
        self.robot = load_robot(self.declare_parameter("robot_dir", "robots/concierge").value)
        self.map_frame = self.declare_parameter("map_frame", "map").value
        self._site = declare(self, SiteSettings())
        self._inflation = declare(self, InflationParams(robot_radius=self.robot.body.radius), "costmap")
        self._mppi = declare(self, MppiParams(), "controller")
        self._params = declare(self, NavigatorParams(), "navigator")
        self._loop: ControlLoop | None = None

    def configure(self) -> None:
        """Make costmap, controller and actions, the first time; compile what is compiled."""
        if self._loop is not None:
            return
        control, planning = ThreadPoolExecutor(1, "control"), ThreadPoolExecutor(1, "planning")
        site = self._site
        self._floor = Floor(self._inflation, FilePath(site.state_dir) / "fields" if site.state_dir else None)
        self._places = KnownPlaces(self, self._floor, site.site_dir, site.floor) if site.site_dir else None
        controller = Controller(self.robot.drive, self._mppi)
        warm_driving(self.robot.drive, self._mppi, self._inflation)
        self._senses = Inputs(self, self.robot, self._floor, control, self.map_frame).senses
        self._plans = self.create_publisher(PathMsg, "plan", STREAM)
        self._local = self.create_publisher(OccupancyGrid, "local_costmap/costmap", STREAM)
        self._global = self.create_publisher(OccupancyGrid, "global_costmap/costmap", STREAM)
        self._loop = ControlLoop(self, self.robot.drive, self._senses, self._floor, (control, planning))
        self._loop.on_path = self._show_path
        self._actions = Actions(
            *(self, self._loop, self._senses, self._floor, planning, self.robot.drive, controller, self._params)
        )
        for name in ("global", "local"):
            self.create_service(ClearEntireCostmap, f"{name}_costmap/clear_entirely_{name}_costmap", self._clear)
        self.create_timer(0.5, self._show_costs)
        self._pools = (control, planning)

    def deactivate(self) -> None:
        """Take the robot from its task and stop it."""
        if self._loop is not None:
            self._loop.release()

    def cleanup(self) -> None:
        """Stop and forget obstacles; map and actions stay, since the executor must not lose an action it serves."""
        self.deactivate()
        if self._loop is not None:
            self._floor.clear()

    def destroy_node(self) -> None:
        """End the threads with the node."""
        if self._loop is not None:
            self._loop.release()
            if self._places is not None:
                self._places.close()
            for pool in self._pools:
                pool.shutdown(wait=False, cancel_futures=True)
        super().destroy_node()

    def work_done_until(self) -> object:
        """Return the stamp of the last control cycle while driving, else now."""
        until = self._loop.worked_until if self._loop is not None else None
        return until if until is not None else super().work_done_until()

    def _clear(
        self, request: ClearEntireCostmap.Request, response: ClearEntireCostmap.Response
    ) -> ClearEntireCostmap.Response:
        self._floor.clear()
        return response

    def _show_path(self, path: Path) -> None:
        self._plans.publish(path_message(path.points, path.headings, self.map_frame, self.get_clock().now()))

    def _show_costs(self) -> None:
        costmap, pose = self._floor.costmap, self._senses.pose()
        if costmap is None or not self.active:
            return
        grid, now = costmap.grid, self.get_clock().now()
        if self._global.get_subscription_count():
            self._global.publish(costs_message(costmap.costs, grid.resolution, grid.origin, self.map_frame, now))
        if pose is not None and self._local.get_subscription_count():
            half = round(LOCAL_WINDOW / 2.0 / grid.resolution)
            column, row = grid.to_cells([(pose[0].x, pose[0].y)])[0]
            left, low = max(int(column) - half, 0), max(int(row) - half, 0)
            window = costmap.costs[low : int(row) + half, left : int(column) + half]
            corner = grid.origin @ Pose2D(left * grid.resolution, low * grid.resolution)
            if window.size:
                self._local.publish(costs_message(window, grid.resolution, corner, self.map_frame, now))


def main() -> int:
    """Run the node."""
    return run(BtNavigator)
