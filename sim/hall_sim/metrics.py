"""What a run was worth: the outcome, what fell short of the scenario, and figures with their definitions.

A `RunLog` is fed while the run goes on, from ground truth and from what the
robot shows; `report` judges it. Times are seconds of one clock, positions
metres in the map frame.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from guide_common.geometry import Pose2D, wrap_angle
from hall_sim.scenario import Scenario

if TYPE_CHECKING:
    from counter_map.model import Place, Site

Point2 = tuple[float, float]

POSITION_TOLERANCE = 0.3
"""m between robot and stand pose at the end."""
YAW_TOLERANCE = math.radians(10.0)
VISITOR_TOLERANCE = 2.0
"""m between robot and visitor at the end."""
IN_RANGE = 3.0
"""m within which a visitor who is led counts as being with the robot."""
SAME_PERSON = 0.05
"""m: a person this near to where the visitor is, is the visitor."""
STANDING = 0.05
"""m/s."""
PASSAGES = ("lift", "stairs")
"""Kinds of places to which a robot leads whose goal is on another floor."""


class TimedPose(NamedTuple):
    """Hold the robot's true pose at a time."""

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
        poses: the robot's true poses.
        visitor: (time, point) of the visitor.
        states: dialogue states, one a change.
        captions: (time, speaker, text).
        contacts: (time, what the simulator told about it).
    """

    def __init__(self) -> None:
        self.poses: list[TimedPose] = []
        self.visitor: list[tuple[float, Point2]] = []
        self.states: list[TimedState] = []
        self.captions: list[tuple[float, str, str]] = []
        self.contacts: list[tuple[float, dict[str, Any]]] = []
        self.path_length = 0.0
        self.nearest_person = math.inf

    def add_pose(self, time: float, pose: Pose2D) -> None:
        """Take the robot's true pose."""
        if self.poses:
            self.path_length += pose.distance(self.poses[-1].pose)
        self.poses.append(TimedPose(time, pose))

    def add_visitor(self, time: float, point: Point2) -> None:
        """Take where the visitor is."""
        self.visitor.append((time, point))

    def add_people(self, time: float, points: Sequence[Point2]) -> None:
        """Take where everybody is, the visitor among them."""
        if not self.poses:
            return
        here = self.poses[-1].pose
        visitor = self.visitor[-1][1] if self.visitor else None
        for point in points:
            if visitor is None or math.dist(point, visitor) > SAME_PERSON:
                self.nearest_person = min(self.nearest_person, math.dist(point, (here.x, here.y)))

    def add_contact(self, time: float, contact: dict[str, Any]) -> None:
        """Take a contact of the robot with anything."""
        self.contacts.append((time, contact))

    def add_state(self, time: float, state: str, place: str = "", procedure: str = "") -> None:
        """Take the dialogue's state."""
        if not self.states or self.states[-1][1:] != (state, place, procedure):
            self.states.append(TimedState(time, state, place, procedure))

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

    def report(self, site: Site, scenario: Scenario) -> dict[str, Any]:
        """Judge the run: `success`, `outcome`, `missed` (sentences), `events`, `metrics`."""
        arrival = self._arrival()
        outcome = self._outcome(arrival, site, scenario)
        missed = self._missed(outcome, arrival, site, scenario)
        return {
            "success": not missed,
            "outcome": outcome,
            "missed": missed,
            "events": self._events(),
            "metrics": self._metrics(arrival, site, scenario),
        }

    def arrival_pose(self) -> Pose2D | None:
        """Return the true pose at which the robot announced its last arrival; None when it announced none."""
        moment = self._arrival()
        return None if moment is None else self._pose_at(moment)

    def _arrival(self) -> float | None:
        """Return when the last announcement of an arrival was over; None when there was none."""
        moment = None
        for entry, after in zip_longest(self.states, self.states[1:]):
            if entry.state == "arrived":
                moment = after.time if after is not None else self._end()
        return moment

    def _outcome(self, arrival: float | None, site: Site, scenario: Scenario) -> str:
        if arrival is not None:
            reached = self._place_reached(arrival, site, scenario)
            through = reached is not None and reached.kind in PASSAGES and scenario.expect.outcome == "handover"
            return "handover" if through else "arrived"
        if not self.ended and not self.seen("goodbye"):
            return "time_out"
        if self.seen("guiding"):
            return "given_up"
        if self.seen("offering"):
            return "refused"
        return "told_closed" if self.seen("informing") else "not_understood"

    def _missed(self, outcome: str, arrival: float | None, site: Site, scenario: Scenario) -> list[str]:
        expect = scenario.expect
        missed = [f"{len(self.contacts)} contacts, the first with {self._first_thing()}"] if self.contacts else []
        if outcome != expect.outcome:
            missed.append(f"the run ended as {outcome}, not as {expect.outcome}")
        if expect.outcome not in ("arrived", "handover"):
            return missed + (["the robot set out to lead"] if self.seen("guiding") else [])
        if arrival is None or expect.place not in site.places:
            return missed + ([] if expect.place in site.places else [f"the site has no place {expect.place}"])
        distance, turn = self._errors(arrival, site.places[expect.place])
        if distance > POSITION_TOLERANCE:
            missed.append(f"the robot stood {distance:.2f} m from the stand pose of {expect.place}")
        if turn > YAW_TOLERANCE:
            missed.append(f"the robot faced {math.degrees(turn):.0f}° away from {expect.place}")
        apart = self._visitor_distance(arrival)
        if apart > VISITOR_TOLERANCE:
            missed.append("the visitor was not there" if math.isinf(apart) else f"the visitor was {apart:.1f} m away")
        return missed

    def _metrics(self, arrival: float | None, site: Site, scenario: Scenario) -> dict[str, Any]:
        begin, guided = self._begin(), self._spans("guiding")
        metrics: dict[str, Any] = {
            "duration_s": self._end() - begin,
            "path_length_m": self.path_length,
            "contacts": len(self.contacts),
            "contacts_while_driving": sum(c.get("robot_speed", 1.0) > STANDING for _, c in self.contacts),
            "nearest_person_m": _finite(self.nearest_person),
            "guiding_s": sum(end - start for start, end in guided),
            "visitor_in_range": self._share_in_range(guided),
            "waits": sum(entry.state == "guiding.waiting" for entry in self.states),
            "waiting_s": sum(end - start for start, end in self._spans("guiding.waiting")),
            "searches": sum(entry.state == "guiding.searching" for entry in self.states),
        }
        place = site.places.get(scenario.expect.place)
        if arrival is not None and place is not None:
            distance, turn = self._errors(arrival, place)
            metrics |= {
                "arrived_after_s": arrival - begin,
                "position_error_m": distance,
                "yaw_error_deg": math.degrees(turn),
                "visitor_distance_m": _finite(self._visitor_distance(arrival)),
            }
        return {key: round(value, 3) if isinstance(value, float) else value for key, value in metrics.items()}

    def _events(self) -> list[dict[str, Any]]:
        begin = self._begin()
        events = [{"t": e.time, "state": e.state, "place": e.place, "procedure": e.procedure} for e in self.states]
        events += [{"t": time, "speaker": speaker, "text": text} for time, speaker, text in self.captions]
        events += [{"t": time, "contact": contact.get("thing", "")} for time, contact in self.contacts]
        for event in events:
            # A latched state can come before the first word of the clock.
            event["t"] = round(max(event["t"] - begin, 0.0), 1)  # type: ignore[operator]
        return sorted(events, key=lambda event: event["t"])

    def _begin(self) -> float:
        return self.poses[0].time if self.poses else 0.0

    def _end(self) -> float:
        return self.poses[-1].time if self.poses else 0.0

    def _spans(self, state: str) -> list[tuple[float, float]]:
        """Return (start, end) of each time in a state or its children."""
        ends = [entry.time for entry in self.states[1:]] + [self._end()]
        return [
            (entry.time, end)
            for entry, end in zip(self.states, ends, strict=False)
            if entry.state == state or entry.state.startswith(f"{state}.")
        ]

    def _share_in_range(self, spans: list[tuple[float, float]]) -> float | None:
        near = [
            self._visitor_distance(time) <= IN_RANGE
            for time, _ in self.visitor
            if any(start <= time < end for start, end in spans)
        ]
        return sum(near) / len(near) if near else None

    def _pose_at(self, time: float) -> Pose2D:
        index = bisect_right(self.poses, time, key=lambda entry: entry.time)
        return self.poses[max(index - 1, 0)].pose

    def _visitor_distance(self, time: float) -> float:
        index = bisect_right(self.visitor, time, key=lambda entry: entry[0])
        if index == 0 or not self.poses or time - self.visitor[index - 1][0] > 1.0:
            return math.inf
        pose = self._pose_at(time)
        return math.dist(self.visitor[index - 1][1], (pose.x, pose.y))

    def _errors(self, time: float, place: Place) -> tuple[float, float]:
        pose = self._pose_at(time)
        return pose.distance(place.stand), abs(wrap_angle(pose.yaw - place.stand.yaw))

    def _place_reached(self, time: float, site: Site, scenario: Scenario) -> Place | None:
        pose = self._pose_at(time)
        places = list(site.places_of(floor=scenario.floor))
        return min(places, key=lambda place: pose.distance(place.stand), default=None)

    def _first_thing(self) -> str:
        return str(self.contacts[0][1].get("thing", "something"))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
