"""The reception: what comes from outside is told to the conversation, and what it decides is done. Free of ROS.

It knows its surroundings by the protocols below; a node fills them with actions and services, a simulator with calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from dialogue.conversation import Conversation, LookupAnswer, Phrasebook, PlaceFacts, SiteFacts
from dialogue.conversation import effects as do
from dialogue.conversation.attention import Attention, SeenPerson
from dialogue.conversation.leading import TURN_AHEAD
from dialogue.conversation.memory import MemoryFile
from dialogue.conversation.way import Points, Trail, next_turn
from guide_common.geometry import Pose2D

AT_HOME = 0.4
"""m from the post within which the robot need not drive home."""
FRESH_MEMORY = 60.0
"""s after which what was kept for a restart is stale."""
UNPLACED = 2.0
"""s without a position after which the robot does not know where it is; while it starts it has none yet."""
STEADY = 0.5
"""s that the guide and the navigator must work again before leading goes on."""


class Mouth(Protocol):
    """Say lines one after another, and caption them."""

    @property
    def busy(self) -> bool:
        """Tell whether a line sounds or waits."""

    def say(self, text: str, language: str) -> None:
        """Put a line at the end."""

    def hush(self) -> None:
        """Stop at once and forget the lines that wait."""

    def tune(self, gain: float, tempo: float) -> None:
        """Speak louder or slower from the next line on: both are factors of what is usual."""

    def caption(self, speaker: str, text: str, language: str) -> None:
        """Show a line."""

    def tick(self) -> None:
        """Give up on a line that has taken too long."""


class Leader(Protocol):
    """Lead visitors; tells the reception of each end but those of its own asking."""

    @property
    def running(self) -> bool:
        """Tell whether somebody is being led."""

    def start(self, place_id: str, language: str, pace: float, now: float) -> None:
        """Lead to a place at a pace (m/s), in place of whatever was under way."""

    def cancel(self, now: float) -> None:
        """Stop leading."""

    def cancel_all(self) -> None:
        """Stop what a former life of the reception left behind."""

    def drop(self) -> None:
        """Forget a leading whose guide has died."""

    def tick(self, now: float) -> None:
        """Go on trying."""


class Homing(Protocol):
    """Drive back to the post."""

    @property
    def running(self) -> bool:
        """Tell whether the robot is under way."""

    def start(self, stand: Pose2D, now: float) -> None:
        """Drive to the post's stand pose."""

    def cancel(self, now: float) -> None:
        """Stop driving."""

    def drop(self) -> None:
        """Forget a drive whose navigator has died."""

    def tick(self, now: float) -> None:
        """Go on trying."""


class Desk(Protocol):
    """Answer what the conversation asks of the counter map, at once or later."""

    def find(self, question: do.AskLookup) -> None:
        """Ask what a text means."""

    def list_places(self, question: do.AskPlaces) -> None:
        """Ask for places."""

    def stand_of(self, place_id: str, found: Callable[[Pose2D], None]) -> None:
        """Ask where the robot stands at a place; `found` is not called when there is no such place."""


