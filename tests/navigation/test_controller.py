"""The controller in a closed loop: pure Python world, lidar, layered costmap, no ROS."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import load_robot
from navigation.controller import Command, Controller, MppiParams, Phase, Surroundings
from navigation.controller_final import turn
from navigation.costmap import LayeredCostmap
from navigation.grid import GridMap
from navigation.motion import Motion, stop, towards
from tests.conftest import ROOT
from tests.navigation.kinematic_world import ANGLES, RESOLUTION, World, room

DRIVE = load_robot(ROOT / "robots" / "concierge").drive
DT = 0.05
ORIGIN = Pose2D(0.0, 0.0)
NOBODY = np.zeros((0, 4))


def drive(world: World, costmap: LayeredCostmap, controller: Controller, cycle: int, now: Motion) -> Command:
    """Do one control cycle and check the limits of the drive."""
    if cycle % 2 == 0:
        costmap.update_scan(world.scan(), ANGLES, world.robot, cycle * DT)
    around = Surroundings(costmap.costs, RESOLUTION, ORIGIN, world.seen_people())
    command = controller.step(world.robot, now, around, DRIVE.max_speed, DT)
    check_limits(now, after(command, now))
    world.move(command.v, command.w, DT)
    return command


def after(command: Command, now: Motion) -> Motion:
    """Return how the robot moves once it does as commanded."""
    return Motion(command.v, command.w, (command.v - now.v) / DT, (command.w - now.w) / DT)


def check_limits(now: Motion, then: Motion) -> None:
    """Check speed, acceleration and jerk of a cycle that began within the limits."""
    hair = 1e-4
    assert -DRIVE.max_reverse_speed - hair <= then.v <= DRIVE.max_speed + hair
    assert abs(then.w) <= DRIVE.max_yaw_rate + hair
    gains = abs(then.v) > abs(now.v)
    assert abs(then.a) <= (DRIVE.max_acceleration if gains else DRIVE.max_deceleration) + hair
    assert abs(then.alpha) <= DRIVE.max_yaw_acceleration + hair
    assert abs(then.a - now.a) <= DRIVE.max_jerk * DT + hair
    assert abs(then.alpha - now.alpha) <= DRIVE.max_yaw_jerk * DT + hair


def wander(people: np.ndarray) -> None:
    """Turn people round at the edges of the middle of the room."""
    for axis, (low, high) in enumerate([(4.8, 8.2), (0.5, 7.5)]):
        outward = (people[:, axis] < low) & (people[:, axis + 2] < 0)
        outward |= (people[:, axis] > high) & (people[:, axis + 2] > 0)
        people[outward, axis + 2] *= -1


def crowded_run(seed: int) -> tuple[World, Pose2D, list[tuple[float, float]]]:
    rng = np.random.default_rng(seed)
    cells = room(14.0, 8.0, [(4.0, 0.0, 4.5, 4.2), (8.5, 3.6, 9.0, 8.0), (6.2, 3.5, 6.5, 3.8)])
    goal = Pose2D(12.0 + rng.uniform(-0.5, 0.5), 2.0 + rng.uniform(-0.5, 0.5), rng.uniform(-3.1, 3.1))
    world = World(cells, Pose2D(1.5 + rng.uniform(-0.5, 0.5), 2.0, rng.uniform(-3.1, 3.1)))
    world.people = np.column_stack(
        [rng.uniform(5, 8, 4), rng.uniform(1, 7, 4), rng.uniform(-0.8, 0.8, 4), rng.uniform(-0.8, 0.8, 4)]
    )
    costmap = LayeredCostmap(GridMap(cells, RESOLUTION, ORIGIN))
    controller = Controller(DRIVE)
    way = [(world.robot.x, world.robot.y), (3.0, 4.0), (4.25, 5.2), (6.4, 4.6), (8.75, 2.6), (10.0, 2.2)]
    controller.follow(np.array([*way, (goal.x, goal.y)]), goal)
    commands, now = [(0.0, 0.0)], Motion(0.0, 0.0)
    for cycle in range(20 * 90):
        wander(world.people)
        command = drive(world, costmap, controller, cycle, now)
        now = after(command, now)
        commands.append((command.v, command.w))
        if command.phase is Phase.ARRIVED:
            break
    return world, goal, commands


@pytest.mark.parametrize("seed", range(20))
def test_reaches_its_goal_among_people_and_touches_nothing(seed: int) -> None:
    world, goal, _ = crowded_run(seed)
    assert world.robot.distance(goal) <= 0.10
    assert abs(wrap_angle(world.robot.yaw - goal.yaw)) <= math.radians(5.0)
    assert world.nearest > 0.0


def test_the_same_seed_gives_the_same_commands() -> None:
    assert crowded_run(3)[2] == crowded_run(3)[2]


class TestOpenFloor:
    def run(self, start: Pose2D, goal: Pose2D, cells: np.ndarray | None = None, top: float = 0.9) -> World:
        cells = room(8.0, 6.0, []) if cells is None else cells
        world, costmap, controller = World(cells, start), LayeredCostmap(GridMap(cells, RESOLUTION, ORIGIN)), None
        controller = Controller(DRIVE)
        controller.follow(np.array([(start.x, start.y), (goal.x, goal.y)]), goal)
        around = Surroundings(costmap.costs, RESOLUTION, ORIGIN, NOBODY)
        now = Motion(0.0, 0.0)
        self.speeds, self.turned_first, self.seconds = [], 0, 0.0
        for cycle in range(20 * 60):
            command = controller.step(world.robot, now, around, top, DT)
            now = after(command, now)
            self.speeds.append(now.v)
            self.turned_first += command.phase is Phase.TURN
            world.move(now.v, now.w, DT)
            self.seconds = cycle * DT
            if command.phase is Phase.ARRIVED:
                break
        return world

    def test_turns_on_the_spot_when_the_path_leads_away_behind(self) -> None:
        start = Pose2D(6.0, 3.0, 0.0)
        world = self.run(start, Pose2D(2.0, 3.0, math.pi))
        assert self.turned_first > 10
        assert world.robot.distance(Pose2D(2.0, 3.0)) <= 0.10

    def test_keeps_the_speed_limit_and_makes_way(self) -> None:
        self.run(Pose2D(1.0, 3.0, 0.0), Pose2D(7.0, 3.0, 0.0), top=0.4)
        assert max(self.speeds) <= 0.4 + 1e-5
        self.run(Pose2D(1.0, 3.0, 0.0), Pose2D(7.0, 3.0, 0.0))
        assert max(self.speeds) > 0.85
        assert self.seconds < 12.0

    def test_leaves_cells_it_must_not_enter(self) -> None:
        start = Pose2D(0.28, 3.0, math.pi / 2)  # within the inscribed radius of the wall
        world = self.run(start, Pose2D(4.0, 4.0, 0.0))
        assert world.robot.distance(Pose2D(4.0, 4.0)) <= 0.10

    def test_stands_when_everything_ahead_is_blocked(self) -> None:
        costs = np.full((120, 160), 254, np.uint8)
        costs[50:70, 20:40] = 0
        controller = Controller(DRIVE)
        controller.follow(np.array([(1.1, 3.0), (7.0, 3.0)]), Pose2D(7.0, 3.0))
        pose, now = Pose2D(1.5, 3.0), Motion(0.3, 0.0)
        for _ in range(100):
            command = controller.step(pose, now, Surroundings(costs, RESOLUTION, ORIGIN, NOBODY), 0.9, DT)
            now = after(command, now)
            pose = pose @ Pose2D(now.v * DT, 0.0, now.w * DT)
            assert costs[int(pose.y / RESOLUTION), int(pose.x / RESOLUTION)] == 0

    def test_a_turned_grid_changes_nothing(self) -> None:
        """A grid whose origin is turned by 90 degrees describes the same floor."""
        controller, turned = Controller(DRIVE), Controller(DRIVE)
        costs = np.zeros((120, 160), np.uint8)
        costs[40:60, 70:80] = 254
        path, goal = np.array([(1.0, 3.0), (7.0, 3.0)]), Pose2D(7.0, 3.0)
        controller.follow(path, goal)
        turned.follow(path, goal)
        straight = Surroundings(costs, RESOLUTION, ORIGIN, NOBODY)
        # the same cells, counted from the lower right corner with x pointing up
        other = Surroundings(np.ascontiguousarray(costs[:, ::-1].T), RESOLUTION, Pose2D(8.0, 0.0, math.pi / 2), NOBODY)
        a = controller.step(Pose2D(1.0, 3.0), Motion(0.3, 0.0), straight, 0.9, DT)
        b = turned.step(Pose2D(1.0, 3.0), Motion(0.3, 0.0), other, 0.9, DT)
        assert (a.v, a.w) == pytest.approx((b.v, b.w), abs=2e-2)


class TestHoldsTheLine:
    """A robot that leads somebody must not weave: people behind it would have to."""

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("speed", [0.5, 0.9])
    def test_of_a_straight_path(self, seed: int, speed: float) -> None:
        rng = np.random.default_rng(seed)
        costs = np.zeros((120, 400), np.uint8)
        controller = Controller(DRIVE, MppiParams(seed=seed))
        controller.follow(np.array([(1.0, 3.0), (16.0, 3.0)]), Pose2D(16.0, 3.0))
        pose, now = Pose2D(1.0, 3.0), Motion(0.0, 0.0)
        beside, turning = [], 0.0
        while pose.x < 15.0:
            seen = Pose2D(pose.x + rng.normal(0.0, 0.01), pose.y + rng.normal(0.0, 0.01), pose.yaw)
            command = controller.step(seen, now, Surroundings(costs, RESOLUTION, ORIGIN, NOBODY), speed, DT)
            turning += abs(command.w - now.w)
            now = after(command, now)
            pose = pose @ Pose2D(now.v * DT, 0.0, now.w * DT)
            beside.append(pose.y - 3.0)
        assert np.sqrt(np.mean(np.square(beside))) < 0.02
        assert np.abs(beside).max() < 0.06
        assert turning / 14.0 < 0.4  # rad/s of change a metre

    def test_it_comes_back_to_a_path_that_is_far_away(self) -> None:
        costs = np.zeros((240, 400), np.uint8)
        controller = Controller(DRIVE)
        controller.follow(np.array([(1.0, 3.0), (16.0, 3.0)]), Pose2D(16.0, 3.0))
        pose, now = Pose2D(4.0, 6.5, 0.0), Motion(0.5, 0.0)
        for _ in range(20 * 8):
            command = controller.step(pose, now, Surroundings(costs, RESOLUTION, ORIGIN, NOBODY), 0.9, DT)
            now = after(command, now)
            pose = pose @ Pose2D(now.v * DT, 0.0, now.w * DT)
        assert pose.y == pytest.approx(3.0, abs=0.1)


class TestAmongPeople:
    """On an open floor, by the people alone: nothing is in the costmap."""

    def drive(self, person: list[tuple[float, ...]], seed: int) -> tuple[list[Pose2D], list[Motion], list[np.ndarray]]:
        people, rng = np.array(person, float), np.random.default_rng(seed)
        costs = np.zeros((400, 400), np.uint8)
        controller = Controller(DRIVE, MppiParams(seed=seed))
        controller.follow(np.array([(2.0, 10.0), (18.0, 10.0)]), Pose2D(18.0, 10.0))
        pose, now = Pose2D(2.0, 10.0), Motion(0.0, 0.0)
        poses, motions, places = [], [], []
        while pose.x < 14.0 and len(poses) < 20 * 40:
            seen = people + rng.normal(0.0, 1.0, people.shape) * (0.03, 0.03, 0.08, 0.08)
            now = after(controller.step(pose, now, Surroundings(costs, RESOLUTION, ORIGIN, seen), 0.9, DT), now)
            pose = pose @ Pose2D(now.v * DT, 0.0, now.w * DT)
            people[:, :2] += people[:, 2:] * DT
            poses.append(pose)
            motions.append(now)
            places.append(people[:, :2].copy())
        return poses, motions, places

    def test_it_passes_behind_who_crosses_from_the_left(self) -> None:
        behind = 0
        for seed in range(20):
            speed = 0.9 + 0.02 * seed
            poses, _, places = self.drive([(8.0, 10.0 + 7.5 * speed, 0.0, -speed)], seed)
            met = next(i for i, pose in enumerate(poses) if pose.x > 8.0)
            behind += bool(places[met][0, 1] < poses[met].y)
            assert min(math.dist((p.x, p.y), q[0]) for p, q in zip(poses, places, strict=True)) > 0.6
        assert behind >= 15

    @pytest.mark.parametrize("seed", range(3))
    def test_it_slows_before_a_standing_group_without_a_hard_brake(self, seed: int) -> None:
        group = [(8.0, 11.3, 0.0, 0.0), (8.5, 11.6, 0.0, 0.0), (7.6, 11.7, 0.0, 0.0)]
        poses, motions, places = self.drive(group, seed)
        nearest = [np.hypot(*(q - (p.x, p.y)).T).min() for p, q in zip(poses, places, strict=True)]
        assert poses[-1].x >= 14.0
        assert min(motion.a for motion in motions) > -0.55
        assert motions[int(np.argmin(nearest))].v < 0.65

    def test_more_people_than_it_can_mind_are_the_nearest(self) -> None:
        far = [(2.0 + 0.1 * i, 15.5, 0.0, 0.0) for i in range(30)]
        poses, motions, _ = self.drive([*far, (8.0, 11.2, 0.0, 0.0)], 0)
        beside = next(i for i, pose in enumerate(poses) if pose.x > 7.9)
        assert motions[beside].v < 0.55


def test_forgets_at_a_turn_on_the_spot_what_it_meant_to_do_before() -> None:
    around = Surroundings(np.zeros((120, 160), np.uint8), RESOLUTION, ORIGIN, NOBODY)
    here = Pose2D(2.0, 3.0)
    ahead, left = np.array([[2.0, 3.0], [7.0, 3.0]]), np.array([[2.0, 3.0], [2.5, 3.2], [2.8, 3.8], [2.8, 5.5]])
    turns = []
    for before in (ahead, left):
        controller, now = Controller(DRIVE), Motion(0.0, 0.0)
        controller.follow(before, Pose2D(*before[-1]))
        for _ in range(10):
            controller.step(here, Motion(0.4, 0.0), around, DRIVE.max_speed, DT)
        controller.follow(ahead, Pose2D(7.0, 3.0), fresh=False)
        assert controller.step(Pose2D(2.0, 3.0, 1.2), now, around, DRIVE.max_speed, DT).phase is Phase.TURN
        turns.append([])
        for _ in range(10):
            command = controller.step(here, now, around, DRIVE.max_speed, DT)
            assert command.phase is Phase.FOLLOW
            now = after(command, now)
            turns[-1].append(command.w)
    assert turns[0] == turns[1]


def test_turn_does_not_overshoot() -> None:
    yaw, now = 0.0, Motion(0.0, 0.0)
    for _ in range(100):
        now = turn(2.0 - yaw, now, DRIVE, DT)
        yaw += now.w * DT
        assert yaw < 2.05
    assert yaw == pytest.approx(2.0, abs=0.02)


# the widest that a scan, a person or a caller could do to the controller
finite = st.floats(-50.0, 50.0)
anything = st.one_of(finite, st.sampled_from([math.nan, math.inf, -math.inf]))
limited = st.builds(
    Motion,
    st.floats(-DRIVE.max_reverse_speed, DRIVE.max_speed),
    st.floats(-DRIVE.max_yaw_rate, DRIVE.max_yaw_rate),
    st.floats(-DRIVE.max_deceleration, DRIVE.max_acceleration),
    st.floats(-DRIVE.max_yaw_acceleration, DRIVE.max_yaw_acceleration),
)


class TestLimitsHold:
    @given(wishes=st.lists(st.tuples(anything, anything), min_size=1, max_size=60))
    def test_whatever_is_wanted(self, wishes: list[tuple[float, float]]) -> None:
        now = Motion(0.0, 0.0)
        for v, w in wishes:
            for _ in range(3):
                then = towards(now, v, w, DRIVE, DT)
                check_limits(now, then)
                now = then

    @given(now=limited, v=anything, w=anything)
    def test_of_speed_and_acceleration_from_whatever_motion(self, now: Motion, v: float, w: float) -> None:
        then = towards(now, v, w, DRIVE, DT)
        assert -DRIVE.max_reverse_speed - 1e-9 <= then.v <= DRIVE.max_speed + 1e-9
        assert abs(then.w) <= DRIVE.max_yaw_rate + 1e-9
        assert abs(then.v) <= abs(now.v) + DRIVE.max_acceleration * DT + 1e-9
        assert abs(then.v - now.v) <= DRIVE.max_deceleration * DT + 1e-9
        assert abs(then.w - now.w) <= DRIVE.max_yaw_acceleration * DT + 1e-9

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        pose=st.builds(Pose2D, finite, finite, finite),
        people=st.lists(st.tuples(anything, anything, anything, anything), max_size=20),
        tops=st.lists(st.floats(0.0, 2.0), min_size=4, max_size=4),
        costs=st.sampled_from([0, 120, 252, 253, 254, 255]),
        seed=st.integers(0, 100),
    )
    def test_of_the_controller_wherever_it_is(
        self, pose: Pose2D, people: list[tuple[float, ...]], tops: list[float], costs: int, seed: int
    ) -> None:
        grid = np.random.default_rng(seed).choice(np.array([0, costs], np.uint8), (60, 60))
        around = Surroundings(grid, RESOLUTION, ORIGIN, np.array(people, float).reshape(-1, 4))
        controller = Controller(DRIVE, MppiParams(samples=40, steps=10))
        controller.follow(np.array([(0.5, 0.5), (2.5, 2.5)]), Pose2D(2.5, 2.5, 1.0))
        now = Motion(0.0, 0.0)
        for top in tops:
            then = after(controller.step(pose, now, around, top, DT), now)
            check_limits(now, then)
            now = then


class TestSpeedsAreReached:
    def test_without_passing_them(self) -> None:
        now = Motion(0.0, 0.0)
        for wanted, cycles in ((0.9, 60), (0.3, 40), (-0.2, 40), (0.0, 20)):
            path = []
            for _ in range(cycles):
                now = towards(now, wanted, 0.0, DRIVE, DT)
                path.append(now.v)
            assert now.v == pytest.approx(wanted, abs=1e-9)
            assert min(0.9, wanted, path[0]) - 1e-9 <= min(path) <= max(path) <= max(wanted, path[0]) + 1e-9

    def test_stop_ends_at_zero(self) -> None:
        now = Motion(0.9, -1.0)
        for _ in range(40):
            now = stop(now, DRIVE, DT)
        assert (now.v, now.w) == (0.0, 0.0)
