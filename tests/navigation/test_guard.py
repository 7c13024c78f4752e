import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide_common.geometry import Pose2D
from guide_common.robot import load_robot
from navigation.guard import Action, Guard, GuardParams, allowed_speed, free_distance
from tests.conftest import ROOT
from tests.navigation.kinematic_world import ANGLES, BEAMS, World, room

ROBOT = load_robot(ROOT / "robots" / "concierge")
DT = 0.04
STEP = 2.0 * math.pi / BEAMS
OPEN = np.full(BEAMS, 9.0, np.float32)
SHIFT = np.array([0.0, 0.0, 1.0, 0.0])

speeds = st.floats(-2.0, 2.0)


def guard() -> Guard:
    return Guard(ROBOT.drive, ROBOT.body.radius, GuardParams(), Pose2D(0.0, 0.0))


def feed(g: Guard, ranges: np.ndarray, now: float) -> None:
    g.take_scan(ranges, -math.pi, STEP, 5.0, now)
    g.take_localised(now)


def settle(g: Guard, v: float, w: float, ranges: np.ndarray, cycles: int = 40) -> float:
    now = 1.0
    for _ in range(cycles):
        now += DT
        feed(g, ranges, now)
        g.take_command(v, w, now)
        g.step(now)
    return now


def wall(distance: float, bearing: float) -> np.ndarray:
    """Ranges of an endless wall whose nearest point lies at a bearing."""
    facing = np.cos(ANGLES - bearing)
    return np.where(facing > 1e-3, distance / np.maximum(facing, 1e-3), 9.0).astype(np.float32)


def points(*xy: tuple[float, float]) -> np.ndarray:
    return np.array([p for p in xy for _ in range(2)], np.float32)


class TestNeverRaisesSpeed:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(speeds, speeds, st.floats(0.1, 5.0), st.floats(-3.1, 3.1)), min_size=1, max_size=12))
    def test_output_is_never_beyond_the_command_nor_against_it(self, cycles: list[tuple[float, ...]]) -> None:
        g, now = guard(), 1.0
        for v, w, distance, bearing in cycles:
            now += DT
            feed(g, wall(distance, bearing), now)
            g.take_command(v, w, now)
            g.step(now)
            assert abs(g.v) <= abs(v) + 1e-9
            assert abs(g.w) <= abs(w) + 1e-9
            assert g.v * v >= 0.0
            assert g.w * w >= 0.0

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_what_is_no_number_is_a_stop(self, bad: float) -> None:
        g = guard()
        now = settle(g, 0.5, 0.0, OPEN)
        g.take_command(bad, 0.2, now)
        g.step(now + DT)
        assert (g.v, g.w) == (0.0, 0.0)


