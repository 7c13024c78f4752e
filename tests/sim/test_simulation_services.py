"""The node's services of simulation_interfaces, over DDS."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sim import halls

TICK_NS = 20_000_000
HASHES = {
    "msg/Bounds": "e8624fe51f0f5548197542697d924c5699ac7198f1e4c68e50c3ca2af73f5b3f",
    "msg/EntityCategory": "43bdf7933fddf75f6970f7a8fe7078524355d821d390b3954bb46ac36c03dfe1",
    "msg/EntityFilters": "8e7b12e8ea062f14c55de4877221fe1b7cd9749665a7ad8a4ab855fc4b148303",
    "msg/EntityState": "2e0464a85eb80a939025075d6c20761eca6a4cb9d6baf2c0ba373467c8b598d0",
    "msg/Result": "cf43a306adff3337a0a47143d8f5689933bc70a30478f13b077dc1fe3bc5ad17",
    "msg/SimulationState": "bb9f87ccdd98fba113052a512d9801e84ce732d0a2b3c2b0cb281828de36e415",
    "msg/TagsFilter": "5c3efc51e8ed04c266c09cb4691ec95b964cd410558e01d8c83646b038826b45",
    "srv/GetEntities": "cb90004c48cd50f37732fb008e22c34c261dd680a723bf0f85d8437ea4498bf7",
    "srv/GetEntitiesStates": "0a76170d0c1c90e1eaf805cfab78ea801d1f82df309a28c1f0fae4b570f19754",
    "srv/GetSimulationState": "3362dcebee4b1afebbf9c4beee5c79c1455385aded62092a892d61fde8644f30",
    "srv/ResetSimulation": "4ce285d7ff9b8ac70dcc95161f32bf54c05a6f4b13427990e41ab40c36c39646",
    "srv/StepSimulation": "913fe0653690ce6bf8f09f316e6a626747012e9fca31e26719910d417aa8565c",
}
"""Type hashes (REP-2011) that other builds of the standard's types have."""


FEATURE_UNSUPPORTED, OK, NOT_FOUND, INCORRECT_STATE, OPERATION_FAILED = range(5)
STOPPED, PLAYING, PAUSED, QUITTING = range(4)
FEATURES = ("SPAWNING", "DELETING", "SIMULATION_RESET_TIME", "STEP_SIMULATION_ACTION")
NO_FEATURES = ("SPAWNING_RESOURCE_STRING", "WORLD_LOADING", "ENTITY_BOUNDS", "NAMED_POSES", "SPAWNING_ENTITIES")
START_NS = 1_772_416_800_000_000_000
"""Of the demo."""


