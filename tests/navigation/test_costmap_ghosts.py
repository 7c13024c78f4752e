"""Nobody who walks on leaves a ghost: cells that stay marked where they were, asked of the truth of a small world."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from guide_common.geometry import Pose2D
from navigation.costmap import LayeredCostmap
from navigation.grid import GridMap
from navigation.senses import IDLE_SCANS
from tests.navigation.lidar_world import ANGLES, LEG_RADIUS, RESOLUTION, Walker, World, cast

BLUR = 0.10
"""m from a leg's surface that noise and a cell's size may put a hit."""
POST = Pose2D(9.0, 7.5, 0.3)


class Watch:
    """Feed a costmap with a world's scans and keep, for every marked cell, since when it should be free."""

    def __init__(self, people: list[Walker], pose: Pose2D, each: int = 1) -> None:
        self.world = World(people=people, pose=pose)
        self.costmap = LayeredCostmap(GridMap(np.where(self.world.occupied, 100, 0).astype(np.uint8), RESOLUTION))
        self.each = each
        self.seen_free: dict[tuple[int, int], float] = {}
        self.left: dict[tuple[int, int], float] = {}
        self.longest_seen = self.longest_left = 0.0
        self.ghosts: list[int] = []

    def run(self, seconds: float, speed: float = 0.0) -> None:
        world = self.world
        for scan in range(round(seconds / 0.1)):
            world.drive(speed, 0.0, 0.1)
            if scan % self.each == 0:
                self.costmap.update_scan(world.scan(), ANGLES, world.pose, world.time)
            self._look()

    def _look(self) -> None:
        world = self.world
        legs = np.concatenate([person.legs() for person in world.people])
        cells = self.costmap.obstacle_cells
        at = (cells + 0.5) * RESOLUTION
        away = np.hypot(at[:, 0] - world.pose.x, at[:, 1] - world.pose.y)
        bearings = np.arctan2(at[:, 1] - world.pose.y, at[:, 0] - world.pose.x) - world.pose.yaw
        free = np.zeros(len(cells))
        cast(world.occupied, world.pose.x, world.pose.y, world.pose.yaw, bearings, legs, LEG_RADIUS, 25.0, free)
        gap = np.hypot(at[:, None, 0] - legs[None, :, 0], at[:, None, 1] - legs[None, :, 1]).min(axis=1)
        ghost = gap > LEG_RADIUS + BLUR
        names = list(map(tuple, cells.tolist()))
        self.left = {name: self.left.get(name, world.time) for name, is_one in zip(names, ghost, strict=True) if is_one}
        seen = ghost & (free > away + 0.05)
        self.seen_free = {
            name: self.seen_free.get(name, world.time) for name, is_one in zip(names, seen, strict=True) if is_one
        }
        self.longest_seen = max([self.longest_seen, *(world.time - since for since in self.seen_free.values())])
        self.longest_left = max([self.longest_left, *(world.time - since for since in self.left.values())])
        self.ghosts.append(len(self.left))


@pytest.mark.parametrize("away", [1.5, 3.0, 4.0, 5.5])
@pytest.mark.parametrize("each", [1, IDLE_SCANS], ids=["driving", "idle"])
def test_nobody_who_crosses_leaves_a_ghost(away: float, each: int) -> None:
    watch = Watch([Walker([(POST.x + away, 4.0), (POST.x + away, 11.0)])], POST, each)
    watch.run(14.0)
    assert watch.longest_seen <= 1.0
    assert watch.longest_left <= 3.0


def test_who_follows_the_robot_drags_no_tail() -> None:
    watch = Watch([Walker([(4.0, 7.5), (20.0, 7.5)], speed=0.7)], Pose2D(5.2, 7.5, 0.0))
    watch.run(12.0, speed=0.7)
    assert watch.longest_left <= 1.0, "what is hidden by whoever left it stays for a moment only"
    assert max(watch.ghosts) <= 30


def test_who_stood_long_and_walks_away_in_their_own_shadow_is_forgotten_in_time() -> None:
    person = Walker([(11.0, 7.5), (16.0, 7.6)], speed=0.0)
    watch = Watch([person], Pose2D(9.0, 7.5, 0.0))
    watch.run(5.0)
    person.speed = 1.0
    watch.run(4.0)
    assert watch.longest_seen <= 1.0
    assert watch.longest_left <= 3.0


def _spot(rng: np.random.Generator) -> tuple[float, float]:
    return float(rng.uniform(3.0, 21.0)), float(rng.uniform(4.0, 12.0))


@pytest.mark.parametrize("speed", [0.0, 0.6])
def test_a_crowd_leaves_nothing_that_was_seen_free(speed: float) -> None:
    rng = np.random.default_rng(1)
    people = [Walker([_spot(rng) for _ in range(4)], phase=float(i)) for i in range(30)]
    watch = Watch(people, POST if speed == 0.0 else Pose2D(4.0, 7.5, 0.0))
    watch.run(12.0, speed)
    assert watch.longest_seen <= 1.0
    assert watch.longest_left <= 3.1


def test_a_thing_that_stays_stays_marked_behind_who_walks_past() -> None:
    still = Walker([(13.0, 7.5)], speed=0.0)
    watch = Watch([still], Pose2D(9.0, 7.5, 0.0))
    watch.run(5.0)
    watch.world.people.append(Walker([(11.0, 6.5), (11.0, 9.0)], speed=1.1))
    legs = still.legs()
    marked: list[bool] = []
    look: Callable[[], bool] = lambda: bool(  # noqa: E731
        (np.abs((watch.costmap.obstacle_cells + 0.5) * RESOLUTION - legs.mean(axis=0)) < 0.3).all(axis=1).any()
    )
    for _ in range(20):
        watch.run(0.1)
        marked.append(look())
    assert all(marked)
    assert math.isclose(watch.world.time, 7.0)
