import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from guide_common.errors import UserError
from guide_common.robot import load_robot
from navigation.urdf import Joint, load_urdf

FOLDER = Path(__file__).parents[2] / "robots" / "concierge"


URDF = load_urdf(FOLDER / "concierge.urdf")
JOINTS = {joint.child: joint for joint in URDF.joints}


class TestConcierge:
    robot = load_robot(FOLDER)

    def test_agrees_with_robot_yaml(self) -> None:
        lidar, drive = self.robot.lidar, self.robot.drive
        assert JOINTS[lidar.frame].xyz == (lidar.x, lidar.y, lidar.z)
        assert JOINTS[lidar.frame].rpy[2] == lidar.yaw
        left, right = JOINTS["left_wheel"].xyz, JOINTS["right_wheel"].xyz
        assert left[1] - right[1] == pytest.approx(drive.wheel_separation)
        assert left[2] == pytest.approx(drive.wheel_radius)
        root = ET.fromstring(URDF.text)
        base = root.find("link[@name='base_link']/collision/geometry/cylinder")
        assert base is not None
        assert float(base.get("radius", "0")) == self.robot.body.radius

    def test_masses_add_up(self) -> None:
        masses = [float(mass.get("value", "0")) for mass in ET.fromstring(URDF.text).iter("mass")]
        assert sum(masses) == pytest.approx(self.robot.body.mass)

    def test_every_inertia_is_possible(self) -> None:
        for inertia in ET.fromstring(URDF.text).iter("inertia"):
            x, y, z = sorted(float(inertia.get(key, "0")) for key in ("ixx", "iyy", "izz"))
            assert x > 0.0
            assert x + y >= z

    def test_every_link_hangs_on_base_link(self) -> None:
        for link in URDF.links:
            while link != "base_link":
                link = JOINTS[link].parent


def test_a_wheel_turns_about_its_axis() -> None:
    joint = Joint("wheel", "continuous", "base", "wheel", xyz=(0.0, 0.2, 0.1), axis=(0.0, 1.0, 0.0))
    place, turn = joint.placed(math.pi / 2)
    assert place == (0.0, 0.2, 0.1)
    assert turn == pytest.approx((0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5)))


def test_a_slider_moves_along_its_turned_axis() -> None:
    joint = Joint("lift", "prismatic", "a", "b", xyz=(1.0, 0.0, 0.0), rpy=(0.0, 0.0, math.pi / 2), axis=(1.0, 0.0, 0.0))
    assert joint.placed(0.5)[0] == pytest.approx((1.0, 0.5, 0.0))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("<robot", "not XML"),
        ("<robot/>", "not a URDF"),
        (
            "<robot><link name='a'/><joint name='j' type='fixed'><parent link='a'/><child link='b'/></joint></robot>",
            "child",
        ),
        ("<robot><link name='a'/><joint name='j' type='floating'/></robot>", "type"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "robot.urdf"
    path.write_text(text)
    with pytest.raises(UserError, match=word):
        load_urdf(path)