class Client:
    """Call the simulator's services, and listen to its topics."""

    def __init__(self, domain: int) -> None:
        import rclpy
        from geometry_msgs.msg import PoseStamped
        from rclpy.experimental import EventsExecutor
        from rosgraph_msgs.msg import Clock
        from sensor_msgs.msg import LaserScan

        from guide_common.qos import EVENTS, SENSOR

        self.context = rclpy.Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = rclpy.create_node("client", context=self.context)
        self.got: dict[str, list[Any]] = defaultdict(list)
        for topic, kind, qos in (
            ("/clock", Clock, EVENTS),
            ("scan", LaserScan, SENSOR),
            ("ground_truth/pose", PoseStamped, EVENTS),
        ):
            self.node.create_subscription(kind, topic, self.got[topic].append, qos)
        self.executor = EventsExecutor(context=self.context)
        self.executor.add_node(self.node)
        self._clients: dict[str, Any] = {}

    def spin_until(self, done: Callable[[], bool], limit: float = 60.0) -> bool:
        end = time.monotonic() + limit
        while not done() and time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.02)
        return done()

    def call(self, name: str, /, **request: Any) -> Any:
        """Call a service by the name of its type, with fields of the request, and return the response."""
        future = self.ask(name, **request)
        assert self.spin_until(future.done), f"{name} was not answered"
        return future.result()

    def ask(self, name: str, /, **request: Any) -> Any:
        from simulation_interfaces import srv

        kind = getattr(srv, name)
        if name not in self._clients:
            self._clients[name] = self.node.create_client(kind, f"/simulator/{snake(name)}")
            assert self.spin_until(self._clients[name].service_is_ready), "the simulator never came up"
        return self._clients[name].call_async(kind.Request(**request))

    def go_to(self, state: int) -> Any:
        from simulation_interfaces.msg import SimulationState

        return self.call("SetSimulationState", state=SimulationState(state=state)).result

    def begin_anew(self) -> None:
        """Come to the start of the run, paused."""
        self.go_to(STOPPED)
        self.go_to(PAUSED)
        assert self.call("GetSimulationState").state.state == PAUSED

    def step(self, ticks: int) -> Any:
        return self.call("StepSimulation", steps=ticks).result

    def state(self, entity: str) -> Any:
        response = self.call("GetEntityState", entity=entity)
        assert response.result.result == OK, response.result.error_message
        return response.state

    def position(self, entity: str) -> tuple[float, float]:
        at = self.state(entity).pose.position
        return at.x, at.y

    def place(self, entity: str, x: float, y: float, yaw: float = 0.0, frame: str = "", speed: float = 0.0) -> Any:
        from simulation_interfaces.msg import EntityState

        state = EntityState(pose=pose(x, y, yaw))
        state.header.frame_id = frame
        state.twist.linear.x, state.twist.linear.y = speed * math.cos(yaw), speed * math.sin(yaw)
        return self.call("SetEntityState", entity=entity, state=state).result

    def spawn(self, uri: str, x: float, y: float, yaw: float = 0.0, frame: str = "", **more: Any) -> Any:
        from geometry_msgs.msg import PoseStamped

        at = PoseStamped(pose=pose(x, y, yaw))
        at.header.frame_id = frame
        return self.call("SpawnEntity", uri=uri, initial_pose=at, **({"allow_renaming": True} | more))

    def entities(self, **filters: Any) -> list[str]:
        from simulation_interfaces.msg import EntityFilters

        response = self.call("GetEntities", filters=EntityFilters(**filters))
        assert response.result.result == OK, response.result.error_message
        return list(response.entities)

    def everything(self) -> list[tuple[str, str]]:
        """Return who is where just now, to the last bit."""
        response = self.call("GetEntitiesStates")
        return [(name, repr(state)) for name, state in zip(response.entities, response.states, strict=True)]

    @property
    def now_ns(self) -> int:
        """Return s since the start of the run, as the truth is stamped."""
        return nanoseconds(self.state("robot").header.stamp) - START_NS

    def close(self) -> None:
        self.executor.remove_node(self.node)
        self.executor.shutdown()
        self.node.destroy_node()
        self.context.try_shutdown()


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def pose(x: float, y: float, yaw: float = 0.0) -> Any:
    from guide_common.conversions import pose_from_2d
    from guide_common.geometry import Pose2D

    return pose_from_2d(Pose2D(x, y, yaw))


def nanoseconds(stamp: Any) -> int:
    return int(stamp.sec * 1_000_000_000 + stamp.nanosec)


