"""Turn what there is to see of a run in one process into the messages that the graph's topics carry."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geometry_msgs.msg import PoseStamped, TransformStamped, Twist
from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import Caption, CounterMapRevision, DialogueState, Utterance
from nav2_msgs.msg import CollisionMonitorState
from nav_msgs.msg import OccupancyGrid
from nav_msgs.msg import Path as PathMsg
from rclpy.time import Time
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from guide_common.conversions import pose_stamped
from guide_common.geometry import Pose2D
from hall_sim.conversions import stamp_from_ns, transform_message
from hall_sim.visitor.mind import Answer
from navigation.conversions import path_message
from navigation.conversions_map import grid_message
from navigation.guard import Guard
from navigation.urdf import load_urdf

if TYPE_CHECKING:
    from hall_sim.runs.inprocess import InProcessRun


def time_of(seconds: float) -> Time:
    """Return a time of the ROS clock from s since the epoch, to a microsecond: more a double does not hold."""
    return Time(nanoseconds=round(seconds * 1e6) * 1000)


def type_name(message: Any) -> str:
    """Return a message's full type name, such as nav_msgs/msg/Odometry."""
    kind = type(message)
    package, group = kind.__module__.split(".")[:2]
    return f"{package}/{group}/{kind.__name__}"


def map_message(run: InProcessRun, at: Time) -> OccupancyGrid | None:
    """Build the map in force; None before the first."""
    costmap = run.stack.costmap
    return None if costmap is None else grid_message(costmap.grid, "map", at)


def revision_message(run: InProcessRun, at: Time) -> CounterMapRevision:
    """Build the site's name and folder."""
    msg = CounterMapRevision(site=run.site.name, site_folder=str(run.site.folder))
    msg.header.stamp = at.to_msg()
    return msg


def description_message(urdf: Path) -> String:
    """Build the robot's description."""
    return String(data=load_urdf(urdf).text)


def static_transforms(urdf: Path, at: Time) -> TFMessage:
    """Build where the robot's links are in one another, all joints at zero."""
    transforms = []
    for joint in load_urdf(urdf).joints:
        msg = TransformStamped()
        msg.header.frame_id, msg.child_frame_id, msg.header.stamp = joint.parent, joint.child, at.to_msg()
        t, q = msg.transform.translation, msg.transform.rotation
        (t.x, t.y, t.z), (q.x, q.y, q.z, q.w) = joint.placed()
        transforms.append(msg)
    return TFMessage(transforms=transforms)


def frames_message(run: InProcessRun, children: tuple[tuple[str, str], ...]) -> TFMessage:
    """Build the newest transforms (parent, child) of the robot's own tree of frames, stamped by its own clock."""
    found = [(parent, child, run.stack.frames.pose(parent, child)) for parent, child in children]
    return TFMessage(
        transforms=[
            transform_message(pose[0], parent, child, stamp_from_ns(time_of(pose[1]).nanoseconds))
            for parent, child, pose in found
            if pose is not None
        ]
    )


def plan_message(run: InProcessRun, at: Time) -> PathMsg | None:
    """Build the path taken last; None before the first."""
    plan = run.stack.pilot.plan
    return None if plan is None else path_message(plan.points, plan.headings, "map", at)


def twist_message(v: float, w: float) -> Twist:
    """Build a velocity from m/s and rad/s."""
    msg = Twist()
    msg.linear.x, msg.angular.z = float(v), float(w)
    return msg


def visitor_message(run: InProcessRun, at: Time) -> PoseStamped | None:
    """Build where the visitor really is; None while outside."""
    visitor = run.hall.visitor
    if visitor.position is None:
        return None
    heading = visitor.walker.heading if visitor.walker else 0.0
    return pose_stamped(Pose2D(*visitor.position, heading), "map", at)


def caption_message(speaker: str, text: str, language: str, at: Time) -> Caption:
    """Build a line of the conversation."""
    msg = Caption(speaker=speaker, text=text, language=language)
    msg.header.stamp = at.to_msg()
    return msg


def touch_message(answer: Answer, language: str, at: Time) -> Utterance:
    """Build what the visitor chose on the screen."""
    msg = Utterance(text=answer.text, language=language, confidence=1.0, is_final=True, source="touch")
    msg.header.stamp = at.to_msg()
    return msg


def state_message(run: InProcessRun, at: Time) -> DialogueState:
    """Build the dialogue's state."""
    talk = run.stack.reception.conversation
    msg = DialogueState(
        state=talk.state,
        language=talk.language,
        reason=talk.reason,
        procedure_code=talk.procedure_code,
        place_id=talk.place_id,
        choices=list(talk.choices),
    )
    msg.header.stamp = at.to_msg()
    return msg


def guard_message(guard: Guard) -> CollisionMonitorState:
    """Build what the velocity guard does."""
    return CollisionMonitorState(action_type=int(guard.action), polygon_name=guard.reason)


def feedback_message(run: InProcessRun) -> Any | None:
    """Build how the leading goes, as the action's feedback; None when nobody is led."""
    leading = run.stack.guide.leading
    if leading is None or leading.decision is None:
        return None
    msg = GuideVisitor.Impl.FeedbackMessage()
    told, left = msg.feedback, leading.seconds_remaining
    told.state, told.reason = leading.decision.state, run.stack.reception.conversation.reason
    told.distance_remaining, told.visitor_distance = run.stack.pilot.remaining, float(leading.visitor_distance)
    if math.isfinite(left):
        whole = int(left)
        told.estimated_time_remaining.sec, told.estimated_time_remaining.nanosec = whole, int((left - whole) * 1e9)
    return msg
