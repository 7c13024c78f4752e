"""The controller in a closed loop: pure Python world, lidar, layered costmap, no ROS."""

import math

import numpy as np
import pytest

from guide_common.geometry import Pose2D, wrap_angle
from guide_common.robot import load_robot
from navigation.controller import Command, Controller, MppiParams, Phase, Surroundings
from navigation.controller_final import ramp, stop, turn
from navigation.costmap import LayeredCostmap
from navigation.grid import GridMap
from tests.conftest import ROOT
from tests.navigation.kinematic_world import ANGLES, RESOLUTION, World, room

DRIVE = load_robot(ROOT / "robots" / "concierge").drive
DT = 0.05
ORIGIN = Pose2D(0.0, 0.0)
NOBODY = np.zeros((0, 4))


def drive(world: World, costmap: LayeredCostmap, controller: Controller, cycle: int, v: float, w: float) -> Command:
    """Do one control cycle and check the limits of the drive."""
    if cycle % 2 == 0:
        costmap.update_scan(world.scan(), ANGLES, world.robot, cycle * DT)
    around = Surroundings(costmap.costs, RESOLUTION, ORIGIN, world.seen_people())
    command = controller.step(world.robot, v, w, around, DRIVE.max_speed, DT)
    assert -DRIVE.max_deceleration * DT - 1e-5 <= command.v - v <= DRIVE.max_deceleration * DT + 1e-5
    assert abs(command.v) <= abs(v) + DRIVE.max_acceleration * DT + 1e-5
    assert abs(command.w - w) <= DRIVE.max_yaw_acceleration * DT + 1e-5
    assert -DRIVE.max_reverse_speed - 1e-5 <= command.v <= DRIVE.max_speed + 1e-5
    assert abs(command.w) <= DRIVE.max_yaw_rate + 1e-5
    world.move(command.v, command.w, DT)
    return command


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
    commands = [(0.0, 0.0)]
    for cycle in range(20 * 90):
        wander(world.people)
        command = drive(world, costmap, controller, cycle, *commands[-1])
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
        v = w = 0.0
        self.speeds, self.turned_first, self.seconds = [], 0, 0.0
        for cycle in range(20 * 60):
            command = controller.step(world.robot, v, w, around, top, DT)
            v, w = command.v, command.w
            self.speeds.append(v)
            self.turned_first += command.phase is Phase.TURN
            world.move(v, w, DT)
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
        pose, v, w = Pose2D(1.5, 3.0), 0.3, 0.0
        for _ in range(100):
            command = controller.step(pose, v, w, Surroundings(costs, RESOLUTION, ORIGIN, NOBODY), 0.9, DT)
            v, w = command.v, command.w
            pose = pose @ Pose2D(v * DT, 0.0, w * DT)
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
        a = controller.step(Pose2D(1.0, 3.0), 0.3, 0.0, straight, 0.9, DT)
        b = turned.step(Pose2D(1.0, 3.0), 0.3, 0.0, other, 0.9, DT)
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
        pose, v, w = Pose2D(1.0, 3.0), 0.0, 0.0
        beside, turning = [], 0.0
        while pose.x < 15.0:
            seen = Pose2D(pose.x + rng.normal(0.0, 0.01), pose.y + rng.normal(0.0, 0.01), pose.yaw)
            command = controller.step(seen, v, w, Surroundings(costs, RESOLUTION, ORIGIN, NOBODY), speed, DT)
            turning += abs(command.w - w)
            v, w = command.v, command.w
            pose = pose @ Pose2D(v * DT, 0.0, w * DT)
            beside.append(pose.y - 3.0)
        assert np.sqrt(np.mean(np.square(beside))) < 0.02
        assert np.abs(beside).max() < 0.06
        assert turning / 14.0 < 0.4  # rad/s of change a metre

    def test_it_comes_back_to_a_path_that_is_far_away(self) -> None:
        costs = np.zeros((240, 400), np.uint8)
        controller = Controller(DRIVE)
        controller.follow(np.array([(1.0, 3.0), (16.0, 3.0)]), Pose2D(16.0, 3.0))
        pose, v, w = Pose2D(4.0, 6.5, 0.0), 0.5, 0.0
        for _ in range(20 * 8):
            command = controller.step(pose, v, w, Surroundings(costs, RESOLUTION, ORIGIN, NOBODY), 0.9, DT)
            v, w = command.v, command.w
            pose = pose @ Pose2D(v * DT, 0.0, w * DT)
        assert pose.y == pytest.approx(3.0, abs=0.1)


class TestAimedMotions:
    def test_ramp_passes_zero_only_by_standing(self) -> None:
        assert ramp(0.05, -0.2, 0.1, 0.1) == 0.0
        assert ramp(0.5, 0.0, 0.05, 0.03) == pytest.approx(0.45)
        assert ramp(0.5, 0.9, 0.05, 0.03) == pytest.approx(0.53)

    def test_stop_ends_at_zero(self) -> None:
        v, w = 0.9, -1.0
        for _ in range(20):
            v, w = stop(v, w, DRIVE, DT)
        assert (v, w) == (0.0, 0.0)

    def test_turn_does_not_overshoot(self) -> None:
        yaw, v, w = 0.0, 0.0, 0.0
        for _ in range(100):
            v, w = turn(2.0 - yaw, v, w, DRIVE, DT)
            yaw += w * DT
            assert yaw < 2.05
        assert yaw == pytest.approx(2.0, abs=0.02)