@contextmanager
def simulator(domain: int, folder: Path) -> Iterator[tuple[Client, subprocess.Popen[bytes]]]:
    """Run the node on a small scenario, and a client of it."""
    scenario = folder / "small.yaml"
    values = {"include": str(halls.ROOT / "sim" / "scenarios" / "demo.yaml"), "crowd": {"people": 6, "staff": 0.5}}
    scenario.write_text(yaml.safe_dump(values | {"sound": {"mode": "text"}}), encoding="utf-8")
    command = [sys.executable, "-m", "hall_sim.nodes.simulator", "--ros-args", "-p", "use_sim_time:=true"]
    for name, value in (("scenario", scenario), ("robot_dir", halls.ROOT / "robots" / "concierge")):
        command += ["-p", f"{name}:={value}"]
    local = {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    process = subprocess.Popen(command, cwd=halls.ROOT, env=os.environ | local)
    client = Client(domain)
    try:
        yield client, process
    finally:
        client.close()
        process.terminate()
        assert process.wait(20.0) == 0


@pytest.fixture(scope="module")
def running(domains: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A simulator that all tests here share, in a domain of their own."""
    from domain_coordinator import domain_id

    domain = int(domains.enter_context(domain_id()))
    with simulator(domain, tmp_path_factory.mktemp("scenario")) as (client, _):
        yield client


@pytest.fixture
def client(running: Client) -> Client:
    """The shared simulator, paused at the start of its run."""
    running.begin_anew()
    return running


def test_the_types_are_those_that_others_have(running: Client) -> None:
    from ament_index_python.packages import get_package_share_directory

    share = Path(get_package_share_directory("simulation_interfaces"))
    for name, expected in HASHES.items():
        kinds = json.loads((share / f"{name}.json").read_text(encoding="utf-8"))["type_hashes"]
        found = {kind["type_name"]: kind["hash_string"] for kind in kinds}
        assert found[f"simulation_interfaces/{name}"] == f"RIHS01_{expected}"


def test_tells_what_it_can_and_serves_that_under_its_name(running: Client) -> None:
    from simulation_interfaces.msg import SimulatorFeatures

    features = running.call("GetSimulatorFeatures").features
    assert {getattr(SimulatorFeatures, name) for name in FEATURES} <= set(features.features)
    assert not {getattr(SimulatorFeatures, name) for name in NO_FEATURES} & set(features.features)
    assert not features.spawn_formats
    served = {name for name, _ in running.node.get_service_names_and_types() if name.startswith("/simulator/")}
    for name in ("get_entities", "get_entities_states", "get_entity_info", "delete_entity", "get_spawnables"):
        assert f"/simulator/{name}" in served


class TestRun:
    def test_plays_from_the_launch_on_and_pausing_stops_the_clock(self, running: Client) -> None:
        running.go_to(PLAYING)
        assert running.spin_until(lambda: len(running.got["/clock"]) > 5)
        assert running.go_to(PAUSED).result == OK
        at = running.now_ns
        heard = len(running.got["/clock"])
        for _ in range(20):
            assert running.now_ns == at
        assert len(running.got["/clock"]) <= heard + 1, "what was under way when it was paused"
        assert running.go_to(PAUSED).result == 101, "ALREADY_IN_TARGET_STATE"
        assert running.go_to(PLAYING).result == OK
        assert running.spin_until(lambda: nanoseconds(running.got["/clock"][-1].clock) > START_NS + at)

    def test_steps_are_ticks_and_only_a_paused_run_is_stepped(self, client: Client) -> None:
        assert client.now_ns == 0
        assert client.call("StepSimulation").result.result == OK, "one step by default"
        assert client.now_ns == TICK_NS
        assert client.step(37).result == OK
        assert client.now_ns == 38 * TICK_NS
        assert client.spin_until(lambda: nanoseconds(client.got["/clock"][-1].clock) == START_NS + 38 * TICK_NS)
        client.go_to(PLAYING)
        refused = client.step(1)
        assert refused.result == OPERATION_FAILED
        assert "pause it" in refused.error_message

    def test_the_action_counts_steps_and_can_be_cancelled(self, client: Client) -> None:
        from rclpy.action import ActionClient
        from simulation_interfaces.action import SimulateSteps

        action = ActionClient(client.node, SimulateSteps, "/simulator/simulate_steps")
        assert client.spin_until(action.server_is_ready)
        told: list[Any] = []

        def send(steps: int) -> Any:
            goal = action.send_goal_async(SimulateSteps.Goal(steps=steps), lambda msg: told.append(msg.feedback))
            assert client.spin_until(goal.done)
            return goal.result()

        ended = send(5).get_result_async()
        assert client.spin_until(ended.done)
        assert ended.result().result.result.result == OK
        assert client.now_ns == 5 * TICK_NS
        assert client.spin_until(lambda: len(told) == 5)
        assert [(each.completed_steps, each.remaining_steps) for each in told] == [(k, 5 - k) for k in range(1, 6)]

        handle = send(1_000_000)
        ended = handle.get_result_async()
        assert client.step(1).result == OPERATION_FAILED, "other steps are under way"
        handle.cancel_goal_async()
        assert client.spin_until(ended.done)
        assert "were made: they were cancelled" in ended.result().result.result.error_message
        at = client.now_ns
        assert 5 * TICK_NS <= at < 1_000_000 * TICK_NS
        assert client.now_ns == at
        action.destroy()

    def test_a_reset_gives_the_same_run_again(self, client: Client) -> None:
        def run() -> list[Any]:
            seen = []
            for _ in range(4):
                assert client.step(25).result == OK
                seen.append(client.everything())
            return seen

        begin, first = client.everything(), run()
        assert client.spawn("person/adult", 1.5, 0.0, frame="robot").result.result == OK
        client.step(10)
        assert client.call("ResetSimulation").result.result == OK
        assert client.spin_until(lambda: nanoseconds(client.got["/clock"][-1].clock) == START_NS)
        assert client.everything() == begin
        assert run() == first
        assert first[0] != first[1], "people walk"

    def test_resets_only_what_its_scope_says(self, client: Client) -> None:
        time_, state_, spawned = 1, 2, 4
        client.spawn("box", 1.5, 0.0, frame="robot", name="crate")
        client.step(50)
        walked = client.position("person_4")
        assert client.call("ResetSimulation", scope=time_).result.result == OK
        assert client.now_ns == 0
        assert client.position("person_4") == walked
        client.step(10)
        assert client.call("ResetSimulation", scope=state_).result.result == OK
        assert client.now_ns == 10 * TICK_NS
        assert client.position("person_4") != walked
        assert "crate" in client.entities()
        assert client.call("ResetSimulation", scope=spawned).result.result == OK
        assert "crate" not in client.entities()
        assert client.call("ResetSimulation", scope=8).result.result == FEATURE_UNSUPPORTED

    def test_quitting_ends_the_process(self, domains: ExitStack, tmp_path: Path) -> None:
        from domain_coordinator import domain_id

        with simulator(int(domains.enter_context(domain_id())), tmp_path) as (client, process):
            assert client.go_to(QUITTING).result == OK
            assert process.wait(20.0) == 0


class TestEntities:
    def test_lists_robot_and_people_and_filters_them(self, client: Client) -> None:
        from geometry_msgs.msg import Vector3
        from simulation_interfaces.msg import Bounds, EntityCategory, TagsFilter

        people = [f"person_{k}" for k in range(1, 7)]
        names = client.entities()
        assert names[0] == "robot"
        assert set(people) <= set(names)
        assert client.entities(filter="^person_[[:digit:]]$")[:3] == people[:3]
        robots = EntityCategory(category=EntityCategory.CATEGORY_ROBOT)
        assert client.entities(categories=[robots]) == ["robot"]
        staff = TagsFilter(tags=["staff", "person"], filter_mode=TagsFilter.FILTER_MODE_ALL)
        assert set(client.entities(tags=staff)) < set(names)
        x, y = client.position("robot")
        near = Bounds(type=Bounds.TYPE_SPHERE, points=[Vector3(x=x, y=y, z=0.3), Vector3(x=0.5)])
        assert client.entities(bounds=near) == ["robot"]
        info = client.call("GetEntityInfo", entity="robot").info
        assert (info.category.category, info.tags) == (EntityCategory.CATEGORY_ROBOT, ["robot"])

    def test_the_state_is_the_truth_that_topics_tell(self, client: Client) -> None:
        client.got["ground_truth/pose"].clear()
        client.step(5)
        assert client.spin_until(lambda: bool(client.got["ground_truth/pose"]))
        told, state = client.got["ground_truth/pose"][-1], client.state("robot")
        assert (told.header, told.pose) == (state.header, state.pose)

    def test_setting_a_state_teleports_and_the_robot_drives_on_as_told(self, client: Client) -> None:
        x, y = client.position("robot")
        assert client.place("robot", x - 1.0, y, math.pi, speed=0.3).result == OK
        assert client.position("robot") == pytest.approx((x - 1.0, y))
        assert client.state("robot").twist.linear.x == pytest.approx(-0.3)
        client.step(5)
        assert client.position("robot")[0] < x - 1.02

        assert client.place("person_4", 1.2, 0.0, frame="base_link").result == OK
        at = client.position("person_4")
        assert math.dist(at, client.position("robot")) == pytest.approx(1.2)
        client.step(5)
        assert math.dist(at, client.position("person_4")) < 0.2, "they did not walk there"

    def test_a_box_stands_before_the_robot_until_it_is_deleted(self, client: Client) -> None:
        def ahead() -> float:
            client.got["scan"].clear()
            client.step(5)
            assert client.spin_until(lambda: bool(client.got["scan"]))
            ranges = client.got["scan"][-1].ranges
            return float(ranges[len(ranges) // 2])

        before = ahead()
        spawned = client.spawn("box?size=0.5x1.0x0.8", 1.5, 0.0, frame="base_link", name="crate")
        assert (spawned.result.result, spawned.entity_name) == (OK, "crate")
        lidar = halls.robot().lidar
        assert ahead() == pytest.approx(1.25 - lidar.x, abs=0.05)
        assert client.call("DeleteEntity", entity="crate").result.result == OK
        assert ahead() == pytest.approx(before, abs=0.1)

    def test_people_can_be_spawned_and_taken_away(self, client: Client) -> None:
        spawned = client.spawn("person/wheelchair", 1.5, 0.0, frame="base_link")
        assert spawned.entity_name == "wheelchair_1"
        info = client.call("GetEntityInfo", entity="wheelchair_1").info
        assert set(info.tags) == {"person", "wheelchair", "spawned"}
        at = client.position("wheelchair_1")
        client.step(50)
        assert client.position("wheelchair_1") == pytest.approx(at), "who is put somewhere stays there"
        assert client.call("DeleteEntity", entity="wheelchair_1").result.result == OK
        assert client.call("DeleteEntity", entity="person_5").result.result == OK
        assert not {"wheelchair_1", "person_5"} & set(client.entities())

    def test_every_spawnable_can_be_spawned(self, client: Client) -> None:
        uris = [each.uri for each in client.call("GetSpawnables").spawnables]
        for k, uri in enumerate(uris):
            angle = math.tau * k / len(uris)
            spawned = client.spawn(uri, 2.2 * math.cos(angle), 2.2 * math.sin(angle), frame="robot")
            assert spawned.result.result == OK, (uri, spawned.result.error_message)
        client.step(25)
        assert "visitor" in client.entities()


class TestRefusals:
    @pytest.mark.parametrize("name", ["GetEntityState", "GetEntityInfo", "DeleteEntity", "SetEntityState"])
    def test_a_wrong_name_is_not_found(self, running: Client, name: str) -> None:
        result = running.call(name, entity="nobody").result
        assert result.result == NOT_FOUND
        assert "'nobody'" in result.error_message

    def test_what_cannot_be_spawned_is_refused_by_the_standards_codes(self, client: Client) -> None:
        from simulation_interfaces.srv import SpawnEntity

        codes = SpawnEntity.Response
        assert client.spawn("box", 1.5, 0.0, frame="robot", name="crate").result.result == OK
        for wish, code in (
            ({"uri": "elephant"}, NOT_FOUND),
            ({"uri": "box", "frame": "nowhere"}, NOT_FOUND),
            ({"uri": "model.sdf"}, codes.UNSUPPORTED_FORMAT),
            ({"uri": ""}, codes.NO_RESOURCE),
            ({"uri": "", "resource_string": "<sdf/>"}, FEATURE_UNSUPPORTED),
            ({"uri": "box?size=huge"}, codes.RESOURCE_PARSE_ERROR),
            ({"uri": "box", "name": "crate", "allow_renaming": False}, codes.NAME_NOT_UNIQUE),
            ({"uri": "box", "allow_renaming": False}, codes.NAME_INVALID),
            ({"uri": "box", "name": "a b"}, codes.NAME_INVALID),
            ({"uri": "box", "entity_namespace": "7/"}, codes.NAMESPACE_INVALID),
            ({"uri": "box", "x": 1.5, "frame": "robot"}, codes.INVALID_POSE),
            ({"uri": "person/child", "x": -500.0}, codes.INVALID_POSE),
        ):
            response = client.spawn(**({"x": 0.0, "y": 0.0} | wish))
            assert response.result.result == code, (wish, response.result.error_message)
            assert response.result.error_message
            assert not response.entity_name

    def test_poses_that_nothing_can_have_are_refused_and_change_nothing(self, client: Client) -> None:
        from simulation_interfaces.msg import EntityState
        from simulation_interfaces.srv import SetEntityState

        before = client.everything()
        x, y = client.position("robot")
        for state in (pose(-500.0, 0.0), pose(math.nan, y), pose(x, y)):
            if state.position.x == x:
                state.orientation.w = 0.0
            result = client.call("SetEntityState", entity="robot", state=EntityState(pose=state)).result
            assert result.result == SetEntityState.Response.INVALID_POSE
            assert result.error_message
        assert client.place("robot", x, y, speed=99.0).result == OPERATION_FAILED
        assert client.call("DeleteEntity", entity="robot").result.result == OPERATION_FAILED
        assert client.everything() == before
