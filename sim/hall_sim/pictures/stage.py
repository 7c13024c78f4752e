"""A moment in 3-D: MuJoCo renders the hall with cut walls, people and the robot from an oblique camera."""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import mujoco
import numpy as np

from counter_map.model import Site
from counter_map.render import Colour, Image8, draw_floor
from guide_common.geometry import Pose2D
from hall_sim.pictures import signs
from hall_sim.pictures.dolls import Rgba, Rod, doll
from hall_sim.pictures.gl import open_context
from hall_sim.pictures.moment import Floats, Moment
from hall_sim.pictures.stage_model import CUT, FLOOR_PICTURE, rgba_of, stage_xml
from hall_sim.world.floor import Floor

FLOOR_PPM = 40.0
"""Pixels a metre of the floor's picture."""
MOST_GEOMS = 6000
SHADE: Rgba = (0.0, 0.0, 0.0, 0.22)
"""Of the shadow under whoever stands: those that MuJoCo casts over a whole hall are full of stripes."""
HITS_WITHIN = 12.0
"""m around the robot in which lidar hits are drawn."""


class Stage:
    """Render moments of one floor; a context manager.

    Args:
        site: the site.
        floor_id: id of the floor.
        floor: what stands where.
        urdf: of the robot.
        lidar_height: m above the floor.
        size: pixels, (wide, high).

    Raises:
        UserError: this machine cannot draw in 3-D.
    """

    def __init__(
        self,
        site: Site,
        floor_id: str,
        floor: Floor,
        urdf: Path,
        lidar_height: float = 0.25,
        size: tuple[int, int] = (1280, 720),
    ) -> None:
        self.size, self._floor, self._lidar_height = size, floor, lidar_height
        self._gl = open_context(*size)
        picture = draw_floor(site, floor_id, FLOOR_PPM, labels=False)
        png = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
        self._model = mujoco.MjModel.from_xml_string(stage_xml(site, floor_id, floor, urdf, size), {FLOOR_PICTURE: png})
        self._data = mujoco.MjData(self._model)
        self._scene = mujoco.MjvScene(self._model, MOST_GEOMS)
        self._context = mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._context)

    def __enter__(self) -> Stage:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let go of the graphics."""
        self._context.free()
        self._gl.free()

    def render(self, moment: Moment) -> Image8:
        """Return the picture of a moment (H×W×3)."""
        pose = moment.robot
        self._data.mocap_pos[0] = pose.x, pose.y, 0.0
        self._data.mocap_quat[0] = math.cos(pose.yaw / 2), 0.0, 0.0, math.sin(pose.yaw / 2)
        mujoco.mj_forward(self._model, self._data)
        camera, everything = self._camera(moment), mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self._model, self._data, mujoco.MjvOption(), None, camera, everything, self._scene)
        self._add_ways(moment)
        for who in moment.people:
            for rod in doll(who):
                self._add_rod(rod)
        wide, high = self.size
        rect, image = mujoco.MjrRect(0, 0, wide, high), np.empty((high, wide, 3), np.uint8)
        mujoco.mjr_render(rect, self._scene, self._context)
        mujoco.mjr_readPixels(image, None, rect, self._context)
        return np.ascontiguousarray(image[::-1])

    def pixel(self, point: tuple[float, float, float]) -> tuple[float, float] | None:
        """Return where a point (m) is in the picture rendered last; None behind the camera."""
        eye = self._scene.camera[0]
        forward, up = np.asarray(eye.forward, np.float64), np.asarray(eye.up, np.float64)
        off = np.asarray(point) - np.asarray(eye.pos, np.float64)
        depth = float(off @ forward)
        if depth <= 0.1:
            return None
        half = (eye.frustum_top - eye.frustum_bottom) / 2.0
        (wide, high), scale = self.size, eye.frustum_near / depth / half
        right = np.cross(forward, up)
        return wide / 2 + high / 2 * float(off @ right) * scale, high / 2 * (1.0 - float(off @ up) * scale)

    def _camera(self, moment: Moment) -> mujoco.MjvCamera:
        camera, pose = mujoco.MjvCamera(), moment.robot
        x, y, apart = pose.x, pose.y, 0.0
        if moment.visitor is not None and pose.distance(Pose2D(moment.visitor.x, moment.visitor.y)) < 6.0:
            apart = pose.distance(Pose2D(moment.visitor.x, moment.visitor.y))
            x, y = (x + moment.visitor.x) / 2, (y + moment.visitor.y) / 2
        camera.lookat[:] = x, y, 0.75
        camera.distance, camera.elevation = 6.5 + 0.8 * apart, -30.0
        # From ahead of the robot and a little to its side one sees its screen and who follows it.
        turns = [math.degrees(pose.yaw) + 180.0 + side for side in (35.0, -35.0, 70.0, -70.0, 110.0, -110.0, 180.0)]
        camera.azimuth = min(turns, key=lambda turn: self._hidden(camera, turn))
        return camera

    def _hidden(self, camera: mujoco.MjvCamera, azimuth: float) -> int:
        """Count the cells between camera and what it looks at that are too high to see over."""
        floor, turn = self._floor, math.radians(azimuth)
        along = np.linspace(0.3, camera.distance * math.cos(math.radians(30.0)), 60)
        x, y = camera.lookat[0] - along * math.cos(turn), camera.lookat[1] - along * math.sin(turn)
        column = ((x - floor.origin.x) / floor.resolution).astype(int)
        row = ((y - floor.origin.y) / floor.resolution).astype(int)
        inside = (row >= 0) & (row < floor.heights.shape[0]) & (column >= 0) & (column < floor.heights.shape[1])
        height = np.minimum(floor.heights[row[inside], column[inside]], CUT)
        return int((height > 0.4 + along[inside] * math.tan(math.radians(30.0))).sum())

    def _add_ways(self, moment: Moment) -> None:
        z = 0.02
        self._add_way(moment.driven, z, 0.035, signs.ROBOT, 0.25)
        self._add_way(moment.plan, z, 0.03, signs.PLAN, 0.25, dashed=True)
        near = moment.hits[np.hypot(*(moment.hits - (moment.robot.x, moment.robot.y)).T) < HITS_WITHIN]
        for x, y in near.tolist():
            self._add(mujoco.mjtGeom.mjGEOM_SPHERE, (0.025, 0, 0), (x, y, self._lidar_height), rgba_of(signs.HITS))
        self._add_spot(moment.robot.x, moment.robot.y, 0.34, SHADE)
        for who in moment.people:
            self._add_spot(who.x, who.y, 0.3, SHADE)
        if moment.visitor is not None:
            self._add_spot(moment.visitor.x, moment.visitor.y, 0.45, rgba_of(signs.VISITOR, 0.45))

    def _add_spot(self, x: float, y: float, radius: float, rgba: Rgba) -> None:
        """Add a round spot on the floor."""
        self._add(mujoco.mjtGeom.mjGEOM_CYLINDER, (radius, 0.003, 0.0), (x, y, 0.008), rgba)

    def _add_way(
        self, points: Floats, z: float, radius: float, colour: Colour, step: float, dashed: bool = False
    ) -> None:
        if len(points) < 2:
            return
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        marks = np.arange(0.0, along[-1], step)[-400:]
        marked = [
            (float(np.interp(m, along, points[:, 0])), float(np.interp(m, along, points[:, 1])), z) for m in marks
        ]
        for index in range(0, len(marked) - 1, 2 if dashed else 1):
            self._add_rod(Rod(marked[index], marked[index + 1], radius, rgba_of(colour)))

    def _add_rod(self, rod: Rod) -> None:
        kind = mujoco.mjtGeom.mjGEOM_CYLINDER if rod.flat else mujoco.mjtGeom.mjGEOM_CAPSULE
        geom = self._add(kind, (rod.radius, rod.radius, rod.radius), rod.begin, rod.rgba)
        if geom is not None:
            mujoco.mjv_connector(geom, kind, rod.radius, np.array(rod.begin), np.array(rod.end))

    def _add(
        self, kind: Any, size: tuple[float, float, float], at: tuple[float, float, float], rgba: Rgba
    ) -> Any | None:
        scene = self._scene
        if scene.ngeom >= scene.maxgeom:
            return None
        geom = scene.geoms[scene.ngeom]
        scene.ngeom += 1
        mujoco.mjv_initGeom(geom, kind, np.array(size), np.array(at), np.eye(3).ravel(), np.array(rgba, np.float32))
        return geom
