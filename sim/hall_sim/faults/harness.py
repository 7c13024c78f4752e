"""Carry out the faults that no topic shows: signals to processes by their id, and what happens to the disk."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Mapping

from guide_common.errors import UserError
from hall_sim.faults.core import FaultEvent, Faults
from hall_sim.faults.disk import StateDisk
from hall_sim.faults.rig import ProcessAction


class FaultHarness:
    """Do what is due; the nodes are never asked.

    Args:
        faults: of the run.
        pids: the process ids, each the leader of its group, of the nodes that run now.
        disk: the disk under the state folder, where faults touch it.
    """

    def __init__(self, faults: Faults, pids: Callable[[], Mapping[str, int]], disk: StateDisk | None = None) -> None:
        self.faults = faults
        self.events: list[FaultEvent] = []
        self._pids, self._disk = pids, disk
        self._stopped: dict[str, int] = {}

    def check(self, known: Collection[str]) -> None:
        """Raise UserError when a fault is for a node that the run does not have."""
        for node in sorted(self.faults.nodes - set(known)):
            raise UserError(f"faults: there is no node {node} to fault; the nodes are {', '.join(sorted(known))}")

    def carry_out(self, time: float) -> None:
        """Do what is due by a time, in s since the start of the run, and note which faults begin and end."""
        for action in self.faults.due_processes(time):
            self._send(action)
        for change in self.faults.due_disk(time):
            if self._disk is not None:
                self._disk.act(change)
        self.events += self.faults.news(time)

    def close(self) -> None:
        """Let every process that was stopped go on, so that it can end."""
        for node in list(self._stopped):
            self._send(ProcessAction(node, signal.SIGCONT))

    def _send(self, action: ProcessAction) -> None:
        pid = self._pids().get(action.node)
        stopped = self._stopped.pop(action.node, None)
        if pid is None or (action.number == signal.SIGCONT and pid != stopped):
            return  # it is dead, or lives anew and was never stopped
        try:
            os.killpg(pid, action.number)
        except ProcessLookupError:
            return  # it has just ended by itself
        if action.number == signal.SIGSTOP:
            self._stopped[action.node] = pid
