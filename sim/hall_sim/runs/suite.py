"""Run scenarios with many seeds, on all cores or on a cluster, and sum the results up.

Dask's scheduler hands the runs out: on this machine to processes of its own, or by `address` to a cluster that
is already there. A worker that dies loses only the run it was at, which another one does again; a run that was at
work in four workers when they died is given up (Dask's `allowed-failures`).
"""

from __future__ import annotations

import gc
import logging
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from guide_common.errors import UserError, UserErrors
from hall_sim.errors import ProgramMissing
from hall_sim.runs.trip import make_run
from hall_sim.runs.verdict import Verdict
from hall_sim.scenarios.scenario import load_scenario

Report = dict[str, Any]
J = TypeVar("J")
CONNECT_WITHIN = "10s"


@dataclass(frozen=True, slots=True)
class Job:
    """Name one run: the scenario's file and the seed."""

    scenario: Path
    seed: int


def find_scenarios(place: Path) -> list[Path]:
    """Return the scenario files of a folder that are runs of their own, or the one file given.

    Files whose name begins with an underscore are there to be included.
    """
    if place.is_file():
        return [place]
    files = sorted(file for file in place.glob("*.yaml") if not file.name.startswith("_"))
    if not files:
        raise UserError(f"{place}: no scenarios; give a folder with *.yaml files, such as sim/scenarios")
    return files


def jobs_of(files: Sequence[Path], seeds: int, first_seed: int = 1) -> list[Job]:
    """Return every scenario with every seed, seeds outermost, so that all scenarios are tried early."""
    return [Job(file.resolve(), seed) for seed in range(first_seed, first_seed + seeds) for file in files]


def run_job(job: Job, root: Path) -> Report:
    """Run one job in this process; what breaks becomes a report with its verdict."""
    told: Report = {"scenario": job.scenario.stem, "seed": job.seed, "file": str(job.scenario)}
    try:
        scenario = load_scenario(job.scenario, seed=job.seed)
        if scenario.mode == "graph":
            raise UserError(f"{job.scenario}: mode graph: a suite runs in one process; give it to guide sim by itself")
        return make_run(scenario, root).run() | told
    except ProgramMissing as error:
        return told | _without_run(Verdict.RIG_BROKE, [str(error)])
    except UserErrors as error:
        return told | _without_run(Verdict.SCENARIO_WRONG, error.mistakes)
    except UserError as error:
        return told | _without_run(Verdict.SCENARIO_WRONG, [str(error)])
    except Exception as error:  # whatever broke, the other runs go on, and the report says what it was
        return told | _without_run(Verdict.RIG_BROKE, [f"{error!r}", traceback.format_exc()])


def _without_run(verdict: Verdict, missed: Sequence[str]) -> Report:
    told: Report = {"success": False, "verdict": verdict.value, "outcome": "none", "missed": list(missed)}
    return told | {"events": [], "metrics": {}, "performance": {}}


def run_suite(jobs: Sequence[Job], root: Path, workers: int = 0, address: str = "") -> Iterator[Report]:
    """Yield the reports as they come; a run whose workers died again and again is one of a broken rig."""
    for job, report in spread(run_job, jobs, root, workers, address):
        yield report if not isinstance(report, BaseException) else _broken(job, report)


def spread(
    work: Callable[[J, Path], Report], jobs: Sequence[J], root: Path, workers: int = 0, address: str = ""
) -> Iterator[tuple[J, Report | BaseException]]:
    """Do jobs on all cores or on a cluster; yield each with its result, or with what became of its workers.

    Args:
        work: does one job.
        jobs: what to do.
        root: the project's folder, the same on every machine of a cluster.
        workers: processes on this machine; 0 for one a core.
        address: of a Dask scheduler, such as tcp://10.0.0.5:8786; empty for this machine.
    """
    from distributed import as_completed

    with _client(min(workers or os.cpu_count() or 1, len(jobs)), address) as client:
        futures = {client.submit(_clean, work, job, root, pure=False): job for job in jobs}
        for future in as_completed(futures):
            job = futures.pop(future)
            error = future.exception()
            yield job, (future.result() if error is None else error)
            future.release()


def _clean(work: Callable[[J, Path], Report], job: J, root: Path) -> Report:
    """Do a job and let go of it: a run is a knot of cycles, which would else lie about until memory has grown."""
    try:
        return work(job, root)
    finally:
        gc.collect()


def _broken(job: Job, error: BaseException) -> Report:
    """Report a run whose workers died again and again."""
    told: Report = {"scenario": job.scenario.stem, "seed": job.seed, "file": str(job.scenario)}
    return told | _without_run(Verdict.RIG_BROKE, [repr(error)])


@contextmanager
def _client(workers: int, address: str) -> Iterator[Any]:
    from distributed import Client, LocalCluster

    if address:
        try:
            with Client(address, timeout=CONNECT_WITHIN) as client:
                yield client
        except (OSError, ValueError) as error:
            raise UserError(f"--cluster {address}: no scheduler answers ({error}); start one: dask scheduler") from None
        return
    with (
        LocalCluster(workers, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.ERROR) as cluster,
        Client(cluster) as client,
    ):
        yield client
