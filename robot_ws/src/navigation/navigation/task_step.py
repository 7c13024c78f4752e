"""What a task is told in one control cycle, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from guide_common.geometry import Pose2D
from navigation.controller import Surroundings
from navigation.motion import Motion
from navigation.speed_zones import SpeedZones


@dataclass(slots=True)
class Situation:
    """Hold what is known in one cycle: times in s of one clock, speeds in m/s and rad/s as commanded or measured.

    `a` and `alpha` tell by how much the command changed in the last cycle, in m/s^2 and rad/s^2.
    """

    now: float
    dt: float
    pose: Pose2D
    pose_age: float
    scan_age: float
    v: float
    w: float
    around: Surroundings
    top_speed: float
    zones: SpeedZones | None = None
    a: float = 0.0
    alpha: float = 0.0

    @property
    def motion(self) -> Motion:
        """Return how the robot moves."""
        return Motion(self.v, self.w, self.a, self.alpha)


@dataclass(slots=True)
class Ending:
    """Hold how a task ended: code 0 is success; the sentence says why not, or what to know."""

    code: int = 0
    sentence: str = ""


@dataclass(slots=True)
class Step:
    """Hold the answer of one cycle: command, whether a plan is wanted, why the robot waits, the end if it is one.

    `recovery` names one that begins with this cycle.
    """

    v: float
    w: float
    why: str = ""
    wants_plan: bool = False
    wants_clear: bool = False
    ending: Ending | None = None
    recovery: str = ""
