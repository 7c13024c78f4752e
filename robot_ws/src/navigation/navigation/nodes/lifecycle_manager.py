"""The lifecycle manager: brings every managed node up, and up again when it was restarted.

It stops what drives when the escort that asked for it is gone: a robot never
drives on with nobody looking after the visitor.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from action_msgs.msg import GoalStatus, GoalStatusArray
from action_msgs.srv import CancelGoal
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from guide_interfaces.msg import Heartbeat
from lifecycle_msgs.srv import ChangeState
from nav2_msgs.srv import ManageLifecycleNodes
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger

from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED, STREAM
from guide_common.running import run
from guide_common.waiting import serve
from navigation.lifecycle import State, Supervisor, SupervisorParams, Transition

ORDER = (
    "map_server",
    "amcl",
    "bt_navigator",
    "people_tracker",
    "counter_map",
    "listener",
    "speaker",
    "dialogue",
    "guide",
    "console",
)
GROUPS: dict[str, tuple[str, ...] | None] = {
    "lifecycle_manager": None,
    "lifecycle_manager_localization": ("map_server", "amcl"),
    "lifecycle_manager_navigation": ("bt_navigator", "people_tracker"),
}
"""The names under which Nav2's clients and panels ask, and the nodes that each means; None: all."""
COMMANDS = {
    ManageLifecycleNodes.Request.STARTUP: State.ACTIVE,
    ManageLifecycleNodes.Request.RESUME: State.ACTIVE,
    ManageLifecycleNodes.Request.PAUSE: State.INACTIVE,
    ManageLifecycleNodes.Request.CONFIGURE: State.INACTIVE,
    ManageLifecycleNodes.Request.RESET: State.UNCONFIGURED,
    ManageLifecycleNodes.Request.CLEANUP: State.UNCONFIGURED,
    # not finalized: a node comes back from there only in a new process, and a client that asks the old one meanwhile,
    # as Nav2's own does after its STARTUP, waits for ever
    ManageLifecycleNodes.Request.SHUTDOWN: State.UNCONFIGURED,
}
BUSY = (GoalStatus.STATUS_ACCEPTED, GoalStatus.STATUS_EXECUTING, GoalStatus.STATUS_CANCELING)


@dataclass(frozen=True, slots=True)
class ManagerParams:
    """Hold the manager's parameters.

    `node_names` is the bring-up order; with `autostart` off, nodes wait for STARTUP; `escort` is the node without
    which nothing may drive, though its process may be slow for `escort_grace` s; a node silent for `hung_after` s
    (0: never) is killed, so that it is started again.
    """

    node_names: tuple[str, ...] = ORDER
    autostart: bool = True
    escort: str = "guide"
    escort_grace: float = 3.0
    hung_after: float = 20.0
    command_timeout: float = 20.0


