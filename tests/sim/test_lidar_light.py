from __future__ import annotations

import math

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from hall_sim.people.kinds import WHEELCHAIR
from hall_sim.scenarios.settings_body import BodySettings, Glass, LidarSettings, Mirror, Sun
from hall_sim.world.bodies import LAP, SITTING, Bodies
from hall_sim.world.world import World
from tests.sim import halls

HERE = Pose2D(6.0, 6.0, 0.0)
AHEAD = 360
"""The beam straight ahead of 720."""
FAR_WALL = halls.WIDTH - halls.WALL - HERE.x
PANE = Glass(at=((9.0, 4.0), (9.0, 8.0)))


def world(light: LidarSettings, seed: int = 1, start: float = 0.0, people: int = 0) -> World:
    return World(halls.floor(HERE, furnished=False), halls.robot(), people, seed, BodySettings(lidar=light), start)


def scans(hall: World, times: int = 200) -> np.ndarray:
    return np.stack([hall.scan() for _ in range(times)])


class TestGlass:
    def test_lets_beams_through_and_answers_near_the_normal_only(self) -> None:
        seen = scans(world(LidarSettings(glass=(PANE,))))
        at_pane = np.abs(seen * np.cos(np.linspace(-math.pi, math.pi, 720, endpoint=False)) - 3.0) < 0.1
        assert 0.35 < at_pane[:, AHEAD].mean() < 0.65, "half of the beams at a right angle come back from the pane"
        through = np.abs(seen[:, AHEAD] - FAR_WALL) < 0.1
        assert 0.3 < through.mean() < 0.6, "the others find the wall behind it"
        slanting = AHEAD + round(math.radians(25.0) / (math.tau / 720))
        assert at_pane[:, slanting].mean() < 0.01
        assert np.median(seen[:, slanting]) == pytest.approx(5.8 / math.sin(math.radians(25.0)), abs=0.05)

    def test_mirrors_at_a_grazing_angle(self) -> None:
        pane = Glass(at=((0.2, 6.3), (19.8, 6.3)), seen=0.0)
        grazing = AHEAD + round(math.radians(4.0) / (math.tau / 720))
        steep = AHEAD + round(math.radians(60.0) / (math.tau / 720))
        seen = scans(world(LidarSettings(glass=(pane,))))
        straight = (halls.DEPTH - halls.WALL - HERE.y) / math.sin(math.radians(60.0))
        assert (np.abs(seen[:, steep] - straight) < 0.1).mean() > 0.8
        # after the pane the beam runs down again to the far wall, where it would have gone up through it
        reflected = FAR_WALL / math.cos(math.radians(4.0))
        bounced = (np.abs(seen[:, grazing] - reflected) < 0.1).mean()
        assert bounced > 0.95, "here both ways end on the same wall at the same distance"

    def test_is_a_wall_for_bodies(self) -> None:
        hall = world(LidarSettings(glass=(Glass(at=((7.0, 4.0), (7.0, 8.0))),)))
        touched = []
        for _ in range(1000):
            hall.base.command(0.5, 0.0)
            touched += hall.step()
        assert len(touched) == 1
        assert hall.pose.x < 7.0

    def test_where_the_map_has_a_wall_glass_takes_it_out_of_the_lidars_sight(self) -> None:
        floor = halls.floor(HERE, furnished=False)
        floor.heights[:, 180:182] = 2.6
        bare = World(floor, halls.robot(), 0, 1)
        pane = Glass(at=((9.05, 0.2), (9.05, 11.8)), thickness=0.2)
        glazed = World(floor, halls.robot(), 0, 1, BodySettings(lidar=LidarSettings(glass=(pane,))))
        slanting = AHEAD + 50
        assert bare.scan()[slanting] == pytest.approx(3.0 / math.cos(math.radians(25.0)), abs=0.06)
        assert np.median(scans(glazed)[:, slanting]) > 10.0


class TestMirror:
    def test_shows_what_is_in_front_of_it_behind_it(self) -> None:
        mirror = Mirror(at=((2.0, 11.7), (10.0, 11.7)))
        hall = world(LidarSettings(mirrors=(mirror,)), people=1)
        left = AHEAD + 180
        up_and_down = (11.7 - HERE.y) + (11.7 - halls.WALL)
        assert hall.scan()[left] == pytest.approx(up_and_down, abs=0.1)
        hall.bodies.place(0, 6.1, 4.0, math.pi / 2, 0.05)
        assert hall.scan()[left] == pytest.approx(5.7 + 7.7 - 0.07, abs=0.1), "a leg behind the robot, by the mirror"

    def test_two_mirrors_face_to_face_end_somewhere(self) -> None:
        light = LidarSettings(mirrors=(Mirror(at=((2, 11.7), (10, 11.7))), Mirror(at=((2, 0.3), (10, 0.3)))))
        assert np.isinf(world(light).scan()[AHEAD + 180])


