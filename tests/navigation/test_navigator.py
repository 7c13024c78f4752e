"""The navigator in a closed loop without ROS: plans, waits, reroutes, recovers and tells the truth at the end."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from guide_common.robot import load_robot
from navigation.behaviours import BACK_UP, DRIVE_ON_HEADING, Spin, Straight, Wait
from navigation.controller import Controller, MppiParams, Surroundings
from navigation.costmap import InflationParams
from navigation.errors import PlanError
from navigation.floor_zones import BESIDE_LANES
from navigation.grid import GridMap
from navigation.navigator import Navigator, PathFollower
from navigation.navigator_floor import Floor
from navigation.navigator_params import NavigatorParams
from navigation.one_way import SECTORS
from navigation.planner import Path
from navigation.speed_zones import SpeedZones
from navigation.task_run import TaskRun, find_plan
from navigation.task_step import Ending, Situation, Step
from tests.conftest import ROOT
from tests.navigation.kinematic_world import ANGLES, RESOLUTION, World, room

DRIVE = load_robot(ROOT / "robots" / "concierge").drive
DT = 0.05
DOOR = [(4.0, 0.0, 4.3, 3.0), (4.0, 4.2, 4.3, 6.0)]
"""Two halves of a wall with a door 1.2 m wide."""


class Run:
    """Step a task in a world as the node does: scans at 10 Hz, plans when wanted."""

    def __init__(self, boxes: list[tuple[float, float, float, float]], start: Pose2D) -> None:
        self.world = World(room(8.0, 6.0, boxes), start)
        self.floor = Floor(InflationParams())
        self.floor.take_map(GridMap(self.world.cells.copy(), RESOLUTION, Pose2D(0.0, 0.0)))
        self.now, self.v, self.w = 100.0, 0.0, 0.0
        self.a = self.alpha = 0.0
        self.pose_age = self.scan_age = 0.0
        self.zones: SpeedZones | None = None
        self.whys: list[str] = []
        self.recoveries: list[str] = []
        self.adopted = 0
        self.controller = Controller(DRIVE, MppiParams(samples=500))

    def navigator(self, goal: Pose2D, **params: float) -> Navigator:
        return Navigator(goal, self.controller, DRIVE, NavigatorParams(**params))

    def plan(self, task: Navigator) -> None:
        plan, hopeless = find_plan(self.floor, self.world.robot, task)
        self.adopted += task.take_plan(plan, self.world.robot, hopeless)

    def situation(self) -> Situation:
        costmap = self.floor.costmap
        assert costmap is not None
        around = Surroundings(costmap.costs, RESOLUTION, Pose2D(0.0, 0.0), self.world.people.copy())
        ages = (self.pose_age, self.scan_age)
        known = around, DRIVE.max_speed, self.zones, self.a, self.alpha
        return Situation(self.now, DT, self.world.robot, *ages, self.v, self.w, *known)

    def go(self, task: object, limit: float = 90.0, each: Callable[[], None] = lambda: None) -> Ending:
        for cycle in range(int(limit / DT)):
            each()
            if cycle % 2 == 0:
                self.floor.take_scan(self.world.scan(), ANGLES, self.world.robot, self.now)
            step = task.step(self.situation())  # type: ignore[attr-defined]
            if step.why and step.why not in self.whys[-1:]:
                self.whys.append(step.why)
            if step.recovery:
                self.recoveries.append(step.recovery)
            if step.wants_clear:
                self.floor.clear()
            if step.wants_plan:
                self.plan(task)  # type: ignore[arg-type]
            if step.ending is not None:
                return step.ending
            self.a, self.alpha = (step.v - self.v) / DT, (step.w - self.w) / DT
            self.v, self.w = step.v, step.w
            self.world.move(self.v, self.w, DT)
            self.now += DT
        raise AssertionError(f"did not end; it said {self.whys}")


def test_drives_through_a_door_on_one_path() -> None:
    run = Run(DOOR, Pose2D(1.5, 1.5, 2.0))
    assert run.go(run.navigator(Pose2D(6.5, 1.5, -1.57))) == Ending()
    assert run.world.robot.distance(Pose2D(6.5, 1.5)) <= 0.10
    assert run.world.nearest > 0.0
    assert run.adopted == 1, "it kept changing its mind"


def test_waits_for_a_person_in_the_door_and_goes_on_when_they_leave() -> None:
    run = Run(DOOR, Pose2D(1.5, 3.6, 0.0))
    run.world.people = np.array([[4.15, 3.6, 0.0, 0.0]])

    def leave() -> None:
        if run.now > 112.0:
            run.world.people[0, 2:] = (0.6, 0.6)

    assert run.go(run.navigator(Pose2D(6.5, 1.5, 0.0)), each=leave) == Ending()
    assert run.whys
    assert run.world.nearest > 0.0


def test_takes_another_way_when_the_first_stays_blocked() -> None:
    two_doors = [(4.0, 0.0, 4.3, 1.0), (4.0, 2.0, 4.3, 4.5)]
    run = Run(two_doors, Pose2D(2.0, 1.5, 0.0))
    run.world.people = np.array([[4.15, 1.3, 0.0, 0.0], [4.15, 1.7, 0.0, 0.0]])
    assert run.go(run.navigator(Pose2D(6.5, 1.5, 0.0))) == Ending()
    assert run.world.nearest > 0.0


def test_keeps_to_its_path_when_somebody_only_crosses() -> None:
    run = Run([], Pose2D(1.0, 3.0, 0.0))
    run.world.people = np.array([[4.0, 0.6, 0.0, 0.8]])
    assert run.go(run.navigator(Pose2D(7.0, 3.0, 0.0))).code == 0
    assert run.adopted == 1


@pytest.mark.parametrize(("push", "paths"), [((-1.2, 0.0), 1), ((0.0, 1.2), 2)])
def test_has_strayed_beside_its_way_and_not_where_it_came_along(push: tuple[float, float], paths: int) -> None:
    run = Run([], Pose2D(1.0, 3.0, 0.0))
    pushed: list[Pose2D] = []

    def push_it() -> None:
        here = run.world.robot
        if here.x > 4.0 and not pushed:
            pushed.append(here)
            run.world.robot = Pose2D(here.x + push[0], here.y + push[1], here.yaw)

    assert run.go(run.navigator(Pose2D(7.0, 3.0, 0.0)), each=push_it) == Ending()
    assert run.adopted == paths


def nearest_body(run: Run) -> float:
    """Return the m between the robot's middle and that of the nearest person."""
    return min(math.hypot(p[0] - run.world.robot.x, p[1] - run.world.robot.y) for p in run.world.people)