class LifecycleManager(Node):
    """Carry out what the supervisor decides."""

    def __init__(self) -> None:
        super().__init__("lifecycle_manager")
        self.params = declare(self, ManagerParams())
        self.supervisor = Supervisor(self.params.node_names, declare(self, SupervisorParams(), "times"))
        if not self.params.autostart:
            self.supervisor.aim(State.UNCONFIGURED)
        self._turns: list[Future] = []
        self._escort_lost = False
        self._escorting = True  # until the escort says otherwise, believe the worse
        self._clients_of = {n: self.create_client(ChangeState, f"{n}/change_state") for n in self.params.node_names}
        self._cancel_driving = self.create_client(CancelGoal, "navigate_to_pose/_action/cancel_goal")
        self.create_subscription(Heartbeat, "heartbeats", self._on_beat, EVENTS)
        self.create_subscription(GoalStatusArray, "guide_visitor/_action/status", self._on_escort, LATCHED)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", STREAM)
        for group, names in GROUPS.items():
            serve(self, ManageLifecycleNodes, f"{group}/manage_nodes", partial(self._manage, names))
            self.create_service(Trigger, f"{group}/is_active", partial(self._is_active, names))
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(0.1, self._step, clock=self._steady)
        self.create_timer(1.0, self._diagnose, clock=self._steady)

    def _on_beat(self, msg: Heartbeat) -> None:
        if self.supervisor.heard(msg.node, msg.pid, msg.state, time.monotonic()):
            self.get_logger().info(f"{msg.node} is {State(msg.state).name.lower()} (process {msg.pid})")
            self._step()

    def _on_escort(self, msg: GoalStatusArray) -> None:
        self._escorting = any(status.status in BUSY for status in msg.status_list)

    def _step(self) -> None:
        now = time.monotonic()
        for name in self.supervisor.newly_dead(now):
            self.get_logger().warning(f"{name} is silent")
            self._escort_lost = self._escort_lost or name == self.params.escort
        if self._escort_lost:
            self._look_after_escort(now)
        turns, self._turns = self._turns, []
        for turn in turns:
            turn.set_result(None)
        for name, transition in self.supervisor.due(now):
            self._request(name, transition)
        for name, pid in self.supervisor.to_end(now):
            if _runs(pid, name):
                self.get_logger().info(f"{name} was shut down and is wanted again: process {pid} is to start anew")
                os.kill(pid, signal.SIGTERM)

    def _request(self, name: str, transition: Transition) -> None:
        request = ChangeState.Request()
        request.transition.id = int(transition)
        self._clients_of[name].call_async(request).add_done_callback(partial(self._on_answer, name))

    def _on_answer(self, name: str, answer: Future) -> None:
        error = answer.exception()
        success = error is None and answer.result().success
        if not success:
            self.get_logger().warning(f"{name} refused its transition; it is tried again")
        self.supervisor.answered(name, success, time.monotonic())

    def _look_after_escort(self, now: float) -> None:
        """Stop what drives once the escort is surely gone: its process ended, or said nothing for long."""
        pid, silent = self.supervisor.silent_for(self.params.escort, now)
        if silent == 0.0:
            self._escort_lost = False
        elif silent > self.params.escort_grace or not _runs(pid, self.params.escort):
            self._escort_lost = False
            if self._escorting:
                self._stop_driving()

    def _stop_driving(self) -> None:
        self.get_logger().error("the escort is gone while it led somebody: every navigation goal is cancelled")
        self._cancel_driving.call_async(CancelGoal.Request())  # zero id and stamp: all goals

    async def _manage(
        self,
        names: tuple[str, ...] | None,
        request: ManageLifecycleNodes.Request,
        response: ManageLifecycleNodes.Response,
    ) -> ManageLifecycleNodes.Response:
        target = COMMANDS.get(request.command)
        if target is None:
            self.get_logger().error(f"manage_nodes: there is no command {request.command}")
            return response
        self.supervisor.aim(target, names)
        self._step()
        limit = time.monotonic() + self.params.command_timeout
        while not self.supervisor.reached(time.monotonic(), names) and time.monotonic() < limit:
            await self._next_step()
        response.success = self.supervisor.reached(time.monotonic(), names)
        return response

    async def _next_step(self) -> None:
        """Wait for the supervisor's next step; a timer for each wait would pile up in rclpy's clock."""
        turn = Future()
        self._turns.append(turn)
        await turn

    def _is_active(
        self, names: tuple[str, ...] | None, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        now = time.monotonic()
        response.success = self.supervisor.all_active(now, names)
        told = [(name, why) for name, health, why in self.supervisor.report(now) if health]
        response.message = "; ".join(f"{name}: {why}" for name, why in told if names is None or name in names)
        return response

    def _diagnose(self) -> None:
        now = time.monotonic()
        msg = DiagnosticArray()
        msg.header.stamp = self.get_clock().now().to_msg()
        for name, health, why in self.supervisor.report(now):
            msg.status.append(
                DiagnosticStatus(level=bytes([int(health)]), name=f"lifecycle: {name}", message=why, hardware_id=name)
            )
            self._end_if_hung(name, now)
        self._diagnostics.publish(msg)

    def _end_if_hung(self, name: str, now: float) -> None:
        """Kill a process that lives but says nothing, so that the launcher starts it again."""
        pid, silent = self.supervisor.silent_for(name, now)
        if not pid or not 0.0 < self.params.hung_after < silent:
            return
        if _runs(pid, name):
            self.get_logger().error(f"{name} hangs (process {pid}); it is killed to be started again")
            os.kill(pid, signal.SIGKILL)


def _runs(pid: int, name: str) -> bool:
    """Tell whether a process of this machine is that node's: its command line names it."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(word.rsplit(b"/", 1)[-1] == name.encode() for word in words)


def main() -> int:
    """Run the node."""
    return run(LifecycleManager)
