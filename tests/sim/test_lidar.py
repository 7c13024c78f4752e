from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest

from guide_common.geometry import Pose2D
from hall_sim.world.bodies import LEG_RADIUS, Bodies
from hall_sim.world.lidar import Lidar
from hall_sim.world.world import World
from tests.sim import halls

NOBODY = np.empty((0, 3))


def lidar(furnished: bool = True) -> Lidar:
    floor, figures = halls.floor(furnished=furnished), halls.robot().lidar
    return Lidar(figures, floor.heights > figures.z, floor.resolution, floor.origin, np.random.default_rng(1))


class TestWalls:
    def test_ranges_in_a_bare_hall_are_the_distances_to_the_four_walls(self) -> None:
        sensor, pose = lidar(furnished=False), Pose2D(7.3, 4.1, 0.7)
        ranges = sensor.exact(pose, NOBODY)
        angles = sensor.angles + pose.yaw
        with np.errstate(divide="ignore"):
            to_x = np.where(np.cos(angles) > 0, halls.WIDTH - halls.WALL - pose.x, halls.WALL - pose.x) / np.cos(angles)
            to_y = np.where(np.sin(angles) > 0, halls.DEPTH - halls.WALL - pose.y, halls.WALL - pose.y) / np.sin(angles)
        assert ranges == pytest.approx(np.minimum(to_x, to_y), abs=1e-6)

    def test_agrees_with_rays_cast_against_the_boxes_of_the_physics(self) -> None:
        world = World(halls.floor(), halls.robot(), 0, 1)
        ranges, pose = world.lidar.exact(world.pose, NOBODY), world.pose
        angles = world.lidar.angles + pose.yaw
        rays = np.stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))], axis=1)
        hits, distances = np.zeros(len(rays), np.int32), np.zeros(len(rays))
        middle = np.array([[pose.x], [pose.y], [halls.robot().lidar.z]])
        body = world.model.body("robot").id
        mujoco.mj_multiRay(
            world.model, world.data, middle, rays.reshape(-1, 1), None, 1, body,
            hits.reshape(-1, 1), distances.reshape(-1, 1), None, len(rays), 100.0,
        )  # fmt: skip
        assert ranges == pytest.approx(distances, abs=1e-4)

    def test_looks_over_what_is_lower_than_the_sensor(self) -> None:
        floor, figures = halls.floor(), halls.robot().lidar
        floor.heights[floor.heights == 0.8] = 0.2
        sensor = Lidar(figures, floor.heights > figures.z, floor.resolution, floor.origin, np.random.default_rng(1))
        south = round((math.pi / 2) / sensor.angle_increment)
        assert sensor.exact(Pose2D(10.0, 6.0), NOBODY)[south] == pytest.approx(6.0 - halls.WALL)

    def test_beyond_its_reach_nothing_answers(self) -> None:
        floor, figures = halls.floor(furnished=False), halls.robot().lidar
        sensor = Lidar(figures, np.zeros_like(floor.solid), floor.resolution, floor.origin, np.random.default_rng(1))
        assert np.isinf(sensor.scan(Pose2D(5.0, 5.0), NOBODY)).all()


class TestPeople:
    def test_sees_two_legs_of_a_person_ahead(self) -> None:
        sensor, bodies = lidar(furnished=False), Bodies(1)
        bodies.place(0, 8.0, 6.0, math.pi, 0.05)
        ranges = sensor.exact(Pose2D(6.0, 6.0), bodies.leg_circles())
        near = np.flatnonzero(ranges < 2.1)
        assert ranges[near].min() == pytest.approx(2.0 - LEG_RADIUS, abs=0.01)
        runs = np.split(near, np.flatnonzero(np.diff(near) > 1) + 1)
        assert len(runs) == 2, "a gap between the legs"

    def test_a_circle_behind_the_robot_is_found_across_the_seam_of_the_angles(self) -> None:
        ranges = lidar(furnished=False).exact(Pose2D(6.0, 6.0), np.array([[4.0, 6.0, 0.3]]))
        assert ranges[0] == pytest.approx(1.7, abs=1e-6)
        assert ranges[-1] == pytest.approx(1.7, abs=1e-2)

    def test_nobody_is_seen_who_is_not_in_the_hall(self) -> None:
        assert len(Bodies(5).leg_circles()) == 0

    def test_legs_swing_when_walking_and_stand_together_when_not(self) -> None:
        bodies = Bodies(1)
        spreads = []
        for step in range(40):
            bodies.place(0, 5.0 + 0.05 * step, 5.0, 0.0, 0.05)
            left, right = bodies.legs()
            spreads.append(abs(left[0] - right[0]))
        assert max(spreads) > 0.4
        bodies.place(0, 5.0 + 0.05 * 39, 5.0, 0.0, 0.05)
        left, right = bodies.legs()
        assert left[0] == pytest.approx(right[0])


def test_noise_is_as_large_as_the_robots_file_says() -> None:
    sensor, pose = lidar(furnished=False), Pose2D(6.0, 6.0)
    errors = np.concatenate([sensor.scan(pose, NOBODY) - sensor.exact(pose, NOBODY) for _ in range(50)])
    assert errors.std() == pytest.approx(halls.robot().lidar.noise, rel=0.03)
