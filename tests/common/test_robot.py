"""A robot's folder is read whole, or the person is told what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from guide_common.errors import UserError
from guide_common.robot import load_robot


def test_the_reference_robot_loads(root: Path) -> None:
    robot = load_robot(root / "robots" / "concierge")
    assert robot.name == "concierge"
    assert robot.drive.max_speed <= 1.0
    assert robot.lidar.beams == 720


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load_robot(tmp_path / "nobody")


def test_a_missing_key_is_named(root: Path, tmp_path: Path) -> None:
    text = (root / "robots" / "concierge" / "robot.yaml").read_text(encoding="utf-8")
    (tmp_path / "robot.yaml").write_text(text.replace("  height: 1.25\n", ""), encoding="utf-8")
    with pytest.raises(UserError, match="body must hold exactly radius, height, mass"):
        load_robot(tmp_path)


def test_broken_yaml_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "robot.yaml").write_text("body: [", encoding="utf-8")
    with pytest.raises(UserError, match="not YAML"):
        load_robot(tmp_path)
