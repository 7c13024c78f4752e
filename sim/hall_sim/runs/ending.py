"""How a run ended, and what fell short of what its scenario expects."""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import TYPE_CHECKING

from guide_common.geometry import Pose2D, wrap_angle
from hall_sim.runs.log import RunLog
from hall_sim.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from counter_map.model import Place, Site

POSITION_TOLERANCE = 0.3
"""m between robot and stand pose at the end."""
YAW_TOLERANCE = math.radians(10.0)
VISITOR_TOLERANCE = 2.0
"""m between robot and visitor at the end."""
PASSAGES = ("lift", "stairs")
"""Kinds of places to which a robot leads whose goal is on another floor."""


class Ending:
    """Judge how a run ended.

    Attributes:
        arrival: when the last announcement of an arrival was over, s; None when there was none.
        outcome: arrived, handover, refused, told_closed, not_understood, given_up or time_out.
        missed: a sentence for each thing that fell short.
    """

    def __init__(self, log: RunLog, site: Site, scenario: Scenario) -> None:
        self._log, self._site, self._scenario = log, site, scenario
        self.arrival = _arrival(log)
        self.outcome = self._outcome()
        self.missed = self._missed()

    @property
    def place(self) -> Place | None:
        """Return the place that the scenario expects; None when it names none of the site."""
        return self._site.places.get(self._scenario.expect.place)

    @property
    def reached(self) -> Place | None:
        """Return the place of the floor nearest to where an arrival was announced."""
        if self.arrival is None:
            return None
        pose = self._log.pose_at(self.arrival)
        places = list(self._site.places_of(floor=self._scenario.floor))
        return min(places, key=lambda place: pose.distance(place.stand), default=None)

    def errors(self, place: Place) -> tuple[float, float]:
        """Return m and rad between the robot at its arrival and the stand pose of a place."""
        assert self.arrival is not None
        pose = self._log.pose_at(self.arrival)
        return pose.distance(place.stand), abs(wrap_angle(pose.yaw - place.stand.yaw))

    def visitor_apart(self) -> float:
        """Return m from the robot to the visitor at the arrival; infinite without one."""
        return math.inf if self.arrival is None else self._log.visitor_distance(self.arrival)

    def _outcome(self) -> str:
        log = self._log
        if self.arrival is not None:
            reached = self.reached
            through = reached is not None and reached.kind in PASSAGES and self._scenario.expect.outcome == "handover"
            return "handover" if through else "arrived"
        if not log.ended and not log.seen("goodbye"):
            return "time_out"
        if log.seen("guiding"):
            return "given_up"
        if log.seen("offering"):
            return "refused"
        return "told_closed" if log.seen("informing") else "not_understood"

    def _missed(self) -> list[str]:
        log, expect = self._log, self._scenario.expect
        missed = []
        if log.contacts:
            thing = log.contacts[0][1].get("thing", "something")
            missed.append(f"{len(log.contacts)} contacts, the first with {thing}")
        if self.outcome != expect.outcome:
            missed.append(f"the run ended as {self.outcome}, not as {expect.outcome}")
        if expect.outcome not in ("arrived", "handover"):
            return missed + (["the robot set out to lead"] if log.seen("guiding") else [])
        if self.place is None:
            return [*missed, f"the site has no place {expect.place}"]
        return missed + (self._missed_at(self.place) if self.arrival is not None else [])

    def _missed_at(self, place: Place) -> list[str]:
        missed = []
        distance, turn = self.errors(place)
        if distance > POSITION_TOLERANCE:
            missed.append(f"the robot stood {distance:.2f} m from the stand pose of {place.id}")
        if turn > YAW_TOLERANCE:
            missed.append(f"the robot faced {math.degrees(turn):.0f}° away from {place.id}")
        apart = self.visitor_apart()
        if apart > VISITOR_TOLERANCE:
            missed.append("the visitor was not there" if math.isinf(apart) else f"the visitor was {apart:.1f} m away")
        return missed


def arrival_pose(log: RunLog) -> Pose2D | None:
    """Return the true pose at which the robot announced its last arrival; None when it announced none."""
    moment = _arrival(log)
    return None if moment is None else log.pose_at(moment)


def _arrival(log: RunLog) -> float | None:
    moment = None
    for entry, after in zip_longest(log.states, log.states[1:]):
        if entry.state == "arrived":
            moment = after.time if after is not None else log.end
    return moment
