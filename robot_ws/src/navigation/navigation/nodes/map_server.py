"""The node `map_server`: the floor's map and zone masks, latched, following the site's revisions."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from guide_interfaces.msg import CounterMapRevision
from nav2_msgs.msg import CostmapFilterInfo
from nav2_msgs.srv import LoadMap, SaveMap
from nav_msgs.msg import OccupancyGrid
from nav_msgs.srv import GetMap
from rclpy.clock import Clock, ClockType

from guide_common.errors import UserError
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import LATCHED
from guide_common.running import run
from guide_common.waiting import in_thread, serve, sleep
from navigation.conversions_map import (
    KEEPOUT_FILTER,
    SPEED_FILTER_ABSOLUTE,
    filter_info_message,
    grid_from_message,
    grid_message,
)
from navigation.errors import MapError
from navigation.floor_zones import SPEED_STEP, FloorData, load_floor
from navigation.grid import load_map, nothing_on
from navigation.map_order import file_path, save_order


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the node's parameters: the site's folder, the floor's id, the map's frame, s to wait for a map to save."""

    site_dir: str = "maps/hcmc_center"
    floor: str = "1"
    frame_id: str = "map"
    save_map_timeout: float = 2.0


class MapServer(ManagedNode):
    """Give out the map of one floor; a staff change of the site's folder is followed while the robot works."""

    def __init__(self) -> None:
        super().__init__("map_server")
        self._settings = declare(self, Settings())
        self._floor: FloorData | None = None
        self._revision = ""
        self._files = ThreadPoolExecutor(1, "files")
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)

    def configure(self) -> None:
        """Read the floor and make topics and services."""
        self._floor = load_floor(self._settings.site_dir, self._settings.floor)
        self._grids = {
            name: self.create_publisher(OccupancyGrid, name, LATCHED)
            for name in ("map", "keepout_filter_mask", "speed_filter_mask", "one_way_filter_mask")
        }
        self._infos = {
            name: self.create_publisher(CostmapFilterInfo, name, LATCHED)
            for name in ("keepout_filter_info", "speed_filter_info")
        }
        self._offered = [
            serve(self, LoadMap, "~/load_map", self._load_map),
            serve(self, SaveMap, "map_saver/save_map", self._save_map),
            self.create_service(GetMap, "~/map", self._get_map),
        ]
        self._revisions = self.create_subscription(CounterMapRevision, "counter_map", self._follow, LATCHED)

    def activate(self) -> None:
        """Publish what was read."""
        self._publish()

    def cleanup(self) -> None:
        """Drop topics, services and the floor."""
        if self._floor is None:
            return
        for service in self._offered:
            self.destroy_service(service)
        for publisher in (*self._grids.values(), *self._infos.values()):
            self.destroy_publisher(publisher)
        self.destroy_subscription(self._revisions)
        self._floor, self._revision = None, ""

    def _publish(self) -> None:
        assert self._floor is not None
        now, frame = self.get_clock().now(), self._settings.frame_id
        floor = self._floor
        for name, grid in zip(self._grids, floor.grids, strict=True):
            self._grids[name].publish(grid_message(grid, frame, now))
        for name, kind, step in (("keepout", KEEPOUT_FILTER, 1.0), ("speed", SPEED_FILTER_ABSOLUTE, SPEED_STEP)):
            info = filter_info_message(kind, f"{name}_filter_mask", step, frame, now)
            self._infos[f"{name}_filter_info"].publish(info)

    def _follow(self, msg: CounterMapRevision) -> None:
        if not msg.site_folder or msg.revision == self._revision:
            return
        try:
            floor = load_floor(msg.site_folder, self._settings.floor)
        except UserError as error:
            self.get_logger().error(f"revision {msg.revision} is not followed, the floor stays as it was: {error}")
            return
        self._revision = msg.revision
        if self._floor is None or floor.same_as(self._floor):
            return
        self._floor = floor
        self.get_logger().info(f"floor {self._settings.floor} follows revision {msg.revision}")
        if self.active:
            self._publish()

    async def _load_map(self, request: LoadMap.Request, response: LoadMap.Response) -> LoadMap.Response:
        response.result = LoadMap.Response.RESULT_UNDEFINED_FAILURE
        if not self.active:
            self.get_logger().error("load_map: map_server is not active; activate it first")
            return response
        path = Path(file_path(request.map_url))
        try:
            grid = await in_thread(self, self._files, load_map, path)
        except MapError as error:
            self.get_logger().error(f"load_map: {error}")
            response.result = error.result
            return response
        if not self.active:
            return response
        nowhere = nothing_on(grid)  # another map's zones would mean nothing on it
        self._floor = FloorData(path, grid, nowhere, nowhere, nowhere)
        self._publish()
        response.map = grid_message(grid, self._settings.frame_id, self.get_clock().now())
        response.result = LoadMap.Response.RESULT_SUCCESS
        return response

    async def _save_map(self, request: SaveMap.Request, response: SaveMap.Response) -> SaveMap.Response:
        thresholds = request.free_thresh, request.occupied_thresh
        try:
            order = save_order(request.map_url, request.image_format, request.map_mode, *thresholds)
            msg = await self._hear_map(request.map_topic or "map")
            await in_thread(self, self._files, lambda: order.carry_out(grid_from_message(msg)))
        except MapError as error:
            self.get_logger().error(str(error))
            return response
        self.get_logger().info(f"save_map: {order.path} is written")
        response.result = True
        return response

    async def _hear_map(self, topic: str) -> OccupancyGrid:
        """Return the grid that is latched, or comes within the time, on a topic; raise MapError."""
        heard: list[OccupancyGrid] = []
        subscription = self.create_subscription(OccupancyGrid, topic, heard.append, LATCHED)
        limit = time.monotonic() + self._settings.save_map_timeout
        try:
            while not heard and time.monotonic() < limit:
                await sleep(self, 0.1, self._steady)
        finally:
            self.destroy_subscription(subscription)
        if not heard:
            raise MapError(
                f"save_map: nothing came on {topic} in {self._settings.save_map_timeout:g} s; name its topic"
            )
        return heard[0]

    def _get_map(self, _: GetMap.Request, response: GetMap.Response) -> GetMap.Response:
        if self.active and self._floor is not None:
            response.map = grid_message(self._floor.grid, self._settings.frame_id, self.get_clock().now())
        return response


def main() -> int:
    """Run the node."""
    return run(MapServer)


if __name__ == "__main__":
    raise SystemExit(main())
