"""The simulated hall against ir-sim and pyrobosim, in the same scenes in one run: beams of a lidar, and people.

Lidar: a room with boxes of furniture and people as circles. A peer's ranges are compared with our exact ones, beam by
beam. Ours adds noise in the time that is measured; the peers do not. People: they walk between random points of a
hall. Ours go round the furniture on shortest ways and give way to one another; ir-sim's go straight on, through
everything (dash) or giving way (sfm: social forces; rvo: reciprocal velocity obstacles), and have no ways.
Times are processor time: the wall time on a core that does nothing else.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bench.furnished import BOXES, CELL, Floats, Scene, furnish
from bench.peers import Look, ir_sim_crowd, ir_sim_lidar, pyrobosim_lidar
from bench.table import print_table
from guide_common.robot import load_robot
from hall_sim.people.crowd import AIR, PERIOD, PERSON_RADIUS, Crowd
from hall_sim.people.walkable import Walkable
from hall_sim.world.bodies import Bodies
from hall_sim.world.floor import Floor
from hall_sim.world.lidar import Lidar

FIGURES = load_robot(Path(__file__).resolve().parents[1] / "robots" / "concierge").lidar
BEAMS, REACH = FIGURES.beams, FIGURES.range_max
ROOM, HALL = 20.0, 40.0
"""m: sides of the room for the lidar, and of the hall for the people."""
SEEN, CROWDS = 30, (30, 100, 300)
"""People whom the lidar sees, and who walk."""
PACE = 1.3
"""m/s."""
STEPS, PATIENCE = 200, 1.2
"""Scans or steps that are measured, or as many as begin within so many s, but at least a scan from every pose."""

Crowded = tuple[Callable[[], object], Callable[[], Floats]]
"""What advances a crowd by a step, and what tells where everybody is."""


def own_lidar(scene: Scene) -> Lidar:
    return Lidar(FIGURES, scene.solid(), CELL, scene.origin, np.random.default_rng(1))


def legs(scene: Scene) -> Floats:
    bodies = Bodies(len(scene.people))
    for index, (x, y) in enumerate(scene.people):
        bodies.place(index, float(x), float(y), 0.1 * index, PERIOD)
    return bodies.leg_circles()


def own_crowd(scene: Scene) -> Crowded:
    """Return the crowd as the hall steps it; the robot stands among them."""
    floor = Floor(np.where(scene.solid(), 1.0, 0.0), CELL, scene.origin)
    robot, rng = scene.poses[0], np.random.default_rng(2)
    crowd = Crowd(Walkable(floor, (robot.x, robot.y), PERSON_RADIUS + AIR), robot)
    for x, y in scene.people:
        assert crowd.enter((float(x), float(y)), PACE) is not None

    def step() -> None:
        for walker in crowd.walkers:
            if not walker.way:
                x, y = rng.uniform(1.0, scene.side - 1.0, 2)
                walker.way = crowd.route(walker, (float(x), float(y)))
        crowd.step(robot, (0.0, 0.0))

    return step, lambda: np.array([walker.position for walker in crowd.walkers])


def peer_crowd(scene: Scene, behaviour: str) -> Crowded:
    env = ir_sim_crowd(scene, behaviour, PACE, PERIOD)
    return env.step, lambda: np.array([person.state[:2, 0] for person in env.robot_list])


def time_scans(look: Look, scene: Scene) -> float:
    """Return s a scan: the median."""
    look(scene.poses[0])
    times: list[float] = []
    while len(times) < len(scene.poses) or (len(times) < STEPS and sum(times) < PATIENCE):
        pose = scene.poses[len(times) % len(scene.poses)]
        begun = time.process_time()
        look(pose)
        times.append(time.process_time() - begun)
    return float(np.median(times))


def time_steps(step: Callable[[], object], where: Callable[[], Floats]) -> tuple[float, float]:
    """Return s a step, and how fast people walk in the mean (m/s)."""
    step()
    taken, steps, walked, before = 0.0, 0, 0.0, where()
    while steps < STEPS and taken < PATIENCE:
        begun = time.process_time()
        step()
        taken += time.process_time() - begun
        after = where()
        walked += float(np.hypot(*(after - before).T).mean())
        steps, before = steps + 1, after
    return taken / steps, walked / steps / PERIOD


def lidar_rows() -> Iterator[tuple[str, ...]]:
    scene = furnish(ROOM, SEEN, seed=1)
    lidar, people, feet = own_lidar(scene), scene.discs(), legs(scene)
    own = time_scans(lambda pose: lidar.scan(pose, people), scene)
    yield ("hall_sim", *_rates(own, own), "", "")
    taken = time_scans(lambda pose: lidar.scan(pose, feet), scene)
    yield ("hall_sim, two legs a person", *_rates(taken, own), "", "")
    for name, make in (("ir-sim", ir_sim_lidar), ("pyrobosim", pyrobosim_lidar)):
        try:
            look = make(scene, BEAMS, REACH)
        except ImportError as error:
            yield name, f"not importable: {error}", "", "", "", ""
            continue
        gaps = np.concatenate([np.abs(look(pose) - lidar.exact(pose, people)) for pose in scene.poses])
        apart = f"{1e3 * np.median(gaps):.1g}", f"{1e3 * np.max(gaps):.1f}"
        yield (f"{name} {version(name)}", *_rates(time_scans(look, scene), own), *apart)


def _rates(taken: float, own: float) -> tuple[str, str, str]:
    return f"{1e3 * taken:.3g}", f"{BEAMS / taken:,.0f}", f"{taken / own:,.1f}"


def people_rows() -> Iterator[tuple[str, ...]]:
    for count in CROWDS:
        scene = furnish(HALL, count, seed=2)
        own, pace = time_steps(*own_crowd(scene))
        yield f"{count}: hall_sim", *_paces(count, own, own), f"{pace:.2f}"
        for behaviour in ("dash", "sfm", "rvo"):
            try:
                taken, pace = time_steps(*peer_crowd(scene, behaviour))
            except ImportError as error:
                yield f"{count}: ir-sim", f"not importable: {error}", "", "", ""
                break
            yield f"{count}: ir-sim, {behaviour}", *_paces(count, taken, own), f"{pace:.2f}"
    yield "pyrobosim", "has no people", "", "", ""


def _paces(count: int, taken: float, own: float) -> tuple[str, str, str]:
    return f"{count / taken:,.0f}", f"{PERIOD / taken:.1f}", f"{taken / own:,.1f}"


def main() -> int:
    """Measure and print."""
    print(f"Scans of {BEAMS} beams of {REACH:.0f} m: a room of {ROOM:.0f} m, {BOXES} boxes, {SEEN} people\n")
    head = ("simulator", "ms a scan", "beams/s", "ours faster by", "differs by, mm: median", "at most")
    print_table(head, list(lidar_rows()))
    print(f"\nPeople who walk: a hall of {HALL:.0f} m, {BOXES} boxes, {1.0 / PERIOD:.0f} steps a second\n")
    head = ("people: simulator", "people × steps/s", "× real time", "ours faster by", "m/s, mean")
    print_table(head, list(people_rows()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
