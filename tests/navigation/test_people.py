"""The tracker follows people, through crossings and behind pillars, and takes nothing else for them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide_common.geometry import Pose2D
from navigation import people_kernels as kernels
from navigation.legs import BODY, PAIR, SINGLE, LegDetector, pair_legs
from navigation.likelihood import build_field
from navigation.people import PeopleTracker, Track
from tests.navigation.lidar_world import ANGLES, RESOLUTION, Walker, World

HERE = Pose2D(9.0, 7.5, 0.0)
EMPTY = World()
FIELD = build_field(EMPTY.occupied, EMPTY.free, RESOLUTION)


class Watch:
    """Run a tracker in a world and keep who was told of when."""

    def __init__(self, people: list[Walker], pose: Pose2D = HERE) -> None:
        self.world = World(people=people, pose=pose)
        self.tracker = PeopleTracker()
        self.tracker.set_field(build_field(self.world.occupied, self.world.free, RESOLUTION), Pose2D(0.0, 0.0))
        self.all_ids: set[int] = set()

    def scan(self, v: float = 0.0, w: float = 0.0, error: Pose2D | None = None) -> list[Track]:
        for _ in range(5):
            self.world.drive(v, w, 0.02)
        believed = self.world.pose if error is None else self.world.pose @ error
        self.tracker.update(self.world.scan(), ANGLES, believed, self.world.time)
        tracks = self.tracker.tracks(self.world.time)
        self.all_ids |= {t.id for t in tracks}
        return tracks

    def of(self, walker: Walker, tracks: list[Track], within: float = 0.5) -> Track | None:
        """Return the track nearest to a walker."""
        gaps = [(float(np.hypot(t.x - walker.position[0], t.y - walker.position[1])), t) for t in tracks]
        near = [g for g in gaps if g[0] < within]
        return min(near, key=lambda g: g[0])[1] if near else None


def test_an_empty_hall_has_nobody_in_it() -> None:
    random = np.random.default_rng(2)
    watch = Watch([], Pose2D(4.0, 7.5, 0.0))
    for k in range(600):  # a minute of driving to and fro, with a localiser's errors
        error = Pose2D(*(random.normal(0.0, 0.01, 2)), random.normal(0.0, 0.002))
        watch.scan(0.5 if k % 300 < 150 else -0.5, 0.02, error)
    assert watch.all_ids == set()


@pytest.mark.parametrize("reach", [2.0, 4.0, 6.0, 7.5])
def test_a_walker_is_followed_with_one_id(reach: float) -> None:
    walker = Walker([(9.0 + reach, 5.8), (9.0 + reach, 9.2)], speed=1.0)
    watch = Watch([walker])
    seen, errors, speeds = [], [], []
    for k in range(32):  # one way: 3.2 m
        track = watch.of(walker, watch.scan())
        if k >= 8:
            seen.append(track is not None)
        if track is not None and k >= 15:
            errors.append(np.hypot(track.x - walker.position[0], track.y - walker.position[1]))
            speeds.append(np.hypot(track.vx, track.vy))
    assert np.mean(seen) > 0.95
    assert len(watch.all_ids) == 1
    assert np.median(errors) < 0.12
    assert np.median(speeds) == pytest.approx(1.0, abs=0.3)


def test_crossing_people_keep_their_ids() -> None:
    first = Walker([(11.0, 6.0), (13.0, 9.0)], speed=1.0)
    second = Walker([(13.4, 6.2), (11.4, 9.2)], speed=1.0, phase=2.0)
    watch = Watch([first, second])
    ids: dict[int, set[int]] = {0: set(), 1: set()}
    for k in range(34):
        tracks = watch.scan()
        for i, walker in enumerate((first, second)):
            track = watch.of(walker, tracks)
            if k >= 8 and track is not None:
                ids[i].add(track.id)
    assert len(ids[0]) == len(ids[1]) == 1
    assert ids[0] != ids[1]


def test_a_walker_hidden_for_a_second_and_a_half_comes_out_the_same() -> None:
    walker = Walker([(11.0, 7.0), (11.0, 12.0)], speed=1.0)
    watch = Watch([walker])
    for _ in range(20):
        tracks = watch.scan()
    before = watch.of(walker, tracks)
    assert before is not None
    screen = [np.array([10.0, y]) for y in np.arange(6.8, 12.5, 0.1)]
    hiding = Walker([(0.0, 0.0)], speed=0.0)
    hiding.legs = lambda: np.array(screen)  # type: ignore[method-assign]
    watch.world.people.append(hiding)
    for _ in range(15):
        tracks = watch.scan()
    hidden = {t.id: t for t in tracks}
    assert before.id in hidden and hidden[before.id].last_seen > 1.0
    watch.world.people.remove(hiding)
    for _ in range(6):
        tracks = watch.scan()
    after = watch.of(walker, tracks)
    assert after is not None and after.id == before.id and after.last_seen == 0.0


def test_somebody_who_stops_is_kept() -> None:
    walker = Walker([(12.5, 6.0), (12.5, 9.5)], speed=1.0)
    watch = Watch([walker])
    for _ in range(20):
        watch.scan()
    walker.speed = 0.0
    for _ in range(200):
        tracks = watch.scan()
    assert watch.of(walker, tracks) is not None
    assert len(watch.all_ids) == 1


def still(points: list[tuple[float, float]]) -> Walker:
    """Return things as thick as legs that stand at points (m)."""
    things = Walker([(0.0, 0.0)], speed=0.0)
    things.legs = lambda: np.array(points)  # type: ignore[method-assign]
    return things


def test_a_walker_half_hidden_by_the_edge_of_a_screen_comes_out_behind_it_the_same() -> None:
    walker = Walker([(13.6, 5.5), (13.6, 11.0)], speed=1.1)
    watch = Watch([walker, still([(11.0, y) for y in np.arange(7.0, 7.9, 0.05)])])
    ids = set()
    for k in range(36):
        track = watch.of(walker, watch.scan())
        if k > 8 and track is not None:
            ids.add(track.id)
    assert track is not None and track.last_seen == 0.0
    assert len(ids) == 1


def test_loose_chairs_are_nobody() -> None:
    chairs = [
        (x + dx, y + dy) for x, y in ((11.0, 8.3), (13.0, 6.5), (9.5, 9.0)) for dx in (0.0, 0.4) for dy in (0.0, 0.4)
    ]
    watch = Watch([still(chairs)], Pose2D(7.0, 7.5))
    watch.world.leg_radius = 0.015
    for k in range(200):
        watch.scan(0.4 if k % 100 < 50 else -0.4, 0.1)
    assert watch.all_ids == set()


def test_while_there_are_no_scans_nobody_is_in_sight_and_in_the_end_nobody_is_told_of() -> None:
    watch = Watch([Walker([(12.0, 6.5), (12.0, 9.5)], speed=1.0)])
    for _ in range(15):
        watch.scan()
    now = watch.world.time
    assert [t.last_seen for t in watch.tracker.tracks(now + 0.2)] == [0.0]
    assert [t.last_seen for t in watch.tracker.tracks(now + 1.0)] == [pytest.approx(1.0)]
    assert watch.tracker.tracks(now + 3.0) == []


def test_somebody_who_left_is_forgotten() -> None:
    walker = Walker([(12.0, 6.5), (12.0, 9.5)], speed=1.0)
    watch = Watch([walker])
    for _ in range(15):
        watch.scan()
    watch.world.people.clear()
    for _ in range(25):
        tracks = watch.scan()
    assert tracks == []


def test_a_clock_set_back_begins_anew() -> None:
    watch = Watch([Walker([(12.0, 7.0), (12.0, 9.5)], speed=1.0)])
    for _ in range(10):
        watch.scan()
    watch.world.time = 0.0
    assert watch.scan() == []


class TestLegs:
    def test_legs_are_paired_with_their_own(self) -> None:
        legs = np.array([[0.0, 0.0], [0.0, 0.26], [0.0, 0.56], [0.0, 0.82]])
        nobody = np.zeros((0, 2))
        assert {tuple(p) for p in pair_legs(legs, nobody, 0.25, 0.75)} == {(0, 1), (2, 3)}

    def test_who_is_expected_decides_between_pairs(self) -> None:
        legs = np.array([[0.0, 0.0], [0.0, 0.3], [0.0, 0.6]])
        expected = np.array([[0.0, 0.46]])
        assert {tuple(p) for p in pair_legs(legs, expected, 0.25, 0.75)} == {(1, 2)}

    @pytest.mark.parametrize(("legs", "kind"), [(2, PAIR), (1, SINGLE)])
    def test_kinds(self, legs: int, kind: int) -> None:
        walker = Walker([(11.0, 7.5), (11.0, 9.0)], speed=0.0)
        both = np.array([[11.0, 7.35], [11.0, 7.65]])
        walker.legs = lambda: both[:legs]  # type: ignore[method-assign]
        found = self._detect(walker)
        assert found.kind.tolist() == [kind]
        assert np.hypot(*(found.xy[0] - both[:legs].mean(axis=0))) < 0.05

    def test_legs_in_touch_are_one_body(self) -> None:
        walker = Walker([(11.0, 7.5)], speed=0.0)
        walker.legs = lambda: np.array([[11.0, y] for y in (7.35, 7.45, 7.55, 7.65)])  # type: ignore[method-assign]
        assert self._detect(walker).kind.tolist() == [BODY]

    @staticmethod
    def _detect(walker: Walker):
        world = World(people=[walker], pose=HERE)
        field = build_field(world.occupied, world.free, RESOLUTION)
        detector = LegDetector()
        segments = detector.find(field, Pose2D(0, 0), world.scan(), ANGLES, world.pose)
        return detector.group(segments, np.arange(len(segments.xy)), np.zeros((0, 2)))


def test_the_kalman_filter_is_the_textbook_one() -> None:
    random = np.random.default_rng(1)
    state, root = random.normal(size=(1, 4)), random.normal(size=(4, 4))
    cov = (root @ root.T + np.eye(4))[None].copy()
    dt, sigma, q = 0.1, 0.2, 1.3
    F, H = np.eye(4), np.eye(2, 4)
    F[0, 2] = F[1, 3] = dt
    G = np.array([[dt * dt / 2, 0], [0, dt * dt / 2], [dt, 0], [0, dt]])
    x, P = F @ state[0], F @ cov[0] @ F.T + q * q * G @ G.T
    kernels.predict(state, cov, 1, dt, q)
    assert np.allclose(state[0], x) and np.allclose(cov[0], P)
    z = x[:2] + np.array([0.1, -0.2])
    S = H @ P @ H.T + sigma * sigma * np.eye(2)
    K = P @ H.T @ np.linalg.inv(S)
    x, P = x + K @ (z - H @ x), (np.eye(4) - K @ H) @ P
    kernels.correct(state[0], cov[0], z[0], z[1], sigma)
    assert np.allclose(state[0], x) and np.allclose(cov[0], P)


class TestWhateverTheLidarTells:
    """A track's covariance can always be drawn as an ellipse: symmetric, positive, finite."""

    @settings(max_examples=25, deadline=None)
    @given(
        seeds=st.lists(st.integers(0, 99), min_size=2, max_size=12),
        spoiled=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
        gap=st.sampled_from([0.0, 0.02, 0.1, 0.7, 4.0]),
    )
    def test_covariances_stay_covariances(self, seeds: list[int], spoiled: float, gap: float) -> None:
        walkers = [Walker([(10.0, 6.5), (12.5, 9.5)]), Walker([(12.0, 6.5), (10.0, 9.5)], speed=1.4)]
        world = World(people=walkers, pose=Pose2D(9.0, 7.5))
        tracker = PeopleTracker()
        tracker.set_field(FIELD, Pose2D(0.0, 0.0))
        time, told = 0.0, 0
        for seed in [*range(8), *seeds]:
            world.drive(0.0, 0.0, 0.1)
            ranges, rng = world.scan(), np.random.default_rng(seed)
            wild = rng.choice(np.array([np.nan, np.inf, -np.inf, 0.0, -3.0, 0.4, 1e9], np.float32), len(ranges))
            if time > 0.75:
                ranges = np.where(rng.random(len(ranges)) < spoiled, wild, ranges).astype(np.float32)
            time += 0.1 if time < 0.75 else gap
            tracker.update(ranges, ANGLES, world.pose, time)
            for track in tracker.tracks(time):
                told += 1
                assert np.isfinite([track.x, track.y, track.vx, track.vy]).all()
                assert np.allclose(track.covariance, track.covariance.T, rtol=0.0, atol=1e-9)
                assert np.linalg.eigvalsh(track.covariance).min() > 0.0
        assert told > 0


def test_most_pairs_who_cross_keep_their_ids() -> None:
    kept = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        middle, turn = np.array([11.8, 7.5]), random.uniform(0.0, math.tau)
        walkers = []
        for angle in (turn, turn + random.uniform(0.6, 2.5)):
            away = np.array([math.cos(angle), math.sin(angle)]) * 2.2
            speed, phase = float(random.uniform(0.9, 1.2)), float(random.uniform(0.0, 6.0))
            walkers.append(Walker([tuple(middle - away), tuple(middle + away)], speed=speed, phase=phase))
        watch = Watch(walkers)
        for _ in range(10):
            tracks = watch.scan()
        before = [watch.of(walker, tracks) for walker in walkers]
        for _ in range(24):
            tracks = watch.scan()
        after = [watch.of(walker, tracks) for walker in walkers]
        ids = [[track.id if track else None for track in tracks] for tracks in (before, after)]
        kept += ids[0] == ids[1] and None not in ids[0]
    assert kept >= 8
