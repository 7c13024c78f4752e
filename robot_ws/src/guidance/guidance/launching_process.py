"""Start, watch and end one process of a launch, in its own process group."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import yaml

from guidance.errors import LaunchError
from guidance.launching_description import NodeSpec

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
HASTY = 5.0
"""s; a process that ends sooner was not worth starting at once again."""
LONGEST_DELAY = 10.0
"""s between two starts of a process that never lasts."""


def find_executable(package: str, executable: str, environment: dict[str, str]) -> str | None:
    """Return `<prefix>/lib/<package>/<executable>` over AMENT_PREFIX_PATH, else what PATH has, else None."""
    for prefix in environment.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        candidate = Path(prefix) / "lib" / package / executable
        if prefix and candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    return shutil.which(executable, path=environment.get("PATH"))


def command(spec: NodeSpec, folder: Path) -> list[str]:
    """Return the command line of a node; typed parameters go to a file in `folder`."""
    found = find_executable(spec.package, spec.executable, dict(spec.environment))
    if found is None:
        raise LaunchError(
            f"{spec.package}/{spec.executable}", None,
            "no such program in AMENT_PREFIX_PATH or PATH; build the workspace, or correct pkg and exec",
        )  # fmt: skip
    ros: list[str] = []
    if spec.node_name:
        ros += ["-r", f"__node:={spec.node_name}"]
    if spec.namespace:
        ros += ["-r", f"__ns:=/{spec.namespace}"]
    for old, new in spec.remaps:
        ros += ["-r", f"{old}:={new}"]
    for file in _parameter_files(spec, folder):
        ros += ["--params-file", str(file)]
    return [found, *spec.arguments, *(["--ros-args", *ros] if ros else [])]


def _parameter_files(spec: NodeSpec, folder: Path) -> list[Path]:
    files: list[Path] = []
    values: dict[str, Any] = {}
    for parameter in spec.parameters:
        if isinstance(parameter, Path):
            files.append(parameter)
        else:
            values[parameter[0]] = parameter[1]
    if values:
        handle, name = tempfile.mkstemp(".yaml", f"{spec.name.replace('/', '_')}_", folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yaml.safe_dump({"/**": {"ros__parameters": values}}, file, allow_unicode=True, sort_keys=False)
        files.append(Path(name))
    return files


def _end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the thread that started us ends, so that no node outlives a killed launcher."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """Run one node again and again; the thread that calls `start` must live as long as the process."""

    def __init__(self, spec: NodeSpec, folder: Path, log: Path | None) -> None:
        self.spec = spec
        self.starts = 0
        self.returncode: int | None = None
        self.start_at: float | None = time.monotonic()
        self._command = command(spec, folder)
        self._log = log
        self._popen: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._hasty = 0

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._popen.pid if self._popen is not None and self.returncode is None else None

    @property
    def output(self) -> IO[bytes] | None:
        """Return the pipe that its output comes through, unless it goes to a log file."""
        return self._popen.stdout if self._popen is not None else None

    def start(self) -> None:
        """Start it, now."""
        sink = self._log.open("ab") if self._log else subprocess.PIPE
        try:
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**self.spec.environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        finally:
            if self._log:
                sink.close()  # type: ignore[union-attr]
        self.returncode, self.start_at = None, None
        self._started = time.monotonic()
        self.starts += 1

    def poll(self) -> int | None:
        """Return its exit code once, when it is found to have ended; what it started ends with it."""
        if self._popen is None or self.returncode is not None:
            return None
        self.returncode = self._popen.poll()
        if self.returncode is not None:
            self.send(signal.SIGKILL)
        return self.returncode

    def start_later(self) -> float:
        """Plan the next start; return the delay in s, longer each time it does not last."""
        self._hasty = self._hasty + 1 if time.monotonic() - self._started < HASTY else 0
        delay = self.spec.respawn_delay
        if self._hasty > 3:
            delay = min(max(delay, 0.5) * 2.0 ** (self._hasty - 3), LONGEST_DELAY)
        self.start_at = time.monotonic() + delay
        return delay

    def send(self, number: int) -> None:
        """Send a signal to its whole process group."""
        if self._popen is None:
            return
        try:
            os.killpg(self._popen.pid, number)
        except ProcessLookupError:
            return  # nothing is left of it
