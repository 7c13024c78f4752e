"""The dialogue: hears of people, words and touches, tells the conversation, and does what it decides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from action_msgs.msg import GoalStatus
from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import CounterMapRevision, DialogueState, People, Place, Utterance
from nav2_msgs.action import NavigateToPose

from dialogue.conversation import Conversation, LookupAnswer, Phrasebook
from dialogue.conversation import effects as do
from dialogue.conversation.attention import Attention, AttentionParams
from dialogue.conversation.facts import load_site_facts
from dialogue.conversation.leading import NAVIGATION_FAILED, NOT_ACTIVE
from dialogue.conversation.memory import MemoryFile
from dialogue.conversions import place_facts, seen_people
from dialogue.languages import languages
from dialogue.nodes.errands import Lookups, guide_errand, home_errand
from dialogue.nodes.pulses import Pulses
from dialogue.nodes.saying import Saying
from guide_common.conversions import pose_to_2d
from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED, STREAM
from guide_common.running import run
from guide_common.transforms import TransformBuffer

TICK = 0.1
"""s of the ROS clock between two looks at time-outs and failures."""

AT_HOME = 0.4
"""m from the post within which the robot need not drive home."""

FRESH_MEMORY = 60.0
"""s after which what was kept for a restart is stale."""

STEADY = 0.5
"""s that the guide and the navigator must work again before leading goes on."""


@dataclass(frozen=True)
class DialogueParams:
    """Set the common parameters and the language that the robot begins in."""

    robot_dir: str = ""
    site_dir: str = "maps/hcmc_center"
    floor: str = "1"
    state_dir: str = ""
    language: str = "vi"


class Dialogue(ManagedNode):
    """Run the conversation; see `dialogue.conversation.machine` for its states."""

    def __init__(self) -> None:
        super().__init__("dialogue")
        self._params = declare(self, DialogueParams())
        self._attention_params = declare(self, AttentionParams(), "attention")
        self._state_publisher = self.create_publisher(DialogueState, "dialogue_state", LATCHED)
        self._pulses = Pulses(self)
        self._transforms = TransformBuffer(self)
        self._saying = Saying(self, self._pulses, self._now)
        self._lookups = Lookups(self, self._on_answer, self._on_places)
        self._guide = guide_errand(self, self._on_guide_ended, self._on_guide_feedback)
        self._home = home_errand(self, self._on_home_ended)
        self._ready = False
        self.create_subscription(Utterance, "utterance", self._on_utterance, EVENTS)
        self.create_subscription(Utterance, "touch", self._on_touch, EVENTS)
        self.create_subscription(People, "people", self._on_people, STREAM)
        self.create_subscription(CounterMapRevision, "counter_map", self._on_revision, LATCHED)
        self.create_timer(TICK, self._tick)

    def configure(self) -> None:
        """Load the phrases and the site, begin a conversation that waits."""
        self._books = {code: Phrasebook(code) for code in languages()}
        site = load_site_facts(self._params.site_dir, self._params.floor)
        self._conversation = Conversation(site, self._params.language, languages())
        self._attention = Attention(self._attention_params)
        self._memory = MemoryFile(self._params.state_dir)
        self._published: DialogueState | None = None
        self._resumed = False
        self._working_since = math.inf
        self._guide_pid = self._navigator_pid = 0
        self._ready = True

    def activate(self) -> None:
        """Tell the state."""
        self._published = None
        self._publish_state()

    def deactivate(self) -> None:
        """Fall silent and stop leading."""
        if self._ready:
            self._saying.hush()
            self._guide.cancel(self._now())
            self._home.cancel(self._now())

    def cleanup(self) -> None:
        """Forget the conversation."""
        self.deactivate()
        self._ready = False

    # --- what happens -------------------------------------------------------------------------------------

    def _on_utterance(self, msg: Utterance) -> None:
        if not self.active:
            return
        c = self._conversation
        if not msg.is_final:
            c.hearing()
            return
        if c.state in ("idle", "returning") and msg.source == "voice" and not self._attention.someone_near:
            return  # talk in the hall, not to the robot
        if msg.text:
            heard = c.best_reading(msg.text, tuple(msg.alternatives))
            self._saying.caption("visitor", heard, msg.language)
        c.heard(msg.text, tuple(msg.alternatives))
        self._do()

    def _on_touch(self, msg: Utterance) -> None:
        if self.active and msg.text:
            self._conversation.touched(msg.text)
            self._do()

    def _on_people(self, msg: People) -> None:
        if not self.active or self._conversation.guiding:
            return
        robot = self._robot()
        if robot is None:
            return
        what = self._attention.see(seen_people(msg), robot, self._now())
        if what == "near" and self._conversation.state == "idle":
            self._conversation.person_near()
        elif what == "left":
            self._conversation.person_left()
        self._do()

    def _on_revision(self, msg: CounterMapRevision) -> None:
        if self._ready and msg.site_folder:
            self._conversation.site = load_site_facts(msg.site_folder, self._params.floor)

    def _on_answer(self, answer: LookupAnswer) -> None:
        if self.active:
            self._conversation.lookup_answered(answer)
            self._do()

    def _on_places(self, places: list[Place]) -> None:
        if not self.active:
            return
        robot, floor = self._robot() or Pose2D(0.0, 0.0), self._params.floor
        found = sorted(
            (place_facts(place) for place in places),
            key=lambda p: (p.floor != floor, math.hypot(p.x - robot.x, p.y - robot.y)),
        )
        self._conversation.places_answered(tuple(found))
        self._do()

    def _on_guide_feedback(self, feedback: GuideVisitor.Feedback) -> None:
        if self.active:
            self._conversation.guide_feedback(feedback.state, feedback.reason)
            self._do()

    def _on_guide_ended(self, status: int, result: GuideVisitor.Result | None) -> None:
        if not self.active:
            return
        if result is None or status == GoalStatus.STATUS_CANCELED:
            code = NOT_ACTIVE
        else:
            failed = status != GoalStatus.STATUS_SUCCEEDED
            code = result.error_code or (NAVIGATION_FAILED if failed else 0)
        self._conversation.guide_ended(code)
        self._do()

    def _on_home_ended(self, status: int, _: Any) -> None:
        if not self.active:
            return
        if status == GoalStatus.STATUS_SUCCEEDED:
            self._conversation.home()
        else:
            self._conversation.home_failed()
        self._do()

    # --- as time goes by ----------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = self._now()
        if not self.active or now <= 0.0:
            return
        self._conversation.tick(now)
        self._resume_once(now)
        self._watch_guide(now)
        self._saying.tick()
        self._guide.tick(now)
        self._home.tick(now)
        self._do()

    def _resume_once(self, now: float) -> None:
        if self._resumed:
            return
        self._resumed = True
        memory = self._memory.read()
        if memory is not None and 0.0 <= now - memory.stamp < FRESH_MEMORY:
            self._guide.cancel_all()
            self._conversation.resume(memory)

    def _watch_guide(self, now: float) -> None:
        """Notice that the guide or the navigator has died, and that both work again."""
        if self._conversation.state == "returning" and self._home.running:
            if self._pulses.pid("bt_navigator") != self._navigator_pid:
                self._home.drop()
                self._conversation.home_failed()
            return
        if not self._conversation.guiding or self._conversation.state == "guiding.paused":
            return
        if self._guide.running and self._pulses.pid("guide") != self._guide_pid:
            self._guide.drop()
        if self._pulses.failed("guide") or self._pulses.failed("bt_navigator"):
            self._working_since = math.inf
            self._conversation.guide_lost()
        elif self._conversation.state == "guiding.recovering" and self._pulses.working("guide"):
            self._working_since = min(self._working_since, now)
            if now - self._working_since >= STEADY:
                self._working_since = math.inf
                self._conversation.guide_ready(under_way=self._guide.running)

    # --- doing --------------------------------------------------------------------------------------------

    def _do(self) -> None:
        """Do what the conversation wants, and tell it when all is said."""
        c = self._conversation
        before = c.state
        while True:
            for effect in c.drain():
                self._do_one(effect)
            if not c.speaking or self._saying.busy:
                break
            c.said()
        if c.state == "idle" and before != "idle":
            self._attention.conversation_ended(self._now())
        self._publish_state()

    def _do_one(self, effect: do.Effect) -> None:
        now = self._now()
        match effect:
            case do.Say(key, language, values):
                self._saying.say(self._books[language].render(key, values), language)
            case do.Hush():
                self._saying.hush()
            case do.AskLookup():
                self._lookups.find(effect)
            case do.AskPlaces():
                self._lookups.list_places(effect)
            case do.StartGuide(place_id, language, pace):
                self._home.cancel(now)
                self._guide_pid = self._pulses.pid("guide")
                self._guide.start(GuideVisitor.Goal(place_id=place_id, language=language, pace=pace), now)
            case do.CancelGuide():
                self._guide.cancel(now)
            case do.GoHome():
                self._lookups.place(self._conversation.site.post, self._go_home)
            case do.StopHome():
                self._home.cancel(now)
            case do.Remember(memory):
                self._memory.write(memory)

    def _go_home(self, post: Place) -> None:
        if not self.active or self._conversation.state != "returning":
            return
        pose, robot = pose_to_2d(post.stand_pose), self._robot()
        if robot is not None and robot.distance(pose) < AT_HOME:
            self._conversation.home()
            self._do()
            return
        goal = NavigateToPose.Goal()
        goal.pose.header.frame_id = "map"
        goal.pose.header.stamp = self.get_clock().now().to_msg()
        goal.pose.pose = post.stand_pose
        self._navigator_pid = self._pulses.pid("bt_navigator")
        self._home.start(goal, self._now())

    def _publish_state(self) -> None:
        c = self._conversation
        msg = DialogueState(state=c.state, language=c.language, reason=c.reason)
        msg.procedure_code, msg.place_id, msg.choices = c.procedure_code, c.place_id, list(c.choices)
        if msg != self._published:
            self._published = DialogueState(
                state=msg.state,
                language=msg.language,
                reason=msg.reason,
                procedure_code=msg.procedure_code,
                place_id=msg.place_id,
                choices=msg.choices,
            )
            msg.header.stamp = self.get_clock().now().to_msg()
            self._state_publisher.publish(msg)

    def _robot(self) -> Pose2D | None:
        found = self._transforms.pose("map", "base_link")
        return found[0] if found is not None else None

    def _now(self) -> float:
        return float(self.get_clock().now().nanoseconds * 1e-9)


def main() -> int:
    """Run the node."""
    return run(Dialogue)


if __name__ == "__main__":
    raise SystemExit(main())
