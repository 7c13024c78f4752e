"""The exported world in a real, headless gzserver 11, against our own simulator: lidar, inertial unit, driving."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import Robot, load_robot
from hall_sim.gazebo import export_gazebo
from hall_sim.world.floor import Floor, load_floor
from hall_sim.world.lidar import Lidar
from hall_sim.world.world import STEP, World
from tests.sim.gazebo_server import GazeboServer, missing

REASON = missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)
ROOT = Path(__file__).parents[2]
SITE, ROBOT = ROOT / "maps" / "hcmc_center", ROOT / "robots" / "concierge"
FLOORS = ("1", "2")
POSES = 10
NOBODY = np.empty((0, 3))

Command = tuple[float, float, float]
"""m/s, rad/s, s"""
TURN_RATE = math.pi / 2 / 1.6
# Speeds rise and fall by no more than the drive's limits allow, since Gazebo's drive knows none.
SIDE: list[Command] = [
    *((speed, 0.0, 0.2) for speed in (0.12, 0.24, 0.36)),
    (0.48, 0.0, 3.0),
    *((speed, 0.0, 0.2) for speed in (0.32, 0.16)),
    (0.0, 0.0, 1.0),
]
TURN: list[Command] = [
    (0.0, TURN_RATE / 2, 0.2),
    (0.0, TURN_RATE, 1.4),
    (0.0, TURN_RATE / 2, 0.2),
    (0.0, 0.0, 1.0),
]


def robot() -> Robot:
    """The robot on wheels that do not slip: Gazebo's have grip."""
    read = load_robot(ROBOT)
    return dataclasses.replace(read, odometry=dataclasses.replace(read.odometry, slip=0.0))


GRAZING = 2e-4
"""rad: a beam so near to an edge may hit it in one simulator and pass it in the other."""


@dataclass(frozen=True)
class Hall:
    """One floor, here and in a running gzserver."""

    name: str
    floor: Floor
    server: GazeboServer

    def exact(self, lidar: Pose2D) -> np.ndarray:
        """What our lidar measures from where Gazebo's is, without noise."""
        figures = robot().lidar
        solid = self.floor.heights > figures.z
        ours = Lidar(figures, solid, self.floor.resolution, self.floor.origin, np.random.default_rng(1))
        return ours.exact(lidar @ Pose2D(figures.x, figures.y, figures.yaw).inverse(), NOBODY)

    def poses(self) -> list[Pose2D]:
        """Poses all over the floor, half a metre from everything."""
        cell, rng = self.floor.resolution, np.random.default_rng([7, int(self.name)])
        clearance = cv2.distanceTransform(self.floor.free.astype(np.uint8), cv2.DIST_L2, 5) * cell
        cells = rng.choice(np.argwhere(clearance > 0.5), POSES, replace=False)
        corner = self.floor.origin
        return [
            Pose2D(corner.x + (x + 0.37) * cell, corner.y + (y + 0.61) * cell, rng.uniform(-math.pi, math.pi))
            for y, x in cells
        ]


def export(folder: Path, floor: str) -> Path:
    (world,) = export_gazebo(SITE, folder, floor, ROBOT, sdf="1.6")
    return world


