"""The simulated hall alone: how much faster than real time it runs on one core, and where the time goes.

The peer is MuJoCo's own ray caster (`mj_multiRay`) for the lidar, in the same hall in the same run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np

from bench.table import print_table
from guide_common.robot import load_robot
from hall_sim.floor import load_floor
from hall_sim.hall import Hall
from hall_sim.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 20.0
"""s of simulated time that are measured."""


def main() -> int:
    """Measure and print."""
    scenario = load_scenario(ROOT / "sim" / "scenarios" / "busy_hall_30.yaml")
    hall = Hall(load_floor(scenario.site, scenario.floor), load_robot(ROOT / "robots" / "concierge"), scenario, 1)
    hall.robot_state("idle")
    _run(hall, 5.0)
    whole = _run(hall, SECONDS) / SECONDS
    world, beams = hall.world, hall.world.lidar.figures.beams
    rows = [
        ("whole hall: physics, lidar, 31 people, sound", 1000.0 * whole, f"{1.0 / whole:.0f} × real time"),
        ("physics, 5 ms steps", 200 * _ms(world.step, 2000), f"{world.model.ngeom} geoms"),
        ("lidar, 10 Hz", 10 * _ms(world.scan, 200), f"{beams / _ms(world.scan, 200):.0f} k beams/s"),
        ("  the same by mj_multiRay", 10 * _ms(_multi_ray(hall), 100), ""),
        ("people, 20 Hz", 20 * _ms(hall._move_people, 200), f"{scenario.crowd.people + 1} bodies"),
        ("sound, 10 Hz", 10 * _ms(lambda: hall.microphone.chunk(1.0), 200), "16 kHz"),
    ]
    print_table(("part", "ms per simulated s", ""), [(name, f"{cost:.2f}", note) for name, cost, note in rows])
    return 0


def _run(hall: Hall, seconds: float) -> float:
    begun = time.process_time()
    for _ in range(round(seconds * 50)):
        hall.world.base.command(0.3, 0.5)
        hall.tick()
    return time.process_time() - begun


def _ms(work: Callable[[], object], times: int) -> float:
    """Return ms of processor time for one call."""
    begun = time.process_time()
    for _ in range(times):
        work()
    return 1000.0 * (time.process_time() - begun) / times


def _multi_ray(hall: Hall) -> Callable[[], object]:
    world, pose = hall.world, hall.world.pose
    angles = world.lidar.angles + pose.yaw
    rays = np.stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))], axis=1).reshape(-1, 1)
    hits, ranges = np.zeros((len(angles), 1), np.int32), np.zeros((len(angles), 1))
    middle = np.array([[pose.x], [pose.y], [world.lidar.figures.z]])
    robot = world.model.body("robot").id
    return lambda: mujoco.mj_multiRay(
        world.model, world.data, middle, rays, None, 1, robot, hits, ranges, None, len(angles), 25.0
    )


if __name__ == "__main__":
    sys.exit(main())
