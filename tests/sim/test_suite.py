"""Suites: every run is done once, whatever happens to the workers, and each verdict is kept apart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from guide_common.errors import UserError
from hall_sim.runs.suite import Job, find_scenarios, jobs_of, run_job, run_suite

ROOT = Path(__file__).parents[2]
REFUSAL = ROOT / "sim" / "scenarios" / "refusal.yaml"


def same(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that must not depend on who ran it."""
    kept = [{key: value for key, value in report.items() if key != "performance"} for report in reports]
    return sorted(kept, key=lambda report: report["seed"])


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """A refusal without sound and with few people around."""
    file = tmp_path / "quick.yaml"
    file.write_text(f"include: {REFUSAL}\nname: quick\nsound: {{mode: text}}\ncrowd: {{people: 6}}\n")
    return file


class TestJobs:
    def test_every_scenario_with_every_seed_but_not_what_is_only_included(self, tmp_path: Path) -> None:
        for name in ("b.yaml", "a.yaml", "_base.yaml", "notes.txt"):
            (tmp_path / name).write_text("")
        jobs = jobs_of(find_scenarios(tmp_path), 2, first_seed=5)
        assert [(job.scenario.name, job.seed) for job in jobs] == [
            *(("a.yaml", 5), ("b.yaml", 5), ("a.yaml", 6), ("b.yaml", 6))
        ]

    def test_an_empty_folder_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no scenarios"):
            find_scenarios(tmp_path)


class TestVerdicts:
    def test_a_scenario_that_asks_for_what_there_is_not_is_wrong(self, tmp_path: Path, quick: Path) -> None:
        wrong = tmp_path / "wrong.yaml"
        wrong.write_text(f"include: {quick}\nname: wrong\nhold: [contcts == 0]\n")
        told = run_job(Job(wrong, 1), ROOT)
        assert (told["verdict"], told["success"]) == ("scenario_wrong", False)
        assert "contcts is no metric" in told["missed"][0]
        assert run_job(Job(tmp_path / "none.yaml", 1), ROOT)["verdict"] == "scenario_wrong"

    def test_what_needs_nodes_of_their_own_is_refused(self, tmp_path: Path, quick: Path) -> None:
        graph = tmp_path / "graph.yaml"
        graph.write_text(f"include: {quick}\nname: graph\nmode: graph\n")
        told = run_job(Job(graph, 1), ROOT)
        assert told["verdict"] == "scenario_wrong"
        assert "a suite runs in one process" in told["missed"][0]

    def test_a_place_that_the_site_lacks_is_told_before_anybody_walks(self, tmp_path: Path, quick: Path) -> None:
        lost = tmp_path / "lost.yaml"
        lost.write_text(f"include: {quick}\nname: lost\nexpect: {{outcome: arrived, place: Q99}}\n")
        told = run_job(Job(lost, 1), ROOT)
        assert (told["verdict"], told["events"]) == ("scenario_wrong", [])
        assert "hcmc_center has no place Q99" in told["missed"][0]

    def test_a_run_without_an_arrival_misses_what_needs_one(self, tmp_path: Path, quick: Path) -> None:
        late = tmp_path / "late.yaml"
        late.write_text(f"include: {quick}\nname: late\nhold: [arrived_after_s < 100]\n")
        told = run_job(Job(late, 1), ROOT)
        assert told["verdict"] == "requirement_missed"
        assert "arrived_after_s = None" in told["missed"][0]

    def test_a_requirement_that_is_missed_is_not_the_robots_failure(self, tmp_path: Path, quick: Path) -> None:
        strict = tmp_path / "strict.yaml"
        strict.write_text(f"include: {quick}\nname: strict\nhold: [duration_s < 1]\n")
        assert run_job(Job(strict, 1), ROOT)["verdict"] == "requirement_missed"

    def test_a_rig_that_breaks_is_not_the_robots_failure(self, tmp_path: Path) -> None:
        told = run_job(Job(REFUSAL, 1), tmp_path)  # there is no robot in that folder
        assert told["verdict"] in ("rig_broke", "scenario_wrong")
        assert "robot.yaml" in told["missed"][0]


def test_processes_of_this_machine_give_what_one_process_gives(quick: Path) -> None:
    jobs = jobs_of([quick], 3)
    reports = list(run_suite(jobs, ROOT, workers=2))
    assert {report["verdict"] for report in reports} == {"passed"}
    assert same(reports) == same([run_job(job, ROOT) for job in jobs])


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """A Dask scheduler and two workers, each a process of its own; yield the address and the workers."""
    command = [sys.executable, "-m", "dask", "scheduler", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert scheduler.stderr is not None
    address = next(line.split("at: ")[1].strip() for line in scheduler.stderr if "Scheduler at:" in line)
    worker = [sys.executable, "-m", "dask", "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers = [subprocess.Popen(worker, stderr=subprocess.DEVNULL, text=True) for _ in range(2)]
    yield address, workers
    for process in (*workers, scheduler):
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.timeout(240)
def test_a_run_whose_worker_dies_is_done_again_elsewhere(
    quick: Path, cluster: tuple[str, list[subprocess.Popen[str]]]
) -> None:
    address, workers = cluster
    jobs = jobs_of([quick], 6)
    reports = []
    for report in run_suite(jobs, ROOT, address=address):
        reports.append(report)
        if len(reports) == 1:  # in the middle: both workers are at a run
            os.kill(workers[0].pid, signal.SIGKILL)
    assert not psutil.pid_exists(workers[0].pid) or workers[0].poll() is not None
    assert [report["seed"] for report in sorted(reports, key=lambda each: int(each["seed"]))] == [1, 2, 3, 4, 5, 6]
    assert [report["missed"] for report in reports] == [[]] * 6


def test_a_cluster_that_does_not_answer_is_told() -> None:
    with pytest.raises(UserError, match="no scheduler answers"):
        list(run_suite(jobs_of([REFUSAL], 1), ROOT, address="tcp://127.0.0.1:9"))
