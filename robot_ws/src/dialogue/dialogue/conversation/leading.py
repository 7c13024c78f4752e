"""The half of the conversation that happens while walking: leading, waiting, failing, going home."""

from __future__ import annotations

import math

from dialogue.conversation.answers import DECLINE
from dialogue.conversation.effects import AskPlaces, CancelGuide, GoHome, Remember, StartGuide, StopHome
from dialogue.conversation.facts import Memory, PlaceFacts, Target
from dialogue.conversation.machine import GUIDING
from dialogue.conversation.replying import Replying
from dialogue.conversation.telling import place_name, zone_name
from dialogue.conversation.way import Turn
from dialogue.languages import load_data

ARRIVED, UNKNOWN_PLACE, PLACE_CLOSED, OTHER_FLOOR, VISITOR_LOST, VISITOR_LEFT = range(6)
NAVIGATION_FAILED, ESTOPPED, NOT_ACTIVE = 6, 7, 8
"""Error codes of the action guide_visitor."""

SORRY = {
    UNKNOWN_PLACE: "failed.unknown_place",
    PLACE_CLOSED: "failed.closed",
    OTHER_FLOOR: "failed.unknown_place",
    VISITOR_LOST: "failed.lost",
    VISITOR_LEFT: "failed.lost",
    NAVIGATION_FAILED: "failed.no_way",
    ESTOPPED: "failed.stopped",
}

SPOKEN = {"waiting": "guide.waiting", "searching": "guide.searching", "blocked": "guide.blocked"}
"""Guide states that are told to the visitor when they begin."""

FIRST_WORD, WAY_GAP, TURN_GAP = 4.0, 15.0, 6.0
"""s after the start until the way left is told, between two times of it, and between anything told and a turn."""

TURN_AHEAD = 3.5
"""m before a turn within which it is told."""

NEARLY_THERE, MOVED_ON = 5.0, 4.0
"""m to go under which nothing more is told, and that must be behind since the way left was told last."""

SPOKE = 3.0
"""s after the visitor has spoken in which the robot tells nothing of its own accord."""

REMARK_GAP = 8.0
"""s between two remarks of the same kind while walking."""

SLOWEST, FASTEST = 0.3, 0.85
"""m/s that the visitor can ask for."""

REMIND = 20.0
"""s between two times that a robot which does not know where it is says so to somebody whom it cannot see."""

RETRIES = 2
"""How often leading is taken up again after a failure of the robot's own."""


