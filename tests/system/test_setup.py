"""The set-up says in one sentence what is missing when it cannot go on, and touches nothing then."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALLED = "#!/bin/sh\necho installed\n"
MISSING = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A checkout as it is after `git clone`, as far as the first steps of the set-up look at it."""
    for name in ("scripts", "requirements"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "robot_ws" / "src").mkdir(parents=True)
    (tmp_path / "sim").mkdir()
    return tmp_path


def run_setup(checkout: Path, **commands: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up on a machine whose commands of these names are replaced."""
    shims = checkout / "shims"
    shims.mkdir()
    for name, text in commands.items():
        shim = shims / name.replace("__", "-").replace("gxx", "g++").replace("_dot_", ".")
        shim.write_text(text, encoding="utf-8")
        shim.chmod(0o755)
    env = {"PATH": f"{shims}:{os.environ['PATH']}", "HOME": str(checkout)}
    return subprocess.run(
        [checkout / "scripts/setup"], env=env, capture_output=True, text=True, check=False, timeout=60
    )


def why(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence, without what the progress display put before it."""
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


def test_no_rights_to_install_what_is_missing(checkout: Path) -> None:
    done = run_setup(checkout, dpkg__query=MISSING, id="#!/bin/sh\necho 1000\n", sudo=MISSING)
    assert "no rights to install them" in why(done)
    assert "apt-get install espeak-ng" in why(done)
    assert not (checkout / ".venv").exists()


def test_another_python(checkout: Path) -> None:
    old = '#!/bin/sh\nif [ "$1" = --version ]; then echo Python 3.9.2; else echo 3 9; fi\n'
    done = run_setup(checkout, python3_dot_11=old, python3=old)
    assert "Python 3.11 is needed" in why(done)
    assert "Python 3.9.2 was found" in why(done)


def test_no_compiler(checkout: Path) -> None:
    done = run_setup(checkout, dpkg__query=INSTALLED, gcc=MISSING, gxx=MISSING)
    assert "no working C compiler (gcc)" in why(done)


def test_no_package_registry(checkout: Path) -> None:
    done = run_setup(checkout, dpkg__query=MISSING, apt__get=MISSING, id="#!/bin/sh\necho 0\n")
    assert "apt-get could not install: espeak-ng" in why(done)
    assert "is the package registry reachable?" in why(done)
