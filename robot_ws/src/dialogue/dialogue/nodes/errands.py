"""What the dialogue has others do: lead a visitor, drive home, look things up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalStatus
from action_msgs.srv import CancelGoal
from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import Place
from guide_interfaces.srv import FindCounter, ListPlaces
from nav2_msgs.action import NavigateToPose
from rclpy.action import ActionClient
from rclpy.node import Node

from dialogue.conversation.effects import AskLookup, AskPlaces
from dialogue.conversation.facts import LookupAnswer, PlaceFacts
from dialogue.conversions import lookup_answer, place_facts
from guide_common.conversions import pose_stamped, pose_to_2d
from guide_common.geometry import Pose2D

RETRY_GAP = 0.5
"""s between two tries to hand over a goal."""

REFUSED_FOR = 10.0
"""s of refusals after which an errand has failed."""


class Errand:
    """Have one goal of an action done, in place of the one before; wait for a server that is not there yet.

    `ended(goal_status, result)` is told of the end of the newest goal only; the result is None when it was refused.
    """

    def __init__(
        self,
        node: Node,
        kind: Any,
        name: str,
        ended: Callable[[int, Any], None],
        feedback: Callable[[Any], None] | None = None,
    ) -> None:
        self._client = ActionClient(node, kind, name)
        self._cancel_all = node.create_client(CancelGoal, f"{name}/_action/cancel_goal")
        self._ended, self._feedback = ended, feedback
        self._goal: Any = None
        self._handle: Any = None
        self._leaving: Any = None
        self._turn = 0
        self._given = self._next_try = self._leave_until = 0.0

    @property
    def running(self) -> bool:
        """Tell whether a goal was accepted and has not ended."""
        return self._handle is not None

    @property
    def waiting(self) -> bool:
        """Tell whether a goal has not been handed over yet."""
        return self._goal is not None

    def begin(self, goal: Any, now: float) -> None:
        """Hand over a goal as soon as the server takes it; the one before is cancelled first."""
        self.cancel(now)
        self._goal, self._given, self._next_try = goal, now, now
        self.tick(now)

    def cancel(self, now: float) -> None:
        """Cancel the goal; its end is not told."""
        self._turn += 1
        self._goal = None
        if self._handle is not None:
            self._handle.cancel_goal_async()
            self._leaving, self._leave_until = self._handle, now + 2.0
        self._handle = None

    def drop(self) -> None:
        """Forget the goal of a server that has died."""
        self._turn += 1
        self._goal = self._handle = self._leaving = None

    def cancel_all(self) -> None:
        """Cancel goals that a former life of this node left behind."""
        if self._cancel_all.service_is_ready():
            self._cancel_all.call_async(CancelGoal.Request())

    def tick(self, now: float) -> None:
        """Try to hand over the goal that waits."""
        if self._goal is None or now < self._next_try:
            return
        if self._leaving is not None and now < self._leave_until:
            return
        self._leaving = None
        if now - self._given > REFUSED_FOR:
            self._goal = None
            self._ended(GoalStatus.STATUS_UNKNOWN, None)
        elif self._client.server_is_ready():
            self._send(now)

    def _send(self, now: float) -> None:
        self._next_try = now + 2.0  # an answer that never comes
        self._turn += 1
        turn = self._turn
        sent = self._client.send_goal_async(self._goal, feedback_callback=lambda msg: self._fed(msg, turn))
        sent.add_done_callback(lambda future: self._accepted(future.result(), turn, now))

    def _accepted(self, handle: Any, turn: int, now: float) -> None:
        accepted = handle is not None and handle.accepted
        if turn != self._turn:
            if accepted:
                handle.cancel_goal_async()
        elif accepted:
            self._goal, self._handle = None, handle
            handle.get_result_async().add_done_callback(lambda future: self._done(future.result(), turn, handle))
        else:
            self._next_try = now + RETRY_GAP

    def _fed(self, msg: Any, turn: int) -> None:
        if turn == self._turn and self._feedback is not None:
            self._feedback(msg.feedback)

    def _done(self, response: Any, turn: int, handle: Any) -> None:
        if self._leaving is handle:
            self._leaving = None
        if turn != self._turn:
            return
        self._handle = None
        self._ended(response.status, response.result)


class GuideErrand(Errand):
    """Lead a visitor, by the action `guide_visitor`."""

    def __init__(self, node: Node, ended: Callable[[int, Any], None], feedback: Callable[[Any], None]) -> None:
        super().__init__(node, GuideVisitor, "guide_visitor", ended, feedback)

    def start(self, place_id: str, language: str, pace: float, now: float) -> None:
        """Lead to a place."""
        self.begin(GuideVisitor.Goal(place_id=place_id, language=language, pace=pace), now)


class HomeErrand(Errand):
    """Drive to the post, by the action `navigate_to_pose`."""

    def __init__(self, node: Node, ended: Callable[[int, Any], None]) -> None:
        super().__init__(node, NavigateToPose, "navigate_to_pose", ended)
        self._node = node

    def start(self, stand: Pose2D, now: float) -> None:
        """Drive there."""
        self.begin(NavigateToPose.Goal(pose=pose_stamped(stand, "map", self._node.get_clock().now())), now)


class Lookups:
    """Ask the counter map; only the answer to the newest question counts, and none is waited for."""

    def __init__(
        self,
        node: Node,
        answered: Callable[[LookupAnswer], None],
        places: Callable[[list[PlaceFacts]], None],
    ) -> None:
        self._find = node.create_client(FindCounter, "counter_map/find_counter")
        self._list = node.create_client(ListPlaces, "counter_map/list_places")
        self._answered, self._places = answered, places
        self._turn = 0
        self._opened = False

    @property
    def opened(self) -> bool:
        """Tell whether the counter map could be asked at some time since the start."""
        self._opened = self._opened or self._find.service_is_ready()
        return self._opened

    def find(self, question: AskLookup) -> None:
        """Ask what a text means, all readings of the same sound at once."""
        self._turn += 1
        turn = self._turn
        if self._find.service_is_ready():
            request = FindCounter.Request(text=question.lines, language=question.language)
            self._find.call_async(request).add_done_callback(lambda future: self._found(turn, future.result()))

    def list_places(self, question: AskPlaces) -> None:
        """Ask for places."""
        self._turn += 1
        turn = self._turn
        if self._list.service_is_ready():
            request = ListPlaces.Request(kind=question.kind, floor=question.floor, id=question.id)
            asked = self._list.call_async(request)
            asked.add_done_callback(lambda future: self._listed(turn, future.result()))

    def _listed(self, turn: int, response: Any) -> None:
        if turn == self._turn:
            self._places([place_facts(place) for place in response.places])

    def stand_of(self, place_id: str, found: Callable[[Pose2D], None]) -> None:
        """Ask where the robot stands at a place, beside what the visitor asks; not answered when there is none."""
        if self._list.service_is_ready():
            asked = self._list.call_async(ListPlaces.Request(id=place_id))
            asked.add_done_callback(lambda future: _first(future.result().places, found))

    def _found(self, turn: int, response: Any) -> None:
        if turn == self._turn:
            self._answered(lookup_answer(response))


def _first(places: list[Place], found: Callable[[Pose2D], None]) -> None:
    if places:
        found(pose_to_2d(places[0].stand_pose))
