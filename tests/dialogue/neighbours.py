"""The dialogue's neighbours, played by the test: guide, navigator, people and transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import Point
from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import Caption, DialogueState, Heartbeat, People, Person, Utterance
from lifecycle_msgs.msg import State
from nav2_msgs.action import NavigateToPose
from rclpy.action import ActionServer, CancelResponse
from rclpy.node import Node
from rclpy.task import Future
from tf2_msgs.msg import TFMessage

from guide_common.geometry import Pose2D
from guide_common.qos import EVENTS, LATCHED, STREAM, TF
from guide_common.transforms import make_transform


class Ends:
    """An action server whose goals end when the test says so."""

    def __init__(self, node: Node, kind: Any, name: str) -> None:
        self.kind = kind
        self.goals: list[Any] = []
        self.cancelled = 0
        self._ends: list[Future] = []
        self.server = ActionServer(node, kind, name, self._execute, cancel_callback=self._on_cancel)

    def _on_cancel(self, _: Any) -> CancelResponse:
        self.cancelled += 1
        self.end(succeeded=None)
        return CancelResponse.ACCEPT

    async def _execute(self, handle: Any) -> Any:
        self.goals.append(handle)
        end = Future()
        self._ends.append(end)
        succeeded, error_code = await end
        if succeeded is None:
            handle.canceled()
        elif succeeded:
            handle.succeed()
        else:
            handle.abort()
        return self.kind.Result(error_code=error_code)

    def end(self, succeeded: bool | None = True, error_code: int = 0) -> None:
        """End the newest goal; None ends it as cancelled."""
        if not self._ends[-1].done():
            self._ends[-1].set_result((succeeded, error_code))


class Neighbours(Node):
    """Everything around the dialogue that is not of this package."""

    def __init__(self) -> None:
        super().__init__("neighbours")
        self.guide = Ends(self, GuideVisitor, "guide_visitor")
        self.navigator = Ends(self, NavigateToPose, "navigate_to_pose")
        self.robot, self.visitor = Pose2D(20.0, 8.0, 0.0), None
        self.placed = True
        self.beating = {"guide": 101, "bt_navigator": 102}
        self.states: list[DialogueState] = []
        self.captions: list[Caption] = []
        self._beats = self.create_publisher(Heartbeat, "heartbeats", STREAM)
        self._people = self.create_publisher(People, "people", STREAM)
        self._tf = self.create_publisher(TFMessage, "tf", TF)
        self._heard = self.create_publisher(Utterance, "utterance", EVENTS)
        self._touched = self.create_publisher(Utterance, "touch", EVENTS)
        self.create_subscription(DialogueState, "dialogue_state", self.states.append, LATCHED)
        self.create_subscription(Caption, "captions", self.captions.append, EVENTS)
        self.create_timer(0.1, self._live)

    def _live(self) -> None:
        now = self.get_clock().now()
        for name, pid in self.beating.items():
            self._beats.publish(Heartbeat(node=name, pid=pid, state=State.PRIMARY_STATE_ACTIVE))
        if self.placed:
            self._tf.publish(TFMessage(transforms=[make_transform("map", "base_link", self.robot, now)]))
        people = People()
        if self.visitor:
            people.people = [Person(id=1, position=Point(x=self.visitor[0], y=self.visitor[1]))]
        people.header.stamp, people.header.frame_id = now.to_msg(), "map"
        self._people.publish(people)

    def stands_before_the_robot(self) -> None:
        self.visitor = (self.robot.x + 1.2, self.robot.y)

    def walks_off(self) -> None:
        self.visitor = None

    def says(self, text: str, *alternatives: str) -> None:
        """Be heard by the listener."""
        self._heard.publish(
            Utterance(text=text, language="vi", is_final=True, source="voice", alternatives=list(alternatives))
        )

    def touches(self, label: str) -> None:
        """Touch the screen."""
        self._touched.publish(Utterance(text=label, source="touch", is_final=True))

    def feeds_back(self, state: str) -> None:
        """Let the guide tell its state."""
        self.guide.goals[-1].publish_feedback(GuideVisitor.Feedback(state=state))

    @property
    def state(self) -> str:
        """The dialogue's state."""
        return self.states[-1].state if self.states else ""

    def in_state(self, state: str) -> Callable[[], bool]:
        """Whether the dialogue is in a state."""
        return lambda: self.state == state

    def robot_said(self) -> str:
        """All that the robot has said so far."""
        return " ".join(caption.text for caption in self.captions if caption.speaker == "robot")
