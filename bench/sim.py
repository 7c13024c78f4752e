"""The simulated hall alone: how much faster than real time it runs on one core, and where the time goes.

The peer is MuJoCo's own ray caster (`mj_multiRay`) for the lidar, in the same hall in the same run. A second table
shows how the cost grows with the people in the hall: plain walkers, and a whole morning's crowd with lines, seats,
groups, children, wheelchairs and staff. The best second of several counts: what others do on the machine does not.
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
from hall_sim.hall import Hall
from hall_sim.scenarios.scenario import Scenario, load_scenario
from hall_sim.scenarios.settings_body import BodySettings
from hall_sim.scenarios.settings_sound import SoundSettings
from hall_sim.world.floor import load_floor

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 20.0
"""s of simulated time that are measured."""
CROWDS = (30, 100, 300, 800)
MORNING = {
    "queues": True,
    "groups": 0.4,
    "children": 0.05,
    "wheelchairs": 0.02,
    "elderly": 0.2,
    "staff": 0.08,
    "curious": 0.2,
    "courteous": 0.5,
}
LIGHT = {
    "dropout": 0.01,
    "black_shoes": 0.3,
    "glass": [{"at": [[25.0, 0.7], [25.0, 3.2]]}, {"at": [[31.0, 0.7], [31.0, 3.2]]}],
    "mirrors": [{"at": [[8.6, 14.0], [8.6, 18.0]]}],
    "sun": [{"window": [[30.0, 0.5], [50.0, 0.5]]}],
}


def main() -> int:
    """Measure and print."""
    scenario = load_scenario(ROOT / "sim" / "scenarios" / "busy_hall_30.yaml")
    hall = _hall(scenario)
    whole = _best_second(hall)
    world, beams = hall.world, hall.world.lidar.figures.beams
    aloud = _hall(scenario.model_copy(update={"sound": SoundSettings(mode="audio")}))
    troubled = _hall(scenario.model_copy(update={"body": BodySettings.model_validate({"lidar": LIGHT})})).world
    rows = [
        ("whole hall: physics, lidar, 31 people", 1000.0 * whole, f"{1.0 / whole:.0f} × real time"),
        ("physics, 5 ms steps", 200 * _ms(world.step, 2000), f"{world.model.ngeom} geoms"),
        ("lidar, 10 Hz", 10 * _ms(world.scan, 200), f"{beams / _ms(world.scan, 200):.0f} k beams/s"),
        ("  the same by mj_multiRay", 10 * _ms(_multi_ray(hall), 100), ""),
        ("  with glass, mirror, sun, black shoes", 10 * _ms(troubled.scan, 200), ""),
        ("people, 20 Hz", 20 * _ms(hall._move_people, 200), f"{scenario.crowd.people + 1} bodies"),
        ("sound, 10 Hz, aloud", 10 * _ms(lambda: aloud.microphone.chunk(1.0), 200), "16 kHz"),
    ]
    print_table(("part", "ms per simulated s", ""), [(name, f"{cost:.2f}", note) for name, cost, note in rows])
    print()
    grown = [(str(people), *_growth(scenario, people, {}), *_growth(scenario, people, MORNING)) for people in CROWDS]
    kinds = ("people", "walkers: ms per s", "× real time", "whole morning: ms per s", "× real time")
    print_table(kinds, grown)
    return 0


def _hall(scenario: Scenario) -> Hall:
    hall = Hall(load_floor(scenario.site, scenario.floor), load_robot(ROOT / "robots" / "concierge"), scenario, 1)
    hall.robot_state("idle")
    _run(hall, 5.0)
    return hall


def _growth(scenario: Scenario, people: int, crowd: dict[str, object]) -> tuple[str, str]:
    """Return ms of processor time for a second of a hall with so many people, and how often that is real time."""
    given = scenario.crowd.model_copy(update={"people": people} | crowd)
    cost = _best_second(_hall(scenario.model_copy(update={"crowd": given})))
    return f"{1000.0 * cost:.1f}", f"{1.0 / cost:.1f}"


def _best_second(hall: Hall) -> float:
    return min(_run(hall, 1.0) for _ in range(round(SECONDS)))


def _run(hall: Hall, seconds: float) -> float:
    begun = time.process_time()
    for _ in range(round(seconds * 50)):
        hall.world.base.command(0.3, 0.5)
        hall.tick()
    return time.process_time() - begun


def _ms(work: Callable[[], object], times: int) -> float:
    """Return ms of processor time for one call: the best of five rounds."""
    rounds = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(times // 5):
            work()
        rounds.append(1000.0 * (time.process_time() - begun) / (times // 5))
    return min(rounds)


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
