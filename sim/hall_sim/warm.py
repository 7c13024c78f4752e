"""Compile the simulator's numba loops, or load them from their caches, before somebody waits for them."""

from __future__ import annotations

import numpy as np

from guide_common.geometry import Pose2D
from guide_common.robot import Lidar as LidarFigures
from hall_sim.lidar import Lidar


def warm() -> None:
    """Scan a room of 2 m with a leg in it; the set-up calls this."""
    solid = np.ones((40, 40), bool)
    solid[1:-1, 1:-1] = False
    figures = LidarFigures("laser", 0.0, 0.0, 0.25, 0.0, 720, 0.05, 25.0, 10.0, 0.01)
    lidar = Lidar(figures, solid, 0.05, Pose2D(0.0, 0.0), np.random.default_rng(0))
    lidar.scan(Pose2D(1.0, 1.0), np.array([[0.5, 0.5, 0.07]]))
