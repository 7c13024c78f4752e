"""Staff move a counter from the command line while the robot leads somebody there; it goes to where it is now."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guide_common.geometry import Pose2D
from hall_sim.runs.ending import arrival_pose

if TYPE_CHECKING:
    from tests.system.conftest import StartGraph

pytestmark = pytest.mark.timeout(900)  # other whole runs may have to end first
MOVED = Pose2D(44.0, 9.1, 0.0)
"""m, rad: 2.2 m nearer to the lobby than where counter 27 is committed."""


def test_who_is_led_comes_to_the_moved_counter(start_graph: StartGraph, root: Path, tmp_path: Path) -> None:
    session = start_graph("counter_number", seed=5, say="dẫn tôi tới quầy 27", touch="true")
    observer = session.observer
    assert session.spin_until(lambda: observer.live.state.startswith("guiding") and bool(observer.site_folder), 180.0)
    before = observer.site_folder
    store = f"sqlite:///{tmp_path / 'store' / 'store.db'}"
    pose = f"{MOVED.x},{MOVED.y},{MOVED.yaw}"
    subprocess.run([str(root / "guide"), "place", "move", "Q27", pose, "--store", store], check=True, timeout=60)
    assert session.spin_until(lambda: observer.site_folder != before, 10.0)
    assert session.spin_until(lambda: observer.log.seen("arrived") and observer.live.state != "arrived", 240.0)
    stood = arrival_pose(observer.log)
    assert stood is not None
    assert stood.distance(MOVED) <= 0.3
    assert abs(stood.yaw) == pytest.approx(0.0, abs=0.18)
    assert observer.log.contacts == []
