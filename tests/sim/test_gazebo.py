import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from counter_map.site import load_site
from guide_common.errors import UserError
from hall_sim.gazebo import export_gazebo
from navigation.grid import load_map

ROOT = Path(__file__).parents[2]
SITE, ROBOT = ROOT / "maps" / "hcmc_center", ROOT / "robots" / "concierge"


@pytest.fixture(scope="module", params=["1", "2"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    world, bridge = export_gazebo(SITE, tmp_path_factory.mktemp("gazebo"), request.param, ROBOT)
    assert bridge.name == "bridge.yaml"
    return request.param, world


def boxes(model: ET.Element) -> list[tuple[float, ...]]:
    """x, y, width, depth of each collision."""
    found = []
    for part in model.iter("collision"):
        pose, size = (part.findtext(path, "").split() for path in ("pose", "geometry/box/size"))
        found.append(tuple(float(value) for value in (*pose[:2], *size[:2])))
    return found


def test_every_wall_cell_is_solid_exactly_once(exported: tuple[str, Path]) -> None:
    floor, path = exported
    grid = load_map(SITE / f"floor_{floor}.yaml")
    area = 0.0
    for model in ET.parse(path).getroot().iter("model"):
        if model.get("name") in ("ground", "concierge"):
            continue
        for x, y, width, depth in boxes(model):
            area += width * depth
            assert grid.values_at([(x, y)]).tolist() == [100] or min(width, depth) > grid.resolution
    assert area == pytest.approx(grid.lethal.sum() * grid.resolution**2, rel=1e-4)


def test_furniture_keeps_its_name(exported: tuple[str, Path]) -> None:
    floor, path = exported
    names = {model.get("name") for model in ET.parse(path).getroot().iter("model")}
    furniture = {zone.id for zone in load_site(SITE).zones_of("furniture", floor)}
    assert furniture
    assert furniture | {"walls", "ground", "concierge"} == names


def test_the_robot_has_wheels_lidar_and_odometry(exported: tuple[str, Path]) -> None:
    robot = ET.parse(exported[1]).getroot().find("world/model[@name='concierge']")
    assert robot is not None
    assert robot.findtext(".//sensor[@type='gpu_lidar']/lidar/scan/horizontal/samples") == "720"
    assert robot.find(".//sensor[@type='imu']") is not None
    drive = robot.find("plugin[@name='gz::sim::systems::DiffDrive']")
    assert drive is not None
    joints = {joint.get("name") for joint in robot.iter("joint")}
    assert {drive.findtext("left_joint"), drive.findtext("right_joint")} <= joints


def test_passes_the_sdf_check(exported: tuple[str, Path]) -> None:
    if shutil.which("ign") is None and shutil.which("gz") is None:
        pytest.skip("neither ign nor gz is installed: `apt-get install ignition-tools libsdformat-dev` brings ign sdf")
    tool = "gz" if shutil.which("gz") else "ign"
    checked = subprocess.run([tool, "sdf", "--check", str(exported[1])], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "Valid" in checked.stdout
    assert "Error" not in checked.stderr.replace("Library error", "")


def test_the_bridge_carries_the_base_contract(tmp_path: Path) -> None:
    _, bridge = export_gazebo(SITE, tmp_path, "1", ROBOT)
    topics = {entry["ros_topic_name"]: entry["direction"] for entry in yaml.safe_load(bridge.read_text())}
    assert topics.pop("cmd_vel") == "ROS_TO_GZ"
    assert {"/clock", "odom", "tf", "scan"} <= topics.keys()
    assert set(topics.values()) == {"GZ_TO_ROS"}


def test_mistakes_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no floor 9"):
        export_gazebo(SITE, tmp_path, "9", ROBOT)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        export_gazebo(SITE, tmp_path / "file" / "world", "1", ROBOT)