@pytest.fixture(scope="module", params=FLOORS)
def hall(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with GazeboServer(export(tmp_path_factory.mktemp("gazebo"), request.param), "concierge") as server:
        yield Hall(request.param, load_floor(SITE, request.param), server)


def test_loads_without_an_error_and_the_robot_stands(hall: Hall) -> None:
    hall.server.advance(2.0)
    assert hall.server.errors() == []
    assert hall.server.pose().distance(hall.floor.post) < 0.001


def agreeing(theirs: np.ndarray, ours: np.ndarray) -> np.ndarray:
    """Tell which beams are the same within 2 cm, or nothing for both."""
    same = np.isinf(theirs) & np.isinf(ours)
    same[~same] = np.abs(theirs[~same] - ours[~same]) < 0.02
    return same


def test_every_beam_agrees_with_our_lidar_at_ten_poses(hall: Hall) -> None:
    for pose in hall.poses():
        hall.server.place(pose)
        theirs = hall.server.scan(pose)
        assert theirs.tilt < 0.001
        agree = [
            agreeing(theirs.ranges, hall.exact(theirs.lidar @ Pose2D(0.0, 0.0, turn)))
            for turn in (0.0, -GRAZING, GRAZING)
        ]
        assert np.isfinite(theirs.ranges).sum() > 600
        assert agree[0].mean() > 0.995
        assert np.any(agree, axis=0).all()


def test_the_lidar_is_as_noisy_and_the_imu_feels_what_the_robots_file_says(tmp_path: Path) -> None:
    floor = load_floor(SITE, "1")
    with GazeboServer(export(tmp_path, "1"), "concierge", noise=True) as server:
        hall = Hall("1", floor, server)
        server.advance(0.5)
        scans = [server.scan(floor.post) for _ in range(10)]
        errors = np.concatenate([scan.ranges - hall.exact(scan.lidar) for scan in scans])
        acceleration, rates = server.inertial(1.0)
    figures = load_robot(ROBOT)
    assert figures.imu is not None
    assert errors[np.isfinite(errors)].std() == pytest.approx(figures.lidar.noise, rel=0.05)
    assert acceleration.mean(axis=0) == pytest.approx([0.0, 0.0, 9.8], abs=0.02)
    assert acceleration.std() > figures.imu.accelerometer_noise / 2
    assert rates.std(axis=0) == pytest.approx(np.full(3, figures.imu.gyroscope_noise), rel=0.3)


@pytest.fixture(scope="module")
def corners(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Pose2D]]:
    """A square of 1.7 m to the left, by the same commands in both simulators."""
    with GazeboServer(export(tmp_path_factory.mktemp("square"), "1"), "concierge") as server:
        server.advance(0.2)
        theirs = square(theirs_by(server), server.pose)
    world = World(load_floor(SITE, "1"), robot(), 0, 1)
    return {"ours": square(ours_by(world), lambda: world.pose), "theirs": theirs}


def test_the_sides_and_angles_of_a_driven_square_agree(corners: dict[str, list[Pose2D]]) -> None:
    ours, theirs = (legs(corners[name]) for name in ("ours", "theirs"))
    assert theirs[0] == pytest.approx(ours[0], rel=0.03)
    assert theirs[1] == pytest.approx(ours[1], rel=0.03)


def test_no_corner_is_off_by_more_than_a_hundredth_of_the_way(corners: dict[str, list[Pose2D]]) -> None:
    way = sum(legs(corners["ours"])[0])
    apart = [a.distance(b) for a, b in zip(corners["ours"], corners["theirs"], strict=True)]
    assert max(apart) < 0.01 * way


Drive = Callable[[float, float, float], None]


def square(drive: Drive, pose: Callable[[], Pose2D]) -> list[Pose2D]:
    """Drive four sides and four turns; return the start and the pose after each."""
    passed = [pose()]
    for _ in range(4):
        for part in (SIDE, TURN):
            for command in part:
                drive(*command)
            passed.append(pose())
    return passed


def legs(passed: list[Pose2D]) -> tuple[list[float], list[float]]:
    """The sides' lengths and the turns' angles."""
    sides = [a.distance(b) for a, b in zip(passed[0::2], passed[1::2], strict=False)]
    turns = [wrap_angle(b.yaw - a.yaw) for a, b in zip(passed[1::2], passed[2::2], strict=True)]
    return sides, turns


def theirs_by(server: GazeboServer) -> Drive:
    def drive(speed: float, yaw_rate: float, seconds: float) -> None:
        server.command(speed, yaw_rate)
        server.advance(seconds)

    return drive


def ours_by(world: World) -> Drive:
    def drive(speed: float, yaw_rate: float, seconds: float) -> None:
        for step in range(round(seconds / STEP)):
            if step % 20 == 0:  # our base stops by itself when commands stay away
                world.base.command(speed, yaw_rate)
            world.step()

    return drive
