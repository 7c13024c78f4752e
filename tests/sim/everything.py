"""A hall with everything on that can be random; as a program it prints what 20 s of it come to."""

from __future__ import annotations

import hashlib
import sys

from hall_sim.hall import Hall
from hall_sim.scenarios.settings_body import BodySettings
from tests.sim import halls

BODY = {
    "lidar": {
        "dropout": 0.02,
        "black_shoes": 0.4,
        "glass": [{"at": [[13.0, 4.0], [13.0, 8.0]]}],
        "mirrors": [{"at": [[2.0, 11.7], [6.0, 11.7]]}],
        "sun": [{"window": [[19.8, 3.0], [19.8, 9.0]], "hours": ["08:00", "10:00"]}],
        "delay": 0.03,
    },
    "drive": {
        "slippery": [{"area": [[6, 5], [9, 5], [9, 9], [6, 9]]}],
        "bumps": [{"at": [[5.0, 7.0], [8.0, 7.2]]}],
        "uneven": 0.003,
        "payload": 5.0,
        "odometry_delay": 0.02,
    },
    "charge": 0.7,
}
CROWD = {
    "queues": True,
    "groups": 0.5,
    "children": 0.1,
    "wheelchairs": 0.1,
    "elderly": 0.1,
    "staff": 0.2,
    "curious": 0.5,
    "courteous": 0.5,
    "arrivals_per_hour": 900.0,
    "at_most": 40,
}
CHARACTER = {
    "kind": "elderly",
    "attention": [0.5, 2.0],
    "chances": dict.fromkeys(("tie_lace", "phone", "talk", "turn_back", "replaced"), 0.8),
}


def hall(seed: int = 1) -> Hall:
    scenario = halls.scenario(20, CROWD, touch=True, character=CHARACTER)
    body = BodySettings.model_validate(BODY)
    return Hall(halls.floor(), halls.robot(), scenario.model_copy(update={"body": body}), seed)


def fingerprint(seed: int, seconds: float = 20.0) -> str:
    """Return the hash of every scan, pose, odometry and body of a run."""
    simulated, seen = hall(seed), hashlib.sha256()
    simulated.robot_state("idle")
    while simulated.time < seconds:
        if simulated.ticks == 400:
            simulated.mind.accepted = True
            simulated.robot_state("guiding.leading")
        simulated.world.base.command(0.2, 0.4)
        tick = simulated.tick()
        if tick.scan is not None:
            seen.update(tick.scan.tobytes())
        pose, counted = simulated.world.pose, simulated.world.base.odometry
        seen.update(repr((pose, counted, simulated.world.battery.charge)).encode())
        seen.update(simulated.bodies.torsos.tobytes())
    return seen.hexdigest()


if __name__ == "__main__":
    print(fingerprint(int(sys.argv[1])))
