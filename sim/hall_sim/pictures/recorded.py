"""What there is to see in a recording, of a run over DDS or of a robot at work: moments for films.

The robot stands where the truth says that it is; where nobody knows the truth, where it believes itself to be.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from mcap.exceptions import McapError
from mcap.reader import McapReader, make_reader
from rclpy.serialization import deserialize_message

from guide_common.conversions import pose_to_2d, seconds, transform_to_2d
from guide_common.errors import UserError
from guide_common.frames import FrameTree
from guide_common.geometry import Pose2D
from hall_sim.hall import VISITOR
from hall_sim.pictures.moment import LINGER, READ_AT_LEAST, Floats, Line, Moment, Person, Trail
from hall_sim.sound.voice import reading_time

TRUTH, SCAN = "/ground_truth/pose", "/scan"
UNDER_WAY = ("guiding", "returning")
NOWHERE: Floats = np.empty((0, 2))


class RecordedRun:
    """Read a recording from its beginning.

    Args:
        path: the MCAP file.
        speed: of the film that it is for: bubbles stay the longer, the faster it is.

    Raises:
        UserError: it is no recording, or nothing in it tells where the robot is.
    """

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        self.path, self._at_least = path, READ_AT_LEAST * speed
        self._frames, self._driven, self._walked = FrameTree(), Trail(), Trail()
        self._truth: Pose2D | None = None
        self._people: tuple[Person, ...] = ()
        self._tracked, self._hits, self._plan = NOWHERE, NOWHERE, NOWHERE
        self._lines: dict[str, Line] = {}
        self._contacts: list[tuple[float, float, str]] = []
        self._state = self._reason = self._place = ""
        self._speed, self._begin = 0.0, 0.0
        topics = self._topics()
        self._beat = TRUTH if TRUTH in topics else SCAN
        if self._beat not in topics:
            raise UserError(f"{path}: holds neither {TRUTH} nor {SCAN}; record what the recorder does by default")

    def site_folder(self) -> Path | None:
        """Return the folder of the site that was in force at first, if it is still there."""
        for topic, message, _ in self._messages(["/counter_map"]):
            folder = Path(message.site_folder)
            return folder if topic and folder.is_dir() else None
        return None

    def moments(self, zone: tzinfo | None = None) -> Iterator[Moment]:
        """Give a moment for each turn of the lidar, the first to the last; the clock shows the time of a zone."""
        take: dict[str, Callable[[Any, float], None]] = {
            "/tf": self._take_frames,
            "/tf_static": self._take_frames,
            TRUTH: self._take_truth,
            "/ground_truth/people": self._take_people,
            "/ground_truth/contacts": self._take_contact,
            "/people": self._take_tracks,
            SCAN: self._take_scan,
            "/plan": self._take_plan,
            "/cmd_vel": self._take_command,
            "/dialogue_state": self._take_state,
            "/captions": self._take_caption,
        }
        for topic, message, time in self._messages(list(take)):
            self._begin = self._begin or time
            take[topic](message, time - self._begin)
            if topic == self._beat and self._robot is not None:
                yield self._moment(time, self._robot, zone)

    @property
    def _robot(self) -> Pose2D | None:
        return self._truth or self._believed

    @property
    def _believed(self) -> Pose2D | None:
        found = self._frames.pose("map", "base_link")
        return None if found is None else found[0]

    def _moment(self, clock: float, robot: Pose2D, zone: tzinfo | None) -> Moment:
        time = clock - self._begin
        self._driven.add(robot.x, robot.y)
        return Moment(
            time=time,
            clock=f"{datetime.fromtimestamp(clock, UTC).astimezone(zone):%H:%M:%S}",
            robot=robot,
            believed=self._believed,
            speed=self._speed,
            state=self._state,
            reason=self._reason,
            place=self._place,
            people=self._people,
            tracked=self._tracked,
            hits=self._hits,
            plan=self._ahead(robot),
            costs=None,
            driven=self._driven.points,
            walked=self._walked.points,
            lines=tuple(line for line in self._lines.values() if line.ends > time),
            contacts=tuple(self._contacts),
        )

    def _ahead(self, robot: Pose2D) -> Floats:
        if not len(self._plan) or not self._state.startswith(UNDER_WAY):
            return NOWHERE
        return self._plan[int(np.argmin(np.hypot(*(self._plan - (robot.x, robot.y)).T))) :]

    # --- what the topics tell -----------------------------------------------------------------------------

    def _take_frames(self, message: Any, time: float) -> None:
        for each in message.transforms:
            header, pose = each.header, transform_to_2d(each.transform)
            self._frames.take(header.frame_id, each.child_frame_id, seconds(header.stamp), pose)

    def _take_truth(self, message: Any, time: float) -> None:
        self._truth = pose_to_2d(message.pose)

    def _take_people(self, message: Any, time: float) -> None:
        before = {person.id: person for person in self._people}
        self._people = tuple(_person(each, before) for each in message.people)
        for person in self._people:
            if person.visitor:
                self._walked.add(person.x, person.y)

    def _take_tracks(self, message: Any, time: float) -> None:
        self._tracked = np.array([(each.position.x, each.position.y) for each in message.people]).reshape(-1, 2)

    def _take_scan(self, message: Any, time: float) -> None:
        header = message.header
        found = self._frames.pose("map", header.frame_id, seconds(header.stamp))
        if found is None:
            return
        laser = found[0]
        ranges = np.asarray(message.ranges, np.float64)
        angles = message.angle_min + message.angle_increment * np.arange(len(ranges)) + laser.yaw
        seen = np.isfinite(ranges)
        x, y = laser.x + ranges * np.cos(angles), laser.y + ranges * np.sin(angles)
        self._hits = np.column_stack([x[seen], y[seen]])

    def _take_plan(self, message: Any, time: float) -> None:
        self._plan = np.array([(p.pose.position.x, p.pose.position.y) for p in message.poses]).reshape(-1, 2)

    def _take_command(self, message: Any, time: float) -> None:
        self._speed = float(message.linear.x)

    def _take_state(self, message: Any, time: float) -> None:
        self._state, self._reason, self._place = message.state, message.reason, message.place_id

    def _take_caption(self, message: Any, time: float) -> None:
        stays = max(reading_time(message.text) + LINGER, self._at_least)
        self._lines[message.speaker] = Line(message.speaker, message.text, time, time + stays)

    def _take_contact(self, message: Any, time: float) -> None:
        told = json.loads(message.data)
        self._contacts.append((told["x"], told["y"], told["thing"]))

    # --- reading ------------------------------------------------------------------------------------------

    def _topics(self) -> set[str]:
        with self._reading() as reader:
            summary = reader.get_summary()
            if summary is not None:
                return {channel.topic for channel in summary.channels.values()}
            return {channel.topic for _, channel, _ in reader.iter_messages()}  # of a recording that was cut off

    def _messages(self, topics: list[str]) -> Iterator[tuple[str, Any, float]]:
        with self._reading() as reader:
            for schema, channel, message in reader.iter_messages(topics=topics):
                package, _, name = schema.name.partition("/msg/")  # type: ignore[union-attr]
                kind = getattr(import_module(f"{package}.msg"), name)
                yield channel.topic, deserialize_message(message.data, kind), message.log_time * 1e-9

    @contextmanager
    def _reading(self) -> Iterator[McapReader]:
        try:
            with self.path.open("rb") as file:
                yield make_reader(file)
        except OSError as error:
            raise UserError(f"{self.path}: {error.strerror}; give an MCAP file") from None
        except McapError as error:
            raise UserError(f"{self.path}: is no recording ({error}); give an MCAP file") from None


def _person(told: Any, before: dict[int, Person]) -> Person:
    """Return somebody; who stands looks where they looked when they walked."""
    speed = math.hypot(told.velocity.x, told.velocity.y)
    old = before.get(told.id)
    heading = math.atan2(told.velocity.y, told.velocity.x) if speed > 0.1 else old.heading if old is not None else 0.0
    return Person(told.position.x, told.position.y, heading, visitor=told.id == VISITOR, id=told.id)
