"""When to look at a scan, where to begin, and for how long the pose may be vouched for. Free of ROS."""

from __future__ import annotations

import math
from collections.abc import Sequence

from guide_common.geometry import Pose2D
from navigation.likelihood import Floats, LikelihoodField
from navigation.localiser import Estimate, ParticleFilter

STILL_DISTANCE, STILL_TURN = 0.01, 0.005
"""m and rad: a robot that has moved less since the last update stands."""


class Localisation:
    """Run the particle filter when there is something to learn, and keep the correction map→odom.

    Args:
        particles: the filter.
        still_period: s between updates while the robot stands.
        scan_timeout: s without a scan after which the pose is no longer vouched for.
    """

    def __init__(self, particles: ParticleFilter, still_period: float = 0.4, scan_timeout: float = 0.3) -> None:
        self.particles = particles
        self._still_period, self._scan_timeout = still_period, scan_timeout
        self.forget()

    def forget(self) -> None:
        """Begin anew with the next scan."""
        self.correction: Pose2D | None = None
        self.estimate: Estimate | None = None
        self.lost = False
        self.scanned = -1.0
        self._updated = -1.0
        self._updated_at = Pose2D(0.0, 0.0)
        self._must_update = True

    def set_map(self, field: LikelihoodField, origin: Pose2D) -> None:
        """Take a map; the particles stay where they are."""
        self.particles.set_field(field, origin)
        self._must_update = True

    def start(
        self, guesses: Sequence[Pose2D], ranges: Floats, angles: Floats, mount: Pose2D
    ) -> tuple[Pose2D, float] | None:
        """Begin at the guess that the scan fits best, and return it with its fit; without one, search the floor.

        It is searched too when the scan fits none of the guesses; until that has ended the robot is lost.
        """
        if guesses:
            return self.particles.start(list(guesses), ranges, angles, mount)
        self.spread()
        return None

    def spread(self) -> None:
        """Search the whole floor."""
        self.particles.spread()
        self._must_update = True

    def set_pose(self, pose: Pose2D, sigma_xy: float, sigma_yaw: float) -> None:
        """Take a pose that somebody gives, with its standard deviations (m, rad)."""
        self.particles.set_pose(pose, sigma_xy, sigma_yaw)
        self._must_update, self.correction = True, None

    def update_once(self) -> None:
        """Look at the next scan even when the robot stands."""
        self._must_update = True

    def take_scan(
        self, stamp: float, odometry: Pose2D, ranges: Floats, angles: Floats, mount: Pose2D, range_max: float
    ) -> Estimate | None:
        """Take a scan and the odometry's pose at its stamp (s); return the new estimate if one was made.

        With odometry that is not a number nothing is taken, so that after a while the pose is no longer vouched for.
        """
        if not math.isfinite(odometry.x + odometry.y + odometry.yaw):
            return None
        self.scanned = stamp
        if not self.particles.has_map:
            return None
        step = self._updated_at.inverse() @ odometry
        moved = step.distance(Pose2D(0.0, 0.0)) > STILL_DISTANCE or abs(step.yaw) > STILL_TURN
        late = not 0.0 <= stamp - self._updated < self._still_period
        if not (self.correction is None or moved or late or self._must_update):
            return None
        estimate = self.particles.update(odometry, ranges, angles, mount, stamp, range_max)
        self.correction = estimate.pose @ odometry.inverse()
        self.estimate = estimate
        self.lost = estimate.lost
        self._updated, self._updated_at, self._must_update = stamp, odometry, False
        return estimate

    def vouched(self, now: float) -> Pose2D | None:
        """Return the correction map→odom while it may be trusted at `now` (s), else None."""
        if self.lost or now - self.scanned > self._scan_timeout:
            return None
        return self.correction

    def trouble(self, now: float) -> str:
        """Return in one sentence why the pose is not vouched for at `now` (s); empty while it is."""
        if not self.particles.has_map:
            return "there is no map yet"
        if now - self.scanned > self._scan_timeout:
            return "no scan and odometry to go by"
        if self.lost and self.particles.ambiguous:
            return "lost: two places or more fit the scan equally well"
        if self.lost:
            return "lost: the scan fits nowhere on the floor well enough yet"
        return "" if self.correction is not None else "no scan was looked at yet"
