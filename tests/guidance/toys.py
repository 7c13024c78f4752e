"""Install small real programs where the launcher finds them, and listen to the graph from a test."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MANAGED = """
import sys
from guide_common.managed import ManagedNode
from guide_common.running import run

class Toy(ManagedNode):
    def __init__(self):
        super().__init__("toy")

sys.exit(run(Toy))
"""


def install(prefix: Path, name: str, code: str) -> None:
    """Put a Python program at `<prefix>/lib/toys/<name>`."""
    path = prefix / "lib" / "toys" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@contextmanager
def node(name: str) -> Iterator[object]:
    """Make a node of the test's own."""
    import rclpy

    context = rclpy.Context()
    rclpy.init(context=context)
    made = rclpy.create_node(name, context=context)
    try:
        yield made
    finally:
        made.destroy_node()
        context.try_shutdown()


@contextmanager
def spinning(name: str) -> Iterator[tuple[object, Callable[..., None]]]:
    """Make a node and a function that spins it until a condition holds, or fails."""
    from rclpy.experimental import EventsExecutor

    with node(name) as made:
        executor = EventsExecutor(context=made.context)  # type: ignore[attr-defined]
        executor.add_node(made)  # type: ignore[arg-type]

        def until(condition: Callable[[], bool], what: str, limit: float = 20.0) -> None:
            end = time.monotonic() + limit
            while not condition():
                assert time.monotonic() < end, f"{what}: not within {limit} s"
                executor.spin_once(timeout_sec=0.02)

        yield made, until
        executor.remove_node(made)  # type: ignore[arg-type]


def settle(made: object, seconds: float) -> None:
    """Give what was sent the time to arrive."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        made.executor.spin_once(timeout_sec=0.02)  # type: ignore[attr-defined]