@pytest.mark.parametrize("beside", [(0.0, 0.0), (0.3, 0.0), (-0.2, 0.3), (0.0, -0.42)])
def test_leaves_room_for_the_shoulders_of_who_stands_at_its_goal(beside: tuple[float, float]) -> None:
    goal, gaps = Pose2D(6.0, 3.0, 0.0), []
    run = Run([], Pose2D(1.0, 3.2, 0.0))
    run.world.people = np.array([[goal.x + beside[0], goal.y + beside[1], 0.0, 0.0]])
    ending = run.go(run.navigator(goal), each=lambda: gaps.append(nearest_body(run)))
    assert ending.code == 0
    off = run.world.robot.distance(goal)
    assert ("the nearest free place" in ending.sentence) == (off > 0.15)
    assert min(gaps) > 0.25 + 0.17 + 0.03, "it would have brushed a body whose legs the lidar sees"
    assert off < 0.75


def test_comes_to_its_goal_when_who_stood_there_leaves() -> None:
    run = Run([], Pose2D(1.0, 3.2, 0.0))
    run.world.people = np.array([[6.1, 3.2, 0.0, 0.0]])

    def leave() -> None:
        if "the place is taken" in run.whys:
            run.world.people[0, 2:] = (0.1, 0.7)

    goal = Pose2D(6.0, 3.0, 0.0)
    assert run.go(run.navigator(goal), each=leave) == Ending()
    assert run.world.robot.distance(goal) <= 0.10


def shut(run: Run, box: tuple[float, float, float, float], at: float) -> Callable[[], None]:
    """Set something down (x0, y0, x1, y1 in m) when the clock shows `at`."""
    columns, rows = (slice(int(low / RESOLUTION), int(high / RESOLUTION)) for low, high in (box[::2], box[1::2]))

    def each() -> None:
        if run.now >= at:
            run.world.cells[rows, columns] = 100

    return each


