"""The guide: leads a visitor to a place (action `guide_visitor`) by asking the navigator to drive or to stand."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import CounterMapRevision, Heartbeat, People
from guide_interfaces.srv import ListPlaces
from nav2_msgs.msg import SpeedLimit
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.clock import Clock, ClockType
from rclpy.task import Future
from std_msgs.msg import Bool

from guidance.conversions import destination_from_msg, people_from_msg
from guidance.escort import Decision, EscortParams, Outcome
from guidance.interlocutor import Interlocutor
from guidance.leading import Destination, Leading, refusal
from guidance.nodes.driving import Driving
from guidance.texts import Texts
from guide_common.conversions import pose_stamped, seconds
from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED, STREAM
from guide_common.running import run
from guide_common.transforms import TransformBuffer
from guide_common.waiting import sleep

NEEDS = {
    "velocity_guard": "guard_down",
    "amcl": "localisation_down",
    "bt_navigator": "navigator_down",
    "people_tracker": "tracker_down",
}
"""What must be alive and active to lead, and the reason to tell when it is not."""
ACTIVE = 3
PLACES_COME, POSE_COMES = 5.0, 2.0
"""s of the steady clock for which a visitor's request waits for the places, and for a pose of the robot."""
SILENCE = 1.0
"""s of the steady clock without a beat after which a node counts as dead."""


@dataclass(frozen=True, slots=True)
class GuideParams:
    """Hold the node's parameters; `needs` names those of `NEEDS` that are watched."""

    robot_dir: str = ""
    site_dir: str = ""
    floor: str = "1"
    state_dir: str = ""
    needs: tuple[str, ...] = tuple(NEEDS)
    rate: float = 10.0


@dataclass(slots=True)
class _Session:
    """Hold one leading that goes on, and who asked for it."""

    goal: Any
    language: str
    leading: Leading
    done: Future
    end: tuple[Outcome, str] = (Outcome.NONE, "")
    ticks: int = 0
    cancelled: bool = False
    told: str = ""


