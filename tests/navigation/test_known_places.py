"""The navigator makes the ways to a site's places ready in the background, keeps them on disk and drives by them."""

import json
import math
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from domain_coordinator import domain_id
from nav2_msgs.action import ComputePathToPose, NavigateToPose

from guide_common.conversions import pose_from_2d
from guide_common.geometry import Pose2D
from navigation.cost_to_go_states import INDEX, READY
from navigation.costmap import InflationParams
from navigation.grid import GridMap
from navigation.navigator_floor import Floor
from tests.navigation.driving_graph import DrivingGraph
from tests.navigation.kinematic_world import RESOLUTION, World, room
from tests.navigation.test_driving_nodes import Client

PLACES = {"Q1": (6.0, 1.5), "Q2": (6.5, 5.0), "wc": (1.0, 5.0)}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    features = [
        {"properties": {"id": name, "floor": "1"}, "geometry": {"type": "Point", "coordinates": at}}
        for name, at in PLACES.items()
    ]
    (tmp_path / "places.geojson").write_text(json.dumps({"features": features}))
    return tmp_path


def ready_fields(state: Path) -> int:
    files = list((state / "fields").glob("*.index"))
    return max((int((np.fromfile(file, INDEX)["ready"] == READY).sum()) for file in files), default=0)


def test_fields_are_made_while_the_navigator_works(
    site: Path, domains: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domains.enter_context(domain_id())))
    world = World(room(8.0, 6.0, [(3.5, 0.0, 4.0, 3.6)]), Pose2D(1.5, 1.5, math.pi / 2))
    parameters = {"site_dir": str(site), "state_dir": str(site)}
    with DrivingGraph(world, ("velocity_guard", "bt_navigator"), parameters) as graph:
        graph.until(lambda: ready_fields(site) == len(PLACES))
        asked = ComputePathToPose.Goal()
        asked.goal.pose = pose_from_2d(Pose2D(*PLACES["Q1"], 0.0))
        _, result = Client(graph, ComputePathToPose, "compute_path_to_pose", asked).result()
        last = result.path.poses[-1].pose.position
        assert (last.x, last.y) == pytest.approx(PLACES["Q1"], abs=1e-6)
        goal = NavigateToPose.Goal()
        goal.pose.header.frame_id = "map"
        goal.pose.pose = pose_from_2d(Pose2D(*PLACES["Q2"], 0.0))
        _, arrived = Client(graph, NavigateToPose, "navigate_to_pose", goal).result()
        assert arrived.error_code == 0
        assert math.dist((world.robot.x, world.robot.y), PLACES["Q2"]) < 0.1


def test_a_zone_drawn_across_the_way_is_gone_round_at_once_and_when_fields_are_fresh() -> None:
    floor = Floor(InflationParams())
    cells = room(12.0, 8.0, [])
    floor.take_map(GridMap(cells, RESOLUTION, Pose2D(0.0, 0.0)))
    floor.take_places({"Q1": (11.0, 4.0)})
    while floor.refresh_fields():
        pass
    assert floor.fields_ready == 1
    start, goal = Pose2D(1.0, 4.0), Pose2D(11.0, 4.0)
    straight = floor.plan(start, goal)
    zone = np.zeros(cells.shape, bool)
    zone[60:100, 100:120] = True  # 3 m to 5 m up, 5 m to 6 m across
    floor.take_keepout(zone)
    assert floor.fields_ready == 0
    searched = floor.plan(start, goal)
    while floor.refresh_fields():
        pass
    looked_up = floor.plan(start, goal)
    assert straight.length == pytest.approx(10.0, rel=0.01)
    for path in (searched, looked_up):
        assert path.length > 10.2
        columns, rows = (path.points / RESOLUTION).astype(int).T
        assert not zone[rows, columns].any()
    assert looked_up.cost == pytest.approx(searched.cost, rel=0.02)
