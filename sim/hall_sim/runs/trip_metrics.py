"""How a trip ended and its figures. Written up in docs/metrics.md; what they share with guiding is in `metrics`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from counter_map.model import Site
from guide_common.geometry import Pose2D, wrap_angle
from hall_sim.hall import Hall
from hall_sim.runs.ending import POSITION_TOLERANCE, YAW_TOLERANCE
from hall_sim.runs.flip_flops import count_flip_flops
from hall_sim.runs.log import RunLog
from hall_sim.runs.metrics import (
    INTIMATE,
    PERSONAL,
    ROBOT_RADIUS,
    SAMPLE,
    STANDING,
    by_robot,
    mean_jerk,
    near_people,
    way_on,
)
from hall_sim.world.obstacles import Obstacle
from navigation.errors import PlanError
from navigation.floor_zones import with_zones
from navigation.grid import OCCUPIED, GridMap, load_map, polygon_mask


@dataclass(slots=True)
class TripLog:
    """Hold what a trip adds to a run's log: times in s, plans Nx2 in m as they were taken, how it ended.

    Attributes:
        ended: when the navigator told an end; None while it drives.
        succeeded: whether it said that it is there.
        sentence: why not, or what to know.
    """

    goal: Pose2D
    begun: float = 0.0
    ended: float | None = None
    succeeded: bool = False
    sentence: str = ""
    plans: list[npt.NDArray[np.float64]] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """Return reached, gave_up or time_out."""
        if self.ended is None:
            return "time_out"
        return "reached" if self.succeeded else "gave_up"


def missed_of(trip: TripLog, log: RunLog, expected: str) -> list[str]:
    """Return a sentence for each thing that fell short."""
    missed = []
    touched = [contact for _, contact in log.contacts if by_robot(contact)]
    if touched:
        missed.append(f"{len(touched)} contacts by the robot, the first with {touched[0].get('thing', 'something')}")
    if trip.outcome != expected:
        why = f": {trip.sentence}" if trip.sentence else ""
        missed.append(f"the run ended as {trip.outcome}, not as {expected}{why}")
    if trip.outcome != "reached":
        return missed
    distance, turn = _errors(trip, log)
    if distance > POSITION_TOLERANCE:
        missed.append(f"the robot stood {distance:.2f} m from its goal")
    if turn > YAW_TOLERANCE:
        missed.append(f"the robot faced {math.degrees(turn):.0f}° away from its goal")
    return missed


def measure_trip(trip: TripLog, log: RunLog, site: Site, floor: str, hall: Hall) -> dict[str, Any]:
    """Return the metrics of a trip; m, s, m/s^3, shares of 1, counts."""
    end = log.end if trip.ended is None else trip.ended
    driven, distance, turn = log.path_length(trip.begun, end), *_errors(trip, log)
    reached = trip.succeeded and distance <= POSITION_TOLERANCE and turn <= YAW_TOLERANCE
    shortest = shortest_way_of(trip, log, site, floor, hall)
    metrics: dict[str, Any] = {
        "duration_s": log.end - (log.begin or 0.0),
        "reached": reached,
        "reached_after_s": end - trip.begun if reached else None,
        "path_length_m": driven,
        "spl": None if shortest is None else float(reached) * shortest / max(driven, shortest, 1e-9),
        "jerk_m_s3": mean_jerk(log, [(trip.begun, end)]),
        "stood_s": _stood(log, trip.begun, end),
        "position_error_m": distance,
        "yaw_error_deg": math.degrees(turn),
        "plans": len(trip.plans),
        "plan_flip_flops": count_flip_flops(trip.plans),
        "guide_wanted": False,
    }
    metrics |= near_people(log) | _shares(log, trip.begun, end)
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in metrics.items()}


def shortest_way_of(trip: TripLog, log: RunLog, site: Site, floor: str, hall: Hall) -> float | None:
    """Return m of the shortest way that the robot could have known; None without one.

    Up to when a box was set down the way on the floor as it was until then, from there on as it was afterwards.
    """
    length, at = 0.0, log.pose_at(trip.begun)
    boxes: list[Obstacle] = []
    for time, box in hall.boxes.standing:
        corner = log.pose_at(trip.begun + time)
        length += floor_way(hall, site, floor, boxes, at, corner) or 0.0
        at = corner
        boxes.append(box)
    rest = floor_way(hall, site, floor, boxes, at, trip.goal)
    return None if rest is None else length + rest


def floor_way(
    hall: Hall, site: Site, floor: str, boxes: Sequence[Obstacle], start: Pose2D, goal: Pose2D
) -> float | None:
    """Return m of the way that the planner knows without people; None without one.

    In its way is what stands in the hall, and what the map has: a robot must not drive through a mapped wall that its
    lidar does not see, as it may be of glass.
    """
    file, real = site.floors[floor].map_file, hall.world.floor
    mapped = load_map(file)
    grid = GridMap(np.where(real.solid, np.uint8(OCCUPIED), mapped.data), real.resolution, real.origin)
    for box in boxes:
        grid.data[polygon_mask(grid, box.corners)] = OCCUPIED
    try:
        return way_on(with_zones(file, grid, list(site.zones_of(floor=floor))), start, goal)
    except PlanError:
        return None


def _errors(trip: TripLog, log: RunLog) -> tuple[float, float]:
    """Return m and rad between the robot's true pose at the end and its goal."""
    pose = log.pose_at(log.end if trip.ended is None else trip.ended)
    return pose.distance(trip.goal), abs(wrap_angle(pose.yaw - trip.goal.yaw))


def _shares(log: RunLog, begin: float, end: float) -> dict[str, float]:
    """Return the shares of the trip with somebody in intimate and, at most, in personal space."""
    apart = np.array([distance for time, distance in log.near if begin <= time <= end]) - ROBOT_RADIUS
    looks = max((end - begin) / SAMPLE, 1.0)
    intimate, personal = int((apart < INTIMATE).sum()), int((apart < PERSONAL).sum())
    return {"intimate_share": intimate / looks, "personal_share": (personal - intimate) / looks}


def _stood(log: RunLog, begin: float, end: float) -> float:
    """Return the s of a trip in which the robot did not get on."""
    times = np.arange(begin, end, SAMPLE)
    points = np.array([(pose.x, pose.y) for pose in map(log.pose_at, times.tolist())]).reshape(-1, 2)
    return float(SAMPLE * (np.hypot(*np.diff(points, axis=0).T) < STANDING * SAMPLE).sum())
