"""Walk after the robot, as people do who follow somebody."""

from __future__ import annotations

import math

from guide_common.geometry import Pose2D
from hall_sim.people.crowd import Crowd, Walker

GAP = (1.05, 1.2)
"""m kept behind the robot: nearer than the first they stop, farther than the second they go."""
UNAWARE_GAP = 0.8
"""m at which somebody stops who has not noticed that the robot did."""
SLOWS_AT = 0.9
"""m from the robot towards which the pace falls to nothing."""
CREEP = 0.2
"""m/s: nobody walks slower."""
ROUTE_EVERY = 0.4
"""s between two looks for the way to the robot."""
BUDGED, STOOD = 0.1, 0.6
"""m that a robot has gone that moves, and s after which one that has not stands."""


class Follower:
    """Steer a walker behind the robot.

    Args:
        crowd: where they walk.
        pace: m/s.
        attention: s until they notice that the robot set off or stopped.
    """

    def __init__(self, crowd: Crowd, pace: float, attention: float = 0.0) -> None:
        self.crowd = crowd
        self.pace = pace
        self.attention = attention
        self._routed = -1.0
        self._spot: tuple[float, float] | None = None
        self._spot_time = 0.0
        self._moves, self._believes = True, False  # it has set off: that is why somebody follows
        self._since: float | None = None

    def step(self, walker: Walker, time: float, robot: Pose2D) -> None:
        """Decide for the next 50 ms; `time` in s since the start."""
        distance = math.dist(walker.position, (robot.x, robot.y)) - walker.kind.reach
        near, far = GAP
        if self.attention > 0.0:
            self._watch(time, robot)
            if self._moves and not self._believes and not walker.way:
                return
            if self._believes and not self._moves:
                near, far = UNAWARE_GAP, UNAWARE_GAP
        if distance < near or (distance < far and not walker.way):
            walker.stand(math.atan2(robot.y - walker.position[1], robot.x - walker.position[0]))
            return
        # Hurry a little when behind, slow down when close: as people do who follow somebody.
        walker.pace = min(max(1.2 * (distance - SLOWS_AT), CREEP), self.pace * (1.15 if distance > 2.0 else 1.0))
        self.route(walker, (robot.x, robot.y), time)

    def route(self, walker: Walker, goal: tuple[float, float], time: float) -> None:
        """Send a walker on their way to a goal that moves."""
        if time - self._routed >= ROUTE_EVERY or not walker.way:
            walker.way = self.crowd.route(walker, goal)
            self._routed = time

    def _watch(self, time: float, robot: Pose2D) -> None:
        here = (robot.x, robot.y)
        if self._spot is None or math.dist(self._spot, here) > BUDGED:
            self._moves = True
            self._spot, self._spot_time = here, time
        elif time - self._spot_time > STOOD:
            self._moves = False
        if self._moves == self._believes or self._since is None:
            self._since = time
        elif time - self._since >= self.attention:
            self._believes = self._moves