class Health(Protocol):
    """Know which of the robot's parts are alive."""

    def pid(self, name: str) -> int:
        """Return what changes when a part was started anew."""

    def failed(self, name: str) -> bool:
        """Tell whether a part that was heard has died or stopped working."""

    def working(self, name: str) -> bool:
        """Tell whether a part is alive and active."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Hold everything around the reception; `now` in s, `robot` in the map frame, None when that is not known."""

    mouth: Mouth
    leader: Leader
    homing: Homing
    desk: Desk
    health: Health
    now: Callable[[], float]
    robot: Callable[[], Pose2D | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold what the conversation shows of itself."""

    state: str
    language: str
    reason: str
    procedure_code: str
    place_id: str
    choices: tuple[str, ...]


class Reception:
    """Receive visitors.

    Args:
        conversation: the state machine.
        attention: who stands before the robot.
        memory: what survives a restart.
        books: the phrases of each language.
        around: everything else of the robot.
        show: is given what the conversation shows, whenever that changes.
    """

    def __init__(
        self,
        conversation: Conversation,
        attention: Attention,
        memory: MemoryFile,
        books: Mapping[str, Phrasebook],
        around: Surroundings,
        show: Callable[[Shown], None],
    ) -> None:
        self.conversation, self.attention = conversation, attention
        self._memory, self._books, self._around, self._show = memory, books, around, show
        self._shown: Shown | None = None
        self._resumed = False
        self._placed_at: float | None = None
        self._working_since = math.inf
        self._guide_pid = self._navigator_pid = 0
        self._state_before = conversation.state
        self._trail = Trail()
        self._stand: Pose2D | None = None
        self._plan: Points = ()

    # --- what happens -------------------------------------------------------------------------------------

    def heard(self, text: str, alternatives: tuple[str, ...], language: str, final: bool, by_voice: bool) -> None:
        """Take what the recogniser heard; not final: somebody is speaking."""
        c = self.conversation
        if not final:
            c.hearing()
            return
        if c.state in ("idle", "returning") and by_voice and not self.attention.someone_near:
            if c.unplaced and text:
                c.asked_unseen()
                self._do()
            return  # talk in the hall, not to the robot
        if text:
            self._around.mouth.caption("visitor", c.best_reading(text, alternatives), language)
        c.heard(text, alternatives)
        self._do()

    def touched(self, text: str) -> None:
        """Take what was chosen on the screen."""
        if text:
            self.conversation.touched(text)
            self._do()

    def saw(self, people: Iterable[SeenPerson]) -> None:
        """Take who is around; while leading that is the guide's to watch."""
        robot = self._around.robot()
        if self.conversation.guiding or robot is None:
            return
        what = self.attention.see(people, robot, self._around.now())
        if what == "near" and self.conversation.state == "idle":
            self.conversation.person_near()
        elif what == "left":
            self.conversation.person_left()
        self._do()

    def site_changed(self, site: SiteFacts) -> None:
        """Take what the site says of itself."""
        self.conversation.site = site

    def lookup_answered(self, answer: LookupAnswer) -> None:
        """Take the answer to the newest question."""
        self.conversation.lookup_answered(answer)
        self._do()

    def places_answered(self, places: Iterable[PlaceFacts]) -> None:
        """Take the places asked for; the nearest of this floor come first."""
        robot, floor = self._around.robot() or Pose2D(0.0, 0.0), self.conversation.site.floor
        nearest = sorted(places, key=lambda p: (p.floor != floor, math.hypot(p.x - robot.x, p.y - robot.y)))
        self.conversation.places_answered(tuple(nearest))
        self._do()

    def guide_feedback(self, state: str, reason: str, distance: float = math.nan) -> None:
        """Take how the leading goes, and how far it still is (m along the way; NaN when not known)."""
        self.conversation.guide_feedback(state, reason)
        self._do()
        robot = self._around.robot()
        if robot is None:
            return
        self._trail.add(robot)
        turn = next_turn(self._plan, robot, TURN_AHEAD)
        self.conversation.on_the_way(distance, turn, quiet=not self._around.mouth.busy)
        self._do()

    def plan_made(self, plan: Points) -> None:
        """Take the way that the robot drives now (m, map frame)."""
        self._plan = plan

    def guide_ended(self, code: int) -> None:
        """Take how the leading ended, as numbered by the action `guide_visitor`."""
        side = self._trail.side_of(self._stand) if self._stand is not None else ""
        self.conversation.guide_ended(code, side)
        self._do()

    def home_ended(self, succeeded: bool) -> None:
        """Take that the drive to the post has ended."""
        if succeeded:
            self.conversation.home()
        else:
            self.conversation.home_failed()
        self._do()

    # --- as time goes by ----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look at time-outs and failures, about ten times a second."""
        now, around = self._around.now(), self._around
        self.conversation.tick(now)
        if around.robot() is not None or self._placed_at is None:
            self._placed_at = now
        self.conversation.placed(now - self._placed_at < UNPLACED)
        self._resume_once(now)
        self._watch_guide(now)
        around.mouth.tick()
        around.leader.tick(now)
        around.homing.tick(now)
        self._do()

    def show_again(self) -> None:
        """Show the conversation whether or not it has changed."""
        self._shown = None
        self._show_state()

    def stop(self) -> None:
        """Fall silent and stop leading."""
        now = self._around.now()
        self._around.mouth.hush()
        self._around.leader.cancel(now)
        self._around.homing.cancel(now)

    def _resume_once(self, now: float) -> None:
        if self._resumed:
            return
        self._resumed = True
        memory = self._memory.read()
        if memory is not None and 0.0 <= now - memory.stamp < FRESH_MEMORY:
            self._around.leader.cancel_all()
            self.conversation.resume(memory)

    def _watch_guide(self, now: float) -> None:
        """Notice that the guide or the navigator has died, and that both work again."""
        c, health, leader, homing = self.conversation, self._around.health, self._around.leader, self._around.homing
        if c.state == "returning" and homing.running:
            if health.pid("bt_navigator") != self._navigator_pid:
                homing.drop()
                c.home_failed()
            return
        if not c.guiding or c.state == "guiding.paused":
            return
        if leader.running and health.pid("guide") != self._guide_pid:
            leader.drop()
        if health.failed("guide") or health.failed("bt_navigator"):
            self._working_since = math.inf
            c.guide_lost()
        elif c.state == "guiding.recovering" and health.working("guide"):
            self._working_since = min(self._working_since, now)
            if now - self._working_since >= STEADY:
                self._working_since = math.inf
                c.guide_ready(under_way=leader.running)

    # --- doing --------------------------------------------------------------------------------------------

    def _do(self) -> None:
        """Do what the conversation wants, and tell it when all is said."""
        c = self.conversation
        while True:
            for effect in c.drain():
                self._do_one(effect)
            if not c.speaking or self._around.mouth.busy:
                break
            c.said()
        if c.state == "idle" and self._state_before != "idle":
            self.attention.conversation_ended(self._around.now())
        self._state_before = c.state
        self._show_state()

    def _do_one(self, effect: do.Effect) -> None:
        around, now = self._around, self._around.now()
        match effect:
            case do.Say(key, language, values):
                around.mouth.say(self._books[language].render(key, values), language)
            case do.Hush():
                around.mouth.hush()
            case do.Tune(gain, tempo):
                around.mouth.tune(gain, tempo)
            case do.AskLookup():
                around.desk.find(effect)
            case do.AskPlaces():
                around.desk.list_places(effect)
            case do.StartGuide(place_id, language, pace):
                around.homing.cancel(now)
                self._guide_pid = around.health.pid("guide")
                self._set_out(place_id)
                around.leader.start(place_id, language, pace, now)
            case do.CancelGuide():
                around.leader.cancel(now)
            case do.GoHome():
                around.desk.stand_of(self.conversation.site.post, self._go_home)
            case do.StopHome():
                around.homing.cancel(now)
            case do.Remember(memory):
                self._memory.write(memory)

    def _set_out(self, place_id: str) -> None:
        """Ask how the place lies, to tell on which side of the visitor it is; whatever way was before is forgotten."""
        self._trail.clear()
        self._plan, self._stand = (), None
        self._around.desk.stand_of(place_id, self._note_stand)

    def _note_stand(self, stand: Pose2D) -> None:
        self._stand = stand

    def _go_home(self, stand: Pose2D) -> None:
        if self.conversation.state != "returning":
            return
        robot = self._around.robot()
        if robot is not None and robot.distance(stand) < AT_HOME:
            self.home_ended(succeeded=True)
            return
        self._navigator_pid = self._around.health.pid("bt_navigator")
        self._around.homing.start(stand, self._around.now())

    def _show_state(self) -> None:
        c = self.conversation
        shown = Shown(c.state, c.language, c.reason, c.procedure_code, c.place_id, tuple(c.choices))
        if shown != self._shown:
            self._shown = shown
            self._show(shown)
