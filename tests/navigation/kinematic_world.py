"""A small world for closed-loop tests: a unicycle among boxes and walking discs, seen by a ray-cast lidar."""

import math
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from guide_common.geometry import Pose2D, wrap_angle

RESOLUTION = 0.05
BEAMS = 360
ANGLES = -math.pi + np.arange(BEAMS) * (2.0 * math.pi / BEAMS)
PATIENCE = 4.0
"""s that a person stands in front of the robot before going another way."""
LEG = 0.15
"""m, radius of a person as the lidar sees one."""


def room(width: float, height: float, boxes: list[tuple[float, float, float, float]]) -> np.ndarray:
    """Return a walled room as HxW uint8 (0 free, 100 occupied); boxes are x0, y0, x1, y1 in metres."""
    cells = np.zeros((round(height / RESOLUTION), round(width / RESOLUTION)), np.uint8)
    cells[:2], cells[-2:], cells[:, :2], cells[:, -2:] = 100, 100, 100, 100
    for x0, y0, x1, y1 in boxes:
        cells[round(y0 / RESOLUTION) : round(y1 / RESOLUTION), round(x0 / RESOLUTION) : round(x1 / RESOLUTION)] = 100
    return cells


@njit(cache=True)
def cast(cells: np.ndarray, x: float, y: float, yaw: float, people: np.ndarray, out: np.ndarray) -> None:
    beams = len(out)
    for i in range(beams):
        a = yaw - math.pi + i * 2.0 * math.pi / beams
        c, s = math.cos(a), math.sin(a)
        r = 0.05
        while r < 12.0:
            row, column = int((y + r * s) / 0.05), int((x + r * c) / 0.05)
            if row < 0 or column < 0 or row >= cells.shape[0] or column >= cells.shape[1] or cells[row, column]:
                break
            r += 0.02
        for p in range(len(people)):
            dx, dy = people[p, 0] - x, people[p, 1] - y
            along, beside = c * dx + s * dy, c * dy - s * dx
            if along > 0.0 and abs(beside) < 0.15:
                r = min(r, along - math.sqrt(0.0225 - beside * beside))
        out[i] = r if r < 12.0 else math.inf


@dataclass
class World:
    """Move a robot by commands and people by their own will; people halt before they walk into the robot."""

    cells: np.ndarray
    robot: Pose2D
    people: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))
    v: float = 0.0
    w: float = 0.0
    nearest: float = math.inf
    ranges: np.ndarray = field(default_factory=lambda: np.zeros(BEAMS, np.float32))
    halted: list[int] = field(default_factory=list)
    waited: dict[int, float] = field(default_factory=dict)

    def move(self, v: float, w: float, dt: float) -> None:
        self.v, self.w = v, w
        middle = self.robot.yaw + 0.5 * w * dt
        self.robot = Pose2D(
            self.robot.x + v * dt * math.cos(middle),
            self.robot.y + v * dt * math.sin(middle),
            wrap_angle(self.robot.yaw + w * dt),
        )
        self.halted = []
        for i, person in enumerate(self.people):
            dx, dy = self.robot.x - person[0], self.robot.y - person[1]
            gap = math.hypot(dx, dy)
            if gap < 0.9 and dx * person[2] + dy * person[3] > 0.0:
                self.halted.append(i)
                self.waited[i] = self.waited.get(i, 0.0) + dt
                if self.waited[i] > PATIENCE:
                    self.waited[i], person[2:] = 0.0, (-person[3], person[2])
                continue
            person[:2] += person[2:] * dt
        self.nearest = min(self.nearest, self.clearance())

    def clearance(self) -> float:
        """Return the metres between the robot's body and the nearest thing; negative in contact."""
        x, y = self.robot.x / RESOLUTION, self.robot.y / RESOLUTION
        rows, columns = np.nonzero(self.cells[max(0, int(y) - 12) : int(y) + 13, max(0, int(x) - 12) : int(x) + 13])
        rows, columns = rows + max(0, int(y) - 12), columns + max(0, int(x) - 12)
        dx = np.maximum(np.abs(columns + 0.5 - x) - 0.5, 0.0)
        dy = np.maximum(np.abs(rows + 0.5 - y) - 0.5, 0.0)
        gaps = [float((np.hypot(dx, dy) * RESOLUTION).min())] if len(rows) else []
        gaps += [math.hypot(p[0] - self.robot.x, p[1] - self.robot.y) - LEG for p in self.people]
        return min(gaps, default=math.inf) - 0.25

    def seen_people(self) -> np.ndarray:
        """Return people as a tracker would tell of them: who halts has no speed."""
        seen = self.people.copy()
        seen[self.halted, 2:] = 0.0
        return seen

    def scan(self) -> np.ndarray:
        cast(self.cells, self.robot.x, self.robot.y, self.robot.yaw, self.people, self.ranges)
        return self.ranges
