"""What room there is on the floor for what is put into the hall while it runs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from guide_common.geometry import Pose2D
from hall_sim.control.refusals import INVALID_POSE, Refused
from hall_sim.hall import Hall
from hall_sim.people.crowd import ROBOT_RADIUS, STOP_SHORT, Crowd, Walker
from hall_sim.people.kinds import ADULT
from hall_sim.people.walkable import Point2, Walkable
from hall_sim.world.floor import Floor
from hall_sim.world.obstacles import Obstacle

POST_RADIUS = ADULT.radius
"""m: greatest radius of those who stand for a box in the crowd."""
APART = 1.02
"""Times two radii that they are apart: JuPedSim lets nobody be nearer than that."""
FAR, PACE = 40.0, 0.1
"""m: how far ahead somebody is sent who walks straight on, and in which steps the way is looked at."""


def at(pose: Pose2D) -> str:
    """Write where a pose is."""
    return f"({pose.x:.2f}, {pose.y:.2f})"


def check_inside(floor: Floor, pose: Pose2D) -> None:
    """Raise Refused where there is no floor."""
    row, column = _cell(floor, pose.x, pose.y)
    rows, columns = floor.free.shape
    if not (0 <= row < rows and 0 <= column < columns and floor.free[row, column]):
        raise Refused(INVALID_POSE, f"{at(pose)} is not on the free floor of the hall")


def check_walls(floor: Floor, outline: Polygon) -> None:
    """Raise Refused where an outline (m, map frame) meets a wall or a piece of furniture."""
    low_x, low_y, high_x, high_y = outline.bounds
    (row, column), (last_row, last_column) = _cell(floor, low_x, low_y), _cell(floor, high_x, high_y)
    row, column = max(row, 0), max(column, 0)
    solid = floor.solid[row : last_row + 1, column : last_column + 1]
    rows, columns = np.nonzero(solid)
    x = floor.origin.x + (columns + column + 0.5) * floor.resolution
    y = floor.origin.y + (rows + row + 0.5) * floor.resolution
    if shapely.contains_xy(outline, x, y).any():
        middle = outline.centroid
        raise Refused(INVALID_POSE, f"({middle.x:.2f}, {middle.y:.2f}) is in a wall or a piece of furniture")


def check_people(hall: Hall, outline: Polygon) -> None:
    """Raise Refused where an outline (m, map frame) meets somebody."""
    bodies = hall.bodies
    for index in np.flatnonzero(bodies.present).tolist():
        if outline.distance(Point(bodies.torsos[index])) < bodies.kinds[index].radius:
            raise Refused(INVALID_POSE, f"somebody stands there: person {index}")


def check_boxes(hall: Hall, outline: Polygon) -> None:
    """Raise Refused where an outline (m, map frame) meets a box."""
    for box in hall.world.obstacles.slots:
        if box is not None and outline.intersects(box.outline):
            raise Refused(INVALID_POSE, f"the box {box.name} stands there")


def check_robot(hall: Hall, outline: Polygon) -> None:
    """Raise Refused where an outline (m, map frame) meets the robot."""
    pose = hall.world.pose
    if outline.distance(Point(pose.x, pose.y)) < hall.robot.body.radius:
        raise Refused(INVALID_POSE, f"the robot stands there, at {at(pose)}")


def ahead(walkable: Walkable, start: Point2, velocity: Point2) -> Point2:
    """Return the last point where somebody can walk straight on from a point (m) with a velocity (m/s)."""
    speed = math.hypot(*velocity)
    c, s = velocity[0] / speed, velocity[1] / speed
    way = np.arange(PACE, FAR, PACE)
    free = shapely.contains_xy(walkable.middles, start[0] + c * way, start[1] + s * way)
    count = int(np.argmin(free)) if not free.all() else len(free)
    reach = PACE * count
    return start[0] + c * reach, start[1] + s * reach


def post(crowd: Crowd, box: Obstacle) -> list[Walker]:
    """Let some stand in the crowd for a box, so that people walk around it; raise Refused if somebody is in the way."""
    short = min(box.size[:2]) / 2.0
    kind = replace(ADULT, radius=min(short, POST_RADIUS))
    # Nearer than this to the robot nobody comes in; for a box what counts is the robot's own radius.
    kind = replace(kind, reach=kind.radius + ROBOT_RADIUS - STOP_SHORT)
    posts: list[Walker] = []
    for point in _grid(box, kind.radius):
        if not crowd.walkable.contains(point):
            continue
        walker = crowd.enter(point, 0.0, kind=kind)
        if walker is None:
            for other in posts:
                crowd.leave(other)
            raise Refused(INVALID_POSE, f"somebody is too near to {at(box.pose)} for a box there")
        walker.claimed = True
        posts.append(walker)
    return posts


def _grid(box: Obstacle, radius: float) -> list[Point2]:
    """Return the middles of circles of a radius (m) that cover a box as far as they fit into it."""
    along, across = (_row(side, radius) for side in box.size[:2])
    poses = [box.pose @ Pose2D(float(x), float(y)) for x in along for y in across]
    return [(pose.x, pose.y) for pose in poses]


def _row(side: float, radius: float) -> list[float]:
    count = max(int((side - 2.0 * radius) / (2.0 * APART * radius) + 1e-9), 0) + 1
    reach = side / 2.0 - radius
    return [0.0] if count == 1 else np.linspace(-reach, reach, count).tolist()


def _cell(floor: Floor, x: float, y: float) -> tuple[int, int]:
    return math.floor((y - floor.origin.y) / floor.resolution), math.floor((x - floor.origin.x) / floor.resolution)
