"""Managed (lifecycle) nodes that tell they are alive.

A killed process looks alive to DDS for 20 s, so each managed node beats on
`heartbeats`; the lifecycle manager restarts and re-activates what falls silent.
The beat's stamp is the ROS time up to which the node has done its work, which
lets a simulator wait for a graph that is slower than it.
"""

from __future__ import annotations

import os

from guide_interfaces.msg import Heartbeat
from lifecycle_msgs.msg import State as StateMsg
from rclpy.clock import Clock, ClockType
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from guide_common.qos import STREAM

HEARTBEAT_PERIOD = 0.2
"""s, steady clock."""


class ManagedNode(LifecycleNode):
    """Be a lifecycle node whose subclass says what to do on configure, activate, deactivate and clean-up.

    Subclasses override `configure`, `activate`, `deactivate`, `cleanup` (plain methods, errors raised);
    callbacks of theirs ask `self.active` before they act, since rclpy's lifecycle manages publishers only.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.active = False
        self.pending_since: object | None = None
        self._state_id = StateMsg.PRIMARY_STATE_UNCONFIGURED
        self._beats = self.create_publisher(Heartbeat, "heartbeats", STREAM)
        self._beat = Heartbeat(node=self.get_name(), pid=os.getpid())
        self._destroyed = False
        self.create_timer(HEARTBEAT_PERIOD, self.beat, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def configure(self) -> None:
        """Make publishers, subscriptions and cores; load what is needed."""

    def activate(self) -> None:
        """Begin to work."""

    def deactivate(self) -> None:
        """Stop working, keep what is loaded."""

    def cleanup(self) -> None:
        """Undo `configure`."""

    def work_done_until(self) -> object:
        """Return the stamp for the next beat: `pending_since` while work that came then is pending, else now.

        A subclass that works in cycles knows better.
        """
        return self.pending_since or self.get_clock().now().to_msg()

    def destroy_node(self) -> None:
        """Fall silent; a beat that the executor has queued already is not sent."""
        self._destroyed = True
        super().destroy_node()

    def beat(self) -> None:
        """Publish a sign of life."""
        if self._destroyed:
            return
        self._beat.header.stamp = self.work_done_until()
        self._beat.state = self._state_id
        self._beats.publish(self._beat)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Handle the lifecycle transition."""
        return self.__step(self.configure, StateMsg.PRIMARY_STATE_INACTIVE)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Handle the lifecycle transition."""
        super().on_activate(state)
        result = self.__step(self.activate, StateMsg.PRIMARY_STATE_ACTIVE)
        self.active = result == TransitionCallbackReturn.SUCCESS
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Handle the lifecycle transition."""
        self.active = False
        super().on_deactivate(state)
        return self.__step(self.deactivate, StateMsg.PRIMARY_STATE_INACTIVE)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Handle the lifecycle transition."""
        return self.__step(self.cleanup, StateMsg.PRIMARY_STATE_UNCONFIGURED)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Handle the lifecycle transition."""
        self.active = False
        return self.__step(self.cleanup, StateMsg.PRIMARY_STATE_FINALIZED)

    def _LifecycleNodeMixin__change_state(self, transition_id: int) -> TransitionCallbackReturn:  # noqa: N802
        """Refuse a transition that the state does not have; rclpy's own method lets it end the process."""
        try:
            return super()._LifecycleNodeMixin__change_state(transition_id)  # type: ignore[misc,no-any-return]
        except rclpy_implementation.RCLError as error:
            self.get_logger().warning(f"{self.get_name()} refused transition {transition_id}: {error}")
            return TransitionCallbackReturn.FAILURE

    def __step(self, work: object, reached: int) -> TransitionCallbackReturn:
        try:
            work()  # type: ignore[operator]
        except Exception as error:  # rclpy would swallow it: the manager must see a failed transition and a reason
            self.get_logger().error(f"{self.get_name()} could not {work.__name__}: {error!r}")  # type: ignore[attr-defined]
            return TransitionCallbackReturn.FAILURE
        self._state_id = reached
        self.beat()
        return TransitionCallbackReturn.SUCCESS
