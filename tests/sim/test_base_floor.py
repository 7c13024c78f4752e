from __future__ import annotations

import math

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from guide_common.robot import Battery as BatteryFigures
from hall_sim.scenarios.settings_body import BodySettings, Bump, DriveSettings, LidarSettings, Slippery
from hall_sim.world.battery import Battery
from hall_sim.world.world import STEP, World
from tests.sim import halls

START = Pose2D(2.0, 6.0, 0.0)


def world(drive: DriveSettings | None = None, seed: int = 1, **body: object) -> World:
    settings = BodySettings(drive=drive or DriveSettings(), **body)  # type: ignore[arg-type]
    return World(halls.floor(START, furnished=False), halls.robot(), 0, seed, settings)


def ride(hall: World, seconds: float, speed: float = 0.6, yaw_rate: float = 0.0) -> None:
    for _ in range(round(seconds / STEP)):
        hall.base.command(speed, yaw_rate)
        hall.step()


class TestSlip:
    def drift(self, drive: DriveSettings, seed: int) -> float:
        hall = world(drive, seed)
        ride(hall, 12.0)
        counted = hall.base.odometry
        return hall.pose.distance(Pose2D(START.x + counted.x, START.y + counted.y))

    def test_a_wet_floor_makes_odometry_drift_more(self) -> None:
        wet = DriveSettings(slippery=(Slippery(area=((4, 0), (8, 0), (8, 12), (4, 12)), slip=0.4),))
        dry = [self.drift(DriveSettings(), seed) for seed in range(8)]
        assert np.mean([self.drift(wet, seed) for seed in range(8)]) > 2.0 * np.mean(dry)

    def test_without_slip_odometry_is_true(self) -> None:
        assert self.drift(DriveSettings(slip=0.0), 1) < 0.02


class TestBumps:
    def test_a_sill_under_one_wheel_turns_the_robot_and_costs_way(self) -> None:
        half = halls.robot().drive.wheel_separation / 2.0
        sill = Bump(at=((5.0, START.y + half - 0.1), (5.0, START.y + half + 0.1)), height=0.01)
        flat, bumpy = world(DriveSettings(slip=0.0)), world(DriveSettings(slip=0.0, bumps=(sill,)))
        ride(flat, 8.0)
        ride(bumpy, 8.0)
        lost = 2.0 * 0.0825 * (math.acos(1 - 0.01 / 0.0825) - math.sin(math.acos(1 - 0.01 / 0.0825)))
        assert flat.pose.yaw == pytest.approx(0.0, abs=1e-6)
        assert bumpy.pose.yaw == pytest.approx(lost / (2.0 * half), rel=0.15), "towards the wheel that climbed"
        assert flat.pose.x - bumpy.pose.x == pytest.approx(lost / 2.0, abs=0.003)

    def test_on_an_uneven_floor_the_lidar_sees_the_floor(self) -> None:
        still = LidarSettings(noise=0.0)
        hall = world(DriveSettings(uneven=0.008), lidar=still)
        flat = world(DriveSettings(), lidar=still)
        shorter = 0
        for _ in range(20):
            ride(hall, 0.4)
            ride(flat, 0.4)
            exact = hall.lidar.exact(hall.pose, np.empty((0, 3)))
            shorter += int((hall.scan() < exact - 0.5).sum())
            assert flat.scan() == pytest.approx(flat.lidar.exact(flat.pose, np.empty((0, 3))), abs=1e-4)
        assert shorter > 50


class TestPayload:
    def test_a_load_makes_the_robot_slow_to_start_and_to_stop(self) -> None:
        empty, full = world(), world(DriveSettings(payload=35.0))
        ride(empty, 0.5)
        ride(full, 0.5)
        assert full.base.wheels.speed == pytest.approx(0.5 * empty.base.wheels.speed, rel=0.01)
        ride(full, 2.0)
        before = full.pose
        ride(full, 3.0, 0.0)
        limits = halls.robot().drive
        assert full.pose.distance(before) == pytest.approx(0.6**2 / limits.max_deceleration, rel=0.1)


class TestBattery:
    figures = BatteryFigures(512.0, 25.6, 50.0, 0.02, 0.6)

    def test_standing_costs_the_idle_power(self) -> None:
        battery = Battery(self.figures, 35.0)
        for _ in range(3600):
            battery.draw(0.0, 1.0)
        assert battery.charge == pytest.approx(1.0 - 50.0 / 512.0)

    def test_driving_costs_more_and_starting_most(self) -> None:
        battery = Battery(self.figures, 35.0)
        battery.draw(0.6, 1.0)
        starting = battery.power
        battery.draw(0.6, 1.0)
        assert starting > battery.power > 50.0
        assert battery.power == pytest.approx(50.0 + 0.02 * 35.0 * 9.81 * 0.6 / 0.6)

    def test_voltage_falls_and_current_grows(self) -> None:
        full, low = Battery(self.figures, 35.0), Battery(self.figures, 35.0, 0.1)
        assert full.voltage > 28.0 > 23.5 > low.voltage
        assert low.current > full.current

    def test_an_empty_battery_stops_the_robot(self) -> None:
        hall = world(charge=0.0)
        ride(hall, 2.0)
        assert hall.pose.distance(START) < 1e-3
        assert hall.battery.empty


def test_delayed_odometry_tells_where_the_robot_was() -> None:
    hall = world(DriveSettings(odometry_delay=0.2, slip=0.0))
    ride(hall, 5.0)
    assert hall.pose.x - START.x - hall.base.odometry.x == pytest.approx(0.2 * 0.6, abs=0.02)
