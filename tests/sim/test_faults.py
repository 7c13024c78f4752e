"""Each verb on each stream through the core, and the settings that name them."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterable

import numpy as np
import pytest
from pydantic import ValidationError

from guide_common.geometry import Pose2D
from hall_sim.faults.core import STREAMS, Faults
from hall_sim.faults.rig import DiskAction, ProcessAction
from hall_sim.faults.streams import Sample
from hall_sim.faults.table import TARGETS, VERBS, markdown_rows, meaning, meanings
from hall_sim.faults.values import Odometry
from hall_sim.scenarios.settings_faults import FaultSettings
from tests.sim import halls

SCAN_PERIOD = 0.1


def fault(do: str, to: str, **more: object) -> FaultSettings:
    return FaultSettings.model_validate({"do": do, "to": to, "at": 1.0, "lasts": 1.0} | more)


def faults(*settings: FaultSettings, seed: int = 1) -> Faults:
    return Faults(settings, np.random.default_rng([seed, 7]))


def feed(core: Faults, stream: str, values: Iterable[object], period: float = SCAN_PERIOD) -> list[list[Sample]]:
    """Put one value a period through a stream, from time 0 on; return what got through each time."""
    return [core.filter(stream, round(k * period, 6), value) for k, value in enumerate(values)]


def values_of(passed: list[list[Sample]]) -> list[object]:
    return [sample.value for samples in passed for sample in samples]


def scan(distance: float = 2.0) -> np.ndarray:
    return np.full(720, distance, np.float32)


def sound(level: int = 1000) -> np.ndarray:
    return np.full(1600, level, np.int16)


class TestTable:
    def test_every_verb_on_every_target_has_a_meaning_or_a_refusal(self) -> None:
        assert tuple(meanings()) == TARGETS
        for target in TARGETS:
            assert tuple(meanings()[target]) == VERBS
            for verb in VERBS:
                found = meaning(verb, target)
                assert bool(found.does) != bool(found.refused)

    def test_every_meaning_can_be_made_and_every_refusal_is_told(self) -> None:
        for target in TARGETS:
            for verb in VERBS:
                to = "node:guide" if target == "node" else target
                if meaning(verb, target).refused:
                    with pytest.raises(ValidationError, match="is refused"):
                        fault(verb, to)
                    continue
                core = faults(fault(verb, to))
                assert [event.text for event in core.news(5.0)] == [f"{verb} {to} begins", f"{verb} {to} ends"]

    def test_the_page_shows_the_table(self) -> None:
        page = (halls.ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
        assert [row for row in markdown_rows() if row not in page] == []


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"to": "wheels"}, "'wheels' can have no fault; give one of scan, odom"),
            ({"to": "node"}, "'node' can have no fault"),
            ({"to": "scan:front"}, "'scan:front' can have no fault"),
            ({"to": "node:simulator"}, "no part of the robot"),
            ({"do": "wrong", "to": "node:amcl"}, "wrong on node is refused"),
            ({"amount": 2.0}, "off on scan takes no amount"),
            ({"do": "delayed", "amount": 99.0}, "amount of delayed on scan must be 0.02 to 10, not 99"),
            ({"do": "off", "period": 1.0}, "takes no period"),
            ({"do": "broken"}, "'off', 'stuck'"),
            ({"lasts": 0.0}, "greater than 0"),
        ],
    )
    def test_nonsense_is_refused_in_one_sentence(self, given: dict[str, object], sentence: str) -> None:
        with pytest.raises(ValidationError) as refusal:
            FaultSettings.model_validate({"do": "off", "to": "scan"} | given)
        assert sentence in str(refusal.value)

    def test_a_bare_off_of_yaml_is_off(self) -> None:
        assert FaultSettings.model_validate({"do": False, "to": "scan"}).do == "off"

    def test_a_fault_can_wait_for_the_robot_to_lead(self) -> None:
        core = faults(fault("off", "scan", since="guiding"))
        assert len(core.filter("scan", 1.5, scan())) == 1
        core.notice("idle", 2.0)
        core.notice("guiding.leading", 3.0)
        core.notice("guiding.waiting", 3.9)
        assert [len(core.filter("scan", t, scan())) for t in (3.9, 4.0, 4.9, 5.0)] == [1, 0, 0, 1]


class TestScan:
    def test_off_holds_from_its_begin_to_its_end(self) -> None:
        passed = feed(faults(fault("off", "scan")), "scan", [scan()] * 30)
        assert [len(samples) for samples in passed] == [1] * 10 + [0] * 10 + [1] * 10

    def test_off_is_of_the_scan_alone(self) -> None:
        core = faults(fault("off", "scan"))
        assert all(len(core.filter(stream, 1.5, None)) == 1 for stream in STREAMS if stream != "scan")

    def test_stuck_repeats_the_last_good_one_with_fresh_stamps(self) -> None:
        passed = feed(faults(fault("stuck", "scan")), "scan", [scan(k) for k in range(30)])
        assert [float(value[0]) for value in values_of(passed)] == [*range(10), *[9] * 10, *range(20, 30)]  # type: ignore[index]
        assert [samples[0].time for samples in passed] == pytest.approx([k * 0.1 for k in range(30)])

    def test_wrong_turns_the_beams(self) -> None:
        ranges = scan(5.0)
        ranges[360] = 1.0  # straight ahead
        (passed,) = faults(fault("wrong", "scan", amount=math.tau / 8)).filter("scan", 1.5, ranges)
        assert int(np.argmin(passed.value)) == 360 - 90
        assert ranges[360] == 1.0, "the true scan is left alone"

    def test_slow_lets_every_nth_through(self) -> None:
        passed = feed(faults(fault("slow", "scan", amount=5)), "scan", [scan()] * 30)
        assert [len(samples) for samples in passed[10:20]] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]

    def test_garbage_spoils_a_share_of_the_beams(self) -> None:
        (passed,) = faults(fault("garbage", "scan", amount=0.25)).filter("scan", 1.5, scan())
        bad = passed.value != 2.0
        assert 0.2 < bad.mean() < 0.3
        assert np.isnan(passed.value).any() and np.isinf(passed.value).any() and (passed.value < 0.0).any()
        assert passed.value.dtype == np.float32

    def test_delayed_comes_later_with_its_own_stamp_and_all_at_once_at_the_end(self) -> None:
        passed = feed(faults(fault("delayed", "scan", amount=0.3)), "scan", [scan(k) for k in range(25)])
        assert [len(samples) for samples in passed[8:22]] == [1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 4, 1]
        assert passed[13][0].time == pytest.approx(1.0)
        times = [sample.time for samples in passed for sample in samples]
        assert times == sorted(times)
        assert len(times) == 25, "nothing is lost"

    def test_what_is_late_comes_without_a_new_one(self) -> None:
        core = faults(fault("delayed", "scan", amount=0.25))
        assert core.filter("scan", 1.0, scan()) == []
        assert core.due("scan", 1.24) == []
        assert [sample.time for sample in core.due("scan", 1.26)] == [1.0]

    def test_intermittent_loses_whole_periods(self) -> None:
        core = faults(fault("intermittent", "scan", lasts=100.0, period=0.5, amount=0.4))
        lost = np.array([not samples for samples in feed(core, "scan", [scan()] * 1000)])[10:].reshape(-1, 5)
        assert (lost.all(axis=1) | ~lost.any(axis=1)).all()
        assert 0.3 < lost.mean() < 0.5


class TestOdometry:
    STEP = 0.01

    def driven(self, *settings: FaultSettings, count: int = 150) -> list[list[Sample]]:
        """Drive straight on at 0.5 m/s for 3 s."""
        return feed(
            faults(*settings), "odom", [Odometry(Pose2D(k * self.STEP, 0.0), 0.5, 0.0) for k in range(count)], 0.02
        )

    def test_wrong_counts_so_many_times_the_way_and_keeps_the_error(self) -> None:
        passed = self.driven(fault("wrong", "odom", amount=1.5))
        x = [samples[0].value.pose.x for samples in passed]
        assert x[50] == pytest.approx(0.5, abs=0.011)
        assert x[99] == pytest.approx(0.49 + 50 * 0.015)
        assert x[149] - x[100] == pytest.approx(0.49), "counts rightly again, from where it was"
        assert passed[75][0].value.speed == pytest.approx(0.75)

    def test_stuck_stands_and_then_jumps_to_what_was_driven(self) -> None:
        x = [samples[0].value.pose.x for samples in self.driven(fault("stuck", "odom"))]
        assert set(x[50:100]) == {0.49}
        assert x[100] == pytest.approx(1.0)

    def test_garbage_is_no_odometry(self) -> None:
        passed = values_of(self.driven(fault("garbage", "odom", amount=1.0)))[50:100]
        kinds = {
            "nan" if math.isnan(v.pose.x) else "inf" if math.isinf(v.speed) else "away" if abs(v.pose.x) > 3 else "good"  # type: ignore[attr-defined]
            for v in passed
        }
        assert kinds == {"nan", "inf", "away"}

    def test_off_slow_delayed_and_intermittent(self) -> None:
        assert values_of(self.driven(fault("off", "odom"), count=100)[50:]) == []
        assert sum(map(len, self.driven(fault("slow", "odom", amount=10))[50:100])) == 5
        late = self.driven(fault("delayed", "odom", amount=0.1))[60][0]
        assert late.time == pytest.approx(1.1)
        some = sum(map(len, self.driven(fault("intermittent", "odom", period=0.1))[50:100]))
        assert 0 < some < 50


class TestSound:
    @pytest.mark.parametrize("stream", ["microphone", "speaker"])
    def test_each_verb(self, stream: str) -> None:
        def at_fault(do: str, **knobs: float) -> list[list[Sample]]:
            return feed(faults(fault(do, stream, **knobs)), stream, [sound(k) for k in range(100, 130)])[10:20]

        assert values_of(at_fault("off")) == []
        assert {int(v[0]) for v in values_of(at_fault("stuck"))} == {109}  # type: ignore[index]
        assert int(values_of(at_fault("wrong", amount=20.0))[0][0]) == 1100  # type: ignore[index]
        assert int(values_of(at_fault("wrong", amount=40.0))[9][0]) == 11900  # type: ignore[index]
        noise = np.concatenate(values_of(at_fault("garbage", amount=0.1)))  # type: ignore[arg-type]
        assert np.sqrt(np.mean(noise.astype(float) ** 2)) == pytest.approx(3276.7, rel=0.05)
        assert noise.dtype == np.int16
        assert [len(s) for s in at_fault("delayed", amount=0.5)] == [0] * 5 + [1] * 5

    def test_loud_is_clipped_and_not_wrapped(self) -> None:
        (passed,) = faults(fault("wrong", "microphone", amount=60.0)).filter("microphone", 1.5, sound(-20000))
        assert passed.value.min() == -32767

    def test_who_listens_hears_no_voice_from_a_dead_loudspeaker(self) -> None:
        for do, heard in (("off", []), ("garbage", [False]), ("wrong", [True])):
            assert [s.value for s in faults(fault(do, "speaker")).filter("speaking", 1.5, True)] == heard

    def test_a_delayed_loudspeaker_speaks_on_when_the_robot_believes_it_is_silent(self) -> None:
        core = faults(fault("delayed", "speaker", amount=0.4))
        heard = values_of(feed(core, "speaking", [True] * 5 + [False] * 20, 0.1))
        core = faults(fault("delayed", "speaker", amount=0.4, at=0.0, lasts=9.0))
        passed = feed(core, "speaking", [True] * 5 + [False] * 5, 0.1)
        assert heard.count(True) == 5
        assert values_of(passed)[-6:] == [True] * 5 + [False]


class TestNetwork:
    def test_off_stops_everything_both_ways(self) -> None:
        core = faults(fault("off", "network"))
        assert all(core.filter(stream, 1.5, None) == [] for stream in STREAMS)

    def test_stuck_gives_all_at_once_at_the_end(self) -> None:
        passed = feed(faults(fault("stuck", "network")), "command", range(30))
        assert [len(samples) for samples in passed[9:22]] == [1] + [0] * 10 + [11, 1]
        assert values_of(passed) == list(range(30))

    def test_slow_is_late_by_any_time_and_in_order(self) -> None:
        core = faults(fault("slow", "network", amount=0.5, lasts=20.0))
        passed = feed(core, "scan", range(300))
        assert values_of(passed) == list(range(300))
        late = [k * 0.1 - sample.time for k, samples in enumerate(passed) for sample in samples]
        assert max(late) > 0.35
        assert max(late) < 0.6

    def test_delayed_holds_commands_up_too(self) -> None:
        core = faults(fault("delayed", "network", amount=0.2))
        assert core.filter("command", 1.0, "go") == []
        assert [sample.value for sample in core.due("command", 1.2)] == ["go"]

    def test_intermittent_is_the_same_for_all(self) -> None:
        core = faults(fault("intermittent", "network", lasts=50.0, period=0.5))
        gone = [
            {s: not core.filter(s, t, None) for s in ("scan", "odom", "command")} for t in np.arange(1.0, 51.0, 0.1)
        ]
        assert all(len(set(each.values())) == 1 for each in gone)
        assert 0.3 < np.mean([each["scan"] for each in gone]) < 0.7


class TestClock:
    def shown(self, do: str, time: float, **knobs: float) -> tuple[float, float]:
        reading = faults(fault(do, "clock", **knobs)).clock(time)
        return round(reading.shown, 6), round(reading.stamp, 6)

    def test_before_and_after_it_is_right(self) -> None:
        for do in VERBS:
            for time in (0.5, 2.0, 3.0):
                assert self.shown(do, time) == (time, time)

    def test_jumps(self) -> None:
        assert self.shown("wrong", 1.5, amount=5.0) == (6.5, 6.5)
        assert self.shown("wrong", 1.5, amount=-5.0) == (-3.5, -3.5)

    def test_stands(self) -> None:
        assert self.shown("stuck", 1.6) == (1.0, 1.0)

    def test_runs_at_another_rate(self) -> None:
        assert self.shown("slow", 1.5, amount=0.5) == (1.25, 1.25)
        assert self.shown("slow", 1.5, amount=2.0) == (2.0, 2.0)

    def test_falls_silent_or_behind_while_stamps_go_on(self) -> None:
        assert self.shown("off", 1.5) == (1.0, 1.5)
        assert faults(fault("off", "clock")).clock(1.5).silent
        assert self.shown("delayed", 1.5, amount=0.4) == (1.1, 1.5)

    def test_stands_for_a_share_of_each_period(self) -> None:
        knobs = {"amount": 0.5, "period": 0.4}
        assert [self.shown("intermittent", t, **knobs)[0] for t in (1.1, 1.25, 1.45)] == [1.0, 1.25, 1.4]

    def test_talks_nonsense_within_bounds(self) -> None:
        core = faults(fault("garbage", "clock", amount=2.0, lasts=50.0))
        errors = np.array([core.clock(t).shown - t for t in np.arange(1.0, 51.0, 0.1)])
        assert np.abs(errors).max() <= 2.0
        assert errors.min() < -1.5 and errors.max() > 1.5


class TestProcesses:
    NODE = "node:bt_navigator"

    def due(self, *settings: FaultSettings, until: float = 5.0, step: float = 0.1) -> list[tuple[float, str]]:
        core, signals = faults(*settings), []
        for time in np.arange(0.0, until, step).round(6).tolist():
            actions = core.due_processes(time)
            assert all(action.node == "bt_navigator" for action in actions)
            signals += [(time, action.number.name) for action in actions]
        return signals

    def test_off_kills_once(self) -> None:
        assert self.due(FaultSettings(do="off", to=self.NODE, at=1.0)) == [(1.0, "SIGKILL")]

    def test_off_for_a_while_kills_again_what_was_started_again(self) -> None:
        assert [time for time, _ in self.due(fault("off", self.NODE, lasts=2.5))] == [1.0, 2.0, 3.0]

    def test_stuck_stops_and_lets_go_on(self) -> None:
        assert self.due(fault("stuck", self.NODE)) == [(1.0, "SIGSTOP"), (2.0, "SIGCONT")]

    def test_slow_stops_for_a_share_of_the_time(self) -> None:
        signals = self.due(fault("slow", self.NODE, amount=0.6, period=0.5), step=0.02)
        assert [name for _, name in signals] == ["SIGSTOP", "SIGCONT"] * 2
        assert [time for time, _ in signals] == pytest.approx([1.0, 1.3, 1.5, 1.8], abs=0.021)

    def test_intermittent_ends_awake(self) -> None:
        signals = self.due(fault("intermittent", self.NODE, lasts=2.5, amount=0.5, period=2.0))
        assert signals == [(1.0, "SIGSTOP"), (2.0, "SIGCONT"), (3.0, "SIGSTOP"), (3.5, "SIGCONT")]

    def test_an_action_is_plain_data(self) -> None:
        core = faults(fault("stuck", self.NODE))
        assert core.due_processes(1.0) == [ProcessAction("bt_navigator", signal.SIGSTOP)]
        assert core.nodes == {"bt_navigator"}


class TestDisk:
    def test_each_verb(self) -> None:
        def done(do: str, **knobs: float) -> list[DiskAction]:
            core = faults(fault(do, "disk", **knobs))
            return [action for time in np.arange(0.0, 4.0, 0.1) for action in core.due_disk(float(time))]

        assert done("off") == [DiskAction("gone"), DiskAction("well")]
        assert done("stuck") == [DiskAction("full"), DiskAction("well")]
        assert done("garbage", amount=0.2) == [DiskAction("garble", 0.2)]
        assert done("intermittent", lasts=2.0, period=1.0) == [DiskAction("gone"), DiskAction("well")] * 2


class TestSameness:
    def test_the_same_seed_gives_the_same_faults_and_another_seed_others(self) -> None:
        def run(seed: int) -> list[object]:
            core = faults(fault("garbage", "scan"), fault("intermittent", "network", lasts=20.0), seed=seed)
            return [np.nan_to_num(v).tobytes() for v in values_of(feed(core, "scan", [scan()] * 100))]  # type: ignore[call-overload]

        assert run(1) == run(1)
        assert run(1) != run(2)

    def test_one_fault_more_leaves_the_others_as_they_were(self) -> None:
        settings = [fault("garbage", "scan", lasts=5.0)]
        alone = faults(*settings).filter("scan", 1.5, scan())[0].value
        other = faults(*settings, fault("garbage", "odom")).filter("scan", 1.5, scan())[0].value
        assert np.array_equal(alone, other, equal_nan=True)

    def test_time_of_the_wall_counts_while_processes_or_the_clock_are_at_fault(self) -> None:
        core = faults(fault("stuck", "node:amcl"), fault("off", "scan", at=0.0))
        assert [core.of_the_wall(t) for t in (0.5, 1.5, 10.0, 100.0)] == [False, True, True, False]
