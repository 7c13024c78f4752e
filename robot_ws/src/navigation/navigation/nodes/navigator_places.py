"""The places that the navigator knows the way to ahead: followed through the site's revisions, made ready aside."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from guide_interfaces.msg import CounterMapRevision
from rclpy.node import Node

from guide_common.errors import UserError
from guide_common.qos import LATCHED
from navigation.navigator_floor import Floor
from navigation.site_places import read_places

LOOK_PERIOD = 0.25
"""s between looks at whether a field is missing."""
THREADS, NICE = 2, 10
"""Threads that make fields, and by how much they stand back behind those that drive."""


class KnownPlaces:
    """Keep the floor's cost-to-go fields fresh in threads of their own; what is not ready is searched meanwhile."""

    def __init__(self, node: Node, floor: Floor, site_dir: str, floor_id: str) -> None:
        self._node, self._floor, self._floor_id = node, floor, floor_id
        self._pool = ThreadPoolExecutor(THREADS, "fields", initializer=_stand_back)
        self._jobs: list[Future[int]] = []
        self._read(site_dir)
        node.create_subscription(CounterMapRevision, "counter_map", self._follow, LATCHED)
        node.create_timer(LOOK_PERIOD, self._look)

    def close(self) -> None:
        """End the threads after the fields that they are at."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _follow(self, msg: CounterMapRevision) -> None:
        if msg.site_folder:
            self._read(msg.site_folder)

    def _read(self, site_dir: str) -> None:
        try:
            places = read_places(site_dir, self._floor_id)
        except UserError as error:
            self._node.get_logger().warning(f"no ways are known ahead, each is searched: {error}")
            return
        self._floor.take_places({name: (pose.x, pose.y) for name, pose in places.items()})

    def _look(self) -> None:
        if not all(job.done() for job in self._jobs):
            return
        for job in self._jobs:
            if (error := job.exception()) is not None:
                self._node.get_logger().error(f"a cost-to-go field could not be made: {error!r}")
        made = sum(job.result() for job in self._jobs if job.exception() is None)
        if made:
            ready = self._floor.fields_ready
            self._node.get_logger().info(f"{made} cost-to-go fields made; the way to {ready} places is known")
        self._jobs = [self._pool.submit(self._refresh) for _ in range(THREADS)]

    def _refresh(self) -> int:
        made = 0
        while self._floor.refresh_fields():
            made += 1
        return made


def _stand_back() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
