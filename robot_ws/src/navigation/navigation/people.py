"""People around the robot: tracks of them, from the lidar alone.

Legs (`legs`) are given to tracks by the Hungarian method, tracks known for longer first; each track is a
constant-velocity Kalman filter (`people_kernels`). A track is told of once it was seen in 3 scans of 5 and has
moved or shown two legs: pillars and the edges of counters do neither. While hidden it coasts, and it ends
early only where the lidar looks through the place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from guide_common.geometry import Pose2D
from navigation import people_kernels as kernels
from navigation.legs import PAIR, Detections, LegDetector, LegParams
from navigation.likelihood import Floats, LikelihoodField, build_field

CAPACITY = 128
"""Most tracks at a time."""

FORBIDDEN = 1e6
"""Cost of an assignment outside the gate."""


@dataclass(frozen=True, slots=True)
class TrackerParams:
    """Hold the tracker's settings; m, s, m/s, m/s^2.

    Attributes:
        acceleration: white acceleration noise of a person.
        start_speed: one-sigma speed of somebody just seen.
        gate: largest Mahalanobis distance squared of a match (9.21 would be 99 % of walking straight on).
        reach: largest distance of a match.
        confirm_hits, confirm_window: hits within so many scans before a track is told of.
        moved: way from its first place that counts as having moved.
        shape_hits: scans with two legs that count as having legs.
        coast: how long a hidden track lives; coast_seen_through: where the lidar looks through its place.
        coast_tentative: the same for tracks not told of yet.
        own_reach: leftover detections this near a track seen in the same scan are its own other leg.
        damping: time constant in which a hidden track's speed decays.
    """

    acceleration: float = 1.5
    start_speed: float = 0.8
    gate: float = 16.0
    reach: float = 0.9
    confirm_hits: int = 3
    confirm_window: int = 5
    moved: float = 0.3
    shape_hits: int = 3
    coast: float = 2.2
    coast_seen_through: float = 0.7
    coast_tentative: float = 0.35
    own_reach: float = 0.45
    damping: float = 4.0


@dataclass(frozen=True, slots=True)
class Track:
    """Tell of one person: place (m) and velocity (m/s) in the map frame, 2x2 covariance (m^2), ages (s)."""

    id: int
    x: float
    y: float
    vx: float
    vy: float
    covariance: NDArray[np.float64]
    age: float
    last_seen: float


@dataclass(slots=True)
class _Record:
    born: float
    seen: float
    start: tuple[float, float]
    id: int = 0
    hits: int = 1
    recent: int = 1
    pairs: int = 0
    moved: int = 0


class PeopleTracker:
    """Track people through scans."""

    def __init__(self, params: TrackerParams | None = None, legs: LegParams | None = None) -> None:
        self.params = params or TrackerParams()
        self._detector = LegDetector(legs)
        self._field: LikelihoodField | None = None
        self._origin = Pose2D(0.0, 0.0)
        self._state, self._cov = np.zeros((CAPACITY, 4)), np.zeros((CAPACITY, 4, 4))
        self._through = np.zeros(CAPACITY, np.uint8)
        self._next_id = 1
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self._records: list[_Record] = []
        self._time: float | None = None

    def warm(self) -> None:
        """Compile, or load compiled, all that an update runs, so that the first scan is not late."""
        other = PeopleTracker()
        room = np.zeros((80, 80), bool)
        other.set_field(build_field(room, ~room, 0.05), Pose2D(0.0, 0.0))
        angles = np.linspace(-3.0, 3.0, 720, dtype=np.float32)
        ranges = np.full(720, 5.0, np.float32)
        ranges[100:130] = ranges[160:190] = 0.9
        for k in range(6):
            other.update(ranges, angles, Pose2D(2.0, 2.0), 0.1 * k)

    @property
    def has_map(self) -> bool:
        """Tell whether there is a map to subtract."""
        return self._field is not None

    def set_field(self, field: LikelihoodField, origin: Pose2D) -> None:
        """Use a map; `origin` is the pose of its image's corner in the map frame."""
        self._field, self._origin = field, origin

    def update(self, ranges: Floats, angles: Floats, sensor: Pose2D, time: float) -> None:
        """Take a scan: m and rad a beam, the lidar's pose in the map frame and the stamp (s)."""
        if self._field is None:
            raise ValueError("the people tracker has no map yet")
        if self._time is not None and not -1e-6 <= time - self._time < 5.0:
            self.reset()  # the clock was set, or nothing was seen for so long that no track is worth keeping
        if self._time is not None:
            kernels.predict(self._state, self._cov, len(self._records), time - self._time, self.params.acceleration)
        self._time = time
        expected = self._state[: len(self._records), :2]
        found = self._detector.detect(self._field, self._origin, ranges, angles, sensor, expected)
        matched, left = self._match(found)
        self._account(found, matched, time)
        self._drop(ranges, angles, sensor, time)
        self._start(found, left, time)

    def tracks(self, time: float | None = None) -> list[Track]:
        """Return the people told of, moved on to `time` (s) at their speed, by half a second at most."""
        now = self._time if self._time is not None else 0.0
        ahead = min(max((time or now) - now, 0.0), 0.5)
        told = []
        for k, r in enumerate(self._records):
            if r.id:
                x, y, vx, vy = (float(v) for v in self._state[k])
                told.append(
                    Track(
                        r.id,
                        x + ahead * vx,
                        y + ahead * vy,
                        vx,
                        vy,
                        self._cov[k, :2, :2].copy(),
                        now + ahead - r.born,
                        now + ahead - r.seen if now > r.seen else 0.0,
                    )
                )
        return told

    def _match(self, found: Detections) -> tuple[dict[int, int], list[int]]:
        """Give detections to tracks: first those told of, then the others; return track → detection, and the rest."""
        p, n, m = self.params, len(self._records), len(found.xy)
        matched: dict[int, int] = {}
        free = list(range(m))
        if n and m:
            costs = np.empty((n, m))
            kernels.assignment_costs(self._state, self._cov, n, found.xy, found.sigma, p.gate, p.reach, costs)
            told = [k for k, r in enumerate(self._records) if r.id]
            other = [k for k, r in enumerate(self._records) if not r.id]
            for group in (told, other):
                matched.update(_assign(costs, group, free))
                taken = set(matched.values())
                free = [j for j in free if j not in taken]
                if group is told:
                    free = self._without_other_legs(found, matched, free)
        return matched, free

    def _without_other_legs(self, found: Detections, matched: dict[int, int], free: list[int]) -> list[int]:
        """Leave out detections that are parts of people already matched: never start a second track on a leg."""
        if not matched or not free:
            return free
        halves = [j for j in matched.values() if found.kind[j] != PAIR]
        kept = []
        for j in free:
            near = list(matched.values()) if found.kind[j] != PAIR else halves
            gaps = np.hypot(*(found.xy[near] - found.xy[j]).T) if near else np.array([np.inf])
            if gaps.min() > self.params.own_reach:
                kept.append(j)
        return kept

    def _account(self, found: Detections, matched: dict[int, int], time: float) -> None:
        p = self.params
        window = (1 << p.confirm_window) - 1
        for k, r in enumerate(self._records):
            r.recent = (r.recent << 1) & window
            j = matched.get(k)
            if j is None:
                continue
            state = self._state[k]
            kernels.correct(state, self._cov[k], found.xy[j, 0], found.xy[j, 1], float(found.sigma[j]))
            r.seen, r.hits, r.recent = time, r.hits + 1, r.recent | 1
            r.pairs += int(found.kind[j] == PAIR)
            away = np.hypot(state[0] - r.start[0], state[1] - r.start[1])
            r.moved = r.moved + 1 if away > p.moved else 0
            enough = r.recent.bit_count() >= p.confirm_hits
            if not r.id and enough and (r.pairs >= p.shape_hits or r.moved >= 2):
                r.id, self._next_id = self._next_id, self._next_id + 1

    def _drop(self, ranges: Floats, angles: Floats, sensor: Pose2D, time: float) -> None:
        p, n = self.params, len(self._records)
        if not n:
            return
        pitch = float(angles[1] - angles[0])
        kernels.seen_through(
            self._state, n, sensor.x, sensor.y, sensor.yaw, ranges, float(angles[0]), pitch, self._through
        )
        keep = []
        for k, r in enumerate(self._records):
            limit = p.coast_tentative if not r.id else p.coast_seen_through if self._through[k] else p.coast
            unseen = time - r.seen
            if unseen <= limit:
                keep.append(k)
            if r.id and unseen > 0.0:
                self._state[k, 2:] *= np.exp(-0.1 / p.damping)
        if len(keep) < n:
            self._state[: len(keep)], self._cov[: len(keep)] = self._state[keep], self._cov[keep]
            self._records = [self._records[k] for k in keep]

    def _start(self, found: Detections, left: list[int], time: float) -> None:
        for j in left:
            k = len(self._records)
            if k == CAPACITY:
                return
            x, y = found.xy[j]
            self._state[k] = (x, y, 0.0, 0.0)
            spread = self.params.start_speed**2
            self._cov[k] = np.diag([found.sigma[j] ** 2, found.sigma[j] ** 2, spread, spread])
            pair = int(found.kind[j] == PAIR)
            self._records.append(_Record(time, time, (float(x), float(y)), pairs=pair))


def _assign(costs: NDArray[np.float64], rows: list[int], columns: list[int]) -> dict[int, int]:
    """Return the cheapest one-to-one assignment of rows to columns, leaving out what is not finite."""
    if not rows or not columns:
        return {}
    part = costs[np.ix_(rows, columns)]
    i, j = linear_sum_assignment(np.where(np.isfinite(part), part, FORBIDDEN))
    return {rows[a]: columns[b] for a, b in zip(i, j, strict=True) if np.isfinite(part[a, b])}
