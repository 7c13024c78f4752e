"""Compile the simulator's numba loops, or load them from their caches, before somebody waits for them."""

from __future__ import annotations

import math

import numpy as np

from guide_common.geometry import Pose2D
from guide_common.robot import Lidar as LidarFigures
from hall_sim.people.kinds import WHEELCHAIR
from hall_sim.scenarios.settings_body import Glass, LidarSettings, Sun
from hall_sim.world.bodies import Bodies
from hall_sim.world.lidar import Lidar
from hall_sim.world.optics import Optics


def warm() -> None:
    """Scan a room of 2 m with a glass wall, a sunny window, a wheelchair and a leg in it; the set-up calls this."""
    solid = np.ones((40, 40), bool)
    solid[1:-1, 1:-1] = False
    figures = LidarFigures("laser", 0.0, 0.0, 0.25, 0.0, 720, 0.05, 25.0, 10.0, 0.01)
    light = LidarSettings(
        dropout=0.1,
        black_shoes=0.5,
        glass=(Glass(at=((1.5, 0.2), (1.5, 1.8))),),
        sun=(Sun(window=((0.2, 1.9), (1.8, 1.9))),),
    )
    bodies = Bodies(2)
    bodies.embody(1, WHEELCHAIR, dark=True)
    bodies.place(0, 0.5, 0.5, 0.0, 0.05)
    bodies.place(1, 0.5, 1.5, math.pi / 2, 0.05)
    rng = np.random.default_rng(0)
    lidar = Lidar(figures, solid, 0.05, Pose2D(0.0, 0.0), rng, Optics(light, rng))
    lidar.scan(Pose2D(1.0, 1.0), bodies.leg_circles(), bodies.chair_lines(), bodies.dark_legs())
