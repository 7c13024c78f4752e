"""Run launch files without ROS's launch: `Launch(path, args)` starts, watches, restarts and ends the nodes.

It reads the same YAML as `ros2 launch` (see `launching_description`). All
processes are started and watched by one thread, each in its own process group.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TextIO

from guidance.launching_description import Description, NodeSpec, describe
from guidance.launching_memory import clean_shared_memory
from guidance.launching_process import Process

__all__ = ["Description", "Launch", "NodeSpec", "describe"]

POLL = 0.05
"""s between two looks at the processes."""
GRACE = ((0.0, signal.SIGINT), (2.5, signal.SIGTERM), (5.0, signal.SIGKILL))
"""When a launch ends: seconds after which each signal goes to those still running."""

OnExit = Callable[[str, int, int], None]


class Launch:
    """Run the nodes of a launch file; a context manager.

    Args:
        path: the launch file.
        args: its arguments, `name: value`.
        log_dir: write each node's output to `<log_dir>/<node>.log` and keep the terminal quiet.
        out: where output goes otherwise, a line at a time with the node's name before it.
        on_exit: called with (node, pid, exit code; negative = signal) when a process ends by itself.

    Raises:
        LaunchError: the file or its arguments are wrong, or a program is missing.
    """

    def __init__(
        self,
        path: Path | str,
        args: Mapping[str, str] | None = None,
        *,
        log_dir: Path | str | None = None,
        out: TextIO | None = None,
        on_exit: OnExit | None = None,
    ) -> None:
        self.description = describe(path, args)
        self.exit_code = 0
        self._out = out or sys.stdout
        self._on_exit = on_exit
        self._folder = tempfile.TemporaryDirectory(prefix="guide_launch_")
        self._log_dir = Path(log_dir) if log_dir else None
        if self._log_dir:
            self._log_dir.mkdir(parents=True, exist_ok=True)
        parameters = Path(self._folder.name)
        self._processes = {n.name: Process(n, parameters, self._log_of(n)) for n in self.description.nodes}
        self._selector = selectors.DefaultSelector()
        self._partial: dict[int, bytes] = {}
        self._stop_from: float | None = None
        self._signals_sent = 0
        self._told_to_stop = threading.Event()
        self._first_started = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="launch", daemon=True)

    def _log_of(self, spec: NodeSpec) -> Path | None:
        return self._log_dir / f"{spec.name.replace('/', '_')}.log" if self._log_dir else None

    def start(self) -> Launch:
        """Start every process; return once each was started."""
        clean_shared_memory()
        self._thread.start()
        self._first_started.wait()
        return self

    def pids(self) -> dict[str, int]:
        """Return the process id of every node that runs at this moment."""
        return {name: process.pid for name, process in self._processes.items() if process.pid is not None}

    def starts(self) -> dict[str, int]:
        """Return how often each node was started: 1 if it never died."""
        return {name: process.starts for name, process in self._processes.items()}

    @property
    def running(self) -> bool:
        """Tell whether the launch goes on: not told to end, no required node gone, something left to watch."""
        return self._thread.is_alive()

    def request_stop(self) -> None:
        """Ask the launch to end and return at once; fit for a signal handler."""
        self._told_to_stop.set()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until the launch has ended; return its exit code, or None when the time is over first."""
        self._thread.join(timeout)
        return None if self._thread.is_alive() else self.exit_code

    def stop(self) -> int:
        """End every process and wait for it; return the exit code."""
        self.request_stop()
        if self._thread.ident is not None:
            self._thread.join()
        self._folder.cleanup()
        return self.exit_code

    def __enter__(self) -> Launch:
        """Start."""
        return self if self._thread.ident is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def _watch(self) -> None:
        try:
            while not self._ended():
                self._start_due()
                self._first_started.set()
                self._read(POLL)
                for process in self._processes.values():
                    if process.poll() is not None:
                        self._after(process)
                if self._told_to_stop.is_set():
                    self._escalate()
            self._read(0.0)
        finally:
            self._first_started.set()
            for process in self._processes.values():
                process.send(signal.SIGKILL)
            self._selector.close()

    def _ended(self) -> bool:
        alive = any(process.pid is not None for process in self._processes.values())
        planned = any(process.start_at is not None for process in self._processes.values())
        return not alive and (self._told_to_stop.is_set() or not planned)

    def _start_due(self) -> None:
        now = time.monotonic()
        for process in self._processes.values():
            if process.start_at is None or process.start_at > now or self._told_to_stop.is_set():
                continue
            process.start()
            if process.output is not None:
                os.set_blocking(process.output.fileno(), False)
                self._selector.register(process.output, selectors.EVENT_READ, process)

    def _after(self, process: Process) -> None:
        """Deal with a process that has ended."""
        code, spec = process.returncode, process.spec
        self._drain(process)
        if self._told_to_stop.is_set():
            return
        ended = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
        if self._on_exit is not None:
            self._on_exit(spec.name, process._popen.pid if process._popen else 0, code or 0)
        if spec.required:
            self._say(spec.name, f"{ended}; everything ends with it")
            self.exit_code = code if code is not None and code >= 0 else 1
            self._told_to_stop.set()
        elif spec.respawn:
            self._say(spec.name, f"{ended}; starts again in {process.start_later():.1f} s")
        else:
            self._say(spec.name, ended)
            if code:
                self.exit_code = 1

    def _escalate(self) -> None:
        now = time.monotonic()
        self._stop_from = now if self._stop_from is None else self._stop_from
        while self._signals_sent < len(GRACE) and now - self._stop_from >= GRACE[self._signals_sent][0]:
            number = GRACE[self._signals_sent][1]
            self._signals_sent += 1
            for process in self._processes.values():
                if process.pid is not None:
                    process.send(number)

    def _read(self, timeout: float) -> None:
        if not self._selector.get_map():
            self._told_to_stop.wait(timeout) if self._stop_from is None else time.sleep(timeout)
            return
        for key, _ in self._selector.select(timeout):
            self._take(key.data, os.read(key.fd, 65536))

    def _drain(self, process: Process) -> None:
        """Pass on what a dead process left in its pipe."""
        pipe = process.output
        if pipe is None:
            return
        while True:
            try:
                data = os.read(pipe.fileno(), 65536)
            except BlockingIOError:
                data = b""  # a grandchild holds the other end
            if not data:
                break
            self._take(process, data)
        if pipe in {key.fileobj for key in self._selector.get_map().values()}:
            self._selector.unregister(pipe)
        rest = self._partial.pop(id(process), b"")
        if rest:
            self._say(process.spec.name, rest.decode("utf-8", "replace"))
        pipe.close()

    def _take(self, process: Process, data: bytes) -> None:
        if not data:
            if process.output in {key.fileobj for key in self._selector.get_map().values()}:
                self._selector.unregister(process.output)
            return
        *lines, rest = (self._partial.pop(id(process), b"") + data).split(b"\n")
        if rest:
            self._partial[id(process)] = rest
        for line in lines:
            self._say(process.spec.name, line.decode("utf-8", "replace"))

    def _say(self, name: str, line: str) -> None:
        if self._log_dir is None:
            print(f"[{name}] {line}", file=self._out, flush=True)
            return
        with (self._log_dir / "launch.log").open("a", encoding="utf-8") as log:
            log.write(f"{time.time():.3f} [{name}] {line}\n")
