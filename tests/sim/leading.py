"""The simplest of guides, for tests: it drives on while the visitor is near, and waits while they are not."""

from __future__ import annotations

import math

from hall_sim.hall import Hall
from hall_sim.visitor.mind import Answer
from hall_sim.visitor.visitor import Phase

Goals = tuple[tuple[float, float], ...]


def ride(hall: Hall, seconds: float, speed: float = 0.0, yaw_rate: float = 0.0) -> list[Answer]:
    """Drive with one command; nothing may be touched; return what the visitor answered."""
    answers = []
    end = hall.time + seconds
    while hall.time < end - 1e-9:
        hall.world.base.command(speed, yaw_rate)
        tick = hall.tick()
        assert not tick.contacts, tick.contacts
        if tick.answer is not None:
            answers.append(tick.answer)
    return answers


def meet(hall: Hall) -> None:
    """Let the visitor come in and walk up to the robot."""
    hall.robot_state("idle")
    while hall.visitor.phase is not Phase.TALKING:
        ride(hall, 0.5)
        assert hall.time < 60.0, "the visitor never reached the robot"


def steer(hall: Hall, goal: tuple[float, float], visitor: float) -> tuple[float, float]:
    """Return the command towards a goal, but stand while the visitor is `visitor` m away and that is too far."""
    pose = hall.world.pose
    turn = math.remainder(math.atan2(goal[1] - pose.y, goal[0] - pose.x) - pose.yaw, math.tau)
    ahead = [
        (at[0] - pose.x) * math.cos(pose.yaw) + (at[1] - pose.y) * math.sin(pose.yaw)
        for at in hall.bodies.torsos[hall.bodies.present].tolist()
        if math.dist(at, (pose.x, pose.y)) < 1.1
    ]
    free = not any(along > 0.3 for along in ahead)
    speed = 0.6 if abs(turn) < 0.4 and visitor < 2.2 and free else 0.0
    return speed, max(-1.0, min(1.0, 1.5 * turn))


def lead(hall: Hall, goals: Goals, seconds: float, visitor: float | None = None) -> None:
    """Drive for a while to the next of some goals; which one that is, is remembered on the hall."""
    pose, index = hall.world.pose, getattr(hall, "goal_index", 0)
    if math.dist(goals[index % len(goals)], (pose.x, pose.y)) < 0.4:
        index += 1
        hall.goal_index = index  # type: ignore[attr-defined]
    ride(
        hall, seconds, *steer(hall, goals[index % len(goals)], hall.visitor_distance() if visitor is None else visitor)
    )