def test_goes_round_a_thing_far_ahead_before_it_has_to_stop() -> None:
    run = Run([], Pose2D(1.0, 3.0, 0.0))
    task = run.navigator(Pose2D(7.0, 3.0, 0.0), look_ahead=1.5)
    assert run.go(task, each=shut(run, (5.5, 1.5, 5.8, 5.0), 101.0)).code == 0
    assert run.adopted == 2
    assert "something is in the way" not in run.whys


def test_does_not_wait_for_a_thing_as_it_waits_for_people() -> None:
    run = Run([(4.0, 0.0, 4.3, 3.0), (4.0, 4.2, 4.3, 4.8)], Pose2D(1.0, 3.6, 0.0))
    task = run.navigator(Pose2D(7.0, 3.6, 0.0), patience=60.0)
    assert run.go(task, each=shut(run, (4.1, 3.0, 4.2, 4.2), 102.5)).code == 0
    assert run.now < 130.0


def test_does_not_go_back_to_a_way_that_it_left_when_people_block_the_new_one_for_a_while() -> None:
    run = Run([(3.0, 2.2, 5.5, 3.6)], Pose2D(1.0, 3.0, 0.0))
    task = run.navigator(Pose2D(7.0, 3.0, 0.0))
    north, south = ([[4.2, y, 0.0, 0.0] for y in rows] for rows in ((4.0, 4.7, 5.4), (0.4, 1.1, 1.8)))
    sides: list[bool] = []
    south_since: list[float] = []

    def shift() -> None:
        if task.path is None or run.world.robot.x > 4.0:
            return
        beside = task.path.points[task.path.points[:, 0] > 4.0]
        sides.append(bool(beside[:, 1].min() < 2.0))
        if sides[-1] and not south_since:
            south_since.append(run.now)
        if south_since:
            waited = run.now - south_since[0]
            run.world.people = np.array(south if 1.0 < waited < 14.0 else north)

    run.plan(task)
    run.world.people = np.array(north)
    assert run.go(task, each=shift) == Ending()
    assert sides[0] is False
    assert sum(a != b for a, b in pairwise(sides)) == 1, "it went back"
    assert run.world.nearest > 0.0


def test_backs_off_for_somebody_who_waits_before_it_in_a_door() -> None:
    run = Run(DOOR, Pose2D(3.2, 3.6, 0.0))
    task = run.navigator(Pose2D(6.5, 3.6, 0.0), yield_after=3.0)
    run.plan(task)
    run.world.people = np.array([[4.5, 3.6, 0.0, 0.0]])
    back: list[float] = []

    def come_through() -> None:
        back.append(3.2 - run.world.robot.x)
        if run.world.robot.x < 2.8:
            run.world.people[0, 2:] = (-0.5, 0.6) if run.world.people[0, 0] < 4.0 else (-0.6, 0.0)

    assert run.go(task, each=come_through) == Ending()
    assert 0.3 < max(back) < 1.2
    assert run.world.nearest > 0.0


def test_waits_for_people_before_it_goes_another_way() -> None:
    run = Run([(3.0, 2.2, 5.5, 3.6)], Pose2D(2.0, 3.0, 0.0))
    task = run.navigator(Pose2D(7.0, 3.0, 0.0), patience=4.0)
    run.plan(task)
    run.world.people = np.array([[4.2, y, 0.0, 0.0] for y in (4.0, 4.7, 5.4)])
    begun, taken = run.now, []

    def look() -> None:
        if task.path is not None and task.path.points[:, 1].min() < 2.0:
            taken.append(run.now)

    assert run.go(task, each=look) == Ending()
    assert 3.5 < taken[0] - begun < 8.0


def test_gives_up_with_a_code_and_a_sentence_when_nobody_moves() -> None:
    run = Run(DOOR, Pose2D(1.5, 3.6, 0.0))
    run.world.people = np.array([[4.15, 3.3, 0.0, 0.0], [4.15, 3.6, 0.0, 0.0], [4.15, 3.9, 0.0, 0.0]])
    ending = run.go(run.navigator(Pose2D(6.5, 1.5, 0.0), give_up=8.0))
    assert ending.code == 208
    assert "no way" in ending.sentence
    assert run.world.nearest > 0.0


