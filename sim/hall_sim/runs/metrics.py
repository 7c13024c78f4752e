"""Figures of a run: how the robot moved, how near it came to people, how well it led. Written up in docs/metrics.md.

Sources: Anderson et al., On Evaluation of Embodied Navigation Agents (2018), for SPL; Hall, The Hidden
Dimension (1966), for the spaces around people; Francis et al., Principles and Guidelines for Evaluating Social
Robot Navigation Algorithms (2023), and HuNavSim (2023) for contacts, jerk and distances. The guiding figures are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from hall_sim.runs.ending import VISITOR_TOLERANCE, Ending
from hall_sim.runs.log import RunLog

if TYPE_CHECKING:
    from counter_map.model import Site
    from hall_sim.scenarios.scenario import Scenario
    from navigation.floor_zones import FloorData

ROBOT_RADIUS = 0.25
"""m: distances to people count from the robot's edge to a person's middle."""
INTIMATE, PERSONAL = 0.45, 1.2
"""m around a person (Hall)."""
SAMPLE = 0.1
"""s between two looks at the people."""
STANDING = 0.05
"""m/s: a robot slower than this was run into."""
IN_RANGE = 3.0
"""m within which a visitor who is led counts as being with the robot."""
HELPLESS = ("given_up", "time_out", "not_understood")
"""Outcomes that leave a visitor to the staff, unless nothing else was expected."""
LED = ("arrived", "handover")
"""Outcomes of a visitor who was led."""


def measure(log: RunLog, ending: Ending, site: Site, scenario: Scenario) -> dict[str, Any]:
    """Return the metrics of a run; m, s, m/s^3, shares of 1, counts."""
    metrics = moving(log, ending, site, scenario) | near_people(log) | leading(log, ending, scenario.expect.outcome)
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in metrics.items()}


def moving(log: RunLog, ending: Ending, site: Site, scenario: Scenario) -> dict[str, Any]:
    """Return how the robot moved."""
    begin = log.begin or 0.0
    guided = log.spans("guiding")
    set_out = guided[0][0] if guided else None
    metrics: dict[str, Any] = {
        "duration_s": log.end - begin,
        "path_length_m": log.path_length(),
        "jerk_m_s3": mean_jerk(log, guided),
        "spl": None,
        "arrived_after_s": None,
        "position_error_m": None,
        "yaw_error_deg": None,
    }
    place = ending.place
    if ending.arrival is None or place is None:
        return metrics
    distance, turn = ending.errors(place)
    metrics |= {
        "arrived_after_s": ending.arrival - begin,
        "position_error_m": distance,
        "yaw_error_deg": math.degrees(turn),
    }
    if set_out is not None:
        driven = log.path_length(set_out, ending.arrival)
        shortest = shortest_way(site, scenario.floor, log.pose_at(set_out), place.stand)
        metrics["spl"] = float(not ending.missed) * shortest / max(driven, shortest, 1e-9)
    return metrics


def near_people(log: RunLog) -> dict[str, Any]:
    """Return how near the robot came to people other than the visitor, and what it touched."""
    apart = np.array([distance for _, distance in log.near]) - ROBOT_RADIUS
    return {
        "contacts": len(log.contacts),
        "contacts_by_robot": sum(by_robot(contact) for _, contact in log.contacts),
        "nearest_person_m": _finite(log.nearest_person - ROBOT_RADIUS),
        "intimate_s": SAMPLE * int((apart < INTIMATE).sum()),
        "personal_s": SAMPLE * int(((apart >= INTIMATE) & (apart < PERSONAL)).sum()),
    }


def by_robot(contact: Mapping[str, Any]) -> bool:
    """Tell whether the robot caused a contact: it moved towards what it touched, and was not run into."""
    speed: float = contact.get("closing", contact.get("robot_speed", 1.0))
    return speed > STANDING


def leading(log: RunLog, ending: Ending, wanted_outcome: str) -> dict[str, Any]:
    """Return how well a visitor was led."""
    guided = log.spans("guiding")
    searched = [(a, b) for a, b in pairwise(log.states) if a.state == "guiding.searching"]
    losses = sum(entry.state == "guiding.searching" for entry in log.states)
    apart = ending.visitor_apart()
    reached, wanted = ending.reached, ending.place
    greeted = next((entry.time for entry in log.states if entry.state == "greeting"), None)
    return {
        "guide_wanted": wanted_outcome in LED,
        "guiding_s": sum(end - start for start, end in guided),
        "visitor_in_range": _share_in_range(log, guided),
        "visitor_distance_m": _finite(apart),
        "waits": sum(entry.state == "guiding.waiting" for entry in log.states),
        "waiting_s": sum(end - start for start, end in log.spans("guiding.waiting")),
        "losses": losses,
        "recoveries": sum(after.state.startswith("guiding.") for _, after in searched),
        "blocked_s": sum(end - start for start, end in log.spans("guiding.blocked")),
        "lost_s": sum(end - start for start, end in log.spans("guiding.searching")),
        "arrived_together": ending.arrival is not None and apart <= VISITOR_TOLERANCE,
        "wrong_counter": reached is not None and wanted is not None and reached.id != wanted.id,
        "assists": int(ending.outcome in HELPLESS and ending.outcome != wanted_outcome),
        "greeted_after_s": None if greeted is None else greeted - (log.begin or 0.0),
    }


def shortest_way(site: Site, floor: str, start: Any, goal: Any) -> float:
    """Return m of the shortest way between two poses that the planner knows on the empty floor."""
    from navigation.floor_zones import with_zones
    from navigation.grid import load_map

    map_file = site.floors[floor].map_file
    data = with_zones(map_file, load_map(map_file), list(site.zones_of(floor=floor)))
    return way_on(data, start, goal)


def way_on(data: FloorData, start: Any, goal: Any) -> float:
    """Return m of the way that the planner knows on a floor without people; raise PlanError without one."""
    from navigation.costmap import InflationParams
    from navigation.navigator_floor import Floor

    empty = Floor(InflationParams(robot_radius=ROBOT_RADIUS))
    empty.take_floor(data)
    return float(empty.plan(start, goal).length)


def mean_jerk(log: RunLog, guided: list[tuple[float, float]]) -> float | None:
    """Return the mean of the speed's second derivative while guiding, from poses taken every 0.2 s."""
    total, count = 0.0, 0
    step = 0.2
    for begin, end in guided:
        times = np.arange(begin, end, step)
        if len(times) < 4:
            continue
        points = np.array([(pose.x, pose.y) for pose in map(log.pose_at, times.tolist())])
        speed = np.hypot(*np.diff(points, axis=0).T) / step
        jerk = np.abs(np.diff(speed, n=2)) / step**2
        total, count = total + float(jerk.sum()), count + len(jerk)
    return total / count if count else None


def _share_in_range(log: RunLog, spans: list[tuple[float, float]]) -> float | None:
    times = [float(time) for start, end in spans for time in np.arange(start, end, SAMPLE)]
    near = [log.visitor_distance(time) <= IN_RANGE for time in times]
    return sum(near) / len(near) if near else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
