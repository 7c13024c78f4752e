"""Compile the numba loops of navigation, or load them from their caches, before somebody waits for them."""

from __future__ import annotations

import numpy as np

from guide_common.geometry import Pose2D
from guide_common.robot import Drive
from navigation.controller import Controller, MppiParams, Surroundings, free_behind
from navigation.costmap import InflationParams
from navigation.grid import GridMap
from navigation.motion import Motion
from navigation.navigator_floor import Floor
from navigation.speed_zones import SpeedZones
from navigation.ways import SAME_WAY, near

ORIGIN = Pose2D(0.0, 0.0)


def warm_driving(drive: Drive, params: MppiParams | None = None, inflation: InflationParams | None = None) -> None:
    """Map, scan, plan and drive a little in a room of 4 m, with the types that the navigator uses."""
    cells = np.zeros((80, 80), np.uint8)
    cells[:2] = cells[-2:] = cells[:, :2] = cells[:, -2:] = cells[:30, 40:44] = 100
    floor = Floor(inflation or InflationParams())
    floor.take_map(GridMap(cells, 0.05, ORIGIN))
    _warm_fields(floor)
    ranges, angles = np.full(720, 1.2, np.float32), np.linspace(-3.1, 3.1, 720)
    for stamp in (1.0, 9.0):  # mark, then forget
        floor.take_scan(ranges, angles, Pose2D(1.0, 1.0), stamp, np.array([[2.0, 3.5]]))
    floor.clear()
    plan = floor.plan(Pose2D(1.0, 1.0), Pose2D(3.0, 1.0))
    floor.with_spots(plan)
    near(plan.points, plan.points, SAME_WAY)
    costmap = floor.costmap
    assert costmap is not None
    around = Surroundings(costmap.costs, 0.05, ORIGIN, np.array([[2.0, 3.5, 0.1, 0.1]]))
    controller = Controller(drive, params)
    controller.follow(plan.points, Pose2D(3.0, 1.0))
    zones = SpeedZones(GridMap(np.ones(cells.shape, np.uint8), 0.05, ORIGIN), 0.01)
    zones.limit_ahead(controller.ahead(), min(zones.limit_at(1.0, 1.0), 0.5))
    for pose in (Pose2D(1.0, 1.0, 1.0), Pose2D(1.0, 1.1, 1.0), Pose2D(2.8, 1.0, 0.0)):
        controller.blocked_at(pose, around)
        controller.step(pose, Motion(0.2, 0.0), around, drive.max_speed, 0.05)
        free_behind(pose, around, 0.3)


def _warm_fields(floor: Floor) -> None:
    """Make a cost-to-go field, change it, and go down it."""
    keepout = np.zeros((80, 80), bool)
    floor.take_places({"place": (3.0, 3.0)})
    for zone in (False, True):
        keepout[4:8, 70:74] = zone
        floor.take_keepout(keepout)
        while floor.refresh_fields():
            pass
    floor.plan(Pose2D(1.0, 1.0), Pose2D(3.0, 3.0))


def warm() -> None:
    """Fill the caches for every node of navigation; the set-up calls this."""
    from navigation.guard import Guard, GuardParams
    from navigation.localiser import ParticleFilter
    from navigation.people import PeopleTracker
    from navigation.planner import Planner
    from navigation.planner import warm as warm_planner

    drive = Drive(0.08, 0.36, 0.9, 0.2, 0.6, 1.0, 2.9, 1.4, 2.5, 16.0, 0.5)
    warm_driving(drive)
    Guard(drive, 0.25, GuardParams(), ORIGIN)
    warm_planner(Planner(np.zeros((4, 4), np.uint8), 0.05, ORIGIN))
    ParticleFilter().warm()
    PeopleTracker().warm()
