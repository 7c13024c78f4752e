"""Fixtures that every room's tests share."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def domains() -> Iterator[ExitStack]:
    """Every domain that a test of this process took, kept until the end.

    The events executor keeps the endpoints of destroyed nodes alive for a while: a domain that was used once would
    hand its latched values, such as a map, to whoever uses it next.
    """
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def ros_domain(domains: ExitStack, monkeypatch: pytest.MonkeyPatch) -> int:
    """A ROS domain that no other test or process on this machine uses, for this process and its children."""
    from domain_coordinator import domain_id

    domain = int(domains.enter_context(domain_id()))
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    return domain


@pytest.fixture
def alone() -> Iterator[None]:
    """Let one whole run at a time have the machine, however many processes run tests."""
    with (Path(tempfile.gettempdir()) / "guide_whole_runs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(autouse=True, scope="session")
def environment(domains: ExitStack) -> None:
    """What ./guide sets, and a domain for whatever test takes none of its own."""
    from domain_coordinator import domain_id

    os.environ.setdefault("GUIDE_ROOT", str(ROOT))
    os.environ["ROS_DOMAIN_ID"] = str(domains.enter_context(domain_id()))
