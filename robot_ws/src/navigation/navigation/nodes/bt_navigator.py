"""The navigator: Nav2's name and actions over one costmap, planner and controller."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path as FilePath

from nav_msgs.msg import Path as PathMsg
from std_srvs.srv import Trigger

from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import STREAM
from guide_common.robot import load_robot
from guide_common.running import run
from navigation.controller import Controller, MppiParams
from navigation.conversions import path_message
from navigation.costmap import InflationParams, ObstacleParams
from navigation.navigator_floor import Floor
from navigation.navigator_params import NavigatorParams
from navigation.nodes.action_parts import ActionParts
from navigation.nodes.navigator_actions import Actions
from navigation.nodes.navigator_costmaps import Costmaps
from navigation.nodes.navigator_loop import ControlLoop
from navigation.nodes.navigator_paths import PathActions
from navigation.nodes.navigator_places import KnownPlaces
from navigation.nodes.navigator_refusals import Refusals
from navigation.nodes.navigator_senses import Inputs
from navigation.planner import Path
from navigation.warm import warm_driving


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
        self._obstacles = declare(self, ObstacleParams(), "obstacles")
        self._mppi = declare(self, MppiParams(), "controller")
        self._params = declare(self, NavigatorParams(), "navigator")
        self._loop: ControlLoop | None = None

    def configure(self) -> None:
        """Make costmap, controller and actions, the first time; compile what is compiled."""
        if self._loop is not None:
            return
        control, planning = ThreadPoolExecutor(1, "control"), ThreadPoolExecutor(1, "planning")
        site = self._site
        fields_dir = FilePath(site.state_dir) / "fields" if site.state_dir else None
        self._floor = Floor(self._inflation, fields_dir, self._obstacles)
        self._places = KnownPlaces(self, self._floor, site.site_dir, site.floor) if site.site_dir else None
        controller = Controller(self.robot.drive, self._mppi)
        warm_driving(self.robot.drive, self._mppi, self._inflation)
        self._senses = Inputs(self, self.robot, self._floor, control, self.map_frame).senses
        self._plans = self.create_publisher(PathMsg, "plan", STREAM)
        self._loop = ControlLoop(self, self.robot.drive, self._senses, self._floor, (control, planning))
        self._loop.on_path = self._show_path
        parts = ActionParts(self, self._senses)
        self._offered = (
            Actions(parts, self._loop, self.robot.drive, controller, self._params),
            PathActions(parts, self._floor, planning),
            Refusals(parts),
            Costmaps(self, self._senses, self._floor),
        )
        self.create_service(Trigger, "~/pause", lambda request, response: self._pause(True, response))
        self.create_service(Trigger, "~/resume", lambda request, response: self._pause(False, response))
        self._pools = (control, planning)

    def deactivate(self) -> None:
        """Take the robot from its task and stop it; a pause ends with it."""
        if self._loop is not None:
            self._loop.release()
            self._loop.paused = False

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

    def _pause(self, paused: bool, response: Trigger.Response) -> Trigger.Response:
        """Let the robot stand with its goal kept, whatever the goal; or let it go on."""
        if self._loop is None or not self.active:
            response.message = "the navigator is not active; activate it first"
            return response
        changed, self._loop.paused = self._loop.paused != paused, paused
        word = "paused" if paused else "driving goes on"
        response.success, response.message = True, word if changed else f"{word}, as before"
        self.get_logger().info(response.message)
        return response

    def _show_path(self, path: Path) -> None:
        self._plans.publish(path_message(path.points, path.headings, self.map_frame, self.get_clock().now()))


def main() -> int:
    """Run the node."""
    return run(BtNavigator)