class TestObstacles:
    def test_passes_a_free_command_unchanged(self) -> None:
        g = guard()
        settle(g, 0.9, 0.3, OPEN)
        assert (g.v, g.w, g.action) == (0.9, 0.3, Action.DO_NOTHING)

    def test_never_brakes_for_a_wall_beside_the_path(self) -> None:
        g = guard()
        settle(g, 0.9, 0.0, np.minimum(wall(0.29, math.pi / 2), wall(0.29, -math.pi / 2)))
        assert (g.v, g.action) == (0.9, Action.DO_NOTHING)

    @pytest.mark.parametrize("turn", [0.0, 0.8])
    def test_stops_in_front_of_a_wall_without_touching_it(self, turn: float) -> None:
        world = World(room(6.0, 6.0, []), Pose2D(3.0, 3.0, 0.3))
        g, v, hardest = guard(), 0.0, 0.0
        for cycle in range(300):
            now = 1.0 + cycle * DT
            if cycle % 3 == 0:
                feed(g, world.scan(), now)
            g.take_command(min(0.9, v + 0.6 * DT), turn, now)
            before = g.v
            g.step(now)
            hardest = max(hardest, before - g.v)
            v = max(v, g.v) if cycle < 50 else 0.9
            world.move(g.v, g.w if turn == 0.0 else 0.0, DT)
        assert 0.02 <= world.clearance() <= 0.12
        assert g.action == Action.STOP
        assert hardest <= ROBOT.drive.max_deceleration * DT + 1e-6, "the stop was not smooth"

    def test_always_lets_the_robot_back_away_and_turn(self) -> None:
        close = np.where(np.abs(ANGLES) < 0.6, 0.2, 9.0).astype(np.float32)
        g = guard()
        settle(g, 0.5, 0.0, close)
        assert (g.v, g.action, g.reason) == (0.0, Action.STOP, "stop")
        settle(g, -0.2, 0.0, close)
        assert g.v == -0.2
        settle(g, 0.0, 1.0, close)
        assert (g.v, g.w) == (0.0, 1.0)

    def test_a_single_spurious_beam_stops_nobody(self) -> None:
        ranges = OPEN.copy()
        ranges[BEAMS // 2] = 0.4
        g = guard()
        settle(g, 0.5, 0.0, ranges)
        assert g.v == 0.5

    def test_something_that_appears_too_near_to_stop_calmly_is_an_emergency(self) -> None:
        g = guard()
        now = settle(g, 0.9, 0.0, OPEN) + DT
        feed(g, wall(0.35, 0.0), now)
        g.take_command(0.9, 0.0, now)
        g.step(now)
        assert 0.9 - g.v > 2.0 * ROBOT.drive.max_deceleration * DT

    @settings(max_examples=50, deadline=None)
    @given(st.floats(0.1, 0.9), st.floats(-1.4, 1.4), st.floats(-1.5, 1.5), st.floats(0.4, 1.5))
    def test_free_distance_agrees_with_driving_the_arc(self, v: float, w: float, bearing: float, away: float) -> None:
        px, py = away * math.cos(bearing), away * math.sin(bearing)
        found = free_distance(points((px, py)), 2, SHIFT, v, w, 0.25, 1.5)
        pose, way = Pose2D(0.0, 0.0), 0.0
        while way < 1.5 and math.hypot(px - pose.x, py - pose.y) > 0.25 and abs(pose.yaw) < 3.0:
            pose = pose @ Pose2D(0.005, 0.0, 0.005 * w / v)
            way += 0.005
        touches = math.hypot(px - pose.x, py - pose.y) <= 0.25
        nearly = abs(found - way) < 0.03
        grazing = found < 1.5 and not touches  # the steps of this reference miss a graze
        assert nearly or (not touches and (found >= 1.4 or grazing or abs(pose.yaw) >= 3.0))

    def test_allowed_speed_stops_within_the_distance(self) -> None:
        params = GuardParams()
        for distance in np.linspace(0.0, 2.0, 41):
            v = allowed_speed(float(distance), params)
            way = v * params.reaction + v * v / (2.0 * params.comfortable_deceleration)
            assert way <= max(distance - params.stop_clearance, 0.0) + 1e-9


class TestStaleInputs:
    @pytest.mark.parametrize("silent", ["cmd_vel_nav", "scan", "map to odom"])
    def test_zero_within_035_s_of_the_last_good_input(self, silent: str) -> None:
        g = guard()
        start = settle(g, 0.6, 0.2, OPEN)
        now = start
        while (g.v, g.w) != (0.0, 0.0):
            now += DT
            if silent != "scan":
                g.take_scan(OPEN, -math.pi, STEP, 5.0, now)
            if silent != "map to odom":
                g.take_localised(now)
            if silent != "cmd_vel_nav":
                g.take_command(0.6, 0.2, now)
            g.step(now)
        assert 0.3 - 1e-6 <= now - start <= 0.35
        assert (g.action, g.reason) == (Action.STOP, f"stale {silent}")

    def test_idle_is_no_alarm(self) -> None:
        g = guard()
        g.step(1.0)
        assert (g.v, g.w, g.action, g.reason) == (0.0, 0.0, Action.DO_NOTHING, "")


class TestEmergencyStop:
    def test_latches_until_released_and_rearmed(self) -> None:
        g = guard()
        settle(g, 0.6, 0.0, OPEN)
        g.take_e_stop(True)
        assert (g.v, g.w, g.reason) == (0.0, 0.0, "e-stop")
        assert not g.rearm()
        g.take_e_stop(False)
        settle(g, 0.6, 0.0, OPEN)
        assert g.v == 0.0
        assert g.rearm()
        settle(g, 0.6, 0.0, OPEN)
        assert g.v == 0.6
