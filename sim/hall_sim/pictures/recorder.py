"""Record a run in one process as MCAP: the topics and ROS 2 schemas that the graph's recorder writes.

The headers carry the robot's clock, the file the hall's: what a fault did to clock or sensors shows. Not in it
are `/amcl_pose` (tf says the same), `/utterance` (the captions say the same) and sound.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rclpy.serialization import serialize_message
from rclpy.time import Time
from std_msgs.msg import String

from guidance.recording import Recording
from guide_common.conversions import pose_stamped
from hall_sim import conversions as hall
from hall_sim.faults.values import Odometry
from hall_sim.hall import Tick
from hall_sim.pictures import conversions as convert
from navigation.conversions_perception import people_message

if TYPE_CHECKING:
    from hall_sim.runs.inprocess import InProcessRun

LATCHED = (
    "- history: keep_last\n  depth: 1\n  reliability: reliable\n  durability: transient_local\n"
    "  deadline: {sec: 2147483647, nsec: 4294967295}\n  lifespan: {sec: 2147483647, nsec: 4294967295}\n"
    "  liveliness: automatic\n  liveliness_lease_duration: {sec: 2147483647, nsec: 4294967295}\n"
    "  avoid_ros_namespace_conventions: false\n"
)
"""Rosbag2's words for a topic whose last message late listeners get."""
COMMAND_TICKS = 2
"""Of so many ticks one records the velocities: the guard's 40 ms."""
FEEDBACK_SCANS = 2


class RunRecorder:
    """Write a run down as it goes on, as its `watch`; a context manager.

    Args:
        run: the run, before its first step.
        path: of the file.
        urdf: of the robot.

    Raises:
        RecordingError: the file cannot be written, or a message type is not installed.
    """

    def __init__(self, run: InProcessRun, path: Path, urdf: Path) -> None:
        self._run, self._file = run, Recording(path)
        self._said = self._scans = 0
        self._told: dict[str, Any] = {}
        self._latch("/map", convert.map_message(run, self._now()))
        self._latch("/tf_static", convert.static_transforms(urdf, self._now()))
        self._latch("/robot_description", convert.description_message(urdf))
        self._latch("/counter_map", convert.revision_message(run, self._now()))

    def __call__(self, run: InProcessRun, tick: Tick) -> None:
        """Write down what a tick brought."""
        shown = convert.time_of(run.stack.now)
        self._write_odometry(run)
        for contact in tick.contacts:
            self._put("/ground_truth/contacts", String(data=hall.contact_text(contact, run.now)))
        if run.hall.ticks % COMMAND_TICKS == 0:
            self._write_velocities(run)
        self._write_talk(run, tick, shown)
        self._put_new("/plan", run.stack.pilot.plan, lambda: convert.plan_message(run, shown))
        if tick.scan is not None:
            self._write_scan(run, shown)
            self._write_truth(run)
        self._file.sync()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def __enter__(self) -> RunRecorder:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def _write_odometry(self, run: InProcessRun) -> None:
        counted, wheels = run.stack.frames.pose("odom", "base_link"), run.hall.world.base.wheels
        if counted is None or self._told.get("/odom") == counted[1]:
            return
        pose, stamp = counted
        message = hall.odometry_message(Odometry(pose, wheels.speed, wheels.yaw_rate), convert.time_of(stamp).to_msg())
        self._put_new("/odom", stamp, lambda: message)
        self._put("/tf", convert.frames_message(run, (("odom", "base_link"),)))

    def _write_velocities(self, run: InProcessRun) -> None:
        stack = run.stack
        if stack.pilot.command_fresh:
            self._put("/cmd_vel_nav", convert.twist_message(stack.pilot.v, stack.pilot.w))
        self._put("/cmd_vel", convert.twist_message(*stack.command))
        guard = stack.guard
        self._put_new("/collision_monitor_state", (guard.action, guard.reason), lambda: convert.guard_message(guard))

    def _write_talk(self, run: InProcessRun, tick: Tick, shown: Time) -> None:
        talk = run.stack.reception.conversation
        language = talk.language
        for _, speaker, text in run.log.captions[self._said :]:
            self._put("/captions", convert.caption_message(speaker, text, language, shown))
        self._said = len(run.log.captions)
        says = talk.state, language, talk.reason, talk.procedure_code, talk.place_id, tuple(talk.choices)
        self._put_new("/dialogue_state", says, lambda: convert.state_message(run, shown))
        if tick.answer is not None and tick.answer.touch:
            self._put("/touch", convert.touch_message(tick.answer, language, shown))

    def _write_scan(self, run: InProcessRun, shown: Time) -> None:
        self._scans += 1
        stamp, ranges = run.stack.scan or (0.0, None)
        if ranges is not None:
            at, lidar = convert.time_of(stamp).to_msg(), run.hall.world.lidar
            self._put_new("/scan", ranges, lambda: hall.scan_message(lidar, ranges, at))
        self._put("/tf", convert.frames_message(run, (("map", "odom"),)))
        self._put("/people", people_message(run.stack.tracks, "map", shown))
        if self._scans % FEEDBACK_SCANS == 0:
            self._put("/guide_visitor/_action/feedback", convert.feedback_message(run))

    def _write_truth(self, run: InProcessRun) -> None:
        at = self._now()
        self._put("/ground_truth/pose", pose_stamped(run.hall.world.pose, "map", at))
        self._put("/ground_truth/people", hall.people_message(run.hall.bodies, at.to_msg()))
        self._put("/ground_truth/visitor", convert.visitor_message(run, at))

    def _now(self) -> Time:
        return convert.time_of(self._run.now)

    def _latch(self, topic: str, message: Any) -> None:
        if message is not None:
            self._file.add_channel(topic, convert.type_name(message), LATCHED)
            self._put(topic, message)

    def _put_new(self, topic: str, says: object, make: Callable[[], Any]) -> None:
        """Make and write a message when it says something else than the last one of its topic.

        What it says is a tuple or a number, or an object that counts as the same only while it is.
        """
        old = self._told.get(topic)
        if says != old if isinstance(says, tuple | float) else says is not old:
            self._told[topic] = says
            self._put(topic, make())

    def _put(self, topic: str, message: Any) -> None:
        if message is not None:
            self._file.add_channel(topic, convert.type_name(message))
            self._file.write(topic, serialize_message(message), self._now().nanoseconds)
