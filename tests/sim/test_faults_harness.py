"""The faults that no topic shows, on real processes and a real file system."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from guide_common.errors import UserError
from hall_sim.faults.core import Faults
from hall_sim.faults.disk import BALLAST, StateDisk
from hall_sim.faults.harness import FaultHarness
from hall_sim.faults.rig import DiskAction
from hall_sim.scenarios.settings_faults import FaultSettings

MAY_MOUNT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")


def faults(*settings: dict[str, object]) -> Faults:
    return Faults([FaultSettings.model_validate(each) for each in settings], np.random.default_rng([1, 7]))


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def state(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]


def soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5.0
    while not holds() and time.monotonic() < end:
        os.sched_yield()
    return holds()


class TestProcesses:
    def test_a_stuck_one_stops_and_goes_on(self, sleeper: subprocess.Popen[bytes]) -> None:
        core = faults({"do": "stuck", "to": "node:amcl", "at": 1.0, "lasts": 2.0})
        harness = FaultHarness(core, lambda: {"amcl": sleeper.pid})
        assert soon(lambda: state(sleeper) == "S"), "asleep before anything happens"
        harness.carry_out(0.9)
        assert state(sleeper) == "S"
        harness.carry_out(1.0)
        assert soon(lambda: state(sleeper) == "T")
        harness.carry_out(3.0)
        assert soon(lambda: state(sleeper) == "S")
        assert [event.text for event in harness.events] == ["stuck node:amcl begins", "stuck node:amcl ends"]

    def test_a_killed_one_is_dead(self, sleeper: subprocess.Popen[bytes]) -> None:
        harness = FaultHarness(faults({"do": "off", "to": "node:amcl"}), lambda: {"amcl": sleeper.pid})
        harness.carry_out(0.0)
        assert sleeper.wait(5.0) == -signal.SIGKILL

    def test_what_was_stopped_goes_on_when_the_run_ends(self, sleeper: subprocess.Popen[bytes]) -> None:
        harness = FaultHarness(faults({"do": "stuck", "to": "node:amcl"}), lambda: {"amcl": sleeper.pid})
        harness.carry_out(0.0)
        assert soon(lambda: state(sleeper) == "T")
        harness.close()
        assert soon(lambda: state(sleeper) == "S")

    def test_a_process_that_was_started_anew_gets_no_signal_meant_for_the_old_one(
        self, sleeper: subprocess.Popen[bytes]
    ) -> None:
        old = subprocess.Popen(["sleep", "60"], start_new_session=True)
        running = {"amcl": old.pid}
        harness = FaultHarness(faults({"do": "stuck", "to": "node:amcl", "lasts": 1.0}), lambda: running)
        harness.carry_out(0.0)
        old.kill()
        old.wait()
        sleeper.send_signal(signal.SIGSTOP)
        running["amcl"] = sleeper.pid
        harness.carry_out(1.0)
        assert soon(lambda: state(sleeper) == "T"), "whoever stopped it was not us"

    def test_an_unknown_node_is_told(self) -> None:
        harness = FaultHarness(faults({"do": "off", "to": "node:butler"}), dict)
        with pytest.raises(UserError, match="there is no node butler to fault; the nodes are amcl, guide"):
            harness.check({"guide", "amcl"})


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[StateDisk]:
    with StateDisk(tmp_path / "state", np.random.default_rng(1)) as mounted:
        yield mounted


@MAY_MOUNT
class TestDisk:
    def test_a_full_one_takes_nothing_new_and_keeps_the_old(self, disk: StateDisk) -> None:
        old, new = disk.folder / "old", disk.folder / "new"
        old.write_text("kept", encoding="ascii")
        disk.act(DiskAction("full"))
        with pytest.raises(OSError, match="No space left"):
            new.write_text("lost", encoding="ascii")
        assert old.read_text(encoding="ascii") == "kept"
        disk.act(DiskAction("well"))
        new.write_text("kept", encoding="ascii")

    def test_one_that_came_loose_is_empty_and_cannot_be_written(self, disk: StateDisk) -> None:
        (disk.folder / "old").write_text("kept", encoding="ascii")
        disk.act(DiskAction("gone"))
        assert list(disk.folder.iterdir()) == []
        with pytest.raises(OSError, match="Read-only"):
            (disk.folder / "new").write_text("lost", encoding="ascii")
        disk.act(DiskAction("well"))
        assert (disk.folder / "old").read_text(encoding="ascii") == "kept"

    def test_garbage_spoils_that_share_of_each_file(self, disk: StateDisk) -> None:
        path = disk.folder / "deep" / "file"
        path.parent.mkdir()
        path.write_bytes(bytes(10000))
        disk.act(DiskAction("garble", 0.3))
        data = np.frombuffer(path.read_bytes(), np.uint8)
        assert len(data) == 10000
        assert 0.25 < np.count_nonzero(data) / 10000 < 0.35

    def test_it_is_gone_after_the_run_whatever_its_condition(self, tmp_path: Path) -> None:
        for condition in ("well", "full", "gone"):
            with StateDisk(tmp_path / "state", np.random.default_rng(1)) as disk:
                disk.act(DiskAction(condition))  # type: ignore[arg-type]
            assert not (tmp_path / "state" / BALLAST).exists()
            assert not os.path.ismount(tmp_path / "state")

    def test_who_may_not_mount_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        with pytest.raises(UserError, match="run as root or leave that fault out"):
            StateDisk(tmp_path / "state", np.random.default_rng(1)).__enter__()
