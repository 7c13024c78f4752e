"""ir-sim and pyrobosim with a given scene in them; each of these functions raises ImportError without its peer."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bench.furnished import RADIUS, Floats, Scene
from guide_common.geometry import Pose2D

Look = Callable[[Pose2D], Floats]
"""Puts the sensor at a pose and returns its ranges in m."""


def ir_sim_lidar(scene: Scene, beams: int, reach: float) -> Look:
    """Return ir-sim's Lidar2D; its last beam is at the end of its span, so that is a step short of a whole turn."""
    step = math.tau / beams
    sensor = {
        "name": "lidar2d",
        "range_max": reach,
        "number": beams,
        "angle_range": math.tau - step,
        "offset": [0.0, 0.0, -step / 2.0],
    }
    robot = {
        "kinematics": {"name": "diff"},
        "shape": {"name": "circle", "radius": RADIUS},
        "state": [scene.poses[0].x, scene.poses[0].y, 0.0],
        "sensors": [sensor],
    }
    lidar = _ir_sim(scene, robot, [_thing("circle", x, y, radius=RADIUS) for x, y in scene.people], 0.1).robot.lidar

    def look(pose: Pose2D) -> Floats:
        lidar.step(np.array([[pose.x], [pose.y], [pose.yaw]]))
        return lidar.range_data

    return look


def ir_sim_crowd(scene: Scene, behaviour: str, pace: float, period: float) -> Any:
    """Return ir-sim's environment with people who walk (m/s) between random points, in steps of a period (s)."""
    count, high = len(scene.people), scene.side - 1.0
    goals = np.random.default_rng(2).uniform(1.0, high, (count, 2))
    wander = {"wander": True, "range_low": [1.0, 1.0, -math.pi], "range_high": [high, high, math.pi]}
    people: dict[str, Any] = {
        "number": count,
        "distribution": {"name": "manual"},
        "kinematics": {"name": "omni"},
        "shape": {"name": "circle", "radius": RADIUS},
        "state": [[float(x), float(y), 0.0] for x, y in scene.people],
        "goal": [[float(x), float(y), 0.0] for x, y in goals],
        "vel_max": [pace, pace],
        "vel_min": [-pace, -pace],
        "behavior": wander,
    }
    if behaviour == "sfm":  # ir-sim's fastest: the forces of the whole crowd in one pass of NumPy
        people["group_behavior"] = {"name": behaviour, "vmax": pace}
    else:
        people["behavior"] = wander | {"name": behaviour, "vxmax": pace, "vymax": pace}
    return _ir_sim(scene, people, [], period)


def _ir_sim(scene: Scene, robot: dict[str, Any], people: list[dict[str, Any]], period: float) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # it tells which window systems there are not
        import irsim
    boxes = [
        _thing("rectangle", (x1 + x2) / 2.0, (y1 + y2) / 2.0, length=float(x2 - x1), width=float(y2 - y1))
        for x1, y1, x2, y2 in scene.boxes
    ]
    walls = _thing("linestring", 0.0, 0.0, vertices=[*_corners(scene), [0.0, 0.0]])
    side = scene.side
    world = {"height": side, "width": side, "step_time": period, "collision_mode": "unobstructed"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.yaml"
        path.write_text(yaml.safe_dump({"world": world, "robot": [robot], "obstacle": [*boxes, *people, walls]}))
        return irsim.make(str(path), headless=True, log_level="ERROR", seed=1)


def _thing(shape: str, x: float, y: float, **figures: Any) -> dict[str, Any]:
    return {"shape": {"name": shape, **figures}, "state": [float(x), float(y), 0.0]}


def _corners(scene: Scene) -> list[list[float]]:
    return [[0.0, 0.0], [scene.side, 0.0], [scene.side, scene.side], [0.0, scene.side]]


def pyrobosim_lidar(scene: Scene, beams: int, reach: float) -> Look:
    """Return pyrobosim's Lidar2D; furniture are locations, people are robots, the only ones who move there."""
    logging.disable(logging.INFO)
    from pyrobosim.core.robot import Robot
    from pyrobosim.sensors.lidar import Lidar2D
    from pyrobosim.utils.pose import Pose

    world = _pyrobosim(scene)
    for n, (x, y) in enumerate(scene.people):
        world.add_robot(Robot(name=f"person{n}", radius=RADIUS), pose=Pose(x=x, y=y))
    step = math.tau / beams
    lidar = Lidar2D(
        update_rate_s=0.1,
        angle_units="radians",
        min_angle=-math.pi,
        max_angle=math.pi - 1.5 * step,  # it adds a beam behind the last one
        angular_resolution=step,
        max_range_m=reach,
    )
    robot = Robot(name="robot", radius=RADIUS, sensors={"lidar": lidar}, start_sensor_threads=False)
    world.add_robot(robot, pose=Pose(x=scene.poses[0].x, y=scene.poses[0].y))
    assert len(world.locations) == len(scene.boxes) and len(world.robots) == len(scene.people) + 1

    def look(pose: Pose2D) -> Floats:
        robot.set_pose(Pose(x=pose.x, y=pose.y, yaw=pose.yaw))
        lidar.update()
        return lidar.get_measurement()

    return look


def _pyrobosim(scene: Scene) -> Any:
    from pyrobosim.core.world import World
    from pyrobosim.utils.pose import Pose

    world = World()
    kinds = {
        f"box{n}": {"footprint": {"type": "box", "dims": [float(x2 - x1), float(y2 - y1)]}}
        for n, (x1, y1, x2, y2) in enumerate(scene.boxes)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "locations.yaml"
        path.write_text(yaml.safe_dump(kinds))
        world.add_metadata(locations=path)
    world.add_room(name="room", footprint=_corners(scene))
    for n, (x1, y1, x2, y2) in enumerate(scene.boxes):
        world.add_location(category=f"box{n}", parent="room", pose=Pose(x=(x1 + x2) / 2.0, y=(y1 + y2) / 2.0))
    return world
