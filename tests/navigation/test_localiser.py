"""The localiser knows where it is: while driving through people, after being carried away, after a restart."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guide_common.errors import UserError
from guide_common.geometry import Pose2D, wrap_angle
from navigation import localiser_kernels as kernels
from navigation.likelihood import build_field, likelihood_table, score_poses
from navigation.localisation import Localisation
from navigation.localiser import FilterParams, ParticleFilter
from navigation.localiser_memory import LastPose, read_last_pose, write_last_pose
from navigation.localiser_search import search
from tests.navigation.lidar_world import ANGLES, LOOP, RESOLUTION, Walker, World, follow

MOUNT = Pose2D(0.0, 0.0)
HALL = World()


def localiser_in(world: World, origin: Pose2D = MOUNT) -> ParticleFilter:
    localiser = ParticleFilter(seed=3)
    localiser.set_field(build_field(world.occupied, world.free, RESOLUTION), origin)
    return localiser


def crowd(count: int, seed: int = 5) -> list[Walker]:
    random = np.random.default_rng(seed)
    return [
        Walker(
            [tuple(random.uniform((2.0, 4.0), (22.0, 13.0))) for _ in range(2)],  # type: ignore[misc]
            speed=float(random.uniform(0.5, 1.3)),
            phase=float(random.uniform(0.0, 6.0)),
        )
        for _ in range(count)
    ]


def drive_loop(world: World, localiser: ParticleFilter, blocked: float) -> np.ndarray:
    """Drive once round; `blocked` of the beams meet somebody a metre away. Return Nx2 errors in m and degrees."""
    goals, errors = list(LOOP), []
    while goals and world.time < 120.0:
        v, w = follow(world.pose, goals[0])
        for _ in range(5):
            world.drive(v, w, 0.02)
        if math.hypot(goals[0][0] - world.pose.x, goals[0][1] - world.pose.y) < 0.4:
            goals.pop(0)
        ranges = world.scan()
        start = world.random.integers(len(ranges))
        people = (start + np.arange(int(blocked * len(ranges)))) % len(ranges)
        ranges[people] = np.minimum(ranges[people], 1.0 + 0.1 * world.random.random(len(people)))
        estimate = localiser.update(world.odometry, ranges, ANGLES, MOUNT, world.time)
        turn = wrap_angle(estimate.pose.yaw - world.pose.yaw)
        errors.append((estimate.pose.distance(world.pose), abs(math.degrees(turn))))
    assert not goals, "the drive did not end"
    return np.array(errors)


@pytest.mark.parametrize("blocked", [0.0, 0.3])
def test_the_pose_holds_through_a_crowd(blocked: float) -> None:
    world = World(people=crowd(12))
    localiser = localiser_in(world)
    localiser.set_pose(world.pose, 0.1, 0.1)
    errors = drive_loop(world, localiser, blocked)[10:]
    metres, degrees = np.percentile(errors, 95, axis=0)
    assert metres < 0.05 and degrees < 1.0
    assert errors[:, 0].max() < 0.15


def test_a_map_with_a_turned_origin_gives_the_same_pose() -> None:
    origin = Pose2D(-4.0, 2.0, 0.7)
    world = World()
    localiser = localiser_in(world, origin)
    localiser.set_pose(origin @ world.pose, 0.1, 0.1)
    for _ in range(10):
        estimate = localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        for _ in range(5):
            world.drive(0.5, 0.1, 0.02)
    estimate = localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
    assert estimate.pose.distance(origin @ world.pose) < 0.05
    assert np.linalg.eigvalsh(estimate.covariance).min() >= 0.0


def test_a_carried_robot_notices_and_finds_itself_within_three_seconds() -> None:
    world = World()
    localiser = localiser_in(world)
    localiser.set_pose(world.pose, 0.1, 0.1)
    for _ in range(10):
        localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        world.drive(0.0, 0.0, 0.1)
    world.pose = Pose2D(17.0, 12.0, 2.0)
    carried, found = world.time, None
    while found is None and world.time < carried + 3.0:
        estimate = localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        found = world.time if estimate.pose.distance(world.pose) < 0.05 and not estimate.lost else None
        world.drive(0.0, 0.0, 0.1)
    assert found is not None


def test_a_robot_with_no_idea_finds_itself() -> None:
    world = World(pose=Pose2D(16.3, 3.1, -2.0), people=crowd(8))
    localiser = localiser_in(world)
    localiser.spread()
    for _ in range(5):
        estimate = localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        world.drive(0.0, 0.0, 0.1)
    assert estimate.pose.distance(world.pose) < 0.05
    assert not estimate.lost


def test_a_robot_in_a_hall_that_fits_nowhere_says_it_is_lost() -> None:
    world = World()
    localiser = localiser_in(world)
    localiser.set_pose(world.pose)
    ranges = (2.0 + 1.5 * np.sin(9.0 * ANGLES)).astype(np.float32)
    estimates = [localiser.update(world.odometry, ranges, ANGLES, MOUNT, 0.1 * k) for k in range(30)]
    assert estimates[-1].lost


def test_a_robot_between_two_places_that_look_alike_says_it_is_lost() -> None:
    cells = bare_hall()
    world = World(occupied=cells, pose=Pose2D(5.0, 3.0, 0.4))
    localiser = localiser_in(world)
    localiser.spread()
    for _ in range(20):
        estimate = localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        world.drive(0.0, 0.0, 0.1)
    assert estimate.lost
    cells[:] = bare_hall(pillar=True)
    localiser = localiser_in(world)
    localiser.spread()
    for _ in range(20):
        estimate = localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        world.drive(0.0, 0.0, 0.1)
    assert not estimate.lost
    assert estimate.pose.distance(world.pose) < 0.05


def bare_hall(pillar: bool = False) -> np.ndarray:
    """Return a hall that looks the same from its other half, unless there is a pillar in one."""
    cells = np.zeros((200, 400), bool)
    cells[:4] = cells[-4:] = cells[:, :4] = cells[:, -4:] = True
    cells[90:110, 40:50] = pillar
    return cells


def test_a_robot_carried_where_two_places_look_alike_does_not_take_one_of_them() -> None:
    world = World(occupied=bare_hall(), pose=Pose2D(4.0, 5.0, 0.0))
    localiser = localiser_in(world)
    localiser.set_pose(world.pose, 0.05, 0.05)
    for _ in range(10):
        assert not localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time).lost
        world.drive(0.0, 0.0, 0.1)
    world.pose = Pose2D(12.43, 2.61, 1.1)
    lost = []
    for _ in range(60):
        lost.append(localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time).lost)
        world.drive(0.0, 0.0, 0.1)
    assert lost.index(True) <= 30
    assert all(lost[lost.index(True) :])


def test_a_robot_that_people_hid_is_where_it_was_though_another_place_looks_the_same() -> None:
    world = World(occupied=bare_hall(), pose=Pose2D(5.0, 3.0, 0.4))
    localiser = localiser_in(world)
    localiser.set_pose(world.pose, 0.05, 0.05)
    lost, at = [], []
    for k in range(70):
        ranges = world.scan()
        if 10 <= k < 35:  # they stand all round it
            ranges[: int(0.9 * len(ranges))] = 0.8
        estimate = localiser.update(world.odometry, ranges, ANGLES, MOUNT, world.time)
        lost.append(estimate.lost)
        at.append(estimate.pose.distance(world.pose))
        world.drive(0.0, 0.0, 0.1)
    assert any(lost[10:35]) and not any(lost[55:])
    assert max(at[55:]) < 0.05


def test_in_a_throng_that_hides_nearly_everything_no_wrong_pose_is_vouched_for() -> None:
    world = World(seed=1)
    localiser = localiser_in(world)
    localiser.set_pose(world.pose, 0.1, 0.1)
    lost, right = [], []
    for k in range(150):
        v, w = follow(world.pose, LOOP[0])
        for _ in range(5):
            world.drive(v, w, 0.02)
        ranges = world.scan()
        if k < 120:
            people = (2 * k + np.arange(int(0.7 * len(ranges)))) % len(ranges)
            ranges[people] = np.minimum(ranges[people], 1.0 + 0.3 * np.sin(0.3 * people))
        estimate = localiser.update(world.odometry, ranges, ANGLES, MOUNT, world.time)
        lost.append(estimate.lost)
        right.append(estimate.pose.distance(world.pose) < 0.1)
    assert any(lost)
    assert all(r for r, unknown in zip(right, lost, strict=True) if not unknown)
    assert not any(lost[140:]), "they have gone"


def test_a_first_guess_that_the_scan_does_not_fit_is_not_vouched_for() -> None:
    world = World(pose=Pose2D(16.3, 3.1, -2.0))
    core = Localisation(localiser_in(world))
    _, fit = core.start([Pose2D(5.0, 7.5, 0.4)], world.scan(), ANGLES, MOUNT) or (None, 1.0)
    assert fit < FilterParams().sure_fit
    assert core.particles.lost and core.vouched(world.time) is None
    told = []
    for _ in range(20):
        core.take_scan(world.time, world.odometry, world.scan(), ANGLES, MOUNT, 25.0)
        vouched = core.vouched(world.time)
        if vouched is not None:
            told.append((vouched @ world.odometry).distance(world.pose))
        world.drive(0.0, 0.0, 0.1)
    assert told and max(told) < 0.05  # it was never vouched for anywhere else


@pytest.mark.parametrize("seed", range(6))
def test_wherever_it_is_carried_it_notices_within_three_seconds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = World(people=crowd(4, seed), seed=seed)
    localiser = localiser_in(world)
    localiser.set_pose(world.pose, 0.1, 0.1)
    for _ in range(10):
        localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        world.drive(0.0, 0.0, 0.1)
    goals = [(16.0, 3.0), (21.5, 8.0), (16.0, 12.0), (9.5, 12.5), (3.0, 12.0), (9.0, 3.8)]
    world.pose = Pose2D(*goals[seed], rng.uniform(-3.0, 3.0))
    carried, noticed, found = world.time, False, False
    while world.time < carried + 6.0 and not found:
        estimate = localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        found = estimate.pose.distance(world.pose) < 0.05 and not estimate.lost
        noticed |= (estimate.lost or found) and world.time < carried + 3.0
        world.drive(0.0, 0.0, 0.1)
    assert noticed and found


def test_few_particles_are_enough_once_the_pose_is_known() -> None:
    world = World()
    localiser = localiser_in(world)
    localiser.set_pose(world.pose, 0.5, 0.3)
    before = localiser.count
    for _ in range(10):
        localiser.update(world.odometry, world.scan(), ANGLES, MOUNT, world.time)
        world.drive(0.0, 0.0, 0.1)
    assert localiser.count < before
    assert localiser.count >= FilterParams().min_particles


def test_the_best_of_several_first_guesses_is_taken() -> None:
    world = World(pose=Pose2D(9.0, 8.0, 1.0))
    localiser = localiser_in(world)
    wrong, near = Pose2D(16.0, 3.0, 0.0), Pose2D(9.1, 7.9, 1.03)
    chosen, fit = localiser.start([wrong, near], world.scan(), ANGLES, MOUNT)
    assert chosen.distance(world.pose) < 0.05
    assert fit > 0.9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-500.0, 0.0, width=32), min_size=2, max_size=200), st.floats(0.01, 1.0))
def test_weights_stay_a_distribution(log_likelihoods: list[float], temper: float) -> None:
    scores = np.array(log_likelihoods, np.float32)
    weights = np.full(len(scores), 1.0 / len(scores), np.float32)
    for _ in range(3):
        effective, _ = kernels.weigh(weights, scores, len(scores), temper)
        assert weights.sum() == pytest.approx(1.0, abs=1e-4)
        assert (weights >= 0.0).all()
        assert 0.999 <= effective <= len(scores) * 1.001


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.0, 1.0, width=32), min_size=2, max_size=50), st.integers(1, 400))
def test_resampling_keeps_each_particle_as_often_as_its_weight_says(weights: list[float], wanted: int) -> None:
    total = sum(weights)
    if total < 0.01:
        return
    w = (np.array(weights) / total).astype(np.float32)
    ids = np.arange(len(w), dtype=np.float32)
    to = [np.zeros(wanted, np.float32) for _ in range(3)]
    kernels.resample(ids, ids, ids, w, len(w), *to, wanted)
    drawn = np.bincount(to[0].astype(int), minlength=len(w))
    assert (np.abs(drawn - w * wanted) <= 1.01 + 1e-3 * wanted).all()


def test_the_score_agrees_with_the_formula_where_nothing_is_interpolated() -> None:
    occupied = np.zeros((80, 80), bool)
    occupied[:, 60] = True
    field = build_field(occupied, ~occupied, 0.05)
    table = likelihood_table(0.1, 0.9, 0.1)
    poses = [np.array([v], np.float32) for v in (1.0, 2.0, 0.0)]
    for gap in (0.0, 0.1, 0.3):
        out = np.zeros(1, np.float32)
        bx, by = np.array([2.0 - gap], np.float32), np.zeros(1, np.float32)
        score_poses(*poses, 1, bx, by, 1, field.distance, field.resolution, table, out)
        assert out[0] == pytest.approx(math.log(0.9 * math.exp(-0.5 * (gap / 0.1) ** 2) + 0.1), abs=0.05)


def test_the_search_names_the_true_pose_first() -> None:
    world = World(pose=Pose2D(21.0, 8.0, 0.4))
    field = build_field(world.occupied, world.free, RESOLUTION)
    ranges = world.scan()
    found = search(field, ranges * np.cos(ANGLES), ranges * np.sin(ANGLES))
    assert found[0][0].distance(world.pose) < 0.05
    assert found[0][1] > 0.9


def test_with_odometry_that_is_no_number_the_pose_is_no_longer_vouched_for() -> None:
    core = Localisation(ParticleFilter(seed=3))
    ranges = np.full(len(ANGLES), 5.0, np.float32)
    assert core.take_scan(1.0, Pose2D(math.nan, 0.0), ranges, ANGLES, MOUNT, 25.0) is None
    assert core.scanned < 0.0
    assert core.vouched(1.0) is None


SCANS = {
    "nothing seen": np.full(720, np.inf, np.float32),
    "not numbers": np.full(720, np.nan, np.float32),
    "zeros": np.zeros(720, np.float32),
    "all the same": np.full(720, 2.0, np.float32),
    "below nothing": np.full(720, -1.0, np.float32),
    "far beyond": np.full(720, 1e30, np.float32),
    "no beams": np.zeros(0, np.float32),
}


class TestWhateverTheLidarTells:
    """Weights stay a distribution and the pose stays a number."""

    def check(self, localiser: ParticleFilter, scans: list[np.ndarray], steps: list[tuple[float, float]]) -> None:
        odometry = Pose2D(0.0, 0.0)
        for k, (ranges, (v, w)) in enumerate(zip(scans, steps, strict=True)):
            odometry = odometry @ Pose2D(v, 0.0, w)
            angles = np.linspace(-3.1, 3.1, len(ranges), dtype=np.float32)
            estimate = localiser.update(odometry, ranges, angles, MOUNT, 0.5 * k)
            assert np.isfinite(localiser.weights).all() and (localiser.weights >= 0.0).all()
            assert localiser.weights.sum() == pytest.approx(1.0, abs=1e-3)
            assert np.isfinite(localiser.poses).all()
            assert math.isfinite(estimate.pose.x + estimate.pose.y + estimate.pose.yaw)
            assert np.isfinite(estimate.covariance).all()
            assert np.linalg.eigvalsh(estimate.covariance).min() >= -1e-6
            assert 0.0 <= estimate.explained <= 1.0 and 0.0 <= estimate.through <= 1.0

    @pytest.mark.parametrize("name", SCANS)
    def test_again_and_again(self, name: str) -> None:
        world = World()
        localiser = localiser_in(world)
        localiser.set_pose(world.pose, 0.1, 0.1)
        self.check(localiser, [SCANS[name]] * 12, [(0.05, 0.02)] * 12)

    @settings(max_examples=25, deadline=None)
    @given(
        scans=st.lists(
            st.one_of(
                st.sampled_from(list(SCANS.values())),
                st.integers(0, 99).map(
                    lambda seed: (
                        np.random.default_rng(seed)
                        .choice(np.array([np.nan, np.inf, -np.inf, 0.0, 0.3, 4.0, 24.0, 1e9], np.float32), 360)
                        .astype(np.float32)
                    )
                ),
            ),
            min_size=1,
            max_size=6,
        ),
        v=st.floats(-1.0, 1.0),
        w=st.floats(-3.0, 3.0),
    )
    def test_in_any_order(self, scans: list[np.ndarray], v: float, w: float) -> None:
        localiser = localiser_in(HALL)
        localiser.set_pose(HALL.pose, 0.1, 0.1)
        self.check(localiser, scans, [(v, w)] * len(scans))


class TestLastPose:
    def test_it_survives_the_disk(self, tmp_path: Path) -> None:
        last = LastPose("1", 1772416800.25, Pose2D(3.0, 4.0, 0.5), Pose2D(1.0, 0.0, 0.1))
        write_last_pose(tmp_path / "last_pose.json", last)
        assert read_last_pose(tmp_path / "last_pose.json", "1") == last
        assert read_last_pose(tmp_path / "last_pose.json", "2") is None
        assert read_last_pose(tmp_path / "other.json", "1") is None

    def test_a_broken_file_is_told_in_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "last_pose.json").write_text('{"floor": "1"')
        with pytest.raises(UserError, match=r"last_pose\.json: not a last pose .*; delete the file"):
            read_last_pose(tmp_path / "last_pose.json", "1")

    def test_odometry_carries_the_pose_on_but_not_over_a_new_start(self) -> None:
        last = LastPose("1", 100.0, Pose2D(3.0, 4.0, math.pi / 2), Pose2D(1.0, 0.0, 0.0))
        first, second = last.guesses(101.0, Pose2D(1.5, 0.0, 0.0))
        assert first.distance(Pose2D(3.0, 4.5)) < 1e-9 and second == last.pose
        assert last.guesses(101.0, Pose2D(50.0, 0.0, 0.0)) == [last.pose]
        assert last.guesses(99.0, Pose2D(1.0, 0.0, 0.0)) == [last.pose]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 720), st.integers(0, 720), st.floats(0.0, 0.999))
def test_beams_are_picked_evenly_and_past_people(total: int, people: int, start: float) -> None:
    gap = np.zeros(1000, np.float32)
    gap[: min(people, total)] = 0.9
    bx = np.arange(1000, dtype=np.float32)
    to_x, to_y = np.zeros(60, np.float32), np.zeros(60, np.float32)
    used = kernels.pick_beams(gap, total, 0.4, start, bx, bx, to_x, to_y)
    walls = total - min(people, total)
    candidates = walls if walls >= 0.4 * total else total
    assert used == min(candidates, 60)
    picked = to_x[:used]
    assert (picked < total).all() and len(set(picked)) == used
    if walls >= 0.4 * total:
        assert (picked >= people).all()
    if used > 1:
        assert np.ptp(np.diff(picked)) <= 1.0
