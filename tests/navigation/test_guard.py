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


def some_scan(seed: int) -> np.ndarray:
    """Ranges as a broken or a good lidar may send them, also none."""
    rng = np.random.default_rng(seed)
    ranges = rng.uniform(0.0, rng.choice([0.5, 3.0, 9.0]), int(rng.choice([0, 1, BEAMS]))).astype(np.float32)
    ranges[rng.random(len(ranges)) < 0.2] = rng.choice([np.nan, np.inf, -np.inf, -1.0, 0.0])
    return ranges


commands = st.one_of(speeds, st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e9, -1e9, 1e-300]))
ages = st.sampled_from([0.0, 0.0, 0.05, 0.29, 0.31, -0.5, -2.0])
happenings = st.one_of(
    st.tuples(st.just("step"), st.sampled_from([0.0, 0.04, 0.04, 0.1, 0.29, 0.31, 4.0, 20.0, -0.3, -5.0])),
    st.tuples(st.just("command"), commands, commands, ages),
    st.tuples(st.just("scan"), st.integers(0, 1 << 20), ages),
    st.tuples(st.just("localised"), ages),
    st.tuples(st.just("drive"), speeds, speeds, st.integers(0, 1 << 20)),
    st.tuples(st.just("e_stop"), st.booleans()),
    st.tuples(st.sampled_from(["rearm", "lift", "restore"])),
)


class Contract:
    """Do to a guard what may happen to it, and know what it must never do."""

    def __init__(self) -> None:
        self.guard, self.now = guard(), 50.0
        self.wish = (0.0, 0.0)
        self.at = {"command": -math.inf, "scan": -math.inf, "localised": -math.inf}
        self.latched = self.pressed = False

    def do(self, what: str, *given: float) -> None:
        getattr(self, what)(*given)
        if self.latched:
            assert (self.guard.v, self.guard.w) == (0.0, 0.0)

    def command(self, v: float, w: float, age: float) -> None:
        self.guard.take_command(v, w, self.now - age)
        self.wish = (v, w) if math.isfinite(v) and math.isfinite(w) else (0.0, 0.0)
        self.at["command"] = self.now - age

    def scan(self, seed: int, age: float) -> None:
        self.guard.take_scan(some_scan(seed), -math.pi, STEP, 5.0, self.now - age)
        self.at["scan"] = self.now - age

    def localised(self, age: float) -> None:
        self.guard.take_localised(self.now - age)
        self.at["localised"] = self.now - age

    def drive(self, v: float, w: float, seed: int) -> None:
        self.command(v, w, 0.0)
        self.scan(seed, 0.0)
        self.localised(0.0)
        self.step(0.04)

    def e_stop(self, pressed: bool) -> None:
        self.guard.take_e_stop(pressed)
        self.pressed = pressed
        self.latched |= pressed

    def rearm(self) -> None:
        assert self.guard.rearm() == (not self.pressed)
        self.latched &= self.pressed

    def lift(self) -> None:
        moving = (self.guard.v, self.guard.w) != (0.0, 0.0)
        assert bool(self.guard.lift(self.now)) == (self.latched or moving)

    def restore(self) -> None:
        self.guard.restore()

    def step(self, dt: float) -> None:
        self.now += dt
        g = self.guard
        g.step(self.now)
        for out, wish, most in (
            (g.v, self.wish[0], ROBOT.drive.max_speed if g.v > 0.0 else ROBOT.drive.max_reverse_speed),
            (g.w, self.wish[1], ROBOT.drive.max_yaw_rate),
        ):
            assert math.isfinite(out)
            assert abs(out) <= min(abs(wish), most) + 1e-9
            assert out * wish >= 0.0
        if any(not -1.0 < self.now - at < 0.3 for at in self.at.values()):
            assert (g.v, g.w) == (0.0, 0.0)
        if g.lifted:
            assert abs(g.v) <= g.params.lift_speed + 1e-9
            assert abs(g.w) <= g.params.lift_turn + 1e-9


