"""Where am I: a particle filter on a likelihood field (Monte Carlo localisation).

One `update` a scan: move the particles by the odometry, weigh them by the scan, estimate, resample.
People do not throw it off: beams that end nowhere near a wall of the map, as seen from where the robot
was expected, are left out, and the uniform part of the sensor model bounds what any other beam can cost.
A robot that was carried away is noticed by beams that go through walls, and found again by a search of
the whole floor (`localiser_search`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guide_common.geometry import Pose2D, wrap_angle
from navigation import likelihood
from navigation import localiser_kernels as kernels
from navigation.likelihood import Floats, LikelihoodField
from navigation.localiser_search import ambiguous, elsewhere, look_closer, look_near, search

MAX_BEAMS = 4096
"""Most beams a scan may have."""

FEWEST_BEAMS = 10
"""With fewer the floor is not searched."""

USUAL_GAIN = 0.05
"""Share of a new scan in the fit that is usual."""

SETTLED = 1.4
"""By how much better than the limits of doubt a scan must be to end it."""


@dataclass(frozen=True, slots=True)
class FilterParams:
    """Hold the filter's settings; lengths in m, angles in rad, times in s.

    Attributes:
        min_particles, max_particles: bounds of the adaptive count.
        kld_error, kld_z: KLD sampling's error bound and upper quantile.
        max_beams: beams of each scan that are used.
        sigma_hit, z_hit, z_rand: likelihood field of a beam.
        temper: share of a beam's log-likelihood that counts, since beams err together.
        alpha1..alpha4: motion noise (rotation from rotation, rotation from translation,
            translation from translation, translation from rotation), variances per squared motion.
        jitter_xy, jitter_yaw: standard deviations added in each update.
        gate: beams that end farther from a wall than this are taken for people.
        lost_explained, lost_through: shares of beams below or above which the pose is doubted.
        lost_after: how long doubt lasts until the whole floor is searched, and between searches.
        sure_fit: share of beams explained, less those through walls (the fit), at which a pose is taken.
        found_fit: the fit from which a pose that the search of the floor found is taken.
        usual_margin: a pose nearby is taken only when it fits at most this much worse than scans did before the doubt.
        rival_margin: a pose far away must fit this much better than one nearby to be tried as well; and while two
            places fit equally well to within it, the robot is lost: rows of seats look alike.
    """

    min_particles: int = 400
    max_particles: int = 2000
    kld_error: float = 0.03
    kld_z: float = 2.33
    max_beams: int = 60
    sigma_hit: float = 0.05
    z_hit: float = 0.95
    z_rand: float = 0.05
    temper: float = 0.3
    alpha1: float = 0.02
    alpha2: float = 0.02
    alpha3: float = 0.02
    alpha4: float = 0.01
    jitter_xy: float = 0.003
    jitter_yaw: float = 0.002
    gate: float = 0.4
    lost_explained: float = 0.35
    lost_through: float = 0.15
    lost_after: float = 1.0
    sure_fit: float = 0.5
    found_fit: float = 0.65
    usual_margin: float = 0.25
    rival_margin: float = 0.03


@dataclass(frozen=True, slots=True)
class Estimate:
    """Tell where the robot is.

    Attributes:
        pose: base_link in the map frame.
        covariance: 3x3, x y yaw, m^2 and rad^2, map frame.
        explained: share of beams that end at walls of the map.
        through: share of beams that went through walls.
        lost: the pose is not to be trusted.
    """

    pose: Pose2D
    covariance: NDArray[np.float64]
    explained: float
    through: float
    lost: bool


class ParticleFilter:
    """Estimate the robot's pose from odometry and lidar scans on a known map."""

    def __init__(self, params: FilterParams | None = None, seed: int = 1) -> None:
        self.params = params or FilterParams()
        self._seed = seed
        self.count = 0
        self.lost = self._ambiguous = self._unlikely = False
        self._field: LikelihoodField | None = None
        self._origin = Pose2D(0.0, 0.0)
        self._odometry: Pose2D | None = None
        self._doubt_since: float | None = None
        self._searched = -math.inf
        self._usual = 0.0
        self._trusted: Pose2D | None = None
        """Where the robot was vouched for last, moved on by the odometry; in the image frame."""
        self._cycle = 0
        size = self.params.max_particles
        self._x, self._y, self._yaw = (np.zeros(size, np.float32) for _ in range(3))
        self._to = (np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.float32))
        self._weight, self._scores = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self._slots, self._marks = (np.zeros(kernels.BIN_SLOTS, np.int64) for _ in range(2))
        self._bx, self._by, self._gap = (np.zeros(MAX_BEAMS, np.float32) for _ in range(3))
        self._sample_x, self._sample_y = (np.zeros(self.params.max_beams, np.float32) for _ in range(2))
        self._summary = np.zeros(8)
        p = self.params
        self._noise = np.array([p.alpha1, p.alpha2, p.alpha3, p.alpha4, p.jitter_xy, p.jitter_yaw], np.float32)
        self._table = likelihood.likelihood_table(p.sigma_hit, p.z_hit, p.z_rand)
        kernels.seed_noise(seed)

    @property
    def has_map(self) -> bool:
        """Tell whether there is a map."""
        return self._field is not None

    @property
    def ready(self) -> bool:
        """Tell whether there is a map and a first guess."""
        return self._field is not None and self.count > 0

    @property
    def ambiguous(self) -> bool:
        """Tell whether the last search found two places that fit equally well."""
        return self._ambiguous

    @property
    def poses(self) -> NDArray[np.float64]:
        """Return the particles, Nx3 (x, y, yaw) in the map frame."""
        n, o = self.count, self._origin
        c, s = math.cos(o.yaw), math.sin(o.yaw)
        x, y = self._x[:n].astype(np.float64), self._y[:n].astype(np.float64)
        return np.stack([o.x + c * x - s * y, o.y + s * x + c * y, self._yaw[:n] + o.yaw], axis=1)

    @property
    def weights(self) -> Floats:
        """Return the particles' weights; they sum to one."""
        return self._weight[: self.count]

    def set_field(self, field: LikelihoodField, origin: Pose2D) -> None:
        """Use a map; particles keep their poses in the map frame. `origin` is the pose of the image's corner."""
        held = self.poses
        self._field, self._origin = field, origin
        for i, (x, y, yaw) in enumerate(held):
            p = origin.inverse() @ Pose2D(float(x), float(y), float(yaw))
            self._x[i], self._y[i], self._yaw[i] = p.x, p.y, p.yaw

    def set_pose(self, pose: Pose2D, sigma_xy: float = 0.25, sigma_yaw: float = 0.15) -> None:
        """Start about a pose in the map frame; deviations in m and rad."""
        p = self._origin.inverse() @ pose
        self._begin()
        self._trusted = p
        kernels.scatter(self._x, self._y, self._yaw, 0, self.count, p.x, p.y, p.yaw, sigma_xy, sigma_yaw)

    def start(self, guesses: list[Pose2D], ranges: Floats, angles: Floats, mount: Pose2D) -> tuple[Pose2D, float]:
        """Start at the guess (map frame) that the scan fits best, earlier ones winning ties; return it and its fit.

        Where the scan fits none of them the robot is lost, and the next update searches the floor.
        """
        field = self._need_field()
        total = self._take_beams(ranges, angles, mount, math.inf)
        best, fit = guesses[0], -math.inf
        for guess in guesses:
            closer, score = look_closer(field, self._bx[:total], self._by[:total], self._origin.inverse() @ guess)
            if score > fit + 0.05:
                best, fit = self._origin @ closer, score
        sure = fit > self.params.sure_fit
        self.set_pose(best, 0.05 if sure else 0.25, 0.03 if sure else 0.15)
        if not sure:
            self.lost, self._doubt_since = True, -math.inf
        return best, fit

    def warm(self) -> None:
        """Compile, or load compiled, all that an update runs, so that the first scan is not late."""
        other = ParticleFilter(FilterParams(min_particles=10, max_particles=20, lost_after=0.0))
        hall = np.zeros((80, 80), bool)
        hall[:2] = hall[-2:] = hall[:, :2] = hall[:, -2:] = True
        other.set_field(likelihood.build_field(hall, ~hall, 0.05), Pose2D(0.0, 0.0))
        angles = np.linspace(-3.0, 3.0, 60, dtype=np.float32)
        other.start([Pose2D(2.0, 2.0)], np.ones_like(angles), angles, Pose2D(0.0, 0.0))
        for k in range(4):
            other.update(Pose2D(0.01 * k, 0.0), np.ones_like(angles), angles, Pose2D(0.0, 0.0), float(k))
        other._resample()
        kernels.seed_noise(self._seed)

    def spread(self) -> None:
        """Start with no idea where on the floor the robot is; the next update searches all of it."""
        field = self._need_field()
        self._begin()
        self.lost = True
        self._doubt_since = -math.inf
        kernels.spread(self._x, self._y, self._yaw, 0, self.count, field.free_cells, field.resolution)

    def _begin(self) -> None:
        self.count = self.params.max_particles
        self._weight[:] = 1.0 / self.count
        self._odometry, self._doubt_since, self.lost = None, None, False
        self._ambiguous = self._unlikely = False
        self._searched = -math.inf
        self._usual = 0.0
        self._trusted = None

    def _need_field(self) -> LikelihoodField:
        if self._field is None:
            raise ValueError("the particle filter has no map yet")
        return self._field

    def update(
        self, odometry: Pose2D, ranges: Floats, angles: Floats, mount: Pose2D, time: float, range_max: float = 25.0
    ) -> Estimate:
        """Take a scan and the odometry pose at its stamp; return the new estimate.

        Args:
            odometry: base_link in the odom frame at the scan's stamp.
            ranges: m, one a beam; not finite or out of 0.05..range_max are left out.
            angles: rad, one a beam, in the laser frame.
            mount: the laser in base_link.
            time: s, any clock that goes forward.
        """
        field = self._need_field()
        if not self.ready:
            raise ValueError("the particle filter has no first guess yet")
        self._move(odometry)
        total = self._take_beams(ranges, angles, mount, range_max)
        self._look_around(total, time)
        used = self._choose_beams(total)
        likelihood.score_poses(
            self._x,
            self._y,
            self._yaw,
            self.count,
            self._sample_x,
            self._sample_y,
            used,
            field.distance,
            field.resolution,
            self._table,
            self._scores,
        )
        effective, _ = kernels.weigh(self._weight, self._scores, self.count, self.params.temper)
        kernels.cluster_mean(self._x, self._y, self._yaw, self._weight, self.count, 0.6, self._summary)
        estimate = self._judge(total, time)
        if effective < 0.5 * self.count:
            self._resample()
        return estimate

    def _move(self, odometry: Pose2D) -> None:
        if self._odometry is not None:
            step = self._odometry.inverse() @ odometry
            kernels.move(self._x, self._y, self._yaw, self.count, step.x, step.y, step.yaw, self._noise)
            expected = Pose2D(self._summary[0], self._summary[1], self._summary[2]) @ step
            self._summary[0], self._summary[1], self._summary[2] = expected.x, expected.y, expected.yaw
            self._trusted = self._trusted @ step if self._trusted is not None else None
        else:
            kernels.cluster_mean(self._x, self._y, self._yaw, self._weight, self.count, math.inf, self._summary)
        self._odometry = odometry

    def _take_beams(self, ranges: Floats, angles: Floats, mount: Pose2D, range_max: float) -> int:
        return kernels.end_points(ranges, angles, mount.x, mount.y, mount.yaw, range_max, self._bx, self._by)

    def _choose_beams(self, total: int) -> int:
        """Pick beams evenly among those that a wall explains; among all when few are."""
        field = self._need_field()
        x, y, yaw = self._summary[:3]
        likelihood.end_point_distances(
            x, y, yaw, self._bx, self._by, total, field.distance, field.resolution, self._gap
        )
        gate = math.inf if self.lost else self.params.gate
        # another start each cycle: over time every beam has its say
        self._cycle += 1
        start = (self._cycle * 0.382) % 1.0
        return kernels.pick_beams(self._gap, total, gate, start, self._bx, self._by, self._sample_x, self._sample_y)

    def _judge(self, total: int, time: float) -> Estimate:
        field, s = self._need_field(), self._summary
        explained, through = likelihood.share_explained(
            s[0], s[1], s[2], self._bx, self._by, total, max(total // 120, 1), field.distance, field.resolution
        )
        if self._doubtful(total, explained, through):
            self._doubt_since = time if self._doubt_since is None else self._doubt_since
            self.lost = self.lost or time - self._doubt_since > self.params.lost_after
        elif not self.lost or (s[3] > 0.8 and not self._ambiguous and not self._unlikely):  # most particles agree
            self._doubt_since, self.lost = None, False
            self._trusted = Pose2D(float(s[0]), float(s[1]), float(s[2]))
            self._usual += USUAL_GAIN * (explained - through - self._usual) if self._usual else explained - through
        turn = self._origin.yaw
        c, sn = math.cos(turn), math.sin(turn)
        rotation = np.array([[c, -sn, 0.0], [sn, c, 0.0], [0.0, 0.0, 1.0]])
        covariance = rotation @ np.array([[s[4], s[5], 0.0], [s[5], s[6], 0.0], [0.0, 0.0, s[7]]]) @ rotation.T
        pose = self._origin @ Pose2D(float(s[0]), float(s[1]), wrap_angle(float(s[2])))
        return Estimate(pose, covariance, explained, through, self.lost)

    def _doubtful(self, total: int, explained: float, through: float) -> bool:
        """Tell whether the scan speaks against the pose; a doubt once raised goes only when it is clearly settled."""
        p, ease = self.params, 1.0 if self._doubt_since is None else SETTLED
        return total > 30 and (explained < p.lost_explained * ease or through > p.lost_through / ease)

    def _resample(self) -> None:
        p = self.params
        self._cycle += 1
        bins = kernels.count_bins(self._x, self._y, self._yaw, self.count, self._slots, self._marks, self._cycle)
        needed = kernels.particles_needed(bins, p.kld_error, p.kld_z)
        wanted = min(max(needed, p.min_particles), p.max_particles)
        x, y, yaw = self._to
        kernels.resample(self._x, self._y, self._yaw, self._weight, self.count, x, y, yaw, wanted)
        self._to = (self._x, self._y, self._yaw)
        self._x, self._y, self._yaw = x, y, yaw
        self.count = wanted
        self._weight[:wanted] = 1.0 / wanted

    def _look_around(self, total: int, time: float) -> None:
        """While in doubt, look nearby at once; once lost, search the floor again and again."""
        if self._doubt_since is None or total < FEWEST_BEAMS:
            return
        bx, by = self._bx[:total], self._by[:total]
        if not self.lost and self._found_near(bx, by):
            return
        if time - self._doubt_since > self.params.lost_after and time - self._searched > self.params.lost_after:
            self._searched, self.lost = time, True  # until the search and the scans after it leave one place only
            self._search_floor(bx, by)

    def _found_near(self, bx: Floats, by: Floats) -> bool:
        """Go on nearby if the scan fits there nearly as well as scans did before the doubt."""
        believed = Pose2D(float(self._summary[0]), float(self._summary[1]), float(self._summary[2]))
        field = self._need_field()
        near, fit = look_near(field, bx, by, believed)
        if fit <= max(self.params.sure_fit, self._usual - self.params.usual_margin):
            return False
        rivals = [pose for pose, score in search(field, bx, by) if score > fit + self.params.rival_margin]
        self._adopt([*rivals, near])
        return True

    def _search_floor(self, bx: Floats, by: Floats) -> None:
        """Go on wherever on the floor the scan fits best; of places that look alike, at the one last vouched for.

        Anywhere else the robot stays lost until a scan fits well (`found_fit`): in a throng many places fit a little.
        """
        field = self._need_field()
        found = search(field, bx, by)
        if not found:
            return
        self._unlikely = found[0][1] <= self.params.found_fit
        if self._trusted is not None:
            near, fit = look_near(field, bx, by, self._trusted)
            if fit > found[0][1] - self.params.rival_margin and not elsewhere(near, self._trusted):
                found, self._unlikely = [(near, fit)], False
        self._ambiguous = ambiguous(found, self.params.rival_margin)
        self._adopt([pose for pose, _ in found])

    def _adopt(self, poses: list[Pose2D]) -> None:
        """Share the particles out to poses (image frame), the best first."""
        self.count = self.params.max_particles
        share = self.count // len(poses)
        for k, pose in enumerate(poses):
            stop = self.count if k == len(poses) - 1 else (k + 1) * share
            kernels.scatter(self._x, self._y, self._yaw, k * share, stop, pose.x, pose.y, pose.yaw, 0.06, 0.03)
        self._weight[: self.count] = 1.0 / self.count
        self._summary[0], self._summary[1], self._summary[2] = poses[0].x, poses[0].y, poses[0].yaw
