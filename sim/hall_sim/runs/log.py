"""What is kept of a run while it goes on: ground truth, and what the robot shows of itself.

Times are seconds of one clock, positions metres in the map frame. While the robot stands nothing grows.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from guide_common.geometry import Pose2D, wrap_angle

Point2 = tuple[float, float]

SAME_PERSON = 0.05
"""m: a person this near to where the visitor is, is the visitor."""
MOVED, TURNED = 1e-3, 1e-3
"""m and rad: a pose that differs by less is the same."""
UNSEEN = 1.0
"""s after which the last word about the visitor counts no more."""


class TimedPose(NamedTuple):
    """Hold the robot's true pose from a time on."""

    time: float
    pose: Pose2D


class TimedState(NamedTuple):
    """Hold a dialogue state from a time on, with what it was about."""

    time: float
    state: str
    place: str
    procedure: str


class RunLog:
    """Collect a run.

    Attributes:
        poses: the robot's true poses; one that stays is kept once.
        visitor: (time, point) of the visitor; one that stays is kept once.
        near: (time, m) from the robot's middle to the nearest person but the visitor, while it is below `NEAR`.
        states: dialogue states, one a change.
        captions: (time, speaker, text).
        contacts: (time, what the simulator told about it).
        happenings: (time, who, what) that the scenario made happen: acts of the visitor, faults.
        begin, end: the first and last time told of, s.
    """

    NEAR = 2.0

    def __init__(self) -> None:
        self.poses: list[TimedPose] = []
        self.visitor: list[tuple[float, Point2]] = []
        self.near: list[tuple[float, float]] = []
        self.states: list[TimedState] = []
        self.captions: list[tuple[float, str, str]] = []
        self.contacts: list[tuple[float, dict[str, Any]]] = []
        self.happenings: list[tuple[float, str, str]] = []
        self.nearest_person = math.inf
        self.begin: float | None = None
        self.end = 0.0
        self._present: list[list[float]] = []

    def add_pose(self, time: float, pose: Pose2D) -> None:
        """Take the robot's true pose."""
        self.begin, self.end = time if self.begin is None else self.begin, time
        if self.poses:
            last = self.poses[-1].pose
            if last.distance(pose) < MOVED and abs(wrap_angle(last.yaw - pose.yaw)) < TURNED:
                return
        self.poses.append(TimedPose(time, pose))

    def add_visitor(self, time: float, point: Point2) -> None:
        """Take where the visitor is."""
        came = not self._present or time - self._present[-1][1] > UNSEEN
        if came:
            self._present.append([time, time])
        self._present[-1][1] = time
        if came or math.dist(self.visitor[-1][1], point) >= MOVED:
            self.visitor.append((time, point))

    def add_people(self, time: float, points: Sequence[Point2]) -> None:
        """Take where everybody is, the visitor among them."""
        if not self.poses:
            return
        here = self.poses[-1].pose
        visitor = self.visitor[-1][1] if self.visitor else None
        others = (p for p in points if visitor is None or math.dist(p, visitor) > SAME_PERSON)
        nearest = min((math.dist(p, (here.x, here.y)) for p in others), default=math.inf)
        self.nearest_person = min(self.nearest_person, nearest)
        if nearest < self.NEAR:
            self.near.append((time, nearest))

    def add_contact(self, time: float, contact: dict[str, Any]) -> None:
        """Take a contact of the robot with anything."""
        self.contacts.append((time, contact))

    def add_state(self, time: float, state: str, place: str = "", procedure: str = "") -> None:
        """Take the dialogue's state."""
        if not self.states or self.states[-1][1:] != (state, place, procedure):
            self.states.append(TimedState(time, state, place, procedure))

    def add_happening(self, time: float, who: str, what: str) -> None:
        """Take something that the scenario made happen."""
        self.happenings.append((time, who, what))

    def add_caption(self, time: float, speaker: str, text: str) -> None:
        """Take a line of the conversation."""
        self.captions.append((time, speaker, text))

    @property
    def ended(self) -> bool:
        """Tell whether the run is over: the robot said goodbye and is free again."""
        return bool(self.states) and self.states[-1].state == "idle" and self.seen("goodbye")

    def seen(self, state: str) -> bool:
        """Tell whether the dialogue was in a state, or in a child of it."""
        return any(entry.state.split(".")[0] == state for entry in self.states)

    def spans(self, state: str) -> list[tuple[float, float]]:
        """Return (start, end) of each time in a state or its children, s."""
        ends = [entry.time for entry in self.states[1:]] + [self.end]
        return [
            (entry.time, end)
            for entry, end in zip(self.states, ends, strict=False)
            if entry.state == state or entry.state.startswith(f"{state}.")
        ]

    def pose_at(self, time: float) -> Pose2D:
        """Return the robot's true pose at a time."""
        index = bisect_right(self.poses, time, key=lambda entry: entry.time)
        return self.poses[max(index - 1, 0)].pose

    def visitor_distance(self, time: float) -> float:
        """Return m from the robot to the visitor at a time; infinite when the visitor was not in the hall."""
        index = bisect_right(self.visitor, time, key=lambda entry: entry[0])
        stay = bisect_right(self._present, time, key=lambda span: span[0])
        if index == 0 or not self.poses or time - self._present[stay - 1][1] > UNSEEN:
            return math.inf
        pose = self.pose_at(time)
        return math.dist(self.visitor[index - 1][1], (pose.x, pose.y))

    def path_length(self, begin: float = -math.inf, end: float = math.inf) -> float:
        """Return m driven between two times."""
        entries = [entry for entry in self.poses if begin <= entry.time <= end]
        return sum(a.pose.distance(b.pose) for a, b in pairwise(entries))

    def events(self) -> list[dict[str, Any]]:
        """Return states, captions and contacts in order, `t` in s since the start."""
        begin = self.begin or 0.0
        events: list[dict[str, Any]] = [
            {"t": e.time, "state": e.state, "place": e.place, "procedure": e.procedure} for e in self.states
        ]
        events += [{"t": time, "speaker": speaker, "text": text} for time, speaker, text in self.captions]
        events += [{"t": time, who: what} for time, who, what in self.happenings]
        events += [{"t": time, "contact": contact.get("thing", "")} for time, contact in self.contacts]
        for event in events:
            # A latched state can come before the first word of the clock.
            event["t"] = round(max(event["t"] - begin, 0.0), 1)
        return sorted(events, key=lambda event: float(event["t"]))
