"""A planar tree of frames with a short past: the little of tf2 that a robot on a floor needs. Free of ROS."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

from guide_common.geometry import Pose2D, wrap_angle

HISTORY = 10.0
"""s of transforms kept for look-ups in the past, as in tf2."""
FORGOTTEN = 1.0
"""s after which a pose counts no more: the robot does not know where it is."""
EXTRAPOLATE = 0.5
"""s for which the newest transform may stand in for a time after it."""


@dataclass(slots=True)
class _Edge:
    parent: str
    static: bool
    samples: deque[tuple[float, Pose2D]] = field(default_factory=deque)

    def at(self, time: float | None) -> tuple[float, Pose2D] | None:
        """Return (stamp, pose), interpolated at `time`; the newest for None; None when out of reach."""
        newest = self.samples[-1]
        if self.static or time is None:
            return newest
        if time >= newest[0]:
            return newest if time - newest[0] < EXTRAPOLATE else None
        for (t1, p1), (t0, p0) in pairwise(reversed(self.samples)):
            if t0 <= time:
                return time, _blend(p0, p1, (time - t0) / max(t1 - t0, 1e-9))
        return None


def _blend(a: Pose2D, b: Pose2D, s: float) -> Pose2D:
    return Pose2D(a.x + s * (b.x - a.x), a.y + s * (b.y - a.y), wrap_angle(a.yaw + s * wrap_angle(b.yaw - a.yaw)))


class FrameTree:
    """Keep where each frame is in its parent, and answer where it is in any frame above."""

    def __init__(self) -> None:
        self._edges: dict[str, _Edge] = {}

    def take(self, parent: str, child: str, stamp: float, pose: Pose2D, static: bool = False) -> None:
        """Take the child's pose in its parent at a stamp (s); one that is not a number is left out."""
        if not math.isfinite(pose.x + pose.y + pose.yaw):
            return
        edge = self._edges.get(child)
        if edge is None or edge.parent != parent or edge.static != static:
            edge = self._edges[child] = _Edge(parent, static)
        if edge.samples and stamp < edge.samples[-1][0]:
            if edge.samples[-1][0] - stamp < 1.0:
                return  # late and superseded
            edge.samples.clear()  # the clock was set back
        edge.samples.append((stamp, pose))
        while len(edge.samples) > 1 and stamp - edge.samples[0][0] > HISTORY:
            edge.samples.popleft()

    def pose(self, parent: str, child: str, time: float | None = None) -> tuple[Pose2D, float] | None:
        """Return the child's pose in the parent frame and the oldest stamp (s) used; None when not connected.

        `time` in seconds of the clock asks for the past, interpolated; None asks for the newest.
        """
        pose, oldest, frame = Pose2D(0.0, 0.0, 0.0), float("inf"), child
        while frame != parent:
            edge = self._edges.get(frame)
            sample = edge.at(time) if edge is not None else None
            if edge is None or sample is None:
                return None
            if not edge.static:
                oldest = min(oldest, sample[0])
            pose, frame = sample[1] @ pose, edge.parent
        return pose, oldest

    def fresh(self, parent: str, child: str, now: float) -> Pose2D | None:
        """Return the child's newest pose in the parent frame; None when any part of it is too old at `now` (s)."""
        found = self.pose(parent, child)
        return found[0] if found is not None and abs(now - found[1]) < FORGOTTEN else None
