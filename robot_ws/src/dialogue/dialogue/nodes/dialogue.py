"""The dialogue: messages, actions and services around the reception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from action_msgs.msg import GoalStatus
from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import CounterMapRevision, DialogueState, People, Utterance
from nav_msgs.msg import Path

from dialogue.conversation import Conversation, LookupAnswer, Phrasebook, PlaceFacts
from dialogue.conversation.attention import Attention, AttentionParams
from dialogue.conversation.facts import load_site_facts
from dialogue.conversation.leading import NAVIGATION_FAILED, NOT_ACTIVE
from dialogue.conversation.memory import MemoryFile
from dialogue.conversions import seen_people
from dialogue.languages import languages
from dialogue.masking import log_masked
from dialogue.nodes.errands import GuideErrand, HomeErrand, Lookups
from dialogue.nodes.pulses import Pulses
from dialogue.nodes.saying import Saying
from dialogue.reception import Reception, Shown, Surroundings
from guide_common.geometry import Pose2D
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED, STREAM
from guide_common.running import run
from guide_common.transforms import TransformBuffer

TICK = 0.1
"""s of the ROS clock between two looks at time-outs and failures."""


@dataclass(frozen=True)
class DialogueParams:
    """Set the common parameters and the language that the robot begins in."""

    robot_dir: str = ""
    site_dir: str = "maps/hcmc_center"
    floor: str = "1"
    state_dir: str = ""
    language: str = "vi"


class Dialogue(ManagedNode):
    """Run the reception; see `dialogue.conversation.machine` for the states of its conversation."""

    def __init__(self) -> None:
        super().__init__("dialogue")
        self._params = declare(self, DialogueParams())
        self._attention_params = declare(self, AttentionParams(), "attention")
        self._state_publisher = self.create_publisher(DialogueState, "dialogue_state", LATCHED)
        self._transforms = TransformBuffer(self)
        pulses = Pulses(self)
        self._lookups = Lookups(self, self._on_answer, self._on_places)
        self._around = Surroundings(
            mouth=Saying(self, pulses, self._now),
            leader=GuideErrand(self, self._on_guide_ended, self._on_guide_feedback),
            homing=HomeErrand(self, self._on_home_ended),
            desk=self._lookups,
            health=pulses,
            now=self._now,
            robot=self._robot,
        )
        self._reception: Reception | None = None
        self.create_subscription(Utterance, "utterance", self._on_utterance, EVENTS)
        self.create_subscription(Utterance, "touch", self._on_touch, EVENTS)
        self.create_subscription(People, "people", self._on_people, STREAM)
        self.create_subscription(Path, "plan", self._on_plan, STREAM)
        self.create_subscription(CounterMapRevision, "counter_map", self._on_revision, LATCHED)
        self.create_timer(TICK, self._tick)

    def configure(self) -> None:
        """Load the phrases and the site, begin a conversation that waits."""
        site = load_site_facts(self._params.site_dir, self._params.floor)
        self._reception = Reception(
            Conversation(site, self._params.language, languages()),
            Attention(self._attention_params),
            MemoryFile(self._params.state_dir),
            {code: Phrasebook(code) for code in languages()},
            self._around,
            self._publish,
        )

    def activate(self) -> None:
        """Tell the state."""
        if self._reception is not None:
            self._reception.show_again()

    def deactivate(self) -> None:
        """Fall silent and stop leading."""
        if self._reception is not None:
            self._reception.stop()

    def cleanup(self) -> None:
        """Forget the conversation."""
        self.deactivate()
        self._reception = None

    @property
    def _at_work(self) -> Reception | None:
        return self._reception if self.active else None

    def _on_utterance(self, msg: Utterance) -> None:
        if self._at_work:
            by_voice = msg.source == "voice"
            if not msg.is_final and msg.text and self._around.mouth.busy:
                self._around.mouth.hush()  # the visitor speaks into the robot's words
            self._at_work.heard(msg.text, tuple(msg.alternatives), msg.language, msg.is_final, by_voice)

    def _on_touch(self, msg: Utterance) -> None:
        if self._at_work:
            self._at_work.touched(msg.text)

    def _on_people(self, msg: People) -> None:
        """Notice visitors, while the robot starts only once it could answer them."""
        if self._at_work and self._lookups.opened:
            self._at_work.saw(seen_people(msg))

    def _on_revision(self, msg: CounterMapRevision) -> None:
        if self._reception is not None and msg.site_folder:
            self._reception.site_changed(load_site_facts(msg.site_folder, self._params.floor))

    def _on_answer(self, answer: LookupAnswer) -> None:
        if self._at_work:
            self._at_work.lookup_answered(answer)

    def _on_places(self, places: list[PlaceFacts]) -> None:
        if self._at_work:
            self._at_work.places_answered(places)

    def _on_plan(self, msg: Path) -> None:
        if self._at_work:
            self._at_work.plan_made([(p.pose.position.x, p.pose.position.y) for p in msg.poses])

    def _on_guide_feedback(self, feedback: GuideVisitor.Feedback) -> None:
        if self._at_work:
            self._at_work.guide_feedback(feedback.state, feedback.reason, feedback.distance_remaining)

    def _on_guide_ended(self, status: int, result: GuideVisitor.Result | None) -> None:
        if self._at_work:
            self._at_work.guide_ended(_code(status, result))

    def _on_home_ended(self, status: int, _: Any) -> None:
        if self._at_work:
            self._at_work.home_ended(status == GoalStatus.STATUS_SUCCEEDED)

    def _tick(self) -> None:
        if self._at_work and self._now() > 0.0:
            self._at_work.tick()

    def _publish(self, shown: Shown) -> None:
        msg = DialogueState(state=shown.state, language=shown.language, reason=shown.reason)
        msg.procedure_code, msg.place_id, msg.choices = shown.procedure_code, shown.place_id, list(shown.choices)
        msg.header.stamp = self.get_clock().now().to_msg()
        self._state_publisher.publish(msg)

    def _robot(self) -> Pose2D | None:
        return self._transforms.fresh("map", "base_link", self._now())

    def _now(self) -> float:
        return float(self.get_clock().now().nanoseconds * 1e-9)


def _code(status: int, result: GuideVisitor.Result | None) -> int:
    """Return the error code of how a leading ended."""
    if result is None or status == GoalStatus.STATUS_CANCELED:
        return NOT_ACTIVE
    failed = status != GoalStatus.STATUS_SUCCEEDED
    return int(result.error_code or (NAVIGATION_FAILED if failed else 0))


def main() -> int:
    """Run the node."""
    log_masked()
    return run(Dialogue)


if __name__ == "__main__":
    raise SystemExit(main())
