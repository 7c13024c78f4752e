"""The script that makes the folder with Gazebo 11: what it does where there is nothing to do, and where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "gazebo_root"


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, folder], env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )


def stamp() -> str:
    """What the script leaves in a folder that it finished, as it stands in the script."""
    lines = SCRIPT.read_text().splitlines()
    suite, packages = (next(x for x in lines if x.startswith(key)).split("=")[1] for key in ("suite=", "packages="))
    return f"{suite} {packages.strip('()')}"


def test_a_finished_folder_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "guide-gazebo-root").write_text(stamp() + "\n")
    done = run(tmp_path)
    assert done.returncode == 0
    assert done.stdout == f"Gazebo 11 is ready in {tmp_path}\n"


@pytest.mark.parametrize(
    ("folder", "words"),
    [(ROOT / "sim" / "gazebo-root", "lies inside the tree"), (Path("/usr"), "is not empty and was not made by")],
)
def test_refuses_a_folder_that_is_not_its_own(folder: Path, words: str) -> None:
    refused = run(folder)
    assert refused.returncode == 1
    assert refused.stderr.startswith("no Gazebo 11: ")
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gets as far as asking the archive")
@pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap is not installed")
def test_an_archive_that_does_not_answer_is_told_in_one_sentence(tmp_path: Path) -> None:
    failed = run(tmp_path / "root", GUIDE_DEBIAN_MIRROR="http://127.0.0.1:9/debian")
    assert failed.returncode == 1
    assert failed.stderr == (
        "no Gazebo 11: no archive with Debian's bullseye answers; name one with GUIDE_DEBIAN_MIRROR=URL\n"
    )
    assert not (tmp_path / "root").exists()
