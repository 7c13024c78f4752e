"""The node `people_tracker`: people around the robot at 10 Hz, from lidar, map and tf."""

from __future__ import annotations

from dataclasses import dataclass

from guide_interfaces.msg import People
from nav_msgs.msg import OccupancyGrid
from sensor_msgs.msg import LaserScan
from visualization_msgs.msg import MarkerArray

from guide_common.conversions import seconds
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import LATCHED, SENSOR, STREAM
from guide_common.running import run
from guide_common.transforms import TransformBuffer
from navigation.conversions_perception import likelihood_field, people_markers, people_message, scan_arrays
from navigation.legs import LegParams
from navigation.people import PeopleTracker, TrackerParams


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the node's own parameters: the frame people are told in, and s between messages."""

    global_frame_id: str = "map"
    period: float = 0.1


class PeopleTrackerNode(ManagedNode):
    """Publish `people`, also when there is nobody."""

    def __init__(self) -> None:
        super().__init__("people_tracker")
        self._settings = declare(self, Settings())
        self._params = declare(self, TrackerParams())
        self._legs = declare(self, LegParams(), "legs")

    def configure(self) -> None:
        """Make the tracker, compiled, and the node's topics."""
        self._tracker = PeopleTracker(self._params, self._legs)
        self._tracker.warm()
        self._scan: LaserScan | None = None
        self._transforms = TransformBuffer(self)
        self._people = self.create_publisher(People, "people", STREAM)
        self._markers = self.create_publisher(MarkerArray, "people_markers", STREAM)
        self._inputs = [
            self.create_subscription(OccupancyGrid, "map", self._take_map, LATCHED),
            self.create_subscription(LaserScan, "scan", self._take_scan, SENSOR),
        ]
        self._timer = self.create_timer(self._settings.period, self._cycle)

    def deactivate(self) -> None:
        """Forget everybody: nobody is followed while nobody looks."""
        self._tracker.reset()
        self._scan = None

    def cleanup(self) -> None:
        """Drop the node's topics."""
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_publisher(self._people)
        self.destroy_publisher(self._markers)
        self.destroy_timer(self._timer)

    def _take_map(self, msg: OccupancyGrid) -> None:
        self._tracker.set_field(*likelihood_field(msg))

    def _take_scan(self, msg: LaserScan) -> None:
        if self.active:
            self._scan = msg

    def _cycle(self) -> None:
        """Look at the newest scan, then tell where everybody is now.

        Scans wait here for the cycle, by when the transforms of their stamp have come.
        """
        if not self.active:
            return
        frame, scan = self._settings.global_frame_id, self._scan
        if scan is not None and self._tracker.has_map:
            stamp = seconds(scan.header.stamp)
            sensor = self._transforms.pose(frame, scan.header.frame_id, stamp)
            if sensor is not None:
                self._tracker.update(*scan_arrays(scan), sensor[0], stamp)
        self._scan = None
        now = self.get_clock().now()
        tracks = self._tracker.tracks(now.nanoseconds * 1e-9)
        self._people.publish(people_message(tracks, frame, now))
        self.beat()
        if self._markers.get_subscription_count() > 0:
            self._markers.publish(people_markers(tracks, frame, now))


def main() -> int:
    """Run the node."""
    return run(PeopleTrackerNode)


if __name__ == "__main__":
    raise SystemExit(main())
