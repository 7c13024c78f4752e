"""The people tracker: identities through crossings, screens, pairs and following; errors, prediction, false tracks.

The peer of the prediction is a constant velocity from the true place and velocity: people's own wavering, which no
tracker of this kind can know. The limit of false tracks is the product's own: one a minute in an empty hall.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np

from bench.hall_drive import drive
from bench.table import print_table
from bench.walks import MIDDLE, Account, Floats, Scene, Way, play, stroll
from guide_common.geometry import Pose2D

HIDDEN = 1.5
"""s that the screen hides somebody."""
PACE = 0.7
"""m/s of the robot that leads somebody."""


def crossing(rng: np.random.Generator) -> Scene:
    """Two people whose ways cross at 35 to 145 degrees; at their closest they are 0.4 to 0.8 m apart."""
    meet = np.array(MIDDLE) + rng.uniform(-0.5, 0.5, 2)
    while True:
        headings = rng.uniform(-math.pi, math.pi) + np.array([0.0, rng.uniform(0.6, 2.5)])
        paces, times = rng.normal(1.1, 0.2, 2), np.array([4.0, 4.0 + rng.uniform(-0.8, 0.8)])
        ways = [
            stroll(rng, meet - time * pace * _unit(heading), heading, pace, 8.0)
            for heading, pace, time in zip(headings, paces, times, strict=True)
        ]
        robot = _robot(rng, meet, rng.uniform(2.5, 4.5))
        if paces.min() > 0.6 and 0.4 < _closest(*ways, 8.0) < 0.8 and _clear(ways, robot, 8.0):
            return Scene(ways, 8.0, robot)


def hidden(rng: np.random.Generator) -> Scene:
    """Somebody who walks behind a screen and comes out 1.5 s later, 4 to 5.5 m from the robot."""
    bearing, far, pace = rng.uniform(-math.pi, math.pi), rng.uniform(4.0, 5.5), rng.uniform(0.8, 1.4)
    robot, side = np.array(MIDDLE), rng.choice([-1.0, 1.0])
    ahead, along = _unit(bearing), side * _unit(bearing + math.pi / 2.0)
    way = stroll(rng, robot + far * ahead - 3.5 * pace * along, bearing + side * math.pi / 2.0, pace, 8.0)
    near = 0.5 * far
    half = 0.5 * pace * HIDDEN * near / far
    ends = [robot + near * ahead + s * half * along for s in (-1.0, 1.0)]
    return Scene([way], 8.0, lambda t: Pose2D(*robot, 0.3), np.array([[*ends[0], *ends[1]]]))


def pair(rng: np.random.Generator) -> Scene:
    """Two people who walk side by side, 0.5 to 0.7 m apart, past the robot."""
    heading, pace = rng.uniform(-math.pi, math.pi), rng.uniform(0.7, 1.3)
    passes = np.array(MIDDLE) + rng.uniform(1.6, 3.5) * _unit(heading + rng.choice([-1.0, 1.0]) * math.pi / 2.0)
    one, apart = stroll(rng, passes - 3.5 * pace * _unit(heading), heading, pace, 8.0), rng.uniform(0.5, 0.7)
    phase = rng.uniform(0.0, 6.0)

    def other(t: float) -> tuple[float, float]:
        away = apart * _unit(heading + math.pi / 2.0) + 0.06 * math.sin(0.9 * t + phase) * _unit(heading)
        x, y = one(t)
        return x + float(away[0]), y + float(away[1])

    return Scene([one, other], 8.0, _robot(rng, np.array(MIDDLE), 0.0))


def following(rng: np.random.Generator) -> Scene:
    """A visitor 1 m behind the robot that leads them, and somebody who crosses between, or overtakes close by."""
    turn, heading = rng.uniform(-0.12, 0.12), rng.uniform(-math.pi, math.pi)
    start, sway, phase = np.array(MIDDLE) - 4.5 * _unit(heading), rng.uniform(0.0, 0.2), rng.uniform(0.0, 6.0)
    path = stroll(np.random.default_rng(0), start, heading, PACE, 1.0)  # only to keep one form of a way

    def robot(t: float) -> Pose2D:
        yaw = heading + turn * (t - 6.5)
        if abs(turn) < 1e-3:
            x, y = path(0.0)[0] + PACE * t * math.cos(heading), path(0.0)[1] + PACE * t * math.sin(heading)
            return Pose2D(x, y, yaw)
        begun, radius = heading - 6.5 * turn, PACE / turn
        return Pose2D(
            start[0] + radius * (math.sin(yaw) - math.sin(begun)),
            start[1] - radius * (math.cos(yaw) - math.cos(begun)),
            yaw,
        )

    def visitor(t: float) -> tuple[float, float]:
        behind = robot(t - (1.0 + sway * math.sin(0.8 * t + phase)) / PACE)
        aside = 0.12 * math.sin(0.5 * t + 2.0 * phase)
        return behind.x - aside * math.sin(behind.yaw), behind.y + aside * math.cos(behind.yaw)

    when = rng.uniform(5.0, 8.0)
    if rng.random() < 0.5:
        at, across = robot(when), rng.choice([-1.0, 1.0]) * rng.uniform(1.0, 2.1)
        point = np.array([at.x, at.y]) - 1.9 * _unit(at.yaw)
        pace, way = rng.uniform(0.9, 1.3), at.yaw + across
    else:
        at = robot(when)
        point = np.array([at.x, at.y]) + rng.choice([-1.0, 1.0]) * 0.85 * _unit(at.yaw + math.pi / 2.0)
        pace, way = rng.uniform(1.1, 1.4), at.yaw
    passer = stroll(rng, point - when * pace * _unit(way), way, pace, 13.0)
    return Scene([visitor, passer], 13.0, robot)


def turning(rng: np.random.Generator) -> Scene:
    """Somebody who stops within half a second after 3 s, and 2.5 s later walks off another way."""
    heading, pace = rng.uniform(-math.pi, math.pi), rng.uniform(0.8, 1.4)
    stops = np.array(MIDDLE) + rng.uniform(-0.5, 0.5, 2)
    one = stroll(rng, stops - 3.0 * pace * _unit(heading), heading, pace, 4.0)
    off = heading + rng.choice([-1.0, 1.0]) * rng.uniform(1.0, 2.2)
    other = stroll(rng, np.zeros(2), off, pace, 6.0)

    def way(t: float) -> tuple[float, float]:
        slowed = min(max(t - 3.0, 0.0), 0.5)
        begun = min(max(t - 6.0, 0.0), 0.5)
        (x, y), (dx, dy) = one(min(t, 3.0) + slowed - slowed**2), other(begun**2 + max(t - 6.5, 0.0))
        return x + dx, y + dy

    return Scene([way], 10.0, _robot(rng, stops, rng.uniform(2.5, 4.5)))


SCENES: dict[str, Callable[[np.random.Generator], Scene]] = {
    "two who cross": crossing,
    "hidden for 1.5 s": hidden,
    "a pair side by side": pair,
    "a visitor who follows at 1 m": following,
    "stops short, then turns": turning,
}


def _unit(angle: float) -> Floats:
    return np.array([math.cos(angle), math.sin(angle)])


def _closest(one: Way, other: Way, seconds: float) -> float:
    return min(math.dist(one(t), other(t)) for t in np.arange(0.0, seconds, 0.1))


def _clear(ways: list[Way], robot: Callable[[float], Pose2D], seconds: float) -> bool:
    """Tell whether nobody comes so near to the robot's middle that they would touch it."""
    return all(_closest(way, lambda t: (robot(t).x, robot(t).y), seconds) > 0.6 for way in ways)