class TestBlackShoes:
    def far_and_near(self, share: float) -> tuple[float, float]:
        hall = world(LidarSettings(black_shoes=share), people=2)
        hall.bodies.embody(0, hall.bodies.kinds[0], dark=True)
        hall.bodies.embody(1, hall.bodies.kinds[1], dark=True)
        hall.bodies.place(0, 8.0, 6.0, math.pi, 0.05)
        hall.bodies.place(1, 11.2, 7.5, math.pi, 0.05)
        exact = hall.lidar.exact(hall.pose, hall.bodies.leg_circles())
        bare = hall.lidar.exact(hall.pose, np.empty((0, 3)))
        legs = exact < bare - 0.5
        near, far = legs & (exact < 3.0), legs & (exact > 4.0)
        lost = np.isinf(scans(hall))
        return float(lost[:, near].mean()), float(lost[:, far].mean())

    def test_are_seen_from_near_by_and_hardly_from_far(self) -> None:
        near, far = self.far_and_near(0.5)
        assert near == 0.0
        assert far > 0.8

    def test_trouble_nobody_when_nobody_wears_them(self) -> None:
        assert self.far_and_near(0.0) == (0.0, 0.0)


class TestSun:
    light = LidarSettings(sun=(Sun(window=((19.8, 3.0), (19.8, 9.0)), hours=("15:30", "17:00")),))

    def lost(self, start: float) -> tuple[float, float]:
        seen = np.isinf(scans(world(self.light, start=start), 50))
        return float(seen[:, AHEAD - 20 : AHEAD + 20].mean()), float(seen[:, : AHEAD - 60].mean())

    def test_blinds_the_beams_to_its_window_while_it_shines_in(self) -> None:
        to_window, elsewhere = self.lost(16 * 3600.0)
        assert to_window == pytest.approx(0.6, abs=0.1)
        assert elsewhere == 0.0

    def test_is_harmless_in_the_morning(self) -> None:
        assert self.lost(9 * 3600.0) == (0.0, 0.0)

    def test_does_not_reach_beams_that_end_before_the_window(self) -> None:
        hall = world(self.light, start=16 * 3600.0, people=1)
        hall.bodies.place(0, 8.0, 6.0, math.pi, 0.05)
        legs = hall.lidar.exact(hall.pose, hall.bodies.leg_circles()) < 2.5
        assert legs.any()
        assert np.isfinite(scans(hall, 50)[:, legs]).all()


class TestDropoutAndDelay:
    def test_a_share_of_the_beams_is_lost(self) -> None:
        assert np.isinf(scans(world(LidarSettings(dropout=0.05)), 50)).mean() == pytest.approx(0.05, abs=0.01)

    def test_noise_of_the_scenario_outdoes_the_robots(self) -> None:
        hall = world(LidarSettings(noise=0.1))
        errors = scans(hall, 50) - hall.lidar.exact(hall.pose, np.empty((0, 3)))
        assert errors.std() == pytest.approx(0.1, rel=0.05)

    def test_a_delayed_scan_shows_where_the_robot_was(self) -> None:
        hall = world(LidarSettings(delay=0.5, noise=0.0))
        past = []
        for step in range(1200):
            hall.base.command(0.5, 0.0)
            if step % 10 == 0:
                hall.move_bodies()
                past.append(hall.pose.x)
            hall.step()
        old = past[-10]
        assert hall.pose.x - old > 0.2
        assert hall.scan()[AHEAD] == pytest.approx(halls.WIDTH - halls.WALL - old, abs=0.06)


class TestWheelchair:
    def test_a_lidar_sees_two_wheels_and_two_legs_ahead_of_them(self) -> None:
        hall, bodies = world(LidarSettings()), Bodies(1)
        bodies.embody(0, WHEELCHAIR)
        bodies.place(0, 8.0, 6.0, math.pi, 0.05)
        ranges = hall.lidar.exact(HERE, bodies.leg_circles(), bodies.chair_lines())
        near = np.flatnonzero(ranges < 2.4)
        runs = np.split(near, np.flatnonzero(np.diff(near) > 1) + 1)
        assert len(runs) == 4, "wheel, leg, leg, wheel"
        assert ranges[near].min() == pytest.approx(2.0 - WHEELCHAIR.feet - WHEELCHAIR.leg_radius, abs=0.02)
        assert ranges[runs[0]].min() == pytest.approx(math.hypot(2.0 - 0.29, 0.29), abs=0.05)

    def test_somebody_who_sits_shows_their_shins(self) -> None:
        bodies = Bodies(1)
        bodies.place(0, 8.0, 6.0, math.pi, 0.05, SITTING)
        assert bodies.torsos[0] == pytest.approx([8.0 + LAP, 6.0])
        assert bodies.leg_circles()[:, 0] == pytest.approx([8.0, 8.0])
