from __future__ import annotations

import math

import numpy as np
import pytest

from hall_sim.hall import Hall
from hall_sim.visitor.following import GAP
from hall_sim.visitor.mind import Answer
from hall_sim.visitor.visitor import Phase
from tests.sim import halls


def fingerprint(hall: Hall) -> tuple[bytes, ...]:
    scan = hall.world.scan()
    return hall.world.data.qpos.tobytes(), hall.bodies.torsos.tobytes(), hall.bodies.legs().tobytes(), scan.tobytes()


def run(hall: Hall, seconds: float, speed: float = 0.0, yaw_rate: float = 0.0) -> list[Answer]:
    answers = []
    end = hall.time + seconds
    while hall.time < end - 1e-9:
        hall.world.base.command(speed, yaw_rate)
        tick = hall.tick()
        assert not tick.contacts
        if tick.answer is not None:
            answers.append(tick.answer)
    return answers


def nearest_person(hall: Hall) -> float:
    people, pose = hall.bodies.torsos[hall.bodies.present], hall.world.pose
    return float(np.hypot(people[:, 0] - pose.x, people[:, 1] - pose.y).min())


def steer(hall: Hall, goal: tuple[float, float]) -> tuple[float, float]:
    """Turn towards a goal and drive, but only while the visitor is near: the simplest of guides."""
    pose = hall.world.pose
    turn = math.remainder(math.atan2(goal[1] - pose.y, goal[0] - pose.x) - pose.yaw, math.tau)
    speed = 0.6 if abs(turn) < 0.4 and hall.visitor_distance() < 2.2 else 0.0
    return speed, max(-1.0, min(1.0, 1.5 * turn))


def meet(hall: Hall) -> None:
    """Let the visitor come in and walk up to the robot."""
    hall.robot_state("idle")
    while hall.visitor.phase is not Phase.TALKING:
        run(hall, 0.5)
        assert hall.time < 40.0, "the visitor never reached the robot"


class TestSameness:
    def test_the_same_seed_gives_the_same_hall_bit_by_bit(self) -> None:
        prints = []
        for _ in range(2):
            hall = halls.hall(seed=5, touch=True)
            hall.robot_state("idle")
            run(hall, 10.0)
            run(hall, 10.0, 0.1, 0.3)
            prints.append(fingerprint(hall))
        assert prints[0] == prints[1]

    def test_another_seed_gives_another_hall(self) -> None:
        one, two = halls.hall(seed=5), halls.hall(seed=6)
        run(one, 1.0)
        run(two, 1.0)
        assert fingerprint(one) != fingerprint(two)


class TestCrowd:
    @pytest.mark.parametrize("seed", range(10))
    def test_nobody_runs_into_a_standing_robot(self, seed: int) -> None:
        hall = halls.hall(seed=seed, people=12)
        nearest = math.inf
        for _ in range(60):
            run(hall, 0.5)
            nearest = min(nearest, nearest_person(hall))
        assert nearest > 0.25 + 0.2

    def test_people_walk_and_come_and_go(self) -> None:
        hall = halls.hall(people=12)
        at_first = hall.bodies.torsos.copy()
        run(hall, 30.0)
        moved = np.hypot(*(hall.bodies.torsos - at_first).T)
        assert (moved > 1.0).sum() >= 6

    def test_nobody_lingers_where_the_robot_stands_or_has_to_go(self) -> None:
        hall = halls.hall(people=12)
        goal = hall.world.floor.spots["Q2"].stand
        lingering = 0
        for _ in range(80):
            run(hall, 0.5)
            still = hall.bodies.present & (np.hypot(*hall.bodies.velocities.T) < 0.05)
            at = hall.bodies.torsos[still]
            lingering += int((np.hypot(at[:, 0] - goal.x, at[:, 1] - goal.y) < 1.0).sum())
        assert lingering <= 4


class TestVisitor:
    def test_waits_outside_until_the_robot_is_ready(self) -> None:
        hall = halls.hall(people=0)
        run(hall, 3.0)
        assert hall.visitor.position is None
        hall.robot_state("idle")
        run(hall, 1.0)
        assert hall.visitor.position is not None

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_walks_up_to_the_front_of_the_robot(self, seed: int) -> None:
        hall = halls.hall(seed=seed)
        meet(hall)
        assert 0.8 < hall.visitor_distance() < 1.15
        pose, at = hall.world.pose, hall.visitor.position
        assert at is not None
        assert abs(math.remainder(math.atan2(at[1] - pose.y, at[0] - pose.x) - pose.yaw, math.tau)) < 0.5

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_follows_at_a_distance_and_stops_once(self, seed: int) -> None:
        hall = halls.hall(seed=seed, people=0, touch=True)
        meet(hall)
        hall.robot_state("offering")
        assert [answer.kind for answer in run(hall, 4.0)] == ["accept"]
        hall.robot_state("guiding.leading")
        pauses, gaps, phase = 0, [], hall.visitor.phase
        for goal in ((6.0, 7.5), (16.0, 7.0)):
            while math.dist(goal, (hall.world.pose.x, hall.world.pose.y)) > 0.2:
                run(hall, 0.1, *steer(hall, goal))
                pauses += hall.visitor.phase is Phase.PAUSING and phase is not Phase.PAUSING
                phase = hall.visitor.phase
                gaps.append(hall.visitor_distance())
                assert hall.time < 120.0
        assert pauses == 1
        run(hall, 6.0)
        assert GAP[0] - 0.2 < hall.visitor_distance() < GAP[1] + 0.2
        assert min(gaps) > 0.6

    def test_stays_when_it_refused_and_leaves_after_the_goodbye(self) -> None:
        hall = halls.hall(people=0, touch=True, refuse=True)
        meet(hall)
        hall.robot_state("offering")
        assert [answer.kind for answer in run(hall, 4.0)] == ["refuse"]
        hall.robot_state("goodbye")
        run(hall, 25.0)
        assert hall.visitor.phase is Phase.GONE
        assert not hall.bodies.present[0]
