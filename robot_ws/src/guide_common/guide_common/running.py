"""Run a node: the one place that knows how an executor is spun."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from guide_common.errors import UserError
from guide_common.executor import PatientExecutor


def run(factory: Callable[[], Node], args: list[str] | None = None) -> int:
    """Make a node and spin it until SIGINT or SIGTERM; return the process's exit code.

    The events executor dispatches only through `spin_once` with a time-out
    (its `spin` does nothing in rclpy 7.1.6), so that is what runs here.
    A `UserError` while the node is made is printed as one sentence, exit code 2.
    """
    told_to_end = threading.Event()
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_end.set())
    try:
        node = factory()
    except UserError as error:
        print(error, file=sys.stderr)
        rclpy.try_shutdown()
        return 2
    executor = PatientExecutor()
    executor.add_node(node)
    try:
        while rclpy.ok() and not told_to_end.is_set():
            executor.spin_once(timeout_sec=0.2)
    except ExternalShutdownException:
        pass  # the context ended under us: the normal end of a node
    finally:
        executor.remove_node(node)
        node.destroy_node()
        rclpy.try_shutdown()
    return 0