class Guide(ManagedNode):
    """Feed the escort with what is known and carry out what it decides."""

    def __init__(self) -> None:
        super().__init__("guide")
        self.params = declare(self, GuideParams())
        self.escort_params = declare(self, EscortParams(), "escort")
        self._session: _Session | None = None
        self._places: dict[str, Destination] = {}
        self._people: People | None = None
        self._interlocutor = Interlocutor()
        self._e_stop = False
        self._beaten: dict[str, tuple[int, int, float]] = {}
        self._tick: Any = None

    def configure(self) -> None:
        """Make the clients and subscriptions; read the sentences."""
        self._texts = Texts()
        self._transforms = TransformBuffer(self)
        memory = None
        if self.params.state_dir:
            folder = Path(self.params.state_dir)
            folder.mkdir(parents=True, exist_ok=True)
            memory = folder / "guide_goal"
        self._driving = Driving(self, self._on_drive_end, memory)
        self._limits = self.create_publisher(SpeedLimit, "speed_limit", STREAM)
        self._list_places = self.create_client(ListPlaces, "counter_map/list_places")
        self.create_subscription(People, "people", self._on_people, STREAM)
        self.create_subscription(Bool, "e_stop", self._on_e_stop, LATCHED)
        self.create_subscription(Heartbeat, "heartbeats", self._on_beat, EVENTS)
        self.create_subscription(CounterMapRevision, "counter_map", self._on_revision, LATCHED)
        self._revision = ""
        self._known_revision: str | None = None
        self._places_timer = self.create_timer(1.0, self._ask_places, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._server = ActionServer(
            self,
            GuideVisitor,
            "guide_visitor",
            self._execute,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=self._on_cancel,
        )

    def activate(self) -> None:
        """Take back what a killed predecessor left driving."""
        self._driving.take_back_strays()
        self._ask_places()

    def deactivate(self) -> None:
        """End the escort that goes on."""
        self._finish(Outcome.NOT_ACTIVE, "not_active")

    def cleanup(self) -> None:
        """End the escort that goes on and stop answering."""
        self._finish(Outcome.NOT_ACTIVE, "not_active")

    def _on_people(self, msg: People) -> None:
        self._people = msg
        pose = self._transforms.pose("map", "base_link") if self._session is None else None
        if pose is not None:
            self._interlocutor.update(people_from_msg(msg), seconds(msg.header.stamp), pose[0])
        self.beat()  # in step with the ROS clock, which in simulation waits for it

    def _on_e_stop(self, msg: Bool) -> None:
        self._e_stop = msg.data

    def _on_beat(self, msg: Heartbeat) -> None:
        if msg.node not in NEEDS:
            return
        before = self._beaten.get(msg.node)
        if msg.node == "bt_navigator" and before is not None and before[0] != msg.pid:
            self._driving.reset()  # a new navigator knows nothing of our goal
        self._beaten[msg.node] = (msg.pid, msg.state, time.monotonic())

    def _on_revision(self, msg: CounterMapRevision) -> None:
        self._revision = msg.revision
        self._ask_places()

    def _ask_places(self) -> None:
        """Ask for all places unless those of the revision in force are known; a lost answer is asked for again."""
        if self._known_revision != self._revision or not self._places:
            self._list_places.call_async(ListPlaces.Request()).add_done_callback(self._on_places)

    def _on_places(self, answer: Future) -> None:
        response = answer.result()
        self._places = {place.id: destination_from_msg(place) for place in response.places}
        self._known_revision = response.revision
        session = self._session
        if session is None:
            return
        stand = session.leading.place.stand
        end = session.leading.place_changed(self._places.get(session.leading.place.id))
        if end is not None:
            self._finish(*end)
        elif session.leading.place.stand != stand:
            self.get_logger().info(f"{session.leading.place.id} has moved; going to its new stand pose")

    def _broken(self) -> str:
        """Return the reason key of the first thing that is needed and not there, or nothing."""
        now = time.monotonic()
        for name in self.params.needs:
            _, state, heard = self._beaten.get(name, (0, 0, -math.inf))
            if state != ACTIVE or now - heard > SILENCE:
                return NEEDS[name]
        return ""

    def _on_cancel(self, goal: Any) -> CancelResponse:
        """Stop the robot before answering."""
        session = self._session
        if session is not None and session.goal.goal_id == goal.goal_id:
            session.cancelled = True
            self._finish(Outcome.NONE, "cancelled")
        return CancelResponse.ACCEPT

    async def _execute(self, goal: Any) -> GuideVisitor.Result:
        request = goal.request
        self._finish(Outcome.NOT_ACTIVE, "superseded")
        refusal = await self._refusal(request.place_id)
        if goal.is_cancel_requested:
            goal.canceled()
            return self._result(Outcome.NONE, "cancelled", request.language)
        if refusal is not None:
            goal.abort()
            return self._result(*refusal, request.language)
        self._finish(Outcome.NOT_ACTIVE, "superseded")
        session = self._begin(goal)
        await session.done
        outcome, reason = session.end
        if session.cancelled:
            goal.canceled()
        elif outcome == Outcome.NONE:
            goal.succeed()
        else:
            goal.abort()
        return self._result(outcome, reason, session.language)

    async def _refusal(self, place_id: str) -> tuple[Outcome, str] | None:
        """Return why nobody can be led there, or None."""
        if not self.active:
            return Outcome.NOT_ACTIVE, "not_active"
        if not await self._comes(lambda: bool(self._places), PLACES_COME):
            return Outcome.NOT_ACTIVE, "no_places"
        refused = refusal(self._places, place_id, self.params.floor)
        if refused is None and not await self._comes(lambda: self._robot() is not None, POSE_COMES):
            return Outcome.NAVIGATION_FAILED, "localisation_down"
        return refused

    async def _comes(self, what: Callable[[], bool], within: float) -> bool:
        """Wait for something, at most so many s of the steady clock; tell whether it came."""
        limit = time.monotonic() + within
        while not what() and time.monotonic() < limit:
            await sleep(self, 0.1, Clock(clock_type=ClockType.STEADY_TIME))
        return what()

    def _robot(self) -> Pose2D | None:
        return self._transforms.fresh("map", "base_link", self.get_clock().now().nanoseconds * 1e-9)

    def _begin(self, goal: Any) -> _Session:
        request, place = goal.request, self._places[goal.request.place_id]
        who = self._interlocutor.id
        leading = Leading(place, request.pace, self.escort_params, self._driving, self._limit_speed, who)
        session = _Session(goal, request.language, leading, Future())
        self._people = None
        self._session = session
        self._tick = self.create_timer(1.0 / self.params.rate, self._on_tick)
        return session

    def _on_tick(self) -> None:
        session = self._session
        if session is None:
            return
        now = self.get_clock().now().nanoseconds * 1e-9
        people, self._people = self._people, None
        decision = session.leading.step(
            now=now,
            robot=self._robot(),
            people=None if people is None else people_from_msg(people),
            broken=self._broken(),
            e_stop=self._e_stop,
        )
        if decision.outcome is None:
            self._tell(session, decision)
        else:
            self._finish(decision.outcome, decision.reason, decision.message)

    def _tell(self, session: _Session, decision: Decision) -> None:
        if session.told != decision.reason:
            self.get_logger().info(f"{decision.state}: {decision.reason}")
        session.told = decision.reason
        session.ticks += 1
        if session.ticks % 2:
            return
        feedback = GuideVisitor.Feedback(state=decision.state, reason=self._texts.of(decision.reason, session.language))
        feedback.distance_remaining = self._driving.distance_remaining
        feedback.visitor_distance = session.leading.visitor_distance
        left = session.leading.seconds_remaining
        if math.isfinite(left):
            feedback.estimated_time_remaining.sec = int(left)
        session.goal.publish_feedback(feedback)

    def _on_drive_end(self, succeeded: bool, message: str) -> None:
        if self._session is None:
            return
        if not succeeded:
            self.get_logger().warning(f"the drive failed: {message}")
        self._session.leading.escort.navigation_ended(succeeded, message, self.get_clock().now().nanoseconds * 1e-9)

    def _finish(self, outcome: Outcome, reason: str, message: str = "") -> None:
        """End the escort that goes on, if any: the robot stands, the caller gets the result."""
        session, self._session = self._session, None
        if session is None:
            return
        self.destroy_timer(self._tick)
        session.leading.end()
        self._interlocutor.go_on_with(session.leading.escort.visitor)
        session.end = outcome, message or reason
        self.get_logger().info(f"escort to {session.leading.place.id} ended: {outcome.name} {message or reason}")
        session.done.set_result(None)

    def _result(self, outcome: Outcome, reason: str, language: str) -> GuideVisitor.Result:
        result = GuideVisitor.Result(error_code=int(outcome))
        if outcome != Outcome.NONE:
            result.error_msg = self._texts.of(reason, language)
        pose = self._transforms.pose("map", "base_link")
        if pose is not None:
            result.final_pose = pose_stamped(pose[0], "map", self.get_clock().now())
        return result

    def _limit_speed(self, speed: float) -> None:
        msg = SpeedLimit(percentage=False, speed_limit=float(speed))
        msg.header.stamp = self.get_clock().now().to_msg()
        self._limits.publish(msg)


def main() -> int:
    """Run the node."""
    return run(Guide)
