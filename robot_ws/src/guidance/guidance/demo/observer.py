"""Follow a run over DDS, ground truth included, and keep what the report and the view need."""

from __future__ import annotations

import json
import math
import time
from typing import Any

from geometry_msgs.msg import PoseStamped, Twist
from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import Caption, CounterMapRevision, DialogueState, People
from nav_msgs.msg import Path as PathMsg
from rclpy.node import Node
from std_msgs.msg import String

from guidance.demo.live import Live
from guide_common.conversions import pose_to_2d, seconds
from guide_common.qos import EVENTS, LATCHED, STREAM
from hall_sim.runs.log import RunLog

PLAN_KEPT_IN = ("guiding",)


class Observer(Node):
    """Subscribe to a running graph; a spectator, on which nothing in the graph depends."""

    def __init__(self, log: RunLog) -> None:
        super().__init__("observer")
        self.log, self.live = log, Live()
        self.plans: list[list[tuple[float, float]]] = []
        self.site_folder = ""
        self._begun = time.monotonic()
        self.create_subscription(PoseStamped, "ground_truth/pose", self._on_pose, STREAM)
        self.create_subscription(PoseStamped, "ground_truth/visitor", self._on_visitor, STREAM)
        self.create_subscription(People, "ground_truth/people", self._on_people, STREAM)
        self.create_subscription(String, "ground_truth/contacts", self._on_contact, EVENTS)
        self.create_subscription(Caption, "captions", self._on_caption, EVENTS)
        self.create_subscription(DialogueState, "dialogue_state", self._on_state, LATCHED)
        self.create_subscription(PathMsg, "plan", self._on_plan, STREAM)
        self.create_subscription(Twist, "cmd_vel", self._on_command, STREAM)
        self.create_subscription(CounterMapRevision, "counter_map", self._on_revision, LATCHED)
        self.create_subscription(
            GuideVisitor.Impl.FeedbackMessage, "guide_visitor/_action/feedback", self._on_feedback, STREAM
        )

    def _on_pose(self, message: PoseStamped) -> None:
        live, now = self.live, seconds(message.header.stamp)
        if live.start is None:
            live.start, self._begun = now, time.monotonic()
        live.now, live.wall = now, time.monotonic() - self._begun
        self.log.add_pose(now, pose_to_2d(message.pose))

    def _on_visitor(self, message: PoseStamped) -> None:
        self.log.add_visitor(seconds(message.header.stamp), (message.pose.position.x, message.pose.position.y))

    def _on_people(self, message: People) -> None:
        points = [(p.position.x, p.position.y) for p in message.people]
        self.log.add_people(seconds(message.header.stamp), points)

    def _on_contact(self, message: String) -> None:
        self.live.contacts += 1
        self.log.add_contact(self.live.now, json.loads(message.data))

    def _on_caption(self, message: Caption) -> None:
        self.live.add_line(message.speaker, message.text)
        self.log.add_caption(self.live.now, message.speaker, message.text)

    def _on_state(self, message: DialogueState) -> None:
        live = self.live
        live.state, live.reason, live.place = message.state, message.reason, message.place_id
        if not message.state.startswith(PLAN_KEPT_IN):
            live.guiding, live.distance_left, live.visitor_distance = "", None, None
        self.log.add_state(live.now, message.state, message.place_id, message.procedure_code)

    def _on_plan(self, message: PathMsg) -> None:
        self.plans.append([(p.pose.position.x, p.pose.position.y) for p in message.poses])

    def _on_command(self, message: Twist) -> None:
        self.live.speed = math.hypot(message.linear.x, message.linear.y)

    def _on_revision(self, message: CounterMapRevision) -> None:
        self.site_folder = message.site_folder

    def _on_feedback(self, message: Any) -> None:
        feedback = message.feedback
        self.live.guiding = feedback.state
        self.live.distance_left = float(feedback.distance_remaining)
        self.live.visitor_distance = float(feedback.visitor_distance)
