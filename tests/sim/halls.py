"""A small hall for tests: 20 × 12 m, a pillar, a row of seats, two doors, three counters."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from guide_common.geometry import Pose2D
from guide_common.robot import Robot, load_robot
from hall_sim.hall import Hall
from hall_sim.scenarios.scenario import Expectation, Scenario
from hall_sim.scenarios.settings_people import CrowdSettings, VisitorSettings
from hall_sim.world.floor import Floor, Spot

ROOT = Path(__file__).resolve().parents[2]
WIDTH, DEPTH, CELL = 20.0, 12.0, 0.05
WALL = 0.2
POST = Pose2D(6.0, 6.0, 0.0)


def robot() -> Robot:
    return load_robot(ROOT / "robots" / "concierge")


def floor(post: Pose2D = POST, furnished: bool = True) -> Floor:
    heights = np.zeros((round(DEPTH / CELL), round(WIDTH / CELL)))
    rim = round(WALL / CELL)
    heights[:rim] = heights[-rim:] = heights[:, :rim] = heights[:, -rim:] = 2.6
    if furnished:
        heights[_cells(8.0, 8.5), _cells(10.0, 10.5)] = 2.6
        heights[_cells(2.0, 2.4), _cells(8.0, 13.0)] = 0.8
    spots = [
        Spot("exit_1", "exit", Pose2D(1.0, 2.0, math.pi)),
        Spot("exit_2", "exit", Pose2D(1.0, 10.0, math.pi)),
        Spot("Q1", "counter", Pose2D(19.2, 3.0, 0.0)),
        Spot("Q2", "counter", Pose2D(19.2, 6.0, 0.0)),
        Spot("Q3", "counter", Pose2D(19.2, 9.0, 0.0)),
        Spot("seat_1", "seat", Pose2D(10.0, 3.0, -math.pi / 2)),
        Spot("ticket_1", "ticket", Pose2D(3.0, 11.2, math.pi / 2)),
    ]
    seats = tuple(Pose2D(8.3 + 0.55 * k, 2.68, math.pi / 2) for k in range(8)) if furnished else ()
    return Floor(heights, CELL, spots={spot.id: spot for spot in spots}, post=post, seats=seats)


def scenario(people: int = 8, crowd: dict[str, object] | None = None, **visitor: object) -> Scenario:
    given = {"say": "Tôi muốn làm phiếu lý lịch tư pháp", "stop_after_m": (3.0, 5.0)} | visitor
    return Scenario(
        name="test",
        site=ROOT / "maps",
        crowd=CrowdSettings(people=people, **(crowd or {})),  # type: ignore[arg-type]
        visitor=VisitorSettings(**given),  # type: ignore[arg-type]
        expect=Expectation(outcome="arrived", place="Q2"),
    )


def hall(seed: int = 1, people: int = 8, crowd: dict[str, object] | None = None, **visitor: object) -> Hall:
    return Hall(floor(), robot(), scenario(people, crowd, **visitor), seed)


def _cells(low: float, high: float) -> slice:
    return slice(round(low / CELL), round(high / CELL))