class TestWhateverComes:
    @settings(max_examples=200, deadline=None)
    @given(st.lists(happenings, min_size=1, max_size=30))
    def test_it_never_raises_speed_nor_moves_on_old_inputs_or_in_an_emergency_stop(
        self, whatever: list[tuple[str, ...]]
    ) -> None:
        contract = Contract()
        for what, *given_ in whatever:
            contract.do(what, *given_)  # type: ignore[arg-type]

    @settings(max_examples=60, deadline=None)
    @given(st.floats(0.05, 0.9), st.floats(0.27, 1.5), st.floats(0.27, 1.5))
    def test_no_wall_beside_the_path_brakes_it(self, v: float, left: float, right: float) -> None:
        g = guard()
        settle(g, v, 0.0, np.minimum(wall(left, math.pi / 2), wall(right, -math.pi / 2)), 3)
        assert (g.v, g.action) == (v, Action.DO_NOTHING)

    @settings(max_examples=60, deadline=None)
    @given(st.floats(-1.4, 1.4), st.floats(0.05, 0.3), st.floats(-0.2, -0.03))
    def test_it_may_always_back_away_from_what_it_stopped_for(self, bearing: float, away: float, back: float) -> None:
        near = np.where(np.abs(ANGLES - bearing) < 0.06, away, 9.0).astype(np.float32)
        g = guard()
        settle(g, 0.5, 0.0, near, 3)
        stopped = g.v  # reversing then begins within the limit of acceleration
        settle(g, back, 0.0, near, 12)
        assert g.v == back
        assert stopped < 0.05 or away * abs(math.sin(bearing)) > 0.2


class TestLifting:
    close = np.where(np.abs(ANGLES) < 0.6, 0.2, 9.0).astype(np.float32)

    def test_it_crawls_past_what_would_stop_it_for_ten_seconds(self) -> None:
        g = guard()
        now = settle(g, 0.5, 0.0, self.close)
        assert g.v == 0.0
        assert g.lift(now) == ""
        speeds = []
        while g.lifted:
            now += DT
            feed(g, self.close, now)
            g.take_command(0.5, 0.2, now)
            g.step(now)
            speeds.append((round(g.v, 6), round(g.w, 6), g.action, g.reason))
        assert set(speeds[:-1]) == {(0.1, 0.04, Action.LIMIT, "lifted")}
        assert len(speeds) * DT == pytest.approx(10.0, abs=0.05)
        assert (g.v, g.action) == (0.0, Action.STOP)

    def test_it_is_told_also_while_nothing_is_wanted(self) -> None:
        g = guard()
        g.step(1.0)
        g.lift(1.0)
        g.step(1.04)
        assert (g.action, g.reason) == (Action.LIMIT, "lifted")
        g.restore()
        g.step(1.08)
        assert (g.action, g.reason) == (Action.DO_NOTHING, "")

    @pytest.mark.parametrize("silent", ["command", "scan", "localised"])
    def test_stale_inputs_still_stop(self, silent: str) -> None:
        contract = Contract()
        contract.drive(0.0, 0.0, 1)
        contract.lift()
        contract.command(0.1, 0.0, 0.31 if silent == "command" else 0.0)
        contract.scan(1, 0.31 if silent == "scan" else 0.0)
        contract.localised(0.31 if silent == "localised" else 0.0)
        contract.step(0.0)
        assert contract.guard.lifted
        assert (contract.guard.v, contract.guard.action) == (0.0, Action.STOP)

    def test_a_moving_robot_and_one_in_emergency_stop_are_refused(self) -> None:
        g = guard()
        now = settle(g, 0.5, 0.0, OPEN)
        assert "stand" in g.lift(now)
        g.take_e_stop(True)
        assert "emergency stop" in g.lift(now)
        assert not g.lifted

    def test_an_emergency_stop_ends_it(self) -> None:
        g = guard()
        g.step(1.0)
        g.lift(1.0)
        g.take_e_stop(True)
        g.take_e_stop(False)
        g.rearm()
        assert not g.lifted


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
    @given(
        *(st.floats(0.1, 0.9), st.floats(-1.4, 1.4), st.floats(-1.5, 1.5), st.floats(0.4, 1.5)),
        st.sampled_from([1.0, -1.0]),
    )
    def test_free_distance_agrees_with_driving_the_arc(
        self, v: float, w: float, bearing: float, away: float, sign: float
    ) -> None:
        px, py = sign * away * math.cos(bearing), away * math.sin(bearing)
        found = free_distance(points((px, py)), 2, SHIFT, sign * v, w, 0.25, 1.5)
        pose, way, half = Pose2D(0.0, 0.0), 0.0, 0.0025 * w / v
        while way < 1.5 and math.hypot(px - pose.x, py - pose.y) > 0.25 and abs(pose.yaw) < 3.0:
            pose = pose @ Pose2D(sign * 0.005 * math.cos(half), sign * 0.005 * math.sin(half), 2.0 * half)
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
