"""The node people_tracker over real DDS: it tells of walkers where they are, and of nobody when nobody is there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from guide_interfaces.msg import People
from visualization_msgs.msg import MarkerArray

from guide_common.geometry import Pose2D
from guide_common.qos import STREAM
from tests.navigation.lidar_world import Walker, World
from tests.navigation.node_harness import Bench, node_process


@pytest.fixture
def bench(ros_domain: int) -> Iterator[Bench]:
    world = World(pose=Pose2D(9.0, 7.5, 0.0), people=[Walker([(11.0, 8.0), (16.0, 8.6)], speed=0.9)])
    bench = Bench(world, true_map_to_odom=True)
    yield bench
    bench.close()


def test_people_are_told_ten_times_a_second(bench: Bench) -> None:
    told: list[tuple[float, People]] = []
    markers: list[MarkerArray] = []
    bench.node.create_subscription(People, "people", lambda m: told.append((bench.world.time, m)), STREAM)
    bench.node.create_subscription(MarkerArray, "people_markers", markers.append, STREAM)
    with node_process("people_tracker"):
        bench.bring_up("people_tracker")
        assert bench.run(20.0, until=lambda: bool(told) and bool(told[-1][1].people)), "it sees nobody"
        told.clear()
        walker, gaps = bench.world.people[0], []
        for _ in range(30):
            bench.run(0.1, v=0.1, w=0.1)
            person = told[-1][1].people[0]
            gaps.append(np.hypot(person.position.x - walker.position[0], person.position.y - walker.position[1]))
        assert 28 <= len(told) <= 32
        assert told[-1][1].header.frame_id == "map"
        assert np.median(gaps) < 0.15
        assert {p.id for _, m in told for p in m.people} == {told[-1][1].people[0].id}
        assert any(m.markers for m in markers)
        bench.world.people.clear()
        told.clear()
        assert bench.run(4.0, until=lambda: bool(told) and not told[-1][1].people)
        told.clear()
        bench.run(1.0)
        assert len(told) >= 9 and not any(m.people for _, m in told)
