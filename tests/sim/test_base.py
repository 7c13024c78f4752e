from __future__ import annotations

import math

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from hall_sim.world.base import Base
from hall_sim.world.world import STEP, World
from tests.sim import halls


def world(post: Pose2D = halls.POST, seed: int = 1) -> World:
    return World(halls.floor(post, furnished=False), halls.robot(), 0, seed)


def drive(hall: World, speed: float, yaw_rate: float, seconds: float) -> list[str]:
    touched = []
    for step in range(round(seconds / STEP)):
        if step % 10 == 0:
            hall.base.command(speed, yaw_rate)
        touched += [contact.thing for contact in hall.step()]
    return touched


def halt(hall: World) -> None:
    drive(hall, 0.0, 0.0, 1.5)


class TestMotion:
    def test_a_straight_line_ends_where_the_twist_says_within_slip(self) -> None:
        hall = world(Pose2D(2.0, 6.0, 0.0))
        drive(hall, 0.5, 0.0, 10.0)
        halt(hall)
        counted = hall.base.odometry
        # 0.5 m/s for 10 s, less the ramp up and plus the ramp down
        wanted = 5.0 - 0.5**2 / (2 * 0.6) + 0.5**2 / (2 * 1.0)
        assert counted.x == pytest.approx(wanted, abs=0.02)
        assert hall.pose.x - 2.0 == pytest.approx(wanted, rel=0.02)
        assert abs(hall.pose.y - 6.0) < 0.35

    def test_a_square_comes_back_near_its_start(self) -> None:
        hall = world(Pose2D(6.0, 3.0, 0.0))
        for _ in range(4):
            drive(hall, 0.5, 0.0, 5.0)
            halt(hall)
            # the ramps of the turn, up and down, are alike: its time is angle over rate
            drive(hall, 0.0, 1.0, math.pi / 2)
            halt(hall)
        counted = hall.base.odometry
        assert math.hypot(counted.x, counted.y) < 0.1
        assert hall.pose.distance(Pose2D(6.0, 3.0)) < 0.4
        assert hall.pose.distance(Pose2D(6.0 + counted.x, 3.0 + counted.y)) > 0.001, "wheels slip"

    def test_accelerations_and_speeds_stay_within_the_limits(self) -> None:
        hall, limits = world(Pose2D(2.0, 6.0, 0.0)), halls.robot().drive
        speeds, rates = [], []
        for command in ((5.0, 9.0), (-5.0, -9.0), (0.0, 0.0)):
            for _ in range(600):
                hall.base.command(*command)
                hall.base.step()
                speeds.append(hall.base.wheels.speed)
                rates.append(hall.base.wheels.yaw_rate)
        assert max(speeds) == pytest.approx(limits.max_speed)
        assert min(speeds) == pytest.approx(-limits.max_reverse_speed)
        assert np.abs(np.diff(speeds)).max() <= limits.max_deceleration * STEP + 1e-9
        assert np.diff(speeds[:300]).max() <= limits.max_acceleration * STEP + 1e-9
        assert np.abs(np.diff(rates)).max() <= limits.max_yaw_acceleration * STEP + 1e-9

    def test_nonsense_counts_as_stop(self) -> None:
        base = Base(halls.robot().drive, 0.0, STEP, np.random.default_rng(1))
        base.command(float("nan"), 1.0)
        for _ in range(50):
            base.step()
        assert (base.wheels.speed, base.wheels.yaw_rate) == (0.0, 0.0)


class TestTimeOut:
    def test_without_commands_the_base_brakes_by_itself(self) -> None:
        hall, limits = world(Pose2D(2.0, 6.0, 0.0)), halls.robot().drive
        drive(hall, 0.8, 0.0, 3.0)
        before = hall.pose
        steps = 0
        while hall.base.wheels.speed > 0.0:
            hall.step()
            steps += 1
        wanted = limits.command_timeout + 0.8 / limits.max_deceleration
        assert steps * STEP == pytest.approx(wanted, abs=0.06)
        way = 0.8 * limits.command_timeout + 0.8**2 / (2 * limits.max_deceleration)
        assert hall.pose.distance(before) == pytest.approx(way, rel=0.06)

    def test_the_emergency_stop_outdoes_commands(self) -> None:
        hall = world(Pose2D(2.0, 6.0, 0.0))
        drive(hall, 0.8, 0.0, 2.0)
        hall.base.e_stop = True
        drive(hall, 0.8, 0.0, 1.0)
        assert hall.speed < 1e-3


class TestContacts:
    def test_driving_into_a_wall_is_told_once_and_stops_the_body_but_not_the_wheels(self) -> None:
        hall = world(Pose2D(18.0, 6.0, 0.0))
        touched = drive(hall, 0.6, 0.0, 5.0)
        assert len(touched) == 1
        assert touched[0].startswith("solid_")
        radius = halls.robot().body.radius
        assert hall.pose.x == pytest.approx(halls.WIDTH - halls.WALL - radius, abs=0.03)
        assert hall.base.odometry.x > 2.0

    def test_running_into_a_person_is_told(self) -> None:
        hall = World(halls.floor(furnished=False), halls.robot(), 1, 1)
        hall.bodies.place(0, 7.5, 6.0, 0.0, 0.05)
        hall.move_bodies()
        assert any(thing.startswith("person_0") for thing in drive(hall, 0.6, 0.0, 4.0))

    def test_standing_and_driving_on_the_free_floor_touches_nothing(self) -> None:
        assert drive(world(), 0.5, 0.3, 5.0) == []