@pytest.mark.parametrize(
    ("goal", "code"), [((4.15, 1.0), 206), ((20.0, 1.0), 204), ((7.0, 5.5), 208)], ids=["wall", "off the map", "closet"]
)
def test_refuses_at_once_what_the_map_forbids(goal: tuple[float, float], code: int) -> None:
    closet = [(6.0, 4.5, 8.0, 4.7), (6.0, 4.5, 6.2, 6.0)]
    run = Run([*DOOR, *closet], Pose2D(1.5, 1.5, 0.0))
    begun = run.now
    assert run.go(run.navigator(Pose2D(*goal))).code == code
    assert run.now - begun < 1.0


def test_old_inputs_are_not_driven_on() -> None:
    run = Run([], Pose2D(1.5, 3.0, 0.0))
    task = run.navigator(Pose2D(6.5, 3.0, 0.0), lost=3.0)
    run.go(Wait(0.1, DRIVE))
    run.pose_age = 0.5
    ending = run.go(task)
    assert (ending.code, run.world.robot) == (102, Pose2D(1.5, 3.0, 0.0))
    assert "0.5 s old" in ending.sentence


def test_may_leave_a_keepout_but_never_enters_one() -> None:
    run = Run([], Pose2D(1.5, 3.0, 0.0))
    mask = np.zeros(run.world.cells.shape, bool)
    mask[50:70, 20:40] = True  # around the robot
    mask[0:80, 80:100] = True  # across the way
    run.floor.take_keepout(mask)
    inside: list[bool] = []

    def look() -> None:
        inside.append(bool(mask[int(run.world.robot.y / RESOLUTION), int(run.world.robot.x / RESOLUTION)]))

    assert run.go(run.navigator(Pose2D(6.5, 1.5, 0.0)), each=look) == Ending()
    left = inside.index(False)
    assert left > 0
    assert not any(inside[left:])


def test_leaves_a_keepout_drawn_over_it_while_it_drives_and_enters_no_other() -> None:
    run = Run([], Pose2D(1.5, 3.0, 0.0))
    mask = np.zeros(run.world.cells.shape, bool)
    inside: list[bool] = []

    def draw() -> None:
        here = int(run.world.robot.y / RESOLUTION), int(run.world.robot.x / RESOLUTION)
        if run.world.robot.x > 3.0 and not mask.any():
            mask[50:70, 52:72] = True  # where it drives now
            mask[30:120, 95:105] = True  # and across the way that it had planned
            run.floor.take_keepout(mask)
        inside.append(bool(mask[here]))

    assert run.go(run.navigator(Pose2D(6.5, 3.0, 0.0)), each=draw) == Ending()
    entered = inside.index(True)
    left = entered + inside[entered:].index(False)
    assert not any(inside[left:])


def test_leaves_the_inflated_cells_of_what_was_put_beside_it() -> None:
    run = Run([], Pose2D(3.0, 3.0, 0.0))
    run.world.people = np.array([[3.36, 3.2, 0.0, 0.0], [2.57, 2.9, 0.0, 0.0]])
    run.floor.take_scan(run.world.scan(), ANGLES, run.world.robot, run.now)
    costmap = run.floor.costmap
    assert costmap is not None and costmap.cost_at(3.0, 3.0) == 253
    assert run.go(run.navigator(Pose2D(6.5, 1.5, 0.0))) == Ending()
    assert run.world.nearest > 0.0


def test_one_way_floor_waits_for_its_map_and_is_taken_back() -> None:
    floor = Floor(InflationParams())
    mask = np.zeros((40, 60), np.uint8)
    mask[10:20] = 1 + 4
    floor.take_one_way(mask)
    floor.take_map(GridMap(np.zeros((40, 60), np.uint8), RESOLUTION))
    costmap = floor.costmap
    assert costmap is not None and costmap.one_way is not None
    assert (costmap.one_way[15, 5], costmap.one_way[25, 5]) == (4, -1)
    floor.take_one_way(np.zeros((1, 1), np.uint8))
    assert costmap.one_way is None


