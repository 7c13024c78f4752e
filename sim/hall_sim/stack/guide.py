"""Guiding in one process: what the node guide does for the dialogue, and the way home."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guidance.escort import EscortParams, Outcome
from guidance.escort_visitor import Person
from guidance.interlocutor import Interlocutor
from guidance.leading import Destination, Leading, refusal
from guidance.texts import Texts
from guide_common.geometry import Pose2D
from hall_sim.stack.pilot import Pilot, PilotWheels

FEEDBACK_STEPS = 2
"""Of so many steps one is told to the dialogue."""

Later = Callable[[Callable[[], None]], None]


class StackGuide:
    """Lead visitors (`dialogue.reception.Leader`).

    Args:
        pilot: what drives.
        places: what is known of the places.
        floor: the robot's.
        later: does something in the next step, as messages would.
        feedback: takes the state and its reason in the visitor's language.
        ended: takes the error code at an end that was not of the dialogue's asking.
    """

    def __init__(
        self,
        pilot: Pilot,
        places: Callable[[], dict[str, Destination]],
        floor: str,
        later: Later,
        feedback: Callable[[str, str], None],
        ended: Callable[[int], None],
    ) -> None:
        self._pilot, self._places, self._floor, self._later = pilot, places, floor, later
        self._feedback, self._ended = feedback, ended
        self._texts = Texts()
        self._wheels = PilotWheels(pilot, self._drive_ended)
        self._leading: Leading | None = None
        self._interlocutor = Interlocutor()
        self._robot: Pose2D | None = None
        self._language, self._steps, self._now = "vi", 0, 0.0

    @property
    def running(self) -> bool:
        """Tell whether somebody is being led."""
        return self._leading is not None

    @property
    def leading(self) -> Leading | None:
        """Return the leading that goes on."""
        return self._leading

    def start(self, place_id: str, language: str, pace: float, now: float) -> None:
        """Lead to a place."""
        self.cancel(now)
        places = self._places()
        refused = refusal(places, place_id, self._floor)
        if refused is None and self._robot is None:
            refused = Outcome.NAVIGATION_FAILED, "localisation_down"
        if refused is not None:
            code = int(refused[0])
            self._later(lambda: self._ended(code))
            return
        self._language, self._steps = language, 0
        self._leading = Leading(
            places[place_id], pace, EscortParams(), self._wheels, self._limit_speed, self._interlocutor.id
        )

    def cancel(self, now: float) -> None:
        """Stop leading."""
        if self._leading is not None:
            self._end(self._leading)

    def cancel_all(self) -> None:
        """Stop what a former life left: there is none in one process."""
        self.cancel(self._now)

    def drop(self) -> None:
        """Forget the leading."""
        self._leading = None

    def tick(self, now: float) -> None:
        """Nothing waits to be handed over in one process."""

    def step(self, now: float, robot: Pose2D | None, people: Sequence[Person] | None, broken: str) -> None:
        """Decide and carry out, ten times a second."""
        self._now, self._robot = now, robot
        leading = self._leading
        if leading is None:
            if people is not None and robot is not None:
                self._interlocutor.update(people, now, robot)
            return
        decision = leading.step(now, robot, people, broken)
        self._steps += 1
        if decision.outcome is not None:
            self._end(leading)
            code = int(decision.outcome)
            self._later(lambda: self._ended(code))
        elif self._steps % FEEDBACK_STEPS == 0:
            state, reason = decision.state, self._texts.of(decision.reason, self._language)
            self._later(lambda: self._feedback(state, reason))

    def _end(self, leading: Leading) -> None:
        leading.end()
        self._interlocutor.go_on_with(leading.escort.visitor)
        self._leading = None

    def _drive_ended(self, succeeded: bool, message: str) -> None:
        if self._leading is not None:
            self._leading.escort.navigation_ended(succeeded, message, self._now)

    def _limit_speed(self, limit: float) -> None:
        self._pilot.senses.take_speed_limit(limit)


class StackHoming:
    """Drive back to the post (`dialogue.reception.Homing`)."""

    def __init__(self, pilot: Pilot, later: Later, ended: Callable[[bool], None]) -> None:
        self._pilot, self._later, self._ended = pilot, later, ended
        self.running = False

    def start(self, stand: Pose2D, now: float) -> None:
        """Drive to the post's stand pose."""
        self.running = True
        self._pilot.navigate(stand, self._arrived)

    def cancel(self, now: float) -> None:
        """Stop driving."""
        if self.running:
            self.running = False
            self._pilot.cancel()

    def drop(self) -> None:
        """Forget the drive."""
        self.running = False

    def tick(self, now: float) -> None:
        """Nothing waits to be handed over in one process."""

    def _arrived(self, succeeded: bool, _: str) -> None:
        self.running = False
        self._later(lambda: self._ended(succeeded))
