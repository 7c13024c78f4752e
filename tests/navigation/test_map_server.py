"""The nodes map_server and robot_state_publisher in their own processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import rclpy
from guide_interfaces.msg import CounterMapRevision
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nav2_msgs.msg import CostmapFilterInfo
from nav2_msgs.srv import LoadMap, SaveMap
from nav_msgs.msg import OccupancyGrid
from rclpy.executors import ExternalShutdownException
from rclpy.experimental import EventsExecutor
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from guide_common.geometry import Pose2D
from guide_common.qos import LATCHED, SENSOR, STATIC_TF, TF
from navigation.conversions_map import grid_from_message
from navigation.floor_zones import load_floor
from navigation.grid import GridMap, load_map, save_map

ROOT = Path(__file__).parents[2]
SITE, ROBOT = ROOT / "maps" / "hcmc_center", ROOT / "robots" / "concierge"


class Client:
    """A node that listens to the one under test."""

    def __init__(self) -> None:
        rclpy.init()
        self.node = rclpy.create_node("client")
        self.executor = EventsExecutor()
        self.executor.add_node(self.node)
        self.got: dict[str, object] = {}

    def listen(self, kind: type, topic: str, qos: object) -> None:
        self.node.create_subscription(kind, topic, lambda msg: self.got.__setitem__(topic, msg), qos)

    def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> bool:
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.1)
        return condition()

    def call(self, kind: type, name: str, request: object) -> object:
        client = self.node.create_client(kind, name)
        assert self.until(client.service_is_ready), f"{name} is not there"
        future = client.call_async(request)
        assert self.until(future.done), f"{name} does not answer"
        self.node.destroy_client(client)
        return future.result()

    def change_state(self, *transitions: int) -> None:
        for transition in transitions:
            request = ChangeState.Request()
            request.transition.id = transition
            assert self.call(ChangeState, "map_server/change_state", request).success

    def grid(self, topic: str) -> np.ndarray:
        return grid_from_message(self.got[topic]).data

    def close(self) -> None:
        self.executor.remove_node(self.node)
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    try:
        yield made
    except ExternalShutdownException:
        pass
    finally:
        made.close()


@contextmanager
def process(name: str, **parameters: object) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"navigation.nodes.{name}", "--ros-args"]
    for key, value in parameters.items():
        command += ["-p", f"{key}:={value}"]
    running = subprocess.Popen(command, env=dict(os.environ))
    try:
        yield running
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0


def moved_keepout(folder: Path) -> Path:
    """A copy of the site in which the first keepout of floor 1 is a metre to the right."""
    shutil.copytree(SITE, folder)
    places = json.loads((folder / "places.geojson").read_text(encoding="utf-8"))
    zone = next(f for f in places["features"] if f["properties"]["kind"] == "keepout")
    zone["geometry"]["coordinates"] = [[[x + 1.0, y] for x, y in ring] for ring in zone["geometry"]["coordinates"]]
    (folder / "places.geojson").write_text(json.dumps(places, ensure_ascii=False), encoding="utf-8")
    return folder


def test_map_server_serves_follows_and_loads(client: Client, tmp_path: Path) -> None:
    for topic in ("map", "keepout_filter_mask", "speed_filter_mask", "one_way_filter_mask"):
        client.listen(OccupancyGrid, topic, LATCHED)
    for topic in ("keepout_filter_info", "speed_filter_info"):
        client.listen(CostmapFilterInfo, topic, LATCHED)
    floor = load_floor(SITE, "1")
    with process("map_server", site_dir=SITE, floor="'1'"):
        client.change_state(Transition.TRANSITION_CONFIGURE)
        inactive = client.call(LoadMap, "map_server/load_map", LoadMap.Request(map_url=str(SITE / "floor_2.yaml")))
        assert inactive.result == LoadMap.Response.RESULT_UNDEFINED_FAILURE

        client.change_state(Transition.TRANSITION_ACTIVATE)
        assert client.until(lambda: len(client.got) == 6)
        assert np.array_equal(client.grid("map"), floor.grid.data)
        assert np.array_equal(client.grid("keepout_filter_mask"), floor.keepout.data)
        assert np.array_equal(client.grid("speed_filter_mask"), floor.speed.data)
        assert np.array_equal(client.grid("one_way_filter_mask"), floor.one_way.data)
        assert client.got["map"].header.frame_id == "map"
        assert client.got["speed_filter_info"].multiplier == pytest.approx(0.01)

        revisions = client.node.create_publisher(CounterMapRevision, "counter_map", LATCHED)
        snapshot = moved_keepout(tmp_path / "snapshot")
        client.got.clear()
        revisions.publish(CounterMapRevision(revision="broken", site_folder=str(tmp_path / "none")))
        revisions.publish(CounterMapRevision(revision="moved", site_folder=str(snapshot)))
        assert client.until(lambda: {"keepout_filter_mask", "speed_filter_mask"} <= client.got.keys())
        assert np.array_equal(client.grid("keepout_filter_mask"), load_floor(snapshot, "1").keepout.data)
        assert not np.array_equal(client.grid("keepout_filter_mask"), floor.keepout.data)

        save_map(GridMap(np.array([[0, 100, 255]], np.uint8), 0.1), tmp_path / "small.yaml")
        (tmp_path / "bad.yaml").write_text("image: small.png\n")
        (tmp_path / "imageless.yaml").write_text(
            (tmp_path / "small.yaml").read_text(encoding="utf-8").replace("small.png", "none.png"), encoding="utf-8"
        )
        for url, result in (("small.yaml", 0), ("none.yaml", 1), ("imageless.yaml", 2), ("bad.yaml", 3)):
            answer = client.call(LoadMap, "map_server/load_map", LoadMap.Request(map_url=str(tmp_path / url)))
            assert answer.result == result
        assert client.until(lambda: client.got["map"].info.width == 3)
        assert client.grid("map").tolist() == [[0, 100, 255]]


def test_save_map_writes_what_is_on_a_topic(client: Client, tmp_path: Path) -> None:
    def save(**fields: object) -> bool:
        return client.call(SaveMap, "map_saver/save_map", SaveMap.Request(**fields)).result

    turned = Pose2D(-3.25, 1.5, 0.3)
    cells = np.random.default_rng(3).choice(np.array([*range(101), 255], np.uint8), (40, 30))
    save_map(GridMap(cells, 0.05, turned), tmp_path / "scale.yaml", "png", "scale")
    with process("map_server", site_dir=SITE, floor="'1'", save_map_timeout=8.0):
        client.change_state(Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE)
        assert save(map_url=str(tmp_path / "floor"))
        assert np.array_equal(load_map(tmp_path / "floor.yaml").data, load_floor(SITE, "1").grid.data)
        assert (tmp_path / "floor.pgm").exists()

        url = f"file://{tmp_path / 'scale.yaml'}"
        assert client.call(LoadMap, "map_server/load_map", LoadMap.Request(map_url=url)).result == 0
        assert save(map_url=str(tmp_path / "again"), map_topic="map", image_format="bmp", map_mode="scale")
        again = load_map(tmp_path / "again.yaml")
        assert np.array_equal(again.data, cells)
        assert (again.resolution, again.origin.x, again.origin.y) == (0.05, turned.x, turned.y)
        assert again.origin.yaw == pytest.approx(turned.yaw)

        assert not save(map_url="")
        assert not save(map_url=str(tmp_path / "silent"), map_topic="nobody_maps_here")
        assert not save(map_url=str(tmp_path / "no" / "folder"))
        assert not save(map_url=str(tmp_path / "gif"), image_format="gif")
        assert not list(tmp_path.glob("silent*"))


def test_robot_state_publisher_places_every_link(client: Client) -> None:
    client.listen(TFMessage, "tf_static", STATIC_TF)
    client.listen(TFMessage, "tf", TF)
    client.listen(String, "robot_description", LATCHED)
    with process("robot_state_publisher", robot_dir=ROBOT):
        assert client.until(lambda: {"tf_static", "robot_description"} <= client.got.keys())
        placed = {t.child_frame_id: t.transform.translation.z for t in client.got["tf_static"].transforms}
        assert placed["laser"] == pytest.approx(0.25)
        assert "left_wheel" in placed
        assert "<robot" in client.got["robot_description"].data

        states = client.node.create_publisher(JointState, "joint_states", SENSOR)
        assert client.until(lambda: states.get_subscription_count() > 0)
        states.publish(JointState(name=["left_wheel_joint", "other"], position=[1.0, 2.0]))
        assert client.until(lambda: "tf" in client.got)
        assert [t.child_frame_id for t in client.got["tf"].transforms] == ["left_wheel"]