def test_drives_through_a_one_way_door_its_way_only_and_takes_the_other_back() -> None:
    two_doors = [(4.0, 0.0, 4.3, 1.0), (4.0, 2.2, 4.3, 3.8), (4.0, 5.0, 4.3, 6.0)]
    run = Run(two_doors, Pose2D(2.0, 1.6, 0.0))
    inside = np.zeros(run.world.cells.shape, bool)
    inside[round(1.0 / RESOLUTION) : round(2.2 / RESOLUTION), round(3.8 / RESOLUTION) : round(4.5 / RESOLUTION)] = True
    run.floor.take_one_way(np.where(inside, 1 + SECTORS // 2, 0).astype(np.uint8))  # the near door leads west
    east, west = Pose2D(6.5, 1.6, 0.0), Pose2D(2.0, 1.6, 0.0)
    track: list[Pose2D] = []
    for goal in (east, west):
        assert run.go(run.navigator(goal), each=lambda: track.append(run.world.robot)) == Ending()
    moves = [
        (here, there)
        for here, there in pairwise(track)
        if inside[int(here.y / RESOLUTION), int(here.x / RESOLUTION)] and here.distance(there) > 1e-4
    ]
    assert moves
    assert all(there.x < here.x + 0.001 for here, there in moves)
    assert run.world.nearest > 0.0


def test_takes_a_preferred_lane_that_is_a_little_longer_and_leaves_one_that_is_much_longer() -> None:
    run = Run([], Pose2D(1.0, 3.0, 0.0))
    for low, taken in ((3.6, True), (5.2, False)):
        rows = slice(round(low / RESOLUTION), round((low + 0.5) / RESOLUTION))
        mask = np.full(run.world.cells.shape, BESIDE_LANES, np.uint8)
        mask[rows] = 0
        run.floor.take_keepout(mask)
        points = run.floor.plan(Pose2D(1.0, 3.0), Pose2D(7.0, 3.0)).points
        assert (points[:, 1].max() >= low) == taken


class TestSpeedZones:
    limit = 0.3

    def zones(self, run: Run, x0: float, x1: float) -> SpeedZones:
        mask = np.zeros(run.world.cells.shape, np.uint8)
        mask[:, round(x0 / RESOLUTION) : round(x1 / RESOLUTION)] = 30
        return SpeedZones(GridMap(mask, RESOLUTION), 0.01)

    def test_is_slow_before_it_enters_and_fast_again_behind(self) -> None:
        run = Run([], Pose2D(1.0, 3.0, 0.0))
        run.zones = self.zones(run, 4.0, 5.0)
        speeds: list[tuple[float, float]] = []
        ending = run.go(
            run.navigator(Pose2D(7.2, 3.0, 0.0)), each=lambda: speeds.append((run.world.robot.x, run.world.v))
        )
        assert ending == Ending()
        assert max(v for x, v in speeds if 4.0 <= x <= 5.0) <= self.limit + 0.02
        assert max(v for x, v in speeds if x < 3.5) > 0.6
        assert max(v for x, v in speeds if x > 5.2) > self.limit + 0.1
        falls = np.diff([v for x, v in speeds if 2.0 < x < 4.0])
        assert falls.min() >= -DRIVE.max_deceleration * DT - 1e-6

    def test_one_drawn_while_it_drives_holds_at_once(self) -> None:
        run = Run([], Pose2D(1.0, 3.0, 0.0))
        speeds: list[tuple[float, float]] = []

        def draw() -> None:
            if run.zones is None and run.world.robot.x > 3.5:
                run.zones = self.zones(run, 3.0, 6.0)
            speeds.append((run.world.robot.x, run.world.v))

        assert run.go(run.navigator(Pose2D(7.0, 3.0, 0.0)), each=draw) == Ending()
        assert max(v for x, v in speeds if 4.2 <= x <= 6.0) <= self.limit + 0.02

    def test_the_slower_of_zone_and_wish_holds(self) -> None:
        zones = self.zones(Run([], Pose2D(1.0, 3.0, 0.0)), 4.0, 5.0)
        assert zones.limit_at(4.5, 3.0) == pytest.approx(0.3)
        assert math.isinf(zones.limit_at(3.9, 3.0))
        path = np.array([(3.0, 3.0, 0.0), (4.1, 3.0, 1.1), (5.0, 3.0, 2.0)])
        assert zones.limit_ahead(path, 0.2) == 0.2
        assert zones.limit_ahead(path, 2.0) == pytest.approx(math.sqrt(0.3**2 + 2.0 * 0.35 * 0.95))

    def test_a_turned_mask_lies_where_it_should(self) -> None:
        mask = np.zeros((40, 40), np.uint8)
        mask[10:20, 30:40] = 50
        zones = SpeedZones(GridMap(mask, 0.1, Pose2D(10.0, 5.0, math.pi / 2)), 0.01)
        assert zones.limit_at(8.5, 8.5) == pytest.approx(0.5)
        assert math.isinf(zones.limit_at(13.5, 6.5))


def test_an_empty_mask_of_any_shape_lifts_the_keepouts() -> None:
    run = Run([], Pose2D(1.5, 3.0, 0.0))
    mask = np.zeros(run.world.cells.shape, bool)
    mask[:, 80:100] = True
    run.floor.take_keepout(mask)
    with pytest.raises(PlanError):
        run.floor.plan(run.world.robot, Pose2D(6.5, 3.0))
    run.floor.take_keepout(np.zeros((1, 1), bool))
    assert run.floor.plan(run.world.robot, Pose2D(6.5, 3.0)).length < 5.5


@pytest.mark.parametrize("yaw", [0.0, 3.0], ids=["driving", "turning"])
def test_frees_itself_when_something_unseen_holds_it(yaw: float) -> None:
    run = Run([], Pose2D(2.0, 3.0, yaw))
    task = run.navigator(Pose2D(6.5, 3.0, 0.0), progress_time=2.0, recoveries=2)

    def hold() -> None:
        run.world.robot = Pose2D(2.0, 3.0, yaw)

    ending = run.go(task, each=hold)
    assert ending.code == 105
    assert task.recoveries == 3
    assert run.recoveries == ["clear_costmap", "backup"]
    assert "backing off to get free" in run.whys


def test_turning_to_and_fro_is_no_progress() -> None:
    run = Run([], Pose2D(2.0, 3.0, 1.8))
    task = run.navigator(Pose2D(6.5, 3.0, 0.0), progress_time=2.0, recoveries=1)

    def turn_back() -> None:
        yaw = run.world.robot.yaw
        run.world.robot = Pose2D(2.0, 3.0, yaw if yaw > 0.4 else 1.8)

    assert run.go(task, each=turn_back).code == 105
    assert run.recoveries == ["clear_costmap"]


def test_follows_a_given_path_to_its_end() -> None:
    run = Run([], Pose2D(1.5, 1.5, 0.0))
    points = np.array([(1.5, 1.5), (3.0, 4.5), (6.0, 4.5)])
    end = Pose2D(6.0, 4.5, 0.0)
    assert run.go(PathFollower(Path(points, 6.4, 6.4, 0.0), end, run.controller, DRIVE, NavigatorParams())) == Ending()
    assert run.world.robot.distance(end) <= 0.10


class TestBehaviours:
    @pytest.mark.parametrize("angle", [1.57, -6.0])
    def test_spin_turns_by_the_angle_asked(self, angle: float) -> None:
        run = Run([], Pose2D(4.0, 3.0, 0.0))
        spin = Spin(angle, 0.0, DRIVE)
        assert run.go(spin) == Ending()
        assert spin.turned == pytest.approx(angle, abs=0.06)

    def test_spin_out_of_time_says_so(self) -> None:
        run = Run([], Pose2D(4.0, 3.0, 0.0))
        assert run.go(Spin(6.0, 1.0, DRIVE)).code == 701

    def test_backs_up_on_free_floor_only(self) -> None:
        run = Run([], Pose2D(4.0, 3.0, 0.0))
        assert run.go(Straight(-0.3, 0.15, 0.0, DRIVE, BACK_UP)) == Ending()
        assert run.world.robot.x == pytest.approx(3.7, abs=0.03)
        blocked = Run([], Pose2D(0.5, 3.0, 0.0))
        assert blocked.go(Straight(-0.5, 0.15, 0.0, DRIVE, BACK_UP)).code == 714
        assert blocked.world.nearest > 0.0

    def test_drives_on_its_heading_as_far_as_the_floor_is_free(self) -> None:
        run = Run([], Pose2D(4.0, 3.0, 1.57))
        assert run.go(Straight(1.0, 0.3, 0.0, DRIVE, DRIVE_ON_HEADING)) == Ending()
        assert run.world.robot.y == pytest.approx(4.0, abs=0.03)
        blocked = Run([], Pose2D(6.0, 3.0, 0.0))
        ending = blocked.go(Straight(3.0, 0.6, 0.0, DRIVE, DRIVE_ON_HEADING))
        assert (ending.code, "before the robot" in ending.sentence) == (723, True)
        assert blocked.v == pytest.approx(0.0, abs=0.6)
        assert blocked.world.nearest > 0.0

    def test_a_straight_drive_out_of_time_or_without_a_fresh_scan_says_so(self) -> None:
        run = Run([], Pose2D(2.0, 3.0, 0.0))
        assert run.go(Straight(4.0, 0.1, 1.0, DRIVE, DRIVE_ON_HEADING)).code == 721
        run.scan_age = 0.5
        assert run.go(Straight(1.0, 0.3, 0.0, DRIVE, DRIVE_ON_HEADING)).code == 722
        assert run.go(Spin(1.0, 0.0, DRIVE)).code == 702

    def test_waits_as_long_as_asked(self) -> None:
        run = Run([], Pose2D(4.0, 3.0, 0.0))
        begun = run.now
        assert run.go(Wait(1.5, DRIVE)) == Ending()
        assert run.now - begun == pytest.approx(1.5, abs=0.06)


class TestTaskRun:
    def go(self, run: Run, task: TaskRun, paused: Callable[[], bool] = lambda: False, limit: float = 60.0) -> Ending:
        """Step it as the control loop does; it ends by itself."""

        class Stepped:
            def step(self, s: Situation) -> Step:
                step = task.step(s.now, s, paused())
                return replace(step, wants_plan=False, ending=(task.ending or Ending()) if task.finished else None)

        return run.go(Stepped(), limit)

    def test_a_pause_at_any_time_rests_the_task_and_its_clocks(self) -> None:
        run = Run(DOOR, Pose2D(1.5, 1.5, 2.0))
        task = TaskRun(run.navigator(Pose2D(6.5, 1.5, 0.0), progress_time=2.0, recoveries=0), DRIVE)
        stood: list[bool] = []

        def paused() -> bool:
            if 104.0 < run.now < 114.0:
                stood.append(run.v == run.w == 0.0)
                return True
            return False

        run.plan(task.task)
        assert self.go(run, task, paused) == Ending()
        assert run.world.robot.distance(Pose2D(6.5, 1.5)) <= 0.10
        first = stood.index(True)
        assert first * DT < 1.5
        assert all(stood[first:])
        assert run.now > 114.0

    def test_a_pause_while_it_slows_for_a_zone_and_going_on_keep_within_the_jerk(self) -> None:
        run = Run([], Pose2D(1.0, 3.0, 0.0))
        run.zones = TestSpeedZones().zones(run, 4.0, 5.0)
        task = TaskRun(run.navigator(Pose2D(7.2, 3.0, 0.0)), DRIVE)
        rises: list[float] = []

        def paused() -> bool:
            rises.append(run.a)
            return 102.5 < run.now < 106.0

        run.plan(task.task)
        assert self.go(run, task, paused) == Ending()
        assert np.abs(np.diff(rises)).max() <= DRIVE.max_jerk * DT + 1e-6
        assert min(rises) >= -DRIVE.max_deceleration - 1e-6

    def test_cancel_ends_it_at_any_time_paused_or_not(self) -> None:
        for begin, pause in ((100.0, 200.0), (103.0, 200.0), (103.0, 102.0)):
            run = Run(DOOR, Pose2D(1.5, 1.5, 0.0))
            task = TaskRun(run.navigator(Pose2D(6.5, 1.5, 0.0)), DRIVE)
            run.plan(task.task)

            def paused(run: Run = run, task: TaskRun = task, begin: float = begin, pause: float = pause) -> bool:
                if run.now >= begin:
                    task.cancel()
                return run.now >= pause

            self.go(run, task, paused, 10.0)
            assert (task.cancelled, run.now < begin + 1.5) == (True, True)


def test_distance_left_is_told_along_the_path() -> None:
    run = Run(DOOR, Pose2D(1.5, 1.5, 0.0))
    task = run.navigator(Pose2D(6.5, 1.5, 0.0))
    assert math.isinf(task.remaining)
    run.plan(task)
    assert task.remaining > 6.0
