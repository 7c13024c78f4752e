"""People around the robot: tracks of them, from the lidar alone.

Legs (`legs`) are given to tracks by the Hungarian method, tracks known for longer first; each track is a
constant-velocity Kalman filter (`people_kernels`). A track is told of once it was seen in 3 scans of 5 and has
moved or shown two legs: pillars and the edges of counters do neither. While hidden it coasts, and it ends
early only where the lidar looks through the place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from guide_common.geometry import Pose2D
from navigation import people_kernels as kernels
from navigation.legs import BODY, PAIR, SINGLE, LegDetector, LegParams, Segments
from navigation.likelihood import Floats, LikelihoodField, build_field

CAPACITY = 128
"""Most tracks at a time."""

MOVED_ON = 0.5
"""s for which people are moved on at their speed when scans are late."""

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
        stout_share: share of the scans in which it must have been thicker than the legs of chairs to count as moved.
        coast: how long a hidden track lives; coast_seen_through: where the lidar looks through its place.
        coast_tentative: the same for tracks not told of yet.
        crowding: people expected this near one another may be taken for each other, so that legs tell less.
        own_reach: leftover detections this near a track seen in the same scan are its own other leg.
        damping: time constant in which a hidden track's speed decays.
    """

    acceleration: float = 1.0
    start_speed: float = 0.8
    gate: float = 16.0
    reach: float = 0.9
    confirm_hits: int = 3
    confirm_window: int = 5
    moved: float = 0.3
    shape_hits: int = 3
    stout_share: float = 0.35
    coast: float = 2.2
    coast_seen_through: float = 0.7
    coast_tentative: float = 0.35
    crowding: float = 0.5
    own_reach: float = 0.45
    damping: float = 12.0


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
    stout: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class _Sighting:
    x: float
    y: float
    sigma: float
    kind: int
    stout: bool


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
        found = self._detector.find(self._field, self._origin, ranges, angles, sensor)
        matched, left = self._match(found)
        self._account(matched, time)
        self._drop(ranges, angles, sensor, time)
        self._start(left, time)

    def tracks(self, time: float | None = None) -> list[Track]:
        """Return the people told of, moved on to `time` (s) at their speed, by half a second at most.

        When there has been no scan for longer than that nobody is in sight, and in the end nobody is told of.
        """
        now = self._time if self._time is not None else 0.0
        late = max((time or now) - now, 0.0)
        ahead = min(late, MOVED_ON)
        told = []
        for k, r in enumerate(self._records):
            blind = late > MOVED_ON
            unseen = now + late - r.seen if now > r.seen or blind else 0.0
            if r.id and not (blind and unseen > self.params.coast):
                x, y, vx, vy = (float(v) for v in self._state[k])
                told.append(
                    Track(
                        r.id,
                        x + ahead * vx,
                        y + ahead * vy,
                        vx,
                        vy,
                        self._cov[k, :2, :2].copy(),
                        now + late - r.born,
                        unseen,
                    )
                )
        return told

    def _match(self, found: Segments) -> tuple[dict[int, _Sighting], list[_Sighting]]:
        """Give legs to tracks: first to those told of, then to the others; return who was seen where, and the rest."""
        told = np.array([k for k, r in enumerate(self._records) if r.id], np.int64)
        other = [k for k, r in enumerate(self._records) if not r.id]
        matched, left = self._match_legs(found, told)
        rest = self._detector.group(found, left, self._state[other, :2])
        sightings = [
            _Sighting(float(x), float(y), float(sigma), int(kind), bool(stout))
            for (x, y), sigma, kind, stout in zip(rest.xy, rest.sigma, rest.kind, rest.stout, strict=True)
        ]
        free = self._without_other_legs(sightings, matched)
        if other and free:
            p, costs = self.params, np.empty((len(self._records), len(sightings)))
            kernels.assignment_costs(
                self._state, self._cov, len(self._records), rest.xy, rest.sigma, p.gate, p.reach, costs
            )
            pairs = _assign(costs, other, free)
            matched.update({k: sightings[j] for k, j in pairs.items()})
            taken = set(pairs.values())
            free = [j for j in free if j not in taken]
        return matched, [sightings[j] for j in free]

    def _match_legs(self, found: Segments, told: NDArray[np.int64]) -> tuple[dict[int, _Sighting], NDArray[np.int64]]:
        """Give each track up to two legs, or one wide segment, in the way that is likeliest for all of them."""
        p, everything = self.params, np.arange(len(found.xy))
        if not len(told) or not len(everything):
            return {}, everything
        sigma = self._detector.sigma
        costs = np.empty((2 * len(told), len(everything)))
        kernels.leg_costs(
            self._state, self._cov, told, found.xy, found.wide, sigma[SINGLE], sigma[BODY], p.gate, p.reach, costs
        )
        slots = _assign(costs, list(range(len(costs))), everything.tolist())
        at = self._state[told, :2]
        apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + np.eye(len(told)) * self.params.crowding
        crowded = apart.min(axis=1) < self.params.crowding
        matched: dict[int, _Sighting] = {}
        taken: set[int] = set()
        for i, k in enumerate(told.tolist()):
            legs = [slots[slot] for slot in (2 * i, 2 * i + 1) if slot in slots]
            legs.sort(key=lambda j: float(costs[2 * i, j]))
            if not legs:
                continue
            legs = self._legs_of(found, legs, k)
            taken.update(legs)
            matched[k] = self._sighting(found, legs, crowded[i])
        return matched, np.array([j for j in everything if j not in taken], np.int64)

    def _legs_of(self, found: Segments, legs: list[int], k: int) -> list[int]:
        """Return the legs (best first) that can belong to one person where the track is expected: two, or the best."""
        if len(legs) == 1 or found.wide[legs].any():
            return legs[:1]
        one, two = found.xy[legs]
        middle, cov = (one + two) / 2.0, self._cov[k, :2, :2] + np.eye(2) * self._detector.sigma[PAIR] ** 2
        off = middle - self._state[k, :2]
        if np.hypot(*(one - two)) > self._detector.params.pair_reach:
            return legs[:1]
        return legs if off @ np.linalg.solve(cov, off) < self.params.gate else legs[:1]

    def _sighting(self, found: Segments, legs: list[int], crowded: bool) -> _Sighting:
        x, y = found.xy[legs].mean(axis=0)
        kind = PAIR if len(legs) == 2 else BODY if found.wide[legs[0]] else SINGLE
        sigma = float(self._detector.sigma[SINGLE if crowded else kind])  # these may be somebody else's legs
        return _Sighting(float(x), float(y), sigma, kind, bool(found.stout[legs].all()))

    def _without_other_legs(self, sightings: list[_Sighting], matched: dict[int, _Sighting]) -> list[int]:
        """Leave out what are parts of people already matched: never start a second track on a leg."""
        kept = []
        for j, seen in enumerate(sightings):
            near = [m for m in matched.values() if seen.kind != PAIR or m.kind != PAIR]
            if all(math.hypot(m.x - seen.x, m.y - seen.y) > self.params.own_reach for m in near):
                kept.append(j)
        return kept

    def _account(self, matched: dict[int, _Sighting], time: float) -> None:
        p = self.params
        window = (1 << p.confirm_window) - 1
        for k, r in enumerate(self._records):
            r.recent = (r.recent << 1) & window
            seen = matched.get(k)
            if seen is None:
                continue
            state = self._state[k]
            kernels.correct(state, self._cov[k], seen.x, seen.y, seen.sigma)
            r.seen, r.hits, r.recent = time, r.hits + 1, r.recent | 1
            r.stout += int(seen.stout)
            r.pairs += int(seen.kind == PAIR and seen.stout)
            away = np.hypot(state[0] - r.start[0], state[1] - r.start[1])
            r.moved = r.moved + 1 if away > p.moved else 0
            enough = r.recent.bit_count() >= p.confirm_hits
            walks = r.moved >= 2 and r.stout >= p.stout_share * r.hits
            if not r.id and enough and (r.pairs >= p.shape_hits or walks):
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

    def _start(self, left: list[_Sighting], time: float) -> None:
        for seen in left:
            k = len(self._records)
            if k == CAPACITY:
                return
            self._state[k] = (seen.x, seen.y, 0.0, 0.0)
            spread = self.params.start_speed**2
            self._cov[k] = np.diag([seen.sigma**2, seen.sigma**2, spread, spread])
            pair = int(seen.kind == PAIR and seen.stout)
            self._records.append(_Record(time, time, (seen.x, seen.y), pairs=pair, stout=int(seen.stout)))


def _assign(costs: NDArray[np.float64], rows: list[int], columns: list[int]) -> dict[int, int]:
    """Return the cheapest one-to-one assignment of rows to columns, leaving out what is not finite."""
    if not rows or not columns:
        return {}
    part = costs[np.ix_(rows, columns)]
    i, j = linear_sum_assignment(np.where(np.isfinite(part), part, FORBIDDEN))
    return {rows[a]: columns[b] for a, b in zip(i, j, strict=True) if np.isfinite(part[a, b])}