class Leading(Replying):
    """Lead: what `Conversation` does in its guiding, arrived, goodbye and returning states."""

    _pace: float
    _heard_at: float
    _remarked: bool
    _told_unplaced: float

    @property
    def reason(self) -> str:
        """Return why the robot waits, one sentence in the visitor's language; constant while it lasts."""
        led = self.state.startswith("guiding.")
        name = "unplaced" if self.unplaced and not led else self.state.rsplit(".", 1)[-1]
        ours = str(load_data(self.language, "phrases")["reason"].get(name, ""))
        return self._guide_reason if ours and self._guide_reason and self._led else ours

    # --- a robot that is lost -----------------------------------------------------------------------------

    unplaced = False
    """Whether the robot does not know where it is."""

    def placed(self, knows: bool) -> None:
        """Take whether the robot knows where it is; while it does not, it leads nobody."""
        self.unplaced = not knows

    def asked_unseen(self) -> None:
        """Answer somebody who may have spoken to the robot: it sees nobody while it does not know where it is."""
        if self._now - self._told_unplaced >= REMIND:
            self._told_unplaced = self._now
            self._say_unplaced()

    def _say_unplaced(self) -> None:
        self._say("failed.unplaced", **self._staff_value())

    # --- starting -----------------------------------------------------------------------------------------

    def _lead_now(self) -> None:
        """Lead to the target; to the lift when it is on the other floor."""
        assert self.target is not None
        self._retries = 0
        if self.unplaced:
            self.ask_anything_else()
            self._go("put_anything_else")
            return
        if self.target.floor != self.site.floor and self.target.beyond is None:
            self._ask_places("lift", AskPlaces(kind="lift", floor=self.site.floor))
            if self.state != "looking_up":
                self._come_back("offering")
            return
        place = place_name(self.target.kind, self.language, self.target.number)
        self._say("guide.start_to", place=place)
        self._start()
        self._go("lead")

    def _lead_in_language(self) -> None:
        """Lead on in another language: the guide tells in it why it waits."""
        self._say("guide.in_language")
        if self._led:
            self._start()
            self._go("lead")

    def _lead_to_lift(self, places: tuple[PlaceFacts, ...]) -> None:
        here = [place for place in places if place.floor == self.site.floor]
        if not here or self.target is None:
            self._tell(self._unknown_place())
            return
        lift = here[0]
        self.target = Target(lift.id, lift.kind, lift.floor, lift.zone, beyond=self.target)
        self._lead_now()

    def _start(self) -> None:
        assert self.target is not None
        self._led_since, self._turn_told, self._distance_told = self._now, False, math.inf
        self._effects.append(StartGuide(self.target.place_id, self.language, self._pace))
        self._effects.append(Remember(Memory("guiding", self.language, self.target, self._now, self.procedure_code)))

    # --- events: the guide --------------------------------------------------------------------------------

    def guide_feedback(self, state: str, reason: str = "") -> None:
        """Follow the guide's state; tell the visitor when it waits, searches or is blocked.

        `reason` is the guide's own sentence for it, in the visitor's language, where it has one.
        """
        if not self._led or state not in GUIDING:
            return
        self._guide_reason = reason
        was = self.state.rsplit(".", 1)[-1]
        if state == was:
            return
        self._go(f"guide_{state}")
        if was in SPOKEN and state == "leading" and self._remarked:
            self._say("guide.resumed")
            self._remarked = False
        elif state in SPOKEN and self._now - self._remarks.get(state, -REMARK_GAP) >= REMARK_GAP:
            self._remarks[state] = self._now
            self._remarked = True
            self._say(SPOKEN[state])

    def on_the_way(self, distance: float, turn: Turn | None, quiet: bool) -> None:
        """Tell now and then how far it still is (m; NaN when not known) and where it turns, to who cannot see it.

        `quiet`: the robot says nothing else just now; it never speaks over itself or the visitor.
        """
        self._distance_left = distance
        if turn is None:
            self._turn_told = False
        if self.state not in ("guiding.leading", "guiding.slowing") or not quiet or not distance >= NEARLY_THERE:
            return
        if self._now - self._heard_at < SPOKE:
            return
        since = self._now - max(self._way_told_at, self._led_since)
        if turn is not None and not self._turn_told and since >= TURN_GAP:
            self._turn_told = True
            self._tell_way(f"guide.turn_{turn.side}", distance)
        elif since >= (WAY_GAP if self._way_told_at > self._led_since else FIRST_WORD) and (
            self._distance_told - distance >= MOVED_ON
        ):
            self._tell_way("guide.left", distance)

    def _tell_way(self, key: str, distance: float) -> None:
        self._way_told_at, self._distance_told = self._now, distance
        metres = round(distance / 5.0) * 5 if distance > 10.0 else round(distance)
        self._say(key, metres=str(metres))

    def guide_ended(self, error_code: int, side: str = "") -> None:
        """Act on the end of a guide that was not asked to end: arrived, or why not.

        `side`: where the place is for the visitor now: front, left, right, empty when not known.
        """
        if not self.state.startswith("guiding.") or self.state == "guiding.paused":
            return
        if error_code == ARRIVED:
            self._arrived(side)
        elif error_code in (NAVIGATION_FAILED, NOT_ACTIVE) and self._retries < RETRIES and not self.unplaced:
            self.guide_lost()
        else:
            self._effects.append(Remember(None))
            unplaced = self.unplaced and error_code in (NAVIGATION_FAILED, NOT_ACTIVE)
            self._say("failed.unplaced" if unplaced else SORRY.get(error_code, "failed.give_up"), **self._staff_value())
            self._go("finish")

    def guide_lost(self) -> None:
        """Tell the visitor, once, that a part of the robot has failed, and wait until it is back."""
        if not self._led:
            return
        self._hush()
        self._say("guide.trouble")
        self._go("recover")

    def guide_ready(self, under_way: bool) -> None:
        """Go on after a failure; `under_way` tells that the guide itself never stopped."""
        if self.state != "guiding.recovering" or self.target is None:
            return
        if not under_way:
            self._retries += 1
            self._start()
        self._say("guide.recovered")
        self._go("lead")

    @property
    def _led(self) -> bool:
        return self.state.startswith("guiding.") and self.state not in ("guiding.paused", "guiding.recovering")

    def _arrived(self, side: str) -> None:
        self._effects.append(Remember(None))
        target = self.target
        assert target is not None
        if target.beyond is not None:
            self._say_lift(target.beyond)
        elif target.kind == "counter":
            self._say("arrived.counter", number=target.number)
        elif target.kind == "post":
            self._say("arrived.post")
        else:
            self._say("arrived.place", place=place_name(target.kind, self.language))
        if side and target.kind != "post":
            self._say(f"arrived.{side}")
        self.target, self._reached = None, target.place_id
        self._go("arrive")

    def _say_lift(self, beyond: Target) -> None:
        takes_over = self.site.phrase(f"takes_over_{beyond.floor}", self.language) or self._staff()
        if beyond.number:
            zone = zone_name(beyond.zone, self.site, self.language)
            values = {"floor": beyond.floor, "zone": zone, "number": beyond.number, "takes_over": takes_over}
            self._say("arrived.lift", **values)
        else:
            self._say("arrived.lift_place", floor=beyond.floor, takes_over=takes_over)

    def _staff_value(self) -> dict[str, str]:
        return {"staff": self._staff()}

    # --- commands while walking ---------------------------------------------------------------------------

    def _change_goal(self) -> None:
        """Stop leading, because the visitor wants something else."""
        self._effects += [CancelGuide(), Remember(None)]
        self._hush()
        self._wishes = []
        self._open_question, self._delays = "asking", 0
        self._go("change_mind")

    def _command_while_leading(self, command: str) -> None:
        if command in ("stop", "wait") or (command == "no" and self.state != "guiding.paused"):
            self._pause_leading()  # a bare "no" may be said to somebody else: stand, do not give up
        elif command in ("go", "yes"):
            self._go_on()
        elif command in ("slower", "faster"):
            self._change_pace(command)
        elif command in ("cancel", "no", DECLINE):
            self._wishes = []
            self._effects += [CancelGuide(), Remember(None)]
            self._hush()
            self._say("goodbye.cancelled")
            self._go("finish")
        elif command == "back":
            self._lead_back()
        elif command in ("louder", "quieter"):
            self._speak_otherwise(command)
        elif command == "repeat":
            self._repeat_on_the_way()
        elif command == "help":
            self._say("guide.help")

    def _repeat_on_the_way(self) -> None:
        """Say where it goes, and how far that still is where it was told."""
        if self.target is None:
            return
        self._say("guide.repeat", place=place_name(self.target.kind, self.language, self.target.number))
        if self._distance_told < math.inf:
            self._tell_way("guide.left", self._distance_left)

    def _pause_leading(self) -> None:
        if self.state == "guiding.paused":
            return
        self._effects.append(CancelGuide())
        self._hush()
        self._say("guide.paused")
        self._go("pause")

    def _go_on(self) -> None:
        if self.state == "guiding.paused":
            self._start()
            self._say("guide.resumed")
            self._go("lead")

    def _change_pace(self, command: str) -> None:
        pace = self._pace or self.site.pace
        self._pace = max(SLOWEST, pace * 0.7) if command == "slower" else min(FASTEST, pace * 1.25)
        self._say(f"guide.{command}")
        if self._led:
            self._start()
            self._go("lead")

    def _lead_back(self) -> None:
        self._hush()
        self.target = Target(self.site.post, "post", self.site.floor)
        self._say("guide.back")
        self._start()
        self._go("lead")

    def part_from_guiding(self) -> None:
        """Say goodbye to a visitor who asked to stop and never to go on."""
        self._effects += [CancelGuide(), Remember(None)]
        self._say("goodbye.cancelled")

    def part_in_trouble(self) -> None:
        """Apologise when leading cannot go on."""
        self._effects += [CancelGuide(), Remember(None)]
        self._say("failed.give_up", **self._staff_value())

    # --- going home, and restarts -------------------------------------------------------------------------

    def go_home(self) -> None:
        """Drive back to the post; called by the machine."""
        self.target, self._reached = None, ""
        self.procedure_code = ""
        self._homeward = 0
        self._effects += [GoHome(), Remember(Memory("returning", self.language, None, self._now))]

    def home(self) -> None:
        """Be at the post again."""
        if self.state == "returning":
            self._go("settle")
            self.settle_anywhere()

    def home_failed(self) -> None:
        """Try once more to get home; then stay where the robot is and be of use there."""
        if self.state != "returning":
            return
        self._homeward += 1
        if self._homeward < RETRIES:
            self._effects.append(GoHome())
        else:
            self._go("settle")
            self.settle_anywhere()

    def settle_anywhere(self) -> None:
        """Be ready for the next visitor, whether home was reached or not."""
        self._effects += [StopHome(), Remember(None)]
        self._forget_visitor()

    def resume(self, memory: Memory) -> None:
        """Go on after a restart of the dialogue itself."""
        self.language = memory.language
        if memory.stage == "guiding" and memory.target is not None:
            self.target, self.procedure_code = memory.target, memory.procedure_code
            self._say("guide.resume_after_restart")
            self._go("recover")
        elif memory.stage == "returning":
            self._go("resume_home")
            self.go_home()

    def _forget_leading(self) -> None:
        self._pace = 0.0
        self._retries = self._homeward = 0
        self._remarks: dict[str, float] = {}
        self._guide_reason = ""
        self._remarked = self._turn_told = False
        self._led_since = self._way_told_at = self._heard_at = -WAY_GAP
        self._distance_told = self._distance_left = math.inf
        self._told_unplaced = -REMIND