def _robot(rng: np.random.Generator, about: Floats, away: float) -> Callable[[float], Pose2D]:
    """Return a robot that stands so far from a place, or drives by at 0.5 m/s while it turns."""
    x, y = about + away * _unit(rng.uniform(-math.pi, math.pi))
    yaw, moves = rng.uniform(-math.pi, math.pi), rng.random() < 0.5
    v, w = (0.5, rng.uniform(-0.3, 0.3)) if moves and away > 0.0 else (0.0, 0.0)
    return lambda t: Pose2D(x + v * (t - 4.0) * math.cos(yaw), y + v * (t - 4.0) * math.sin(yaw), yaw + w * t)


def identities(seeds: int) -> None:
    rows = []
    for name, make in SCENES.items():
        a = Account()
        for seed in range(seeds):
            play(make(np.random.default_rng(seed)), seed, a)
        rows.append(
            [
                name,
                f"{a.runs - a.broken_runs} of {a.runs}",
                f"{60.0 * a.switches / a.person_seconds:.2f}",
                f"{np.mean(a.told):.1%}",
                f"{np.median(a.position):.3f} ({np.percentile(a.position, 95):.2f})",
                f"{np.median(a.velocity):.2f} ({np.percentile(a.velocity, 95):.2f})",
                f"{np.median(a.ahead):.2f} ({np.percentile(a.ahead, 95):.2f})",
                f"{np.median(a.ahead_truth):.2f} ({np.percentile(a.ahead_truth, 95):.2f})",
                f"{60.0 * a.false_ids / a.seconds:.2f}",
            ]
        )
    print(f"People followed in {seeds} scenes each; medians, and 95 % in brackets\n")
    head = ["scene", "ids kept", "switches a minute", "told of", "m off", "m/s off", "m off, 3 s ahead"]
    print_table([*head, "from the truth", "false a minute"], rows)


def empty_halls(seconds: float) -> None:
    print("\nDriving through the hall, nobody there; loose chairs have four legs of 3 cm that the map does not have\n")
    rows = []
    for floor in ("1", "2"):
        for chairs in (0, 30):
            o = drive(0, seconds, seed=2, floor=floor, chairs=chairs)
            minutes = o.seconds / 60.0
            rows.append([floor, str(chairs), f"{minutes:.1f}", f"{o.metres:.0f}", f"{len(o.false_ids) / minutes:.2f}"])
    print_table(["floor", "loose chairs", "minutes", "m driven", "false tracks a minute"], rows)


def busy_halls(seconds: float) -> None:
    print("\nDriving through the hall among people who walk, queue and sit\n")
    rows = []
    for people in (18, 60):
        o = drive(people, seconds, seed=2)
        rows.append(
            [
                str(people),
                f"{o.person_seconds / 60.0:.1f}",
                f"{60.0 * o.switches / o.person_seconds:.2f}",
                f"{o.recall(0, 7):.1%}",
                f"{60.0 * len(o.false_ids) / o.seconds:.2f}",
            ]
        )
    print_table(
        ["people", "person-minutes in sight", "switches a minute", "told of within 7 m", "false a minute"], rows
    )


def main(seeds: int = 40, seconds: float = 240.0) -> int:
    identities(seeds)
    empty_halls(seconds)
    busy_halls(0.5 * seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(a) for a in sys.argv[1:2])))
