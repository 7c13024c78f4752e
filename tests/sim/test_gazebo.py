"""The exported worlds, as files: what stands in them, what the robot is made of, what the SDF checker says."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import typer
import yaml
from typer.testing import CliRunner

from counter_map.site import load_site
from guidance.cli.sim import register
from guide_common.errors import UserError
from guide_common.robot import Robot, load_robot
from hall_sim.gazebo import FLAVOURS, export_gazebo
from navigation.grid import load_map

ROOT = Path(__file__).parents[2]
SITE, ROBOT = ROOT / "maps" / "hcmc_center", ROOT / "robots" / "concierge"
WORLDS = [(floor, sdf) for sdf in FLAVOURS for floor in ("1", "2")]


class World:
    """One exported world."""

    def __init__(self, floor: str, sdf: str, folder: Path) -> None:
        self.floor, self.sdf = floor, sdf
        self.file, *self.others = export_gazebo(SITE, folder, floor, ROBOT, sdf)
        self.root = ET.parse(self.file).getroot()

    def models(self) -> dict[str, ET.Element]:
        return {model.get("name", ""): model for model in self.root.iter("model")}


@pytest.fixture(scope="module", params=WORLDS, ids=[f"{sdf}-floor{floor}" for floor, sdf in WORLDS])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(*request.param, tmp_path_factory.mktemp("gazebo"))


@pytest.fixture
def robot(world: World) -> ET.Element:
    return world.models()["concierge"]


def figures() -> Robot:
    return load_robot(ROBOT)


def numbers(element: ET.Element, path: str) -> list[float]:
    return [float(word) for word in element.findtext(path, "").split()]


class TestTheHall:
    def test_every_wall_cell_is_solid_exactly_once(self, world: World) -> None:
        grid = load_map(SITE / f"floor_{world.floor}.yaml")
        area = 0.0
        for name, model in world.models().items():
            if name in ("ground", "concierge"):
                continue
            for part in model.iter("collision"):
                (x, y, *_), (width, depth, _) = numbers(part, "pose"), numbers(part, "geometry/box/size")
                area += width * depth
                assert grid.values_at([(x, y)]).tolist() == [100] or min(width, depth) > grid.resolution
        assert area == pytest.approx(grid.lethal.sum() * grid.resolution**2, rel=1e-6)

    def test_everything_of_the_site_is_there_by_its_name(self, world: World) -> None:
        site = load_site(SITE)
        furniture = {zone.id for zone in site.zones_of("furniture", world.floor)}
        places = {place.id for place in site.places_of(floor=world.floor)}
        assert len(furniture) > 60
        assert len(places) > 40
        assert furniture | places | {"walls", "ground", "concierge"} == world.models().keys()
        walls = [part.get("name", "") for part in world.models()["walls"].iter("collision")]
        assert len(set(walls)) == len(walls) > 200
        assert all(name.startswith("wall_") for name in walls)

    def test_furniture_is_as_high_as_the_site_says_and_walls_reach_up(self, world: World) -> None:
        for zone in load_site(SITE).zones_of("furniture", world.floor):
            for part in world.models()[zone.id].iter("collision"):
                (*_, z, _, _, _), (*_, height) = numbers(part, "pose"), numbers(part, "geometry/box/size")
                assert (z, height) == pytest.approx((height / 2, zone.height))

    def test_a_place_is_a_mark_to_drive_over_where_the_robot_stands_for_it(self, world: World) -> None:
        counter = next(load_site(SITE).places_of("counter", world.floor))
        mark = world.models()[counter.id]
        assert mark.find(".//collision") is None
        assert numbers(mark, "pose") == pytest.approx([counter.stand.x, counter.stand.y, 0, 0, 0, counter.stand.yaw])

    def test_nothing_has_to_be_found_elsewhere(self, world: World) -> None:
        text = world.file.read_text()
        assert not any(word in text for word in ("model://", "file://", "<include", "<uri", "package://"))


class TestTheRobot:
    def test_weighs_what_its_file_says(self, robot: ET.Element) -> None:
        masses = [float(mass.text or "") for mass in robot.iter("mass")]
        assert sum(masses) == pytest.approx(figures().body.mass)

    def test_links_held_by_fixed_joints_are_one_body_with_their_common_centre_and_inertia(
        self, robot: ET.Element
    ) -> None:
        base = robot.find("link[@name='base_link']")
        assert base is not None
        # base, column, screen, laser, imu and two casters: kg and height of each centre, from the URDF
        parts = [(22.0, 0.135), (8.4, 0.71), (2.0, 1.15), (0.2, 0.25), (0.01, 0.1), (0.195, 0.03), (0.195, 0.03)]
        height = sum(mass * z for mass, z in parts) / sum(mass for mass, _ in parts)
        forward = 2.0 * 0.1 / 33.0
        assert numbers(base, "inertial/pose")[:3] == pytest.approx([forward, 0.0, height])
        upright = sum(mass * (x - forward) ** 2 for mass, x in ((2.0, 0.1), (31.0 - 0.39, 0.0)))
        upright += 0.195 * ((0.19 - forward) ** 2 + (0.19 + forward) ** 2)
        screen = 0.0289 * math.sin(0.35) ** 2 + 0.0194 * math.cos(0.35) ** 2
        own = 0.6875 + 0.1361 + screen + 0.0002 + 1e-6 + 2 * 0.0000702
        assert numbers(base, "inertial/inertia/izz") == pytest.approx([own + upright], rel=1e-6)

    def test_wheels_have_the_radius_and_the_track_of_the_drive(self, world: World, robot: ET.Element) -> None:
        drive = figures().drive
        shape = "sphere" if world.sdf == "1.6" else "cylinder"
        sides = []
        for side in ("left", "right"):
            wheel = robot.find(f"link[@name='{side}_wheel']")
            assert wheel is not None
            assert numbers(wheel, f"collision/geometry/{shape}/radius") == [drive.wheel_radius]
            assert numbers(wheel, "visual/geometry/cylinder/radius") == [drive.wheel_radius]
            _, y, z, *_ = numbers(wheel, "pose")
            assert z == drive.wheel_radius
            sides.append(y)
        assert sides[0] - sides[1] == pytest.approx(drive.wheel_separation)

    def test_the_lidar_has_the_beams_range_and_noise_of_its_file(self, world: World, robot: ET.Element) -> None:
        lidar = figures().lidar
        kind, tag = ("ray", "ray") if world.sdf == "1.6" else ("gpu_lidar", "lidar")
        sensor = robot.find(f".//sensor[@type='{kind}']")
        assert sensor is not None
        assert numbers(sensor, "pose") == pytest.approx([lidar.x, lidar.y, lidar.z, 0, 0, lidar.yaw])
        assert numbers(sensor, "update_rate") == [lidar.rate]
        assert numbers(sensor, f"{tag}/scan/horizontal/samples") == [lidar.beams]
        low, high = (numbers(sensor, f"{tag}/scan/horizontal/{end}_angle")[0] for end in ("min", "max"))
        angles = -math.pi + math.tau / lidar.beams * np.arange(lidar.beams)
        assert np.linspace(low, high, lidar.beams) == pytest.approx(angles, abs=1e-8)
        limits = [numbers(sensor, f"{tag}/range/{end}")[0] for end in ("min", "max")]
        assert limits == [lidar.range_min, lidar.range_max]
        assert numbers(sensor, f"{tag}/noise/stddev") == [lidar.noise]

    def test_the_imu_has_the_rate_and_noise_of_its_file(self, robot: ET.Element) -> None:
        imu, sensor = figures().imu, robot.find(".//sensor[@type='imu']")
        assert imu is not None and sensor is not None
        assert numbers(sensor, "update_rate") == [imu.rate]
        for axis in "xyz":
            assert numbers(sensor, f"imu/angular_velocity/{axis}/noise/stddev") == [imu.gyroscope_noise]
            assert numbers(sensor, f"imu/linear_acceleration/{axis}/noise/stddev") == [imu.accelerometer_noise]

    def test_the_drive_turns_the_wheels_there_are(self, world: World, robot: ET.Element) -> None:
        name = "diff_drive" if world.sdf == "1.6" else "gz::sim::systems::DiffDrive"
        drive = robot.find(f"plugin[@name='{name}']")
        assert drive is not None
        turning = {joint.get("name") for joint in robot.findall("joint[@type='revolute']")}
        assert {drive.findtext("left_joint"), drive.findtext("right_joint")} == turning

    def test_harmonic_gets_the_limits_and_odometry(self, world: World, robot: ET.Element) -> None:
        if world.sdf == "1.6":
            assert robot.find("plugin/odom_topic") is None, "Gazebo 11 has no odometry without ROS"
            return
        limits, drive = figures().drive, robot.find("plugin[@name='gz::sim::systems::DiffDrive']")
        assert drive is not None
        assert drive.findtext("odom_topic") == "odom"
        for key, value in (
            ("wheel_separation", limits.wheel_separation), ("wheel_radius", limits.wheel_radius),
            ("max_linear_velocity", limits.max_speed), ("min_linear_velocity", -limits.max_reverse_speed),
            ("max_angular_velocity", limits.max_yaw_rate), ("odom_publish_frequency", figures().odometry.rate),
        ):  # fmt: skip
            assert numbers(drive, key) == [value], key


class TestTheFiles:
    def test_pass_the_sdf_check(self, world: World) -> None:
        tool = next((name for name in ("gz", "ign") if shutil.which(name)), None)
        if tool is None:
            pytest.skip("neither gz nor ign is installed; `apt-get install ignition-tools libsdformat-dev` brings one")
        command = [tool, "sdf", "--check", str(world.file)]
        checked = subprocess.run(command, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        assert "Valid" in checked.stdout
        told = checked.stderr.replace("Library error: libignition-tools-backward.so", "")
        assert "Error" not in told
        assert "Warning" not in told

    def test_the_bridge_carries_the_base_contract_for_harmonic_alone(self, world: World) -> None:
        if world.sdf == "1.6":
            assert world.others == []
            return
        (bridge,) = world.others
        assert bridge.name == "bridge.yaml"
        topics = {entry["ros_topic_name"]: entry["direction"] for entry in yaml.safe_load(bridge.read_text())}
        assert topics.pop("cmd_vel") == "ROS_TO_GZ"
        assert {"/clock", "odom", "tf", "scan", "imu"} <= topics.keys()
        assert set(topics.values()) == {"GZ_TO_ROS"}

    def test_what_the_bridge_carries_the_world_has(self, world: World) -> None:
        if not world.others:
            return
        given = {element.text for tag in ("topic", "odom_topic", "tf_topic") for element in world.root.iter(tag)}
        carried = {entry["gz_topic_name"] for entry in yaml.safe_load(world.others[0].read_text())}
        assert carried - {"/clock"} <= given


class TestMistakes:
    def test_are_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no floor 9"):
            export_gazebo(SITE, tmp_path, "9", ROBOT)
        with pytest.raises(UserError, match=r"--sdf 1\.5: not known; use 1\.9 .* or 1\.6"):
            export_gazebo(SITE, tmp_path, "1", ROBOT, "1.5")
        (tmp_path / "file").write_text("")
        with pytest.raises(UserError, match="cannot be written"):
            export_gazebo(SITE, tmp_path / "file" / "world", "1", ROBOT)

    @pytest.mark.parametrize(
        ("was", "is_", "words"),
        [
            ('<link name="laser">', '<link name="eye">', "no link 'laser', where robot.yaml puts the lidar"),
            ('<mass value="8.4"/>', "", "link 'column' has no inertial"),
            ("right_wheel_joint", "starboard_joint", "no continuous joints named left… and right…"),
        ],
    )
    def test_of_a_robot_name_the_file_and_the_mend(self, tmp_path: Path, was: str, is_: str, words: str) -> None:
        shutil.copytree(ROBOT, tmp_path / "concierge")
        urdf = tmp_path / "concierge" / "concierge.urdf"
        text = urdf.read_text().replace(was, is_)
        urdf.write_text(text.replace('<child link="laser"/>', '<child link="eye"/>') if "eye" in is_ else text)
        with pytest.raises(UserError) as mistake:
            export_gazebo(SITE, tmp_path, "1", tmp_path / "concierge")
        assert str(mistake.value).startswith(f"{urdf}: ")
        assert words in str(mistake.value)

    def test_a_robot_without_an_imu_gets_none(self, tmp_path: Path) -> None:
        shutil.copytree(ROBOT, tmp_path / "concierge")
        described = tmp_path / "concierge" / "robot.yaml"
        data = yaml.safe_load(described.read_text())
        del data["imu"]
        described.write_text(yaml.safe_dump(data))
        world, _ = export_gazebo(SITE, tmp_path, "1", tmp_path / "concierge")
        assert "<imu" not in world.read_text()
        assert 'type="imu"' not in world.read_text()


def test_the_command_writes_every_floor_and_tells_the_files(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    answer = CliRunner().invoke(
        app, ["sim", "export", "gazebo", str(SITE), "--out", str(tmp_path), "--sdf", "1.6", "--json"]
    )
    assert answer.exit_code == 0
    files = json.loads(answer.stdout)["files"]
    assert files == [str(tmp_path / f"hcmc_center_{floor}.world") for floor in ("1", "2")]
    assert all(ET.parse(file).getroot().get("version") == "1.6" for file in files)
