"""The last pose on disk: what lets a localiser that died go on where the robot stands."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from guide_common.errors import UserError
from guide_common.geometry import Pose2D

FRESH = 120.0
"""s after which the odometry may have been started anew, so only the pose itself is trusted."""

FASTEST = 1.5
"""m/s no robot of ours exceeds: odometry that moved faster since was started anew."""


@dataclass(frozen=True, slots=True)
class LastPose:
    """Remember a pose: base_link in map and in odom at a stamp (s of the ROS clock), and on which floor."""

    floor: str
    stamp: float
    pose: Pose2D
    odometry: Pose2D

    def guesses(self, now: float, odometry: Pose2D) -> list[Pose2D]:
        """Return where the robot may be by now, the likelier first, from the odometry's pose of now."""
        since = now - self.stamp
        moved = self.odometry.inverse() @ odometry
        if 0.0 <= since < FRESH and moved.distance(Pose2D(0.0, 0.0)) < 0.2 + FASTEST * since:
            return [self.pose @ moved, self.pose]
        return [self.pose]


def write_last_pose(path: Path, last: LastPose) -> None:
    """Write the file so that a reader finds the old one or the new one, never half of one."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(last)), encoding="utf-8")
    os.replace(part, path)


def read_last_pose(path: Path, floor: str) -> LastPose | None:
    """Read the file; return None when there is none or it tells of another floor; raise UserError when broken."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        last = LastPose(str(data["floor"]), float(data["stamp"]), Pose2D(**data["pose"]), Pose2D(**data["odometry"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not a last pose ({error}); delete the file") from None
    return last if last.floor == floor else None
